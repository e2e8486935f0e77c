"""Agents' accounts."""

from typing import Literal

from hub.model.errors import BadRequest
from hub.model.party import Value
from hub.store.client import Client
from hub.store.keys import Keys

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
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._accounts = keys.everywhere("agents")
        self._by_email = keys.everywhere("agents:email")

    async def add(self, account: Account) -> None:
        """Raises BadRequest when the e-mail address is taken by another agent."""
        email = account.email.lower()
        taken = not await self._client.do("HSETNX", self._by_email, email, account.id)
        if taken and (await self._client.do("HGET", self._by_email, email)).decode() != account.id:
            raise BadRequest("this e-mail address belongs to another agent")
        await self._client.do("HSET", self._accounts, account.id, account.model_dump_json())

    async def get(self, agent: str) -> Account | None:
        raw = await self._client.do("HGET", self._accounts, agent)
        return Account.model_validate_json(raw) if raw else None

    async def by_email(self, email: str) -> Account | None:
        agent = await self._client.do("HGET", self._by_email, email.lower())
        return await self.get(agent.decode()) if agent else None

    async def every(self) -> list[Account]:
        reply = await self._client.do("HVALS", self._accounts)
        return sorted((Account.model_validate_json(raw) for raw in reply), key=lambda a: a.name)
