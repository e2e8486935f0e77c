"""How late the event loop is: a sleep that should take a moment, and how much longer it took."""

import asyncio

from hub.metrics.histogram import Histogram

EVERY_S = 0.1


class LoopLag:
    def __init__(self) -> None:
        self.lag = Histogram()

    async def watch(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.lag.observe(max(0.0, loop.time() - due))
