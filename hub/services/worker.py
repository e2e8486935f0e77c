"""A worker's life: share the shards with the other workers by leases, and do what each held shard needs."""

import asyncio
from collections.abc import Callable

import structlog

from hub.model.errors import StoreUnavailable
from hub.services.archiving import Archiving
from hub.services.call_watch import CallWatch
from hub.services.carrier import Carrier
from hub.services.deadlines import Deadlines
from hub.services.integrations import Integrations
from hub.services.media_news import MediaNews
from hub.services.reactions import Reactions
from hub.services.router import Router
from hub.store.feeds import Feeds
from hub.store.leases import Leases
from hub.store.positions import Positions

log = structlog.get_logger()
RENEW_S = 2.0
TRIM_S = 60.0
KEEP_FEED_MS = 600_000


class Worker:
    def __init__(
        self,
        shards: int,
        leases: Leases,
        reactions: Reactions,
        deadlines: Deadlines,
        archiving: Archiving,
        carrier: Carrier,
        integrations: Integrations,
        router: Router,
        calls: CallWatch,
        media: MediaNews,
        feeds: Feeds,
        todo: Feeds,
        positions: Positions,
        now: Callable[[], int],
    ) -> None:
        self._shards = shards
        self._leases = leases
        self._reactions = reactions
        self._deadlines = deadlines
        self._archiving = archiving
        self._carrier = carrier
        self._integrations = integrations
        self._router = router
        self._calls = calls
        self._media = media
        self._feeds = feeds
        self._todo = todo
        self._positions = positions
        self._now = now
        self._held: frozenset[int] = frozenset()
        self.working = asyncio.Event()

    @property
    def held(self) -> frozenset[int]:
        """The shards whose lease is ours."""
        return self._held

    async def run(self) -> None:
        """Work until cancelled; the leases are given up on the way out."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._share())
                tasks.create_task(self._reactions.follow(lambda: self._held))
                tasks.create_task(self._deadlines.sweep(lambda: self._held))
                tasks.create_task(self._archiving.clear(lambda: self._held))
                tasks.create_task(self._carrier.carry(lambda: self._held))
                tasks.create_task(self._integrations.keep())
                tasks.create_task(self._router.route())
                tasks.create_task(self._calls.keep())
                tasks.create_task(self._media.follow())
                tasks.create_task(self._trim())
        finally:
            await self._leave()

    async def _share(self) -> None:
        """Hold a fair share of the shards: what others hold is left to them until their lease ends."""
        while True:
            try:
                workers = max(1, await self._leases.announce(self._now()))
                share = -(-self._shards // workers)
                await self._keep(share)
                self.working.set()
            except StoreUnavailable as problem:
                log.warning("leases wait for the store", why=problem.detail)
            await asyncio.sleep(RENEW_S)

    async def _keep(self, share: int) -> None:
        mine: set[int] = set()
        # What we hold already comes first, so that shards do not wander without need.
        for shard in sorted(range(self._shards), key=lambda s: s not in self._held):
            if len(mine) < share:
                if await self._leases.hold(f"shard:{shard}"):
                    mine.add(shard)
            elif shard in self._held:
                await self._leases.release(f"shard:{shard}")
        self._held = frozenset(mine)

    async def _trim(self) -> None:
        """Forget what every reaction has done with, and of the feeds all but the newest ten minutes."""
        while True:
            await asyncio.sleep(TRIM_S)
            try:
                for shard in self._held:
                    await self._todo.trim(shard, await self._positions.get(shard))
                    await self._feeds.trim(shard, f"{self._now() - KEEP_FEED_MS}-0")
            except StoreUnavailable:
                log.info("trimming waits for the store")

    async def _leave(self) -> None:
        try:
            for shard in self._held:
                await self._leases.release(f"shard:{shard}")
            await self._leases.release("router")
            await self._leases.release("calls")
            await self._leases.release("media")
            await self._leases.leave()
        except StoreUnavailable:
            log.info("leases left to run out")
