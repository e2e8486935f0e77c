"""Leases: one holder at a time, for as long as it prolongs. Effects stay idempotent: a lease saves work, not safety."""

from hub.store.client import Client
from hub.store.keys import Keys


class Leases:
    def __init__(self, client: Client, keys: Keys, holder: str, life_ms: int) -> None:
        self._client = client
        self._keys = keys
        self._holder = holder
        self._life_ms = life_ms

    async def hold(self, name: str) -> bool:
        """Take or prolong; False when somebody else has it. Raises StoreUnavailable."""
        key = self._keys.everywhere(f"lease:{name}")
        return bool(await self._client.run("lease", key, self._holder, self._life_ms))

    async def release(self, name: str) -> None:
        key = self._keys.everywhere(f"lease:{name}")
        if await self._client.do("GET", key) == self._holder.encode():
            await self._client.do("DEL", key)

    async def announce(self, now_ms: int) -> int:
        """Say that this holder lives; the answer is how many do (so that shards can be shared out fairly)."""
        key = self._keys.everywhere("workers")
        await self._client.do("ZADD", key, now_ms + self._life_ms, self._holder)
        await self._client.do("ZREMRANGEBYSCORE", key, "-inf", now_ms)
        return int(await self._client.do("ZCARD", key))

    async def leave(self) -> None:
        await self._client.do("ZREM", self._keys.everywhere("workers"), self._holder)
