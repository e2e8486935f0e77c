"""Guests of calls: what a one-time link leads to, and which browser opened it. Of links only hashes are kept."""

import secrets

from hub.model.call import CardPart
from hub.model.party import Value
from hub.store.client import Client
from hub.store.keys import Keys, hashed

LIFE_S = 24 * 3_600  # as long as a call's seats: afterwards the link is one that nobody knows


class Guest(Value):
    """Who may come into which call, and what they may read: messages from the seq `since` up to `upto` (0 = none), and
    those that are said while they are in it; the `shown` parts of the customer's card.

    `by` is who asked them in, when the log stood at `asked_at`.
    """

    id: str
    name: str
    conversation: str
    call: str
    by: str
    briefing: str = ""
    since: int = 0
    upto: int = 0
    asked_at: int = 0
    shown: tuple[CardPart, ...] = ()

    @property
    def party(self) -> str:
        return f"guest:{self.id}"


class Guests:
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def add(self, guest: Guest) -> str:
        """The secret of a new link to them. Added again, they have another link more: the first was never told."""
        secret = secrets.token_urlsafe(32)
        await self._client.do("SET", self._key("guest", guest.id), guest.model_dump_json(), "EX", LIFE_S)
        await self._client.do("SET", self._key("guest-link", hashed(secret)), guest.id, "EX", LIFE_S)
        return secret

    async def get(self, id: str) -> Guest | None:
        raw = await self._client.do("GET", self._key("guest", id))
        return Guest.model_validate_json(raw) if raw is not None else None

    async def of_link(self, secret: str) -> Guest | None:
        raw = await self._client.do("GET", self._key("guest-link", hashed(secret)))
        return await self.get(raw.decode()) if raw is not None else None

    async def bind(self, id: str, browser: str) -> bool:
        """Is this guest's browser the one with this secret? The first that asks is."""
        key, name = self._key("guest-browser", id), hashed(browser)
        await self._client.do("SET", key, name, "EX", LIFE_S, "NX")
        held = await self._client.do("GET", key)
        return held is not None and held.decode() == name

    def _key(self, kind: str, name: str) -> str:
        return self._keys.everywhere(f"{kind}:{name}")
