"""What the CRM knows beside the conversation: asked by proof only, kept with its age, forgotten with a wrong merge."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from hub.crm_connections import Connection, keys_of
from hub.model import commands as c
from hub.model.codec import decode
from hub.model.crm import Context, CrmCustomer, CustomerKeys, Source, Ticket
from hub.model.events import CustomerArrived, CustomerCarried, CustomerUnmerged, Event, IdentityAdded, Logged
from hub.model.identity import Identity, Proof, may_see_account
from hub.model.owner import NOBODY
from hub.ports import Crm as CrmPort
from hub.services.contexts import ContextDesk, context_frame
from hub.store.whispers import Whisper
from tests.services.acts import LI, Process, account, device, email, running, true, until

FRESH_MS = 60_000


def asked_by(identities: tuple[Identity, ...]) -> CustomerKeys:
    return keys_of(identities, Connection(cast(CrmPort, SimpleNamespace(name="local")), frozenset()))


def found(external_id: str = "cust_wang", as_of: int = 0) -> Context:
    known = CrmCustomer(source="local", source_id="1", external_id=external_id, name="王芳", surname="王", tier="gold")
    return Context(crm="local", outcome="found", as_of=as_of, customer=known)


@dataclass
class Crm:
    """Answers what it is told to, at the time of the clock, and remembers what it was asked."""

    process: Process
    answer: Context = field(default_factory=found)
    asked: list[CustomerKeys] = field(default_factory=list)

    async def look_up(self, identities: tuple[Identity, ...]) -> Context:
        self.asked.append(asked_by(identities))
        return self.answer.model_copy(update={"as_of": self.process.clock()})

    def fails(self) -> None:
        self.answer = Context(crm="local", outcome="unavailable", as_of=0, detail="no answer within 2 s")


def desk(process: Process, crm: Crm) -> ContextDesk:
    store = process.store
    caches = store.contexts, store.crm_people, store.whispers
    return ContextDesk(process.conversations, *caches, crm.look_up, process.clock, FRESH_MS)


@pytest.fixture
def crm(process: Process) -> Crm:
    return Crm(process)


async def last(process: Process, type: type[Event], conversation: str = "wang") -> Logged:
    entries = [decode(e.frame) for e in await process.store.logs.after(conversation, 0)]
    return next(e for e in reversed(entries) if isinstance(e.event, type))


# --- by what it is asked --------------------------------------------------------------------------------


def test_an_agents_word_is_enough_to_look_and_not_enough_to_show() -> None:
    by_word = (email("w@x.cn", Proof.AGENT_WORD),)
    assert asked_by(by_word).emails == ("w@x.cn",)
    assert not may_see_account(by_word)
    assert not may_see_account((device("d"),))
    assert may_see_account((account("wang"),))


async def test_who_only_claims_is_not_asked_about(process: Process, crm: Crm) -> None:
    crm.answer = Context(crm="local", outcome="unproven", as_of=0)
    await process.arrive("wang", device("d"), email("w@x.cn"))
    await desk(process, crm).of(await process.conversations.state("wang"))
    assert [keys.empty for keys in crm.asked] == [True]


# --- its age --------------------------------------------------------------------------------------------


async def test_it_is_asked_once_while_the_answer_is_fresh(process: Process, other: Process, crm: Crm) -> None:
    await process.arrive("wang", account("wang"))
    it = await process.conversations.state("wang")
    first = await desk(process, crm).of(it)
    process.clock.skip(FRESH_MS)
    assert await desk(other, crm).of(it) == first, "another process has it from the same cache"
    assert len(crm.asked) == 1
    process.clock.skip(1)
    assert (await desk(process, crm).of(it)).as_of == process.clock()
    assert len(crm.asked) == 2


async def test_an_agent_may_ask_for_it_anew(process: Process, crm: Crm) -> None:
    await process.arrive("wang", account("wang"))
    it = await process.conversations.state("wang")
    await desk(process, crm).of(it)
    process.clock.skip(5)
    assert (await desk(process, crm).of(it, refresh=True)).as_of == process.clock()
    assert await desk(process, crm).cached("wang") == await process.store.contexts.get("wang")


async def test_a_crm_that_fails_does_not_wipe_what_it_said_before(process: Process, crm: Crm) -> None:
    await process.arrive("wang", account("wang"))
    it = await process.conversations.state("wang")
    before = await desk(process, crm).of(it)
    crm.fails()
    process.clock.skip(FRESH_MS + 1)
    shown = await desk(process, crm).of(it)
    assert shown == before.model_copy(update={"detail": "no answer within 2 s"}), "old, and it says why"
    assert shown.as_of < process.clock()
    assert await process.store.contexts.get("wang") == before


async def test_a_part_that_did_not_come_stays_as_it_was_with_its_age(
    process: Process, other: Process, crm: Crm
) -> None:
    await process.arrive("wang", account("wang"))
    it, then = await process.conversations.state("wang"), process.clock()
    source = Source(crm="local", outcome="found", parts=("customer", "tickets"), as_of=then, external_id="cust_wang")
    ticket = Ticket(source="local", source_id="1", number="T1", subject="s")
    crm.answer = found("cust_wang", then).model_copy(update={"tickets": (ticket,), "sources": (source,)})
    await desk(process, crm).of(it)
    process.clock.skip(FRESH_MS + 1)
    late = source.model_copy(update={"parts": ("customer",), "why": "tickets:timeout", "as_of": process.clock()})
    crm.answer = found("cust_wang", process.clock()).model_copy(update={"lacks": ("tickets",), "sources": (late,)})
    shown = await desk(process, crm).of(it)
    assert shown.tickets == (ticket,)
    assert [(kept.part, kept.as_of, kept.why) for kept in shown.kept] == [("tickets", then, "timeout")]
    assert await desk(other, crm).of(it) == shown, "and so it is cached"


async def test_without_anything_older_the_failure_is_shown(process: Process, crm: Crm) -> None:
    crm.fails()
    await process.arrive("wang", account("wang"))
    shown = await desk(process, crm).of(await process.conversations.state("wang"))
    assert (shown.outcome, shown.customer) == ("unavailable", None)


async def test_followers_among_staff_are_told(process: Process, other: Process, crm: Crm) -> None:
    heard: list[Whisper] = []

    async def hear() -> None:
        async for whisper in other.store.whispers.hear():
            heard.append(whisper)

    await process.arrive("wang", account("wang"))
    it = await process.conversations.state("wang")
    channel = process.store.keys.everywhere("whispers")
    async with running(hear()):

        async def listening() -> bool:
            return bool((await process.store.client.do("PUBSUB", "NUMSUB", channel))[1])

        await until(listening)
        answer = await desk(process, crm).of(it)
        await true(lambda: bool(heard))
    assert heard == [Whisper(kind="frame", conversation="wang", staff=True, frame=context_frame("wang", answer))]
    assert json.loads(heard[0].frame)["d"]["customer"]["external_id"] == "cust_wang"


# --- as a reaction --------------------------------------------------------------------------------------


async def test_an_arrival_is_looked_up_once_however_often_it_is_seen(
    process: Process, other: Process, crm: Crm
) -> None:
    await process.arrive("wang", account("wang"), email("w@x.cn", Proof.SIGNED))
    entries = [decode(e.frame) for e in await process.store.logs.after("wang", 0)]
    for side in (process, other):
        for entry in entries:
            await desk(side, crm).react(entry)
    assert len(crm.asked) == 1
    assert (await process.types("wang")).count("context.attached") == 1
    it = await process.conversations.newest("wang")
    assert (it.who.external_id, it.who.surname, it.who.tier) == ("cust_wang", "王", "gold")


async def test_who_became_better_known_is_looked_up_again(process: Process, crm: Crm) -> None:
    await process.arrive("wang", account("wang"))
    await desk(process, crm).react(await last(process, CustomerArrived))
    process.clock.skip(1)
    await process.ask("wang", c.VerifyIdentity(email("w@x.cn", Proof.AGENT_WORD)), LI)
    await desk(process, crm).react(await last(process, IdentityAdded))
    assert [keys.emails for keys in crm.asked] == [(), ("w@x.cn",)]


async def test_a_claim_is_no_reason_to_look(process: Process, crm: Crm) -> None:
    await process.arrive("wang", account("wang"))
    process.clock.skip(1)
    await process.arrive("wang", email("evil@x.cn"))
    await desk(process, crm).react(await last(process, IdentityAdded))
    assert crm.asked == []


async def test_what_came_with_a_merge_is_looked_up(process: Process, crm: Crm) -> None:
    """An agent joined a signed-in customer's thread to an anonymous one: nobody asked the CRM about them."""
    await process.arrive("wang", device("d"))
    await process.ask("wang", c.Absorb("mail", 1, (account("wang"),), NOBODY))
    await desk(process, crm).react(await last(process, CustomerCarried))
    assert [keys.external_id for keys in crm.asked] == ["wang"]


async def test_after_an_unmerge_nothing_is_left_of_the_other_customer(process: Process, crm: Crm) -> None:
    """For a minute the bot showed the other one's orders, and their notes went on being written to the wrong file."""
    await process.arrive("wang", account("wang"))
    await process.ask("wang", c.Absorb("liu", 1, (email("liu@x.cn", Proof.SIGNED),), NOBODY), LI)
    crm.answer = found("cust_liu")
    await process.ask("wang", c.AttachContext(await desk(process, crm).of(await process.conversations.state("wang"))))
    assert (await process.conversations.state("wang")).who.external_id == "cust_liu"
    await process.ask("wang", c.Unmerge("liu"), LI)
    crm.fails()
    await desk(process, crm).react(await last(process, CustomerUnmerged))
    it = await process.conversations.newest("wang")
    assert (it.who.external_id, it.who.surname, it.who.tier) == ("", "", "")
    kept = await process.store.contexts.get("wang")
    assert kept is None or kept.customer is None
    assert crm.asked[-1].emails == ()
