"""How a call's lines do while it goes on: a running figure for each connection that reports. Gone with the call."""

from pydantic import ValidationError

from hub.model.quality import Line, whole
from hub.store.client import Client
from hub.store.keys import Keys
from hub.store.seats import LIFE_S


class Qualities:
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def _key(self, conversation: str, call: str) -> str:
        return f"{self._keys.of(conversation)}lines:{conversation}:{call}"

    async def put(self, conversation: str, call: str, connection: str, line: Line) -> None:
        """What `connection` has reported so far, over what it said before."""
        key = self._key(conversation, call)
        await self._client.do("HSET", key, connection, line.model_dump_json())
        await self._client.do("EXPIRE", key, LIFE_S)

    async def of(self, conversation: str, call: str) -> tuple[Line, ...]:
        """One line for each party that has reported."""
        found = []
        for raw in await self._client.do("HVALS", self._key(conversation, call)):
            try:
                found.append(Line.model_validate_json(raw))
            except ValidationError:
                continue  # another version's
        return whole(found)

    async def forget(self, conversation: str, call: str) -> None:
        await self._client.do("DEL", self._key(conversation, call))
