"""Grants: leave to send one file, or to look at one, by an address that says nothing else. They end by themselves."""

import secrets
from typing import Literal

from hub.model.errors import Forbidden
from hub.model.party import Party, Value
from hub.store.client import Client
from hub.store.keys import Keys, hashed

SEND_S = 900
LOOK_S = 600


class Grant(Value):
    """`id` is the file's own, and that of the command that will tell of it. To look, only the first four count."""

    kind: Literal["send", "look"]
    conversation: str
    id: str
    name: str
    bytes: int = 0
    by: Party | None = None
    channel: str = ""
    reply_to: int | None = None


class Grants:
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def _key(self, token: str) -> str:
        # Only a hash is stored, as of tickets.
        return self._keys.everywhere(f"grant:{hashed(token)}")

    async def issue(self, grant: Grant) -> str:
        token = secrets.token_urlsafe(24)
        life_s = SEND_S if grant.kind == "send" else LOOK_S
        await self._client.do("SET", self._key(token), grant.model_dump_json(), "EX", life_s)
        return token

    async def read(self, token: str, kind: Literal["send", "look"]) -> Grant:
        """It stays good until it ends: what broke off is tried again. Raises Forbidden when it is none."""
        raw = await self._client.do("GET", self._key(token)) if len(token) <= 100 else None
        grant = Grant.model_validate_json(raw) if raw else None
        if grant is None or grant.kind != kind:
            raise Forbidden("this link has expired: ask for another")
        return grant
