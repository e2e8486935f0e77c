"""How a call's lines do while it goes on: what each party said last, and a running figure for each connection."""

from dataclasses import asdict

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from hub.model.quality import Line, Measured, whole
from hub.store.client import Client
from hub.store.keys import Keys
from hub.store.seats import LIFE_S

FRESH_S = 30  # what was said before that is no news of a line


class Qualities:
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def _key(self, conversation: str, call: str) -> str:
        return f"{self._keys.of(conversation)}lines:{conversation}:{call}"

    def _now(self, call: str) -> str:
        return f"{self._keys.of(call)}quality:{call}"

    async def put(self, conversation: str, call: str, connection: str, line: Line, last: Measured) -> None:
        """What `connection` has reported so far, over what it said before; and its last report."""
        key, now = self._key(conversation, call), self._now(call)
        await self._client.several([("HSET", key, connection, line.model_dump_json()), ("EXPIRE", key, LIFE_S)])
        await self._client.several([("HSET", now, line.party, to_json(asdict(last))), ("EXPIRE", now, FRESH_S)])

    async def now(self, call: str) -> dict[str, dict[str, float]]:
        """What each party said last, in Measured's fields; empty when nothing was said of late."""
        found = await self._client.do("HGETALL", self._now(call))
        return {party.decode(): from_json(said) for party, said in found.items()}

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
