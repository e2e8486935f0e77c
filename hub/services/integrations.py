"""The connections to CRMs as an operator sees them: how they do, what waits for them, what was put aside; and replay.

Every process brings what its own calls showed to the store, and tells supervisors who look when something changed.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import structlog
from pydantic_core import to_json

from hub.crm_connections import Connection, Connections
from hub.model.conversation import Conversation
from hub.model.crm import Breaker, Capability
from hub.model.decide.desk import may_act
from hub.model.drift import parted
from hub.model.errors import NotFound, StoreUnavailable
from hub.model.party import Party
from hub.store.integrations import Finding, Found, Health, IntegrationHealth, News
from hub.store.outbox import Dead, Outbox, Waiting
from hub.store.whispers import Whisper, Whispers

log = structlog.get_logger()
EVERY_S = 2.0
SPEAK_S = 20.0  # at the latest: the store forgets a process's breaker after a minute
DEAD = 100
# Who carries the jobs that name no connection.
_BY_KIND: dict[str, tuple[Capability, ...]] = {
    "crm.ticket": ("create_ticket", "create_lead"),
    "crm.callback": ("add_task", "add_note", "create_lead"),
    "crm.session": ("add_note",),
    "crm.tags": ("tag",),
    "crm.insights": ("add_insight",),
    "crm.facts": ("update_customer",),
    "crm.call": ("add_note",),
}


class Delta(Protocol):
    """What is new of one connection (hub/crm/vitals.py)."""

    ok: int
    failed: int
    last_ok: int
    last_error: tuple[int, str, str] | None

    @property
    def unmapped(self) -> dict[tuple[str, str, str], int]: ...
    @property
    def drift(self) -> dict[tuple[str, str, str], int]: ...
    @property
    def empty(self) -> bool: ...


class Pulse(Protocol):
    """One connection as this process sees it."""

    name: str

    def take(self) -> Any: ...
    def give_back(self, delta: Any) -> None: ...


class Integrations:
    """`now` gives epoch ms."""

    def __init__(
        self,
        connections: Connections,
        pulses: Sequence[Pulse],
        health: IntegrationHealth,
        outbox: Outbox,
        whispers: Whispers,
        now: Callable[[], int],
    ) -> None:
        self._connections = connections
        self._pulses = pulses
        self._health = health
        self._outbox = outbox
        self._whispers = whispers
        self._now = now
        self._told: dict[str, tuple[Breaker, bool]] = {}  # name -> its breaker, and whether it fails, as last told
        self._spoken = float("-inf")
        self._stir = asyncio.Event()

    # --- bringing it to the store --------------------------------------------------------------------------

    def stir(self) -> None:
        """Something changed that no call shows: a job was put aside."""
        self._stir.set()

    async def keep(self) -> None:
        """Bring what is new to the store, and say so, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(EVERY_S):
                    await self._stir.wait()
            except TimeoutError:
                pass
            await self.bring()

    async def bring(self) -> None:
        """One round of `keep`. The store away: it is brought the next time."""
        stirred = self._stir.is_set()
        self._stir.clear()
        try:
            changed = [await self._one(pulse) for pulse in self._pulses]
            if stirred or any(changed):
                await self._tell()
        except StoreUnavailable:
            log.info("integrations wait for the store")
            if stirred:
                self._stir.set()

    async def _one(self, pulse: Pulse) -> bool:
        """True when an operator would see a difference."""
        connection = self._connections.get(pulse.name)
        delta: Delta = pulse.take()
        breaker = connection.crm.breaker if connection else "closed"
        quiet = delta.empty and self._told.get(pulse.name, ("closed", False))[0] == breaker
        if quiet and asyncio.get_running_loop().time() - self._spoken < SPEAK_S:
            return False
        try:
            await self._health.add(pulse.name, _news(delta), breaker, self._now())
        except StoreUnavailable:
            pulse.give_back(delta)
            raise
        self._spoken = asyncio.get_running_loop().time()
        return self._differs(pulse.name, delta, breaker)

    def _differs(self, name: str, delta: Delta, breaker: Breaker) -> bool:
        for operation, where, what in delta.drift:
            log.warning("crm answer is not as expected", crm=name, operation=operation, path=where, problem=what)
        for operation, where, _ in delta.unmapped:
            log.warning("crm value is not in the mapping", crm=name, operation=operation, field=where)
        was = self._told.get(name, ("closed", False))
        failing = delta.failed > 0 if delta.ok or delta.failed else was[1]
        self._told[name] = breaker, failing
        if was != self._told[name]:
            log.warning("crm connection changed", crm=name, breaker=breaker, failing=failing)
        return was != self._told[name] or bool(delta.drift or delta.unmapped)

    async def _tell(self) -> None:
        frame = to_json({"t": "integrations", "connections": await self.view()}).decode()
        await self._whispers.say(Whisper(kind="integrations", frame=frame))

    # --- looking at it -------------------------------------------------------------------------------------

    async def view(self) -> list[dict[str, Any]]:
        """Every connection, as GET /api/v1/integrations answers. Raises StoreUnavailable."""
        dead, waiting = await self._outbox.every_dead(), await self._outbox.backlog()
        return [await self._view(each, dead, waiting) for each in self._connections]

    async def _view(self, it: Connection, dead: list[Dead], waiting: list[Waiting]) -> dict[str, Any]:
        health = await self._health.read(it.name, self._now())
        mine = [_dead(each) for each in dead if self._whose(each) == it.name]
        return {
            "name": it.name,
            "kind": it.kind,
            "title": it.title or it.name,
            "parts": sorted(it.used_for),
            "can": sorted(what for what in it.used_for if it.does(what)),
            **_shown(health),
            "backlog": sum(1 for each in waiting if self._whose(each) == it.name),
            "dead": mine[-DEAD:],
        }

    def _whose(self, job: Dead | Waiting) -> str:
        """The connection that a job is for. One that is not in the settings any more has its jobs with the first."""
        named = self._connections.get(str(job.payload.get("crm", "")))
        found = named or self._connections.first(*_BY_KIND.get(job.kind, ("customer",)))
        return found.name if found else next((each.name for each in self._connections), "")

    # --- again ---------------------------------------------------------------------------------------------

    async def replay(self, name: str, jobs: Sequence[str] | None) -> list[str]:
        """Queue dead jobs of a connection again, all for None; their ids. Raises NotFound: no such connection."""
        if self._connections.get(name) is None:
            raise NotFound("no such connection")
        wanted = [
            each
            for each in await self._outbox.every_dead()
            if self._whose(each) == name and (jobs is None or each.id in jobs)
        ]
        done = [each.id for each in wanted if await self._outbox.replay(each.shard, each.id)]
        if done:
            self.stir()
        return done

    async def retry(self, it: Conversation, effect: str, by: Party, *, overrule: bool) -> None:
        """The same for one effect of a conversation, by whoever may ask for one there. Raises NotOwner, NotFound."""
        may_act(it, by, overrule)
        mine = {it.id, *(absorbed.source for absorbed in it.who.absorbed)}
        for dead in await self._outbox.every_dead():
            if dead.conversation in mine and dead.effect == effect and await self._outbox.replay(dead.shard, dead.id):
                return self.stir()
        raise NotFound("effect: nothing of that name was put aside")


def _news(delta: Delta) -> News:
    findings: dict[Finding, int] = {("unmapped", *what): n for what, n in delta.unmapped.items()}
    findings |= {("drift", *what): n for what, n in delta.drift.items()}
    return News(delta.ok, delta.failed, delta.last_ok, delta.last_error, findings)


def _shown(health: Health) -> dict[str, Any]:
    calls = health.ok + health.failed
    error = health.last_error
    return {
        "breaker": health.breaker,
        "last_ok": health.last_ok,
        "last_error": {"at": error[0], "code": error[1], "detail": error[2]} if error else None,
        "error_rate": round(health.failed / calls, 4) if calls else 0.0,
        "calls": calls,
        "unmapped": [_finding(one, "field", "value") for one in health.findings if one.what[0] == "unmapped"],
        "drift": [_drift(one) for one in health.findings if one.what[0] == "drift"],
    }


def _drift(one: Found) -> dict[str, Any]:
    problem, argument = parted(one.what[3])
    return {**_finding(one, "path", "problem"), "problem": problem, "argument": argument}


def _finding(one: Found, where: str, what: str) -> dict[str, Any]:
    return {"operation": one.what[1], where: one.what[2], what: one.what[3], "count": one.count, "at": one.at}


def _dead(job: Dead) -> dict[str, Any]:
    """Never its payload: it holds what people wrote."""
    return {
        "id": job.id,
        "kind": job.kind,
        "conversation": job.conversation,
        "why": job.why,
        "at": job.at,
        "tries": job.tries,
    }
