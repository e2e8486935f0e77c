"""What time it is: the store's, so that all processes agree on what is due, however wrong their machines' clocks are.

Between two looks at the store the process's steady clock goes on, which nobody can set: a machine whose clock jumps
an hour ahead takes no agent for gone and ends no session.
"""

import asyncio
import time
from collections.abc import Callable

import structlog

from hub.model.errors import StoreUnavailable
from hub.store.client import Client

log = structlog.get_logger()
LOOK_S = 5.0
NS_PER_MS = 1_000_000


class StoreClock:
    """Called, it gives epoch ms. It never steps back: while it is ahead of the store it stands still.

    Of a cluster it asks whoever has slot 0, so that all processes ask the same one. `steady` gives ns of a clock that
    is never set, from wherever.
    """

    def __init__(self, client: Client, steady: Callable[[], int] = time.monotonic_ns) -> None:
        self._client = client
        self._steady = steady
        self._ahead: int | None = None  # of the steady clock, ns
        self._last = 0

    def __call__(self) -> int:
        ahead = time.time_ns() - self._steady() if self._ahead is None else self._ahead
        self._last = max(self._last, (self._steady() + ahead) // NS_PER_MS)
        return self._last

    @property
    def skew_s(self) -> float:
        """How far this machine's clock is ahead of the store's."""
        return 0.0 if self._ahead is None else (time.time_ns() - self._steady() - self._ahead) / 1e9

    async def look(self) -> None:
        """Ask the store. Raises StoreUnavailable."""
        before = self._steady()
        seconds, micros = await self._client.do("TIME")
        after = self._steady()
        told = (int(seconds) * 1_000_000 + int(micros)) * 1_000
        # It said so somewhere between the two. What we believe is changed only where that proves it wrong: a slow
        # answer then changes nothing, and a quick one little.
        least, most = told - after, told - before
        believed = (least + most) // 2 if self._ahead is None else self._ahead
        self._ahead = min(max(believed, least), most)

    async def keep(self) -> None:
        """Look every 5 s until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except StoreUnavailable as problem:
                log.info("the clock goes on without the store", why=problem.detail)
