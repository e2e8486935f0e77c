"""A socket's end without a socket, for tests of what sits behind the wire."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from tests.running import PATIENCE_S, Frame


class FakeWire:
    """A Wire that keeps what it is sent. `full`: the reader is too slow for anything more."""

    peer = "192.0.2.1"
    backlog = 0

    def __init__(self, origin: str | None = "https://hub.example") -> None:
        self.origin = origin
        self.frames: list[Frame] = []
        self.closed: tuple[int, str] | None = None
        self.full = False
        self._something = asyncio.Event()

    def send(self, text: bytes) -> bool:
        if self.full:
            return False
        if self.closed is None:
            self.frames.append(json.loads(text))
            self._something.set()
        return True

    def send_ephemeral(self, text: bytes) -> bool:
        return self.send(text)

    async def drained(self) -> None:
        pass

    def close(self, code: int, reason: str = "") -> None:
        self.closed = self.closed or (code, reason)
        self._something.set()

    async def until(self, wanted: Callable[[Frame], Any], start: int = 0) -> int:
        """Where the first frame stands, from `start` on, for which `wanted` is true; waits until it comes."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for place in range(start, len(self.frames)):
                    if wanted(self.frames[place]):
                        return place
                start = len(self.frames)
                self._something.clear()
                await self._something.wait()

    async def end(self) -> tuple[int, str]:
        """How it was closed."""
        async with asyncio.timeout(PATIENCE_S):
            while self.closed is None:
                self._something.clear()
                await self._something.wait()
        return self.closed
