"""Thousands of visitors in a process of their own, so that their storms do not slow down those who measure.

python -m tests.chaos.flock HISTORY COUNT PORT ...     says one JSON line when all are live,
then for each line on stdin: cuts all at once, says a line when all are back; at the end of stdin, leaves
"""

import asyncio
import sys
import time
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import uvloop

from tests.chaos.client import Pass
from tests.chaos.crowd import Crowd, quantile
from tests.chaos.history import History
from tests.chaos.stage import SITE

STEP = 100
BACK_S = 90.0


class Flock:
    """As the harness has it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def told(self) -> dict[str, Any]:
        """Its next line. Raises ConnectionError when it has ended."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise ConnectionError("the flock has ended; its own words are above")
        found: dict[str, Any] = orjson.loads(line)
        return found

    async def cut(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"cut\n")
        await self._process.stdin.drain()

    async def leave(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


@asynccontextmanager
async def flock(history: Path, count: int, ports: Sequence[int]) -> AsyncIterator[Flock]:
    words = [sys.executable, "-m", "tests.chaos.flock", str(history), str(count), *map(str, ports)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe)
    try:
        yield Flock(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


# --- the process itself -----------------------------------------------------------------------------------


async def main(path: str, count: int, ports: Sequence[int]) -> None:
    history = History(Path(path))
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(history, lambda: ports, tasks)
        for first in range(0, count, STEP):
            for number in range(first, min(first + STEP, count)):
                crowd.add(f"x{number}", Pass({"kind": "visitor", "site": SITE}))
            await crowd.live(BACK_S)
        _say(live=count)
        while await lines.readline():
            await _cut(crowd)
        await crowd.settled()
        crowd.leave()
    history.close()


async def _cut(crowd: Crowd) -> None:
    crowd.resumes, crowd.failures = array("d"), []
    began = time.monotonic()
    for client in crowd.clients:
        client.lose()
    await asyncio.sleep(0.1)
    await crowd.live(BACK_S)
    _say(back_s=time.monotonic() - began, p50_s=quantile(crowd.resumes, 0.5), given_up=len(crowd.failures))


def _say(**words: Any) -> None:
    print(orjson.dumps(words).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), [int(port) for port in sys.argv[3:]]))
