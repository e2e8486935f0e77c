"""Indexes that each commit keeps: who has which conversation, and which deadlines have passed."""

from collections.abc import Sequence

from hub.store.client import Client
from hub.store.keys import Keys
from hub.store.resp import Word


class Places:
    """Places are `bot`, `queue` and `agent:ID` (hub/model/conversation.py: place). All raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def members(self, place: str, limit: int = 500) -> list[str]:
        """Conversations in `place`, those that came first first; at most `limit`."""
        asked = [("ZRANGE", self._keys.place(s, place), 0, limit - 1, "WITHSCORES") for s in range(self._keys.shards)]
        found = [(float(score), member) for part in await self._client.several([*asked]) for member, score in part]
        return [member.decode() for _, member in sorted(found)[:limit]]

    async def counts(self, places: list[str]) -> dict[str, int]:
        shards = range(self._keys.shards)
        asked = [("ZCARD", self._keys.place(s, place)) for place in places for s in shards]
        sizes = await self._client.several([*asked])
        width = self._keys.shards
        return {place: sum(sizes[n * width : (n + 1) * width]) for n, place in enumerate(places)}

    async def overdue(self, shards: list[int], now_ms: int, limit: int = 100) -> list[tuple[int, str, str]]:
        """(shard, kind, conversation) of deadlines that have passed, but for those of `leaving`."""
        asked = [("ZRANGEBYSCORE", self._keys.due(s), "-inf", now_ms, "LIMIT", 0, limit) for s in shards]
        return await self._passed(shards, asked)

    async def leaving(self, shards: list[int], now_ms: int, limit: int) -> list[tuple[int, str]]:
        """(shard, conversation) of what may go to the archive; at most `limit` of each shard."""
        asked = [("ZRANGEBYSCORE", self._keys.due(s, "archive"), "-inf", now_ms, "LIMIT", 0, limit) for s in shards]
        return [(shard, conversation) for shard, _, conversation in await self._passed(shards, asked)]

    async def _passed(self, shards: list[int], asked: Sequence[tuple[Word, ...]]) -> list[tuple[int, str, str]]:
        replies = await self._client.several([*asked])
        pairs = [(s, m.decode().partition(":")) for s, members in zip(shards, replies, strict=True) for m in members]
        return [(shard, kind, conversation) for shard, (kind, _, conversation) in pairs]

    async def postpone(self, shard: int, kind: str, conversation: str, at_ms: int) -> None:
        """Look at a deadline again later (its conversation could not be decided on now)."""
        await self._client.do("ZADD", self._keys.due(shard, kind), "XX", at_ms, f"{kind}:{conversation}")

    async def forget_due(self, shard: int, kind: str, conversation: str) -> None:
        """Drop a deadline that the state does not know any more."""
        await self._client.do("ZREM", self._keys.due(shard, kind), f"{kind}:{conversation}")
