"""A hub of several processes: two that serve, two that work. Customers come to one of them, the agent to the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from hub.crm.local import LocalCrm
from hub.crms import open_local
from hub.main import now_ms
from hub.options import store_options
from hub.settings import Settings
from hub.store.store import Store, open_store
from tests.processes import Processes, processes
from tests.running import PATIENCE_S, Hub, Peer
from tests.store.acts import until


@dataclass
class Fleet:
    """What the story asks of a hub (tests/running.py: Hub), with its doors in two processes."""

    pairs: list[Processes]
    fronts: list[Hub]
    store: Store
    crm: LocalCrm
    came: int = 0

    async def customer(self, key: str = "wang", **hello: Any) -> Peer:
        """Each connection comes to another process than the one before it."""
        self.came += 1
        return await self.fronts[self.came % 2].customer(key, **hello)

    async def visitor(self, secret: str | None = None, **hello: Any) -> tuple[Peer, str]:
        self.came += 1
        return await self.fronts[self.came % 2].visitor(secret, **hello)

    async def agent(self) -> Peer:
        return await self.fronts[0].agent()

    @property
    def alive(self) -> bool:
        return all(p.returncode is None for pair in self.pairs for p in pair.running.values())


@asynccontextmanager
async def fleet(settings: Settings) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(store_options(settings)))
        crm = await stack.enter_async_context(open_local(settings, now_ms))
        pairs = [await stack.enter_async_context(processes(settings)) for _ in range(2)]
        fronts = []
        for pair in pairs:
            client = httpx.AsyncClient(base_url=pair.url, headers={"Origin": pair.url}, timeout=PATIENCE_S)
            http = await stack.enter_async_context(client)
            fronts.append(Hub(pair.url, settings, store, None, crm, http))  # type: ignore[arg-type]
        await until(lambda: both_work(store))
        yield Fleet(pairs, fronts, store, crm)
        await asyncio.gather(*(front.close() for front in fronts))


async def both_work(store: Store) -> bool:
    """One that is still starting up when the store goes away ends, and its supervisor (none here) starts it again."""
    return bool(await store.client.do("ZCARD", store.keys.everywhere("workers")) == 2)
