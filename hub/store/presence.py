"""Which agents are here now: a lease that expires."""

from typing import Literal

from hub.model.party import Value
from hub.store.client import Client
from hub.store.keys import Keys


class Here(Value):
    """`until` is when the lease runs out, epoch ms; `missed`: offers in a row that passed without a word."""

    agent: str
    status: Literal["available", "away"]
    until: int
    missed: int = 0


class Presence:
    """A lease per agent, prolonged while a socket of theirs lives."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._leases = keys.everywhere("presence")
        self._status = keys.everywhere("presence:status")
        self._asked = keys.everywhere("presence:asked")
        self._missed = keys.everywhere("presence:missed")

    async def prolong(self, agents: list[str], until_ms: int) -> None:
        for agent in agents:
            await self._client.do("ZADD", self._leases, "GT", until_ms, agent)

    async def set_status(self, agent: str, status: str) -> None:
        await self.heard(agent)
        await self._client.do("HSET", self._status, agent, status)

    async def heard(self, agent: str) -> None:
        """A word of theirs: what they missed before counts no more."""
        await self._client.do("HDEL", self._missed, agent)

    async def miss(self, agent: str, most: int) -> bool:
        """An offer passed without a word of theirs. With `most` in a row they are away by now: True."""
        if int(await self._client.do("HINCRBY", self._missed, agent, 1)) < most:
            return False
        await self._client.do("HSET", self._status, agent, "away")
        return True

    async def status(self, agent: str) -> str:
        found = await self._client.do("HGET", self._status, agent)
        return found.decode() if found else "available"

    async def here(self, now_ms: int) -> list[Here]:
        """Agents whose lease has not run out."""
        rows = await self._client.do("ZRANGEBYSCORE", self._leases, f"({now_ms}", "+inf", "WITHSCORES")
        statuses = await self._client.do("HGETALL", self._status) if rows else {}
        missed = await self._client.do("HGETALL", self._missed) if rows else {}
        return [
            Here.model_construct(
                agent=agent.decode(),
                status=statuses.get(agent, b"available").decode(),
                until=int(float(until)),
                missed=int(missed.get(agent, 0)),
            )
            for agent, until in rows
        ]

    async def leased(self) -> frozenset[str]:
        """Agents who are here, and those whose lease ran out a moment ago."""
        return frozenset(a.decode() for a in await self._client.do("ZRANGE", self._leases, 0, -1))

    async def gone(self, now_ms: int) -> list[str]:
        """Agents whose lease ran out and who were not yet taken off."""
        return [a.decode() for a in await self._client.do("ZRANGEBYSCORE", self._leases, "-inf", now_ms)]

    async def take_off(self, agent: str, before_ms: int) -> None:
        """Forget a lease, unless it was prolonged after `before_ms`."""
        score = await self._client.do("ZSCORE", self._leases, agent)
        if score is not None and float(score) <= before_ms:
            await self._client.do("ZREM", self._leases, agent)

    async def end(self, agent: str, now_ms: int) -> None:
        """The agent left on purpose: the lease ends now."""
        await self._client.do("ZADD", self._leases, "XX", now_ms, agent)

    async def note_asked(self, agent: str, now_ms: int) -> None:
        await self._client.do("HSET", self._asked, agent, now_ms)

    async def asked(self) -> dict[str, int]:
        """When each agent was last asked to accept, epoch ms."""
        return {a.decode(): int(at) for a, at in (await self._client.do("HGETALL", self._asked)).items()}
