"""How the whole hub stands, counted in the store: the queue, the outbox, the reactions, who is here."""

import time
from collections import Counter
from collections.abc import Callable, Iterable

from hub.model.errors import StoreUnavailable
from hub.model.frozen import frozen
from hub.store.store import Store

LANES = 1_000  # per shard: a longer outbox is counted up to here
FRESH_S = 2.0


@frozen
class ShardCount:
    """Times are epoch ms, 0 = none."""

    queued: int
    queued_since: int
    with_bot: int
    jobs: int
    oldest_job: int
    dead: int
    unreacted: int


@frozen
class Count:
    shards: tuple[ShardCount, ...]
    agents: dict[str, float]
    workers: int
    round_trip_s: float

    def longest_wait_s(self, now_ms: int) -> float:
        return _age_s((s.queued_since for s in self.shards), now_ms)

    def oldest_job_s(self, now_ms: int) -> float:
        return _age_s((s.oldest_job for s in self.shards), now_ms)

    def reaction_lag_s(self, now_ms: int, shards: Iterable[int]) -> float:
        return _age_s((self.shards[shard].unreacted for shard in shards), now_ms)


def _age_s(since: Iterable[int], now_ms: int) -> float:
    oldest = min((at for at in since if at), default=now_ms)
    return max(0.0, (now_ms - oldest) / 1_000)


class Census:
    """`seen` is the last count, None when the store did not answer. One count serves whoever asks within 2 s."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self._client = store.client
        self._keys = store.keys
        self._presence = store.presence
        self.now = now
        self._at = float("-inf")
        self.seen: Count | None = None

    async def take(self) -> Count:
        """Raises StoreUnavailable."""
        if self.seen is None or time.monotonic() - self._at > FRESH_S:
            self.seen = None
            self.seen = await self._count()
            self._at = time.monotonic()
        return self.seen

    async def try_take(self) -> None:
        """As `take`; when the store is away, nothing is known."""
        try:
            await self.take()
        except StoreUnavailable:
            self.seen = None

    async def _count(self) -> Count:
        began = time.perf_counter()
        await self._client.do("EXISTS", self._keys.everywhere("probe"))
        took = time.perf_counter() - began
        shards = [await self._shard(shard) for shard in range(self._keys.shards)]
        here = Counter(agent.status for agent in await self._presence.here(self.now()))
        agents = {"available": float(here["available"]), "away": float(here["away"])}
        workers = await self._client.do("ZCOUNT", self._keys.everywhere("workers"), self.now(), "+inf")
        return Count(tuple(shards), agents, int(workers), took)

    async def _shard(self, shard: int) -> ShardCount:
        row = await self._client.run("census", self._keys.todo(shard), self._keys.shard(shard), LANES)
        behind = int(row[-1].partition(b"-")[0] or 0)
        queued, since, with_bot, jobs, oldest, dead = (int(number) for number in row[:-1])
        return ShardCount(queued, since, with_bot, jobs, oldest, dead, behind)
