"""A media worker's recordings: a dump for each call that is recorded, and a process that makes films of it."""

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from hub.calls.recording.dump import Dump
from hub.calls.recording.kept import Kept
from hub.calls.recording.library import Library
from hub.child import tethered

log = structlog.get_logger()
_kept = TypeAdapter(Kept)


class Keeper:
    """`told` is given each film that is ready. Calling it makes a tap for a call (hub/calls/relay/tap.py: Taps)."""

    def __init__(self, library: Library, tasks: asyncio.TaskGroup, told: Callable[[Kept], None]) -> None:
        self._library = library
        self._tasks = tasks
        self._told = told
        self._at_once = asyncio.Semaphore(1)  # films are in no hurry

    def __call__(self, call: str) -> Dump:
        """Raises OSError: nothing can be written there."""
        stretch = f"{time.time_ns() // 1_000_000:x}"
        return Dump(self._library.folder / call, stretch, self._library.key, _now_us, self._over)

    def _over(self, dumps: list[Path]) -> None:
        if dumps:
            self._tasks.create_task(self.film(dumps))

    async def film(self, dumps: list[Path]) -> None:
        """Have films made, and tell of each."""
        async with self._at_once:
            command = [sys.executable, "-m", "hub.calls.recording", *map(str, dumps)]
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(*tethered(command), stdin=pipe, stdout=pipe, stderr=pipe)
            said, errors = await process.communicate(self._library.key)
        for line in said.splitlines():
            try:
                self._told(_kept.validate_json(line))
            except ValidationError:
                log.error("a film that can't be told of")
        if process.returncode:
            log.error("a recording became no film", why=errors.decode(errors="replace")[-500:])

    async def recover(self) -> None:
        """What a crash left behind becomes films, too."""
        left = await asyncio.to_thread(lambda: list(self._library.left_behind()))
        if left:
            log.info("recordings were left behind", dumps=len(left))
            await self.film(left)


def _now_us() -> int:
    return time.monotonic_ns() // 1_000
