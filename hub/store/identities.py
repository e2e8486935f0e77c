"""Which conversation an address belongs to. Only proven addresses are bound; a claim is never looked up."""

from hub.store.client import Client
from hub.store.keys import Keys

_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


class IdentityIndex:
    """`key` is Identity.key. Merges are not written here: the old conversation redirects."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def _key(self, key: str) -> str:
        return f"{self._keys.of(key)}identity:{key}"

    async def find(self, key: str) -> str | None:
        found = await self._client.do("GET", self._key(key))
        return found.decode() if found else None

    async def bind(self, key: str, conversation: str) -> str:
        """Bind unless bound; returns who has it now, so that two first connects at once agree."""
        held = await self._client.do("SET", self._key(key), conversation, "NX", "GET")
        return held.decode() if held else conversation

    async def release(self, key: str) -> None:
        await self._client.do("DEL", self._key(key))

    async def release_from(self, key: str, conversation: str) -> None:
        """Release, unless it is somebody else's by now."""
        await self._client.do("EVAL", _RELEASE, 1, self._key(key), conversation)
