"""In which conversation a CRM's customer is, so that its news find them; and which news are echoes of our writes."""

from hub.store.client import Client
from hub.store.keys import Keys

ECHO_S = 600
TOLD_S = 7 * 86_400


class CrmPeople:
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def _key(self, kind: str, *parts: str) -> str:
        name = "/".join(parts)
        return f"{self._keys.of(name)}crm-{kind}:{name}"

    async def remember(self, connection: str, external_id: str, conversation: str) -> None:
        """The last one counts: who was merged is found by redirects, as everywhere."""
        await self._client.do("SET", self._key("who", connection, external_id), conversation)

    async def find(self, connection: str, external_id: str) -> str | None:
        found = await self._client.do("GET", self._key("who", connection, external_id))
        return found.decode() if found else None

    # --- echoes ---------------------------------------------------------------------------------------------

    async def expect(self, connection: str, ref: str, status: str) -> None:
        """We are about to give a ticket this status: the CRM may tell us so within ten minutes."""
        await self._client.do("SET", self._key("echo", connection, ref, status), 1, "EX", ECHO_S)

    async def is_echo(self, connection: str, ref: str, status: str, news: str) -> bool:
        """Is the change of id `news` what we expect? Once: the next one like it is somebody else's. Told again, it
        still is.
        """
        told = self._key("echoed", connection, news)
        if await self._client.do("GET", told):
            return True
        if not await self._client.do("GETDEL", self._key("echo", connection, ref, status)):
            return False
        await self._client.do("SET", told, 1, "EX", TOLD_S)
        return True

    async def is_first_of(self, connection: str, mark: str, news: str) -> bool:
        """Is `news` the first change that we hear of with this mark of ours? Told again, it still is."""
        key = self._key("mark", connection, mark)
        held = await self._client.do("SET", key, news, "NX", "GET", "EX", TOLD_S)
        return held is None or held.decode() == news
