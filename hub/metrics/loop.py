"""How late the event loop is: a sleep that should take a moment, and how much longer it took."""

import asyncio

from hub.metrics.histogram import Histogram

EVERY_S = 0.1


class LoopLag:
    def __init__(self) -> None:
        self.lag = Histogram()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def watch(self) -> None:
        """Until cancelled."""
        loop = self._loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.lag.observe(max(0.0, loop.time() - due))

    @property
    def tasks(self) -> int:
        """How many have not ended. 0 while nobody watches."""
        return len(asyncio.all_tasks(self._loop)) if self._loop else 0
