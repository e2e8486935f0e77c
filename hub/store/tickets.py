"""Tickets: one-use, 30 s, bound to an origin. They carry who connects from an HTTPS call to the socket's hello."""

import secrets
from typing import Literal

from pydantic import TypeAdapter

from hub.model.errors import TicketInvalid
from hub.model.frozen import frozen
from hub.model.identity import Identity
from hub.store.client import Client
from hub.store.keys import Keys, hashed

LIFE_S = 30


@frozen
class Bearer:
    """Who a ticket is for. For agents `agent` and `login` (so that a revoked login ends the socket), for customers
    the identities that were proven and the site, for guests of a call `guest`. Each socket keeps one: small.
    """

    kind: Literal["customer", "agent", "guest"]
    origin: str
    channel: str = "web"
    site: str = ""
    identities: tuple[Identity, ...] = ()
    device: str = ""  # a name for the device secret, so that logout ends all its sockets
    name: str = ""
    agent: str = ""
    login: str = ""
    guest: str = ""


AS_JSON = TypeAdapter(Bearer)  # how a ticket keeps it


class Tickets:
    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def _key(self, ticket: str) -> str:
        # Only a hash is stored: who reads the store can't connect as somebody.
        return self._keys.everywhere(f"ticket:{hashed(ticket)}")

    async def issue(self, bearer: Bearer) -> str:
        ticket = secrets.token_urlsafe(24)
        await self._client.do("SET", self._key(ticket), AS_JSON.dump_json(bearer), "EX", LIFE_S)
        return ticket

    async def redeem(self, ticket: str, origin: str) -> Bearer:
        """Raises TicketInvalid when it was used, has expired, or belongs to another origin."""
        raw = await self._client.do("GETDEL", self._key(ticket))
        if raw is None:
            raise TicketInvalid
        bearer = AS_JSON.validate_json(raw)
        if bearer.origin != origin:
            raise TicketInvalid
        return bearer
