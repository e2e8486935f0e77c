"""Debian's own Redis in the place of the embedded Valkey: what a company has already, with a password, over TCP."""

import contextlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.ports import free_port

PATIENCE_S = 10.0


@dataclass
class Redis:
    """A redis-server of its own in `home`, which a test may kill and start again. `fsync` as in redis.conf."""

    home: Path
    fsync: str = "always"
    password: str = "a company's pass/word"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:a%20company%27s%20pass%2Fword@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        given = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "appendonly": "yes",
            "appendfsync": self.fsync,
            "maxmemory-policy": "noeviction",
            "save": "",
            "dir": self.home,
            "logfile": self.home / "redis.log",
        }
        command = ["redis-server", *(str(part) for name, value in given.items() for part in (f"--{name}", value))]
        self.process = subprocess.Popen(command)
        ends = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert self.process.poll() is None, (self.home / "redis.log").read_text()
            assert time.monotonic() < ends, "it does not answer"
            time.sleep(0.01)

    def _answers(self) -> bool:
        """NOAUTH is an answer, LOADING is none."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as probe:
            probe.sendall(b"PING\r\n")
            return probe.recv(64).startswith(b"-NOAUTH")
        return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE_S)
            self.process = None


@contextlib.contextmanager
def a_redis(fsync: str = "always") -> Iterator[Redis]:
    assert shutil.which("redis-server"), "make test-servers installs it"
    with tempfile.TemporaryDirectory() as home:
        redis = Redis(Path(home), fsync)
        redis.start()
        try:
            yield redis
        finally:
            redis.end()


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The same name as in tests/conftest.py: whatever asks for a store, settings or a hub here gets it on Redis."""
    with a_redis() as redis:
        yield redis.url
