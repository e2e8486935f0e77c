"""Who is here: agents' presence leases prolonged for this node's sockets, and told to the others when it changes."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog

from hub.model.errors import StoreUnavailable
from hub.store.agents import Account, Agents
from hub.store.places import Places
from hub.store.presence import Here, Presence
from hub.store.whispers import Whisper, Whispers

log = structlog.get_logger()
LOOK_S = 2.0


class Attendance:
    """`changed(agents, online)` is called when the list of present agents, or whether any is available, changed."""

    def __init__(
        self,
        agents: Agents,
        presence: Presence,
        places: Places,
        whispers: Whispers,
        now: Callable[[], int],
        lease_ms: int,
        changed: Callable[[list[dict[str, Any]], bool], None],
    ) -> None:
        self._agents = agents
        self._presence = presence
        self._places = places
        self._whispers = whispers
        self._now = now
        self._lease_ms = lease_ms
        self._changed = changed
        self._sockets: Counter[str] = Counter()
        self._accounts: dict[str, Account] = {}
        self._look = asyncio.Event()
        self.agents: list[dict[str, Any]] = []
        self.online = False

    async def come(self, agent: str) -> None:
        """A socket of the agent opened on this node."""
        await self._presence.prolong([agent], self._now() + self._lease_ms)
        await self._whispers.say(Whisper(kind="presence", subject=agent))
        self._sockets[agent] += 1  # last: who fails to come is not there

    def leave(self, agent: str) -> None:
        """A socket closed. The lease goes on for a while: a reload is no farewell."""
        self._sockets[agent] -= 1
        if self._sockets[agent] <= 0:
            del self._sockets[agent]

    async def set_status(self, agent: str, status: str) -> None:
        await self._presence.set_status(agent, status)
        await self._whispers.say(Whisper(kind="presence", subject=agent))

    def look(self) -> None:
        """Somebody's presence changed somewhere: look now."""
        self._look.set()

    async def ids(self) -> list[str]:
        """Ids of all agents, as of the last look (inbox.py: Roll)."""
        if not self._accounts:
            await self._read_accounts()
        return list(self._accounts)

    def account(self, agent: str) -> Account | None:
        return self._accounts.get(agent)

    async def here(self, agent: str) -> bool:
        """Has this agent a console open anywhere, whatever their status? Raises StoreUnavailable."""
        return agent in self._sockets or any(h.agent == agent for h in await self._presence.here(self._now()))

    def leads(self, agent: str) -> bool:
        """Is this a supervisor or an admin?"""
        account = self.account(agent)
        return account is not None and account.role in ("supervisor", "admin")

    async def _read_accounts(self) -> None:
        self._accounts = {a.id: a for a in await self._agents.every()}

    async def keep(self) -> None:
        """Prolong and look until cancelled."""
        while True:
            try:
                await self._presence.prolong(list(self._sockets), self._now() + self._lease_ms)
                await self.refresh()
            except StoreUnavailable:
                log.info("attendance waits for the store")
            try:
                async with asyncio.timeout(min(LOOK_S, self._lease_ms / 3_000)):
                    await self._look.wait()
                self._look.clear()
            except TimeoutError:
                pass

    async def refresh(self) -> None:
        """Look at everybody's presence; tell when it changed. Raises StoreUnavailable."""
        await self._read_accounts()
        here = {h.agent: h for h in await self._presence.here(self._now())}
        agents = [_colleague(a, here.get(a.id)) for a in self._accounts.values()]
        online = any(h.status == "available" for h in here.values())
        if agents != self.agents or online != self.online:
            self.agents, self.online = agents, online
            self._changed(agents, online)

    async def colleagues(self) -> list[dict[str, Any]]:
        """Everybody with what they hold, for a transfer."""
        await self.refresh()
        held = await self._places.counts([f"agent:{a['id']}" for a in self.agents])
        return [{**a, "load": held[f"agent:{a['id']}"]} for a in self.agents]


def _colleague(account: Account, here: Here | None) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "role": account.role,
        "status": here.status if here else "offline",
        # Who says that they are away has heard of what they missed.
        "missed": here.missed if here and here.status == "away" else 0,
        "teams": list(account.teams),
        "skills": list(account.skills),
        "capacity": account.capacity,
    }
