"""One measurement's stage: a scratch directory, and processes that are pinned to cores and stopped when it is over."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

SERVER_CORE = 0
OTHER_CORE = 1  # the store's and the generator's
_STARTS_WITHIN_S = 30.0
_STOPS_WITHIN_S = 8.0


class StartFailed(Exception):
    """A process ended, or did not open its port in time. The message has the end of its log."""


def pinned(command: Sequence[str], core: int, nice: int = 0) -> list[str]:
    """The command on that core (where there are two) and at that niceness."""
    place = ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 and shutil.which("taskset") else []
    return [*place, *(["nice", "-n", str(nice)] if nice else []), *command]


def prefer(pid: int, nice: int) -> None:
    """Linux weighs sessions against each other before processes: the niceness must hold for the session, too."""
    if nice:
        with contextlib.suppress(OSError):  # without root, or without autogroups, the process's own has to do
            Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.3).close()
    except OSError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """A process that has ended but that nobody asked about (a zombie) is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def family(pid: int) -> list[int]:
    """The process and its living descendants."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(p for child in children for p in family(int(child)))]


class Stage:
    """`nice` holds for every process that is started here; below 0 it takes root."""

    def __init__(self, nice: int = 0) -> None:
        self._nice = nice
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.dir = Path(tempfile.mkdtemp(prefix="onethread-bench-"))
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        for process in reversed(self._processes):
            self._stop(process)
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(
        self,
        name: str,
        command: Sequence[str],
        core: int,
        *,
        port: int = 0,
        says: str = "",
        nicer: int = 0,
        environment: Mapping[str, str] | None = None,
    ) -> int:
        """Returns the pid when `port` accepts connections, or the log holds what it `says`.

        `nicer` is added to the stage's niceness. Raises StartFailed.
        """
        with self._log(name).open("ab") as log:
            process = subprocess.Popen(
                pinned(command, core, self._nice + nicer),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.dir,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        prefer(process.pid, self._nice + nicer)
        self._processes.append(process)
        self._await(name, process, lambda: is_open(port) if port else says in self.tail(name))
        return process.pid

    def _log(self, name: str) -> Path:
        return self.dir / f"{name}.log"

    def tail(self, name: str) -> str:
        """The last lines of what the process printed."""
        return self._log(name).read_text(errors="replace")[-2000:]

    def tails(self) -> str:
        """The last lines of everybody, for when something went wrong and nobody knows where."""
        said = {name.stem: self.tail(name.stem).strip() for name in sorted(self.dir.glob("*.log"))}
        return "\n".join(f"--- {name}\n{text}" for name, text in said.items() if text)

    def _await(self, name: str, process: subprocess.Popen[bytes], is_up: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while not is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartFailed(f"{name} did not come up:\n{self.tail(name)}")
            time.sleep(0.02)

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        """Politely, then not, and its children with it: each process is the leader of a group of its own."""
        pids = family(process.pid)
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            deadline = time.monotonic() + _STOPS_WITHIN_S
            while time.monotonic() < deadline:
                if not any(map(is_alive, pids)):
                    process.wait()
                    return
                time.sleep(0.01)
