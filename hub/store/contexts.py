"""CRM contexts, cached."""

from hub.model.crm import Context
from hub.store.client import Client
from hub.store.keys import Keys


class Contexts:
    """CRM contexts, cached for an hour at most: the CRM stays the truth, and little of it lies here."""

    LIFE_S = 3_600

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def _key(self, conversation: str) -> str:
        return f"{self._keys.of(conversation)}context:{conversation}"

    async def get(self, conversation: str) -> Context | None:
        raw = await self._client.do("GET", self._key(conversation))
        return Context.model_validate_json(raw) if raw else None

    async def put(self, conversation: str, context: Context) -> None:
        await self._client.do("SET", self._key(conversation), context.model_dump_json(), "EX", self.LIFE_S)

    async def forget(self, conversation: str) -> None:
        await self._client.do("DEL", self._key(conversation))
