"""Where the reactions stand in each feed."""

from hub.store.client import Client
from hub.store.keys import Keys


class Positions:
    """How far the reactions have come in each shard's feed."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def get(self, shard: int) -> str:
        """A feed id; "0-0" before the first."""
        found = await self._client.do("GET", f"{self._keys.shard(shard)}reacted")
        return found.decode() if found else "0-0"

    async def put(self, shard: int, position: str) -> None:
        await self._client.do("SET", f"{self._keys.shard(shard)}reacted", position)
