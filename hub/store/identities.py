"""Which conversation an address belongs to. Only proven addresses are bound; a claim is never looked up."""

from hub.store.archive import Archive
from hub.store.client import Client
from hub.store.keys import Keys


class IdentityIndex:
    """`key` is Identity.key. Merges are not written here: the old conversation redirects.

    Keys of a conversation that lies in the archive lie there, too.
    """

    def __init__(self, client: Client, keys: Keys, archive: Archive | None = None) -> None:
        self._client = client
        self._keys = keys
        self._archive = archive

    async def find(self, key: str) -> str | None:
        found = await self._client.do("GET", self._keys.identity(key))
        if found is None and self._archive is not None:
            return await self._archive.find(key)
        return found.decode() if found else None

    async def bind(self, key: str, conversation: str) -> str:
        """Bind unless bound; returns who has it now, so that two first connects at once agree."""
        held = await self._client.do("SET", self._keys.identity(key), conversation, "NX", "GET")
        return held.decode() if held else conversation

    async def release(self, key: str) -> None:
        await self._client.do("DEL", self._keys.identity(key))
        if self._archive is not None:
            await self._archive.release(key)

    async def release_from(self, key: str, conversation: str) -> None:
        """Release, unless it is somebody else's by now."""
        await self._client.run("release", self._keys.identity(key), conversation)
        if self._archive is not None:
            await self._archive.release(key, conversation)
