"""Brings waiting customers and free agents together, and gives back what a vanished agent held."""

import asyncio
from collections.abc import Callable

import structlog

from hub.model.commands import GiveBack, Reserve
from hub.model.conversation import Conversation, not_to_ask, place, waits_from
from hub.model.errors import OneThreadError, StoreUnavailable
from hub.model.events import Logged, OwnerChanged, ReservationDeclined, ReservationExpired
from hub.model.ids import derived
from hub.model.owner import Owner, OwnerKind
from hub.model.party import SYSTEM
from hub.model.routing import Candidate, Waiting, reserve_next
from hub.services.conversations import Conversations
from hub.store.agents import Agents
from hub.store.leases import Leases
from hub.store.logs import Logs
from hub.store.places import Places
from hub.store.presence import Presence
from hub.store.seats import Seats

log = structlog.get_logger()
EVERY_S = 0.5
QUEUE = 500
LEAVING_MS = 2_000  # who signs out gives back by themselves first (accounts.py), with that as the reason
STRAYS_MS = 5_000  # between two looks at what agents hold who are not here at all


class Router:
    """One worker routes at a time (a lease); a second would only do the same and be refused by the store."""

    def __init__(
        self,
        conversations: Conversations,
        logs: Logs,
        places: Places,
        agents: Agents,
        presence: Presence,
        seats: Seats,
        leases: Leases,
        now: Callable[[], int],
        reservation_ms: int,
        missed_offers: int,
    ) -> None:
        """`missed_offers` 0 = who never answers is asked for ever."""
        self._conversations = conversations
        self._logs = logs
        self._places = places
        self._agents = agents
        self._presence = presence
        self._seats = seats
        self._leases = leases
        self._now = now
        self._reservation_ms = reservation_ms
        self._missed_offers = missed_offers
        self._poked = asyncio.Event()
        self._strays: frozenset[tuple[str, str]] = frozenset()  # (agent, conversation), at the last look
        self._looked_at = 0

    async def poke(self, entry: Logged) -> None:
        """Reaction: somebody waits or got free; do not wait for the next round."""
        match entry.event:
            case ReservationExpired(agent=agent):
                if self._missed_offers and await self._presence.miss(agent, self._missed_offers):
                    log.info("away: offers passed without a word", agent=agent)
            case ReservationDeclined(agent=agent) | OwnerChanged(owner=Owner(kind=OwnerKind.AGENT, id=agent)):
                await self._presence.heard(agent)
            case OwnerChanged():
                pass
            case _:
                return
        self._poked.set()

    async def route(self) -> None:
        """Route until cancelled."""
        while True:
            try:
                if await self._leases.hold("router"):
                    await self._give_back()
                    await self._give_back_strays()
                    await self._reserve()
                else:
                    self._strays = frozenset()  # by the time that we route again they are nothing to go by
            except StoreUnavailable:
                log.info("routing waits for the store")
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._poked.wait()
                self._poked.clear()
            except TimeoutError:
                pass

    async def _give_back(self) -> None:
        """An agent whose presence lease ran out: their customers must not wait for nobody."""
        before = self._now() - LEAVING_MS
        for agent in await self._presence.gone(before):
            given = [await self._release(c, agent) for c in await self._places.members(f"agent:{agent}")]
            if all(given):
                await self._presence.take_off(agent, before)

    async def _give_back_strays(self) -> None:
        """What agents hold who have no lease that could run out: assigned while away, or woken from a snooze since.

        Only what two looks in a row found: whoever is coming, or is signing out, has the time in between.
        """
        if self._now() < self._looked_at + STRAYS_MS:
            return
        self._looked_at = self._now()
        before, self._strays = self._strays, await self._held_by_nobody()
        for agent, conversation in before & self._strays:
            await self._release(conversation, agent)

    async def _held_by_nobody(self) -> frozenset[tuple[str, str]]:
        """(agent, conversation), without what is snoozed."""
        leased = await self._presence.leased()
        away = {f"agent:{agent}" for agent in await self._agents.ids() if agent not in leased}
        counts = await self._places.counts(sorted(away))
        held = [c for name, count in counts.items() if count for c in await self._places.members(name)]
        its = await self._logs.load_several(held)
        return frozenset((it.desk.owner.id, it.id) for it in its if place(it) in away and not it.desk.snoozed_until)

    async def _release(self, conversation: str, agent: str) -> bool:
        """False when it must be tried again. A snoozed one stays with its agent until it wakes."""
        # Not what this process knows: it does not follow all shards, and an old tenure would make an old id.
        it = await self._conversations.newest(conversation)
        if it.desk.snoozed_until:
            return True
        back, id = GiveBack(agent, "agent_unreachable"), derived("gone", conversation, str(it.desk.tenure))
        try:
            await self._conversations.ask(conversation, back, SYSTEM, id, it.talk.channel)
        except StoreUnavailable:
            raise
        except OneThreadError as refusal:
            log.warning("not given back", conversation=conversation, agent=agent, why=refusal.code)
            return False
        log.info("agent gone, conversation given back", conversation=conversation, agent=agent)
        return True

    async def _reserve(self) -> None:
        waiting = await self._places.members("queue", QUEUE)
        if not waiting:
            return
        states = [it for it in await self._logs.load_several(waiting) if it.desk.owner.kind is OwnerKind.QUEUE]
        agents = await self._candidates(states)
        skilled = frozenset(skill for agent in agents for skill in agent.skills)
        queue = [waiting_of(it, self._now(), skilled) for it in states if it.desk.reservation is None]
        for entry, agent in reserve_next(queue, agents):
            until = self._now() + self._reservation_ms
            command = Reserve(agent.agent, agent.name, until, entry.tenure)
            try:
                await self._conversations.ask(
                    entry.conversation, command, SYSTEM, derived("reserve", entry.conversation, str(until))
                )
            except StoreUnavailable:
                raise
            except OneThreadError as refusal:
                log.info("reservation refused", conversation=entry.conversation, why=refusal.code)
                continue
            await self._presence.note_asked(agent.agent, self._now())

    async def _candidates(self, queued: list[Conversation]) -> list[Candidate]:
        """Agents who are here and available, with what they hold and are being asked for."""
        here = {h.agent for h in await self._presence.here(self._now()) if h.status == "available"}
        accounts = [a for a in await self._agents.every() if a.id in here]
        held = await self._places.counts([f"agent:{a.id}" for a in accounts])
        asked = await self._presence.asked()
        reserved = [it.desk.reservation.agent for it in queued if it.desk.reservation]
        calling = await self._seats.engaged()
        return [
            Candidate(
                a.id,
                a.name,
                a.capacity,
                held[f"agent:{a.id}"] + reserved.count(a.id),
                asked.get(a.id, 0),
                frozenset(a.teams),
                frozenset(a.skills),
                a.id in calling,
            )
            for a in accounts
        ]


def waiting_of(it: Conversation, now: int, skilled: frozenset[str] = frozenset()) -> Waiting:
    """A call asks for the skill `audio` or `video`, where some agent who is here has it (`skilled`)."""
    desk = it.desk
    declined = frozenset(not_to_ask(desk, now))
    skills = frozenset([it.call.media]) & skilled if it.call else frozenset()
    who, rings = it.who.tier, it.call is not None
    return Waiting(it.id, waits_from(it), desk.tenure, who, desk.owner.id, skills, declined, rings, desk.served_by)
