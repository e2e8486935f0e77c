"""Counting attempts, so that guessing gets slow."""

from hub.store.client import Client
from hub.store.keys import Keys


class Throttle:
    """Counts per name within a window."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def count(self, name: str, window_s: int) -> tuple[int, int]:
        """One more; returns (how many in this window, seconds until it ends)."""
        key = self._keys.everywhere(f"throttle:{name}")
        # Together: a count that lost its end to a crash would lock somebody out for ever.
        count, _, left_s = await self._client.several([("INCR", key), ("EXPIRE", key, window_s, "NX"), ("TTL", key)])
        return int(count), max(1, int(left_s))

    async def clear(self, name: str) -> None:
        await self._client.do("DEL", self._keys.everywhere(f"throttle:{name}"))
