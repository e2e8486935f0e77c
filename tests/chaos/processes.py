"""`serve`, `work` and the store as processes of their own: started, killed, stopped for a while, started again.

What is started here ends with the harness, however that ends (hub/child.py).
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hub.child import ChildProcess
from hub.model.errors import StoreUnavailable
from hub.store.embedded import find_binary
from hub.store.resp import Pipe, Reply, ReplyError, open_pipe
from tests.chaos.websocket import ask
from tests.ports import free_port

COMMAND = (sys.executable, "-c", "from hub.cli import main; main()")
START_S = 30.0


class DidNotStart(Exception):
    """The message has the end of its log."""


class Process:
    """One command that can be started many times; what it prints is in `log`."""

    def __init__(self, name: str, command: Sequence[str], directory: Path, env: Mapping[str, str]) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self.starts = 0
        self._command, self._directory, self._env = command, directory, dict(env)
        self._child: ChildProcess | None = None

    @property
    def pid(self) -> int:
        return self._child.pid if self._child and self._child.returncode is None else 0

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._child = ChildProcess(self._command, env=os.environ | self._env, cwd=self._directory, output=output)
        self.starts += 1

    async def ready(self) -> None:
        """Until it can do its work. Raises DidNotStart."""
        raise NotImplementedError

    async def kill(self) -> None:
        """SIGKILL: no goodbye, no flush. (What it wrote is still in the page cache: this is no power cut.)"""
        if self._child is not None:
            self._child.kill()
            await self._child.ended()

    async def stop(self, grace_s: float = 15.0) -> int:
        """SIGTERM, and SIGKILL when it lives on. The return code."""
        return await self._child.stop(grace_s) if self._child is not None else 0

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    def check(self) -> None:
        """Raises DidNotStart when it has ended."""
        if not self.pid:
            raise DidNotStart(f"{self.name} ended:\n{self.tail()}")

    # --- what it takes ------------------------------------------------------------------------------------

    @property
    def rss_kb(self) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

    @property
    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    @property
    def threads(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/task"))


class Node(Process):
    """A serving process."""

    def __init__(self, name: str, directory: Path, env: Mapping[str, str]) -> None:
        self.port, self.admin = free_port(), free_port()
        own = {"ONETHREAD_PORT": str(self.port), "ONETHREAD_ADMIN_PORT": str(self.admin)}
        super().__init__(name, [*COMMAND, "serve"], directory, {**env, **own})
        self.up = False  # as a balancer's health check sees it

    async def kill(self) -> None:
        self.up = False
        await super().kill()

    async def ready(self) -> None:
        """Until /readyz says yes."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            self.check()
            with contextlib.suppress(OSError):
                if (await ask(self.port, "GET", "/readyz", timeout_s=2.0)).status == 200:
                    self.up = True
                    return
            await asyncio.sleep(0.02)
        raise DidNotStart(f"{self.name} is not ready:\n{self.tail()}")


class Worker(Process):
    def __init__(self, name: str, directory: Path, env: Mapping[str, str]) -> None:
        super().__init__(name, [*COMMAND, "work"], directory, env)

    async def ready(self) -> None:
        """Until it says that it works, in this life."""
        deadline = time.monotonic() + START_S
        while self.log.read_text(errors="replace").count("working") < self.starts:
            self.check()
            if time.monotonic() > deadline:
                raise DidNotStart(f"{self.name} does not work:\n{self.tail()}")
            await asyncio.sleep(0.02)


class Valkey(Process):
    """The store, from the binary that the embedded one uses, on a TCP port."""

    def __init__(self, name: str, directory: Path, appendfsync: str = "everysec", **more: str) -> None:
        self.port = free_port()
        self.home = directory / name
        self.home.mkdir(parents=True, exist_ok=True)
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.home),
            "appendonly": "yes",
            "appendfsync": appendfsync,
            "save": "",
            **{key.replace("_", "-"): value for key, value in more.items()},
        }
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        super().__init__(name, [str(find_binary()), *words], directory, {})

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    async def ready(self) -> None:
        """Until it has loaded its log and answers."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            self.check()
            if await self.answers():
                return
            await asyncio.sleep(0.01)
        raise DidNotStart(f"{self.name} does not answer:\n{self.tail()}")

    async def answers(self) -> bool:
        try:
            return await commands(self.url, ("PING",)) == [b"PONG"]
        except (StoreUnavailable, ReplyError, OSError):
            return False


async def commands(url: str, *asked: tuple[str | int, ...]) -> list[Reply]:
    """Replies to some commands, on a connection of their own. Raises StoreUnavailable, ReplyError or OSError."""
    pipe: Pipe = await open_pipe(url)
    try:
        return [await pipe.call(*map(str, words)) for words in asked]
    finally:
        pipe.close()
        await pipe.lost()
