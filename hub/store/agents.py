"""Agents' accounts."""

from typing import Literal

import structlog
from pydantic import ValidationError

from hub.model.errors import BadRequest
from hub.model.party import Value
from hub.store.client import Client
from hub.store.keys import Keys

log = structlog.get_logger()
Role = Literal["admin", "supervisor", "agent"]


class Account(Value):
    """`password` is an argon2 hash."""

    id: str
    name: str
    email: str
    role: Role = "agent"
    password: str = ""
    capacity: int = 4
    teams: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class Agents:
    """All methods raise StoreUnavailable. An account that can't be read is left out, and logged once."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._accounts = keys.everywhere("agents")
        self._by_email = keys.everywhere("agents:email")
        self._unreadable: set[str] = set()

    async def add(self, account: Account) -> None:
        """Raises BadRequest when the e-mail address is taken by another agent."""
        email = account.email.lower()
        taken = not await self._client.do("HSETNX", self._by_email, email, account.id)
        if taken and (await self._client.do("HGET", self._by_email, email)).decode() != account.id:
            raise BadRequest("this e-mail address belongs to another agent")
        await self._client.do("HSET", self._accounts, account.id, account.model_dump_json())

    async def get(self, agent: str) -> Account | None:
        raw = await self._client.do("HGET", self._accounts, agent)
        return self._read(agent, raw) if raw else None

    async def id_of(self, email: str) -> str:
        """Whose address it is, even if their account can't be read; "" when nobody's."""
        agent = await self._client.do("HGET", self._by_email, email.lower())
        return agent.decode() if agent else ""

    async def by_email(self, email: str) -> Account | None:
        agent = await self.id_of(email)
        return await self.get(agent) if agent else None

    async def ids(self) -> list[str]:
        """Of everybody, also of those whose account can't be read."""
        return [agent.decode() for agent in await self._client.do("HKEYS", self._accounts)]

    async def every(self) -> list[Account]:
        rows = await self._client.do("HGETALL", self._accounts)
        found = (self._read(agent.decode(), raw) for agent, raw in rows.items())
        return sorted((account for account in found if account), key=lambda a: a.name)

    def _read(self, agent: str, raw: bytes) -> Account | None:
        try:
            account = Account.model_validate_json(raw)
        except ValidationError:
            if agent not in self._unreadable:
                self._unreadable.add(agent)
                log.error("account can't be read; `onethread agent add` with its address mends it", agent=agent)
            return None
        self._unreadable.discard(agent)
        return account
