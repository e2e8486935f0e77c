"""A media worker's recordings: a dump for each call that is recorded, and a process that makes films of dumps."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from hub.calls.recording.dump import Dump
from hub.calls.recording.kept import Kept
from hub.calls.recording.library import Library, claimed
from hub.child import tethered

log = structlog.get_logger()
LOOK_S = 300.0  # so often for what others left behind: a worker that ended, or died
_kept = TypeAdapter(Kept)


class Keeper:
    """Calling it makes a tap for a call (hub/calls/relay/tap.py: Taps).

    `tell` is given each film that is ready. A dump goes only after that: whatever ends first, the film is made again
    and told of again, here or by another worker (the hub takes one recording once).
    """

    def __init__(self, library: Library, tell: Callable[[Kept], Awaitable[None]]) -> None:
        self._library = library
        self._tell = tell
        self._waiting = asyncio.Queue[list[Path]]()

    def __call__(self, call: str) -> Dump:
        """Raises OSError: nothing can be written there."""
        stretch = f"{time.time_ns() // 1_000_000:x}"
        return Dump(self._library.folder / call, stretch, self._library.key, _now_us, self._waiting.put_nowait)

    async def run(self) -> None:
        """Make films of what was recorded, one after the other, until cancelled: what waits then is left to others."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look())
            while True:
                dumps = await self._waiting.get()
                try:
                    await self.film(dumps)
                except OSError as problem:  # no process or file to be had: calls go on, and the next look finds them
                    log.error("recordings wait to become films", dumps=len(dumps), why=str(problem))

    async def film(self, dumps: list[Path]) -> None:
        """Have films made of those that nobody has, and tell of each. Raises OSError."""
        with ExitStack() as claims:
            ours = {dump: file for dump in dumps if (file := claims.enter_context(claimed(dump))) is not None}
            if ours:
                for kept in await self._made(ours):
                    await self._tell(kept)
                    self._library.dump(kept.call, kept.recording).unlink(missing_ok=True)

    async def _made(self, dumps: dict[Path, int]) -> list[Kept]:
        command = [sys.executable, "-m", "hub.calls.recording", *map(str, dumps)]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *tethered(command), stdin=pipe, stdout=pipe, stderr=pipe, pass_fds=tuple(dumps.values())
        )
        try:
            said, errors = await process.communicate(self._library.key)
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                process.terminate()
            raise
        if process.returncode:
            log.error("a recording became no film", why=errors.decode(errors="replace")[-500:])
        return _told(said)

    async def _look(self) -> None:
        while True:
            if left := await asyncio.to_thread(self._library.dumps):
                self._waiting.put_nowait(left)
            await asyncio.sleep(LOOK_S)


def _told(lines: bytes) -> list[Kept]:
    told = []
    for line in lines.splitlines():
        try:
            told.append(_kept.validate_json(line))
        except ValidationError:
            log.error("a film that can't be told of")
    return told


def _now_us() -> int:
    return time.monotonic_ns() // 1_000
