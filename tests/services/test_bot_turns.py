"""The bot's turns: asked by value, once an event, and silent when somebody else has the conversation by then."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from hub.model import commands as c
from hub.model.codec import decode
from hub.model.conversation import Conversation, Desk
from hub.model.crm import Context, CrmCustomer, TicketDraft
from hub.model.decide.identities import taking_in
from hub.model.errors import Gone
from hub.model.events import (
    CustomerArrived,
    CustomerCarried,
    CustomerReleased,
    Event,
    HandoffRequested,
    Insight,
    Logged,
    MessageCreated,
    QueueWaited,
)
from hub.model.identity import Identity, Proof
from hub.model.owner import NOBODY
from hub.model.party import Party
from hub.ports import Answer, Handoff, Spoken, Turn
from hub.services.bot_turns import BotTurns, trigger_of
from hub.services.contexts import ContextDesk
from hub.services.transcripts import SESSION_ENTRIES, Transcripts
from tests.model.story import THE_BOT, WANG
from tests.services.acts import (
    ANA,
    LI,
    POLICY,
    SYSTEM,
    Process,
    account,
    customer,
    device,
    email,
    fresh,
    held_by,
    queue,
    text,
)

CONTEXT = Context(
    crm="local",
    outcome="found",
    as_of=0,
    customer=CrmCustomer(source="local", source_id="1", external_id="cust_wang", name="王芳"),
)


class Bot:
    """Answers what `thinks` makes of a turn, and remembers the turns."""

    def __init__(self, thinks: Callable[[Turn], Awaitable[Answer]] | None = None) -> None:
        self.thinks = thinks
        self.turns: list[Turn] = []

    async def answer(self, turn: Turn) -> Answer:
        self.turns.append(turn)
        return await self.thinks(turn) if self.thinks else Answer(says=(text(f"about {len(turn.transcript)}"),))

    def summarize(self, transcript: tuple[Spoken, ...], insights: tuple[Insight, ...], locale: str) -> str:
        return ""


async def look_up(identities: tuple[Identity, ...]) -> Context:
    return CONTEXT


def turns(process: Process, bot: Bot, deadline_s: float = 2.0) -> BotTurns:
    store, clock = process.store, process.clock
    contexts = ContextDesk(
        process.conversations, store.contexts, store.crm_people, store.whispers, look_up, clock, 60_000
    )
    transcripts = Transcripts(store.logs)

    def named(site: str, locale: str) -> str:
        return "Lampe & Co" if (site, locale) == ("lampe", "en") else ""

    return BotTurns(
        process.conversations, transcripts, contexts, store.presence, bot, clock, deadline_s, named, calls=True
    )


async def last(process: Process, type: type[Event], conversation: str = "wang") -> Logged:
    entries = [decode(e.frame) for e in await process.store.logs.after(conversation, 0)]
    return next(e for e in reversed(entries) if isinstance(e.event, type))


async def bots_words(process: Process, conversation: str = "wang") -> list[str]:
    entries = await process.log(conversation)
    return [e["d"]["content"]["text"] for e in entries if e["type"] == "message.created" and e["by"]["kind"] == "bot"]


# --- it answers --------------------------------------------------------------------------------------------


async def test_a_message_is_answered_with_all_that_was_noticed(process: Process) -> None:
    async def thinks(turn: Turn) -> Answer:
        draft = TicketDraft(subject="leaks")
        return Answer(says=(text("one"), text("two")), insight=Insight(intent="repair"), ticket=draft)

    said = await process.say("wang", "it leaks")
    await turns(process, Bot(thinks)).react(await last(process, MessageCreated))
    entries = (await process.log("wang"))[said.seq :]
    assert [e["type"] for e in entries] == ["insight.noted", "message.created", "message.created", "ticket.requested"]
    assert {e["by"]["kind"] for e in entries} == {"bot"}
    assert [e["d"].get("reply_to") for e in entries[1:3]] == [said.seq, said.seq]
    assert len({e["d"]["id"] for e in entries[1:3]}) == 2, "each message has an id of its own"


async def test_it_is_given_the_session_as_the_customer_sees_it(process: Process) -> None:
    bot = Bot()
    await process.ask("wang", c.Arrive((account("wang"),), "", "en", site="lampe"), customer("wang"))
    await process.to_agent("wang", LI)
    await process.ask("wang", c.Resolve(), LI)
    await process.say("wang", "a new question")
    await process.ask("wang", c.AddNote("psst"), LI)
    await process.store.presence.prolong([LI.id], process.clock() + 1)
    asked = await process.say("wang", "hello?")
    await turns(process, bot).react(await last(process, MessageCreated))
    [turn] = bot.turns
    assert [line.text for line in turn.transcript] == ["a new question", "hello?"], "this session's, and no note"
    assert (turn.trigger, turn.session, turn.locale, turn.site_name) == ("message", 2, "en", "Lampe & Co")
    assert (turn.transcript[-1].seq, turn.transcript[-1].by) == (asked.seq, "customer")
    assert (turn.context and turn.context.customer, turn.proven, turn.anyone_online) == (CONTEXT.customer, True, True)


@pytest.mark.parametrize(("channel", "can_call"), [("web", True), ("app", True), ("email", False)])
async def test_it_knows_whether_the_customer_could_call_from_where_they_write(
    process: Process, channel: str, can_call: bool
) -> None:
    bot = Bot()
    await process.conversations.ask("wang", c.PostMessage(text("hm")), customer("wang"), fresh(), channel)
    await turns(process, bot).react(await last(process, MessageCreated))
    assert bot.turns[0].can_call is can_call


@pytest.mark.parametrize("identities", [(device("d"),), (email("w@x.cn"),), (email("w@x.cn", Proof.AGENT_WORD),)])
async def test_without_proof_it_is_not_told_what_the_crm_knows(
    process: Process, identities: tuple[Identity, ...]
) -> None:
    """A bot can't give away what it was not given."""
    bot = Bot()
    await process.arrive("wang", *identities)
    await process.say("wang")
    await turns(process, bot).react(await last(process, MessageCreated))
    assert [(turn.proven, turn.context, turn.anyone_online) for turn in bot.turns] == [(False, None, False)]


async def test_what_a_guest_asked_is_answered_after_they_signed_in(process: Process) -> None:
    """The answer was on its way when the guest's log ended, and nobody gave another."""
    bot = Bot()
    await process.say("guest", "is it here yet?")
    await process.ask("guest", c.MergeInto("wang", ()))
    await process.arrive("wang", account("wang"))
    await process.ask("wang", taking_in(await process.conversations.newest("guest")))
    await turns(process, bot).react(await last(process, CustomerCarried))
    [turn] = bot.turns
    assert (turn.trigger, [line.text for line in turn.transcript]) == ("message", ["is it here yet?"])
    assert (await process.conversations.newest("wang")).talk.waiting_since == 0


async def test_what_a_visitor_asked_before_a_merge_by_mistake_is_answered_when_it_is_undone(process: Process) -> None:
    bot = Bot()
    await process.say("guest", "is it here yet?")
    await process.ask("guest", c.MergeInto("wang", ()))
    await process.ask("guest", c.Release("wang"), LI)
    released = await last(process, CustomerReleased, "guest")
    await turns(process, bot).react(released)
    assert [turn.trigger for turn in bot.turns] == ["message"]
    assert (await process.conversations.newest("guest")).talk.waiting_since == 0
    await turns(process, bot).react(released)
    assert len(await bots_words(process, "guest")) == 1


async def test_who_arrives_is_greeted_once(process: Process, other: Process) -> None:
    await process.arrive("wang", account("wang"))
    arrived = await last(process, CustomerArrived)
    for side in (process, other, process):
        await turns(side, Bot()).react(arrived)
    assert await bots_words(process) == ["about 0"]


async def test_a_redelivered_message_is_answered_once(process: Process, other: Process) -> None:
    """A worker was killed after the answer and before it was noted; its successor's bot even thinks differently."""

    async def otherwise(turn: Turn) -> Answer:
        return Answer(says=(text("something else"),))

    await process.say("wang")
    message = await last(process, MessageCreated)
    await turns(process, Bot()).react(message)
    await asyncio.gather(turns(other, Bot(otherwise)).react(message), turns(process, Bot(otherwise)).react(message))
    assert await bots_words(process) == ["about 1"]


async def test_a_message_that_the_store_has_lost_again_is_not_answered(process: Process) -> None:
    """It crashed at a low durability, and the worker had read the feed before."""
    bot = Bot()
    await process.say("wang")
    message = await last(process, MessageCreated)
    await turns(process, bot).react(replace(message, seq=message.seq + 1, id=fresh()))
    assert (bot.turns, await bots_words(process)) == ([], [])


async def test_a_handoff_brings_its_brief_and_one_message(process: Process) -> None:
    async def thinks(turn: Turn) -> Answer:
        return Answer(
            (text("I get somebody"),), handoff=Handoff("asked", "a person!", "wants a person", team="repairs")
        )

    await process.say("wang", "a person!")
    await process.ask("wang", c.RequestHandoff(), customer("wang"))
    await turns(process, Bot(thinks)).react(await last(process, HandoffRequested))
    it = await process.conversations.newest("wang")
    assert (it.desk.owner.kind, it.desk.owner.id) == ("queue", "repairs")
    assert await bots_words(process) == ["I get somebody"]
    assert (await process.types("wang"))[-3:] == ["message.created", "handoff.briefed", "owner.changed"]


async def test_who_waits_long_is_told_so_by_the_bot(process: Process) -> None:
    await process.to_queue("wang")
    process.clock.skip(POLICY.queue_notice_ms)
    await process.ask("wang", c.Tick("queue"))
    bot = Bot()
    await turns(process, bot).react(await last(process, QueueWaited))
    assert [turn.trigger for turn in bot.turns] == ["waited"]
    it = await process.conversations.newest("wang")
    assert (await bots_words(process), it.desk.owner.kind) == (["about 1"], "queue")


# --- it is silent ------------------------------------------------------------------------------------------


async def test_a_bot_that_thinks_while_a_person_takes_over_stays_silent(process: Process, other: Process) -> None:
    """The take-over happens on another process, which this worker has not heard of."""

    async def slowly(turn: Turn) -> Answer:
        await other.ask("wang", c.Assign(held_by(LI)), LI)
        return Answer(says=(text("too late"),), handoff=Handoff("unsure", "", ""))

    await process.say("wang")
    await turns(process, Bot(slowly)).react(await last(process, MessageCreated))
    it = await process.conversations.newest("wang")
    assert (await bots_words(process), it.desk.owner) == ([], held_by(LI))


async def test_a_greeting_that_is_late_is_not_said(process: Process, other: Process) -> None:
    async def slowly(turn: Turn) -> Answer:
        await other.say("wang", "I have a question")
        return Answer(says=(text("Welcome!"),))

    await process.arrive("wang")
    await turns(process, Bot(slowly)).react(await last(process, CustomerArrived))
    assert await bots_words(process) == []


async def test_a_merged_conversation_is_answered_where_it_goes_on(process: Process, other: Process) -> None:
    async def slowly(turn: Turn) -> Answer:
        await other.ask("wang", c.MergeInto("elsewhere", ()), SYSTEM)
        return Answer(says=(text("here?"),))

    await process.say("wang")
    with pytest.raises(Gone):
        await turns(process, Bot(slowly)).react(await last(process, MessageCreated))
    assert await bots_words(process) == []


async def test_what_is_not_the_bots_is_not_asked_of_it(process: Process) -> None:
    bot = Bot()
    await process.to_agent("wang", LI)
    await process.say("wang", "to the agent")
    await turns(process, bot).react(await last(process, MessageCreated))
    await process.ask("wang", c.PostMessage(text("from the agent")), LI)
    await turns(process, bot).react(await last(process, MessageCreated))
    assert bot.turns == []


def test_what_the_bot_answers_as_things_stand() -> None:
    def entry(event: Event, by: Party = WANG) -> Logged:
        return Logged("wang", 1, 0, by, "x", "web", event)

    owners = (NOBODY, THE_BOT, queue(), held_by(ANA))
    its = [Conversation("wang", desk=Desk(owner=owner)) for owner in owners]
    message = entry(MessageCreated(id="m", content=text("hi")))
    ours = entry(MessageCreated(id="m", content=text("hi")), ANA)
    cases = [
        (entry(CustomerArrived()), ("arrived", None, None, None)),
        (message, (None, "message", None, None)),
        (ours, (None, None, None, None)),
        (entry(HandoffRequested()), (None, "handoff", None, None)),
        (entry(QueueWaited(seconds=60)), (None, None, "waited", None)),
    ]
    for logged, wanted in cases:
        assert tuple(trigger_of(logged, it) for it in its) == wanted, logged.event


# --- it fails ----------------------------------------------------------------------------------------------


async def fails(turn: Turn) -> Answer:
    raise ValueError("a bug in the bot, with what she wrote: it leaks")


async def hangs(turn: Turn) -> Answer:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


@pytest.mark.parametrize(("thinks", "evidence"), [(fails, "ValueError"), (hangs, "no answer within 0.05 s")])
async def test_a_bot_that_fails_calls_a_person(
    process: Process, thinks: Callable[[Turn], Awaitable[Answer]], evidence: str
) -> None:
    await process.say("wang", "it leaks")
    with capture_logs():
        await turns(process, Bot(thinks), deadline_s=0.05).react(await last(process, MessageCreated))
    it = await process.conversations.newest("wang")
    assert it.desk.owner.kind == "queue"
    [brief] = [e["d"] for e in await process.log("wang") if e["type"] == "handoff.briefed"]
    assert (brief["reason"], brief["evidence"]) == ("bot_failed", evidence)


# --- the transcript ------------------------------------------------------------------------------------------


async def test_of_a_very_long_session_the_newest_is_read(process: Process) -> None:
    for _ in range(3):
        await asyncio.gather(*(process.say("wang") for _ in range(400)))
    newest = (await process.conversations.newest("wang")).seq
    read = Transcripts(process.store.logs).read
    assert [e.seq for e in await read("wang", 1, newest)] == list(range(newest - SESSION_ENTRIES + 1, newest + 1))
    assert [e.seq for e in await read("wang", 5, 9)] == [5, 6, 7, 8, 9]
    assert await read("wang", newest + 1, newest + 9) == []
    assert await read("nobody", 1, 9) == []
