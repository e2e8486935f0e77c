"""Commands of several processes on one real store: exactly one wins, once, and everybody is told the truth."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from hub.model import commands as c
from hub.model.conversation import Conversation, place
from hub.model.dues import dues
from hub.model.errors import (
    Conflict,
    NotDurable,
    NotOwner,
    NotQueued,
    NotReservedForYou,
    OneThreadError,
    Overloaded,
    StaleTenure,
    StoreUnavailable,
)
from hub.model.owner import NOBODY
from hub.model.party import Party
from hub.services import conversations
from hub.services.round import Answer, Done
from hub.settings import Settings
from hub.store.feeds import FeedEntry
from hub.store.logs import Logs
from tests.services.acts import (
    ANA,
    BOT,
    LI,
    PATIENCE_S,
    POLICY,
    Clock,
    Process,
    a_process,
    customer,
    fresh,
    held_by,
    queue,
    running,
    text,
    until,
)
from tests.store.acts import own_valkey

# --- two processes, one winner -------------------------------------------------------------------

RACES = 100


async def test_one_accepts_what_another_takes_at_the_same_moment(process: Process, other: Process) -> None:
    """On two processes (test_races.py has two who accept). Exactly one of them has it, and the other is told why."""

    async def won(by: Process, name: str, command: c.Command, agent: Party) -> bool:
        try:
            return bool(await by.ask(name, command, agent))
        except (NotReservedForYou, StaleTenure):
            return False

    async def race(n: int) -> tuple[str, Party]:
        sides = (process, other) if n % 2 else (other, process)
        it = await process.reserve(f"c{n}")
        accepts = won(sides[0], it.id, c.AcceptReservation(), LI)
        takes = won(sides[1], it.id, c.Assign(held_by(ANA), it.desk.tenure), ANA)
        if n % 4 < 2:
            accepted, taken = await asyncio.gather(accepts, takes)
        else:
            taken, accepted = await asyncio.gather(takes, accepts)
        assert accepted != taken, f"{it.id}: {accepted=} {taken=}"
        return it.id, LI if accepted else ANA

    winners: dict[str, Party] = {}
    for first in range(0, RACES, 50):
        winners.update(await asyncio.gather(*(race(n) for n in range(first, first + 50))))
    for it in await process.store.logs.load_several(list(winners)):
        assert (it.desk.owner, it.desk.tenure) == (held_by(winners[it.id]), 3)
    assert len(winners) == RACES
    assert {w.id for w in winners.values()} == {LI.id, ANA.id}, "both do win sometimes"


async def test_many_agents_take_one_conversation_and_one_has_it(process: Process, other: Process) -> None:
    it = await process.to_queue("wang")
    agents = [Party(kind=LI.kind, id=f"a{n}", name="x") for n in range(40)]
    asked = [
        side.ask("wang", c.Assign(held_by(agent), it.desk.tenure), agent)
        for agent, side in zip(agents, [process, other] * 20, strict=True)
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert Counter(type(a) for a in answers) == {Done: 1, StaleTenure: 39}
    winner = next(agent for agent, answer in zip(agents, answers, strict=True) if isinstance(answer, Done))
    assert (await other.conversations.newest("wang")).desk.owner == held_by(winner)


async def test_messages_of_two_processes_become_one_gapless_log(process: Process, other: Process) -> None:
    said = [side.say("wang", f"{name}{n}") for n in range(30) for name, side in (("p", process), ("o", other))]
    answers = await asyncio.gather(*said)
    entries = await process.log("wang")
    assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
    messages = [e for e in entries if e["type"] == "message.created"]
    assert sorted(e["seq"] for e in messages) == sorted(a.seq for a in answers)
    for name in "po":
        mine = [e["d"]["content"]["text"] for e in messages if e["d"]["content"]["text"].startswith(name)]
        assert mine == [f"{name}{n}" for n in range(30)], "each sender's order is kept"


# --- once -----------------------------------------------------------------------------------------


async def test_one_id_sent_three_times_over_two_processes_is_one_message(process: Process, other: Process) -> None:
    for _ in range(20):
        id = fresh()
        sides = (process, process, other)
        answers = await asyncio.gather(*(side.say("wang", "once", id) for side in sides))
        assert len({a.seq for a in answers}) == 1
        assert sorted(a.dup for a in answers) == [False, True, True]
    assert (await process.types("wang")).count("message.created") == 20


async def test_the_same_id_twice_in_one_loop_turn_is_one_message(process: Process) -> None:
    """Two tabs flush one outbox: both copies were taken into one commit, and the message stood there twice."""
    id = fresh()
    answers = await asyncio.gather(*(process.say("wang", "once", id) for _ in range(5)))
    assert {a.seq for a in answers} == {3}
    assert sorted(a.dup for a in answers) == [False, True, True, True, True]
    assert (await process.types("wang")).count("message.created") == 1


async def test_ids_of_different_authors_do_not_meet(process: Process) -> None:
    """A customer can't answer for an agent's command, nor one agent for another's."""
    await process.to_agent("wang")
    id = fresh()
    said = c.PostMessage(text("mine"))
    first = await process.ask("wang", said, customer("wang"), id)
    second = await process.ask("wang", said, LI, id)
    with pytest.raises(NotOwner):
        await process.ask("wang", said, ANA, id)
    assert (second.seq, second.dup) == (first.seq + 1, False)


async def test_what_is_refused_now_but_was_done_before_gets_its_first_answer(process: Process, other: Process) -> None:
    """The ack of an accept was lost; the agent's client sends it again, also to another process: it is theirs."""
    await process.reserve("wang")
    id = fresh()
    first = await process.ask("wang", c.AcceptReservation(), LI, id)
    for side in (process, other):
        assert await side.ask("wang", c.AcceptReservation(), LI, id) == Done(first.seq, dup=True)
        with pytest.raises(NotReservedForYou):
            await side.ask("wang", c.AcceptReservation(), LI, fresh())


async def test_what_changes_nothing_now_but_was_done_before_gets_its_first_answer(
    process: Process, other: Process
) -> None:
    await process.say("wang")
    id = fresh()
    first = await process.ask("wang", c.AddTag("vip"), LI, id)
    await process.say("wang")
    assert await other.ask("wang", c.AddTag("vip"), LI, id) == Done(first.seq, dup=True)
    assert (await other.ask("wang", c.AddTag("vip"), LI, fresh())).dup is False


async def test_a_refused_command_may_be_sent_again_when_it_is_allowed(process: Process) -> None:
    """A refusal is no effect: its id is not used up."""
    id = fresh()
    await process.to_queue("wang")
    with pytest.raises(NotOwner):
        await process.ask("wang", c.PostMessage(text("hello")), LI, id)
    await process.ask("wang", c.Assign(held_by(LI)), LI)
    assert (await process.ask("wang", c.PostMessage(text("hello")), LI, id)).dup is False


# --- decided on the newest state ------------------------------------------------------------------


async def test_a_bot_answer_prepared_before_the_hand_over_is_refused(process: Process, other: Process) -> None:
    """On a process that has not heard of the hand-over: the store tells it."""
    await process.say("wang")
    it = await other.conversations.state("wang")
    await process.ask("wang", c.Assign(held_by(LI)), LI)
    before = await process.types("wang")
    with pytest.raises(StaleTenure):
        await other.ask("wang", c.BotTurn(it.desk.tenure, it.seq, (text("too late"),)), BOT)
    assert await process.types("wang") == before


async def test_nothing_is_refused_on_what_only_this_process_believes(process: Process, other: Process) -> None:
    """Accepted on one node, the agent's next words went through another, which had not heard of it: not_owner."""
    await process.to_queue("wang")
    assert (await other.conversations.state("wang")).desk.owner == queue()
    await process.ask("wang", c.Assign(held_by(LI)), LI)
    await other.ask("wang", c.PostMessage(text("hello")), LI)


async def test_a_router_that_lags_does_not_refuse_for_ever(process: Process, other: Process) -> None:
    """The worker that routes does not follow all shards: it took a reservation that was declined long ago for living,
    and the customer was never offered to anybody again."""
    it = await process.reserve("wang")
    assert (await other.conversations.state("wang")).desk.reservation
    await process.ask("wang", c.DeclineReservation(), LI)
    await other.ask("wang", c.Reserve(ANA.id, ANA.name, other.clock() + 1, it.desk.tenure))
    with pytest.raises(NotQueued):
        await other.ask("wang", c.Reserve(LI.id, LI.name, other.clock() + 1, it.desk.tenure))


async def test_nothing_is_taken_for_done_on_what_only_this_process_believes(process: Process, other: Process) -> None:
    """An agent is gone; the worker that gives back last saw the conversation before they had it."""
    await process.to_queue("wang")
    await other.conversations.state("wang")
    await process.ask("wang", c.Assign(held_by(LI)), LI)
    await other.ask("wang", c.GiveBack(LI.id, "agent_unreachable"))
    assert (await process.conversations.newest("wang")).desk.owner == queue()


async def test_a_refusal_waits_for_what_it_was_decided_on(process: Process, other: Process) -> None:
    """In one turn: Li accepts, so Ana's take is refused. But Li's accept had come too late, so Ana's must succeed."""
    await process.reserve("wang")
    await other.conversations.state("wang")
    await process.ask("wang", c.DeclineReservation(), LI)
    accept, take = await asyncio.gather(
        other.ask("wang", c.AcceptReservation(), LI),
        other.ask("wang", c.Assign(held_by(ANA), 2), ANA),
        return_exceptions=True,
    )
    assert isinstance(accept, NotReservedForYou)
    assert isinstance(take, Done)


async def test_a_command_that_always_comes_second_is_told_so(settings: Settings, process: Process) -> None:
    class Old(Logs):
        async def load(self, conversation: str) -> Conversation:
            return Conversation(conversation, epoch="of another life")

    await process.say("wang")
    async with a_process(settings, process.clock, logs=lambda logs: Old(logs._client, logs._keys)) as late:
        with pytest.raises(Conflict):
            await late.say("wang")
    assert (await process.types("wang")).count("message.created") == 1


# --- a fault in one command -----------------------------------------------------------------------


async def test_a_fault_in_one_command_leaves_the_others_alone(process: Process) -> None:
    """A rule that raised something unnamed left everybody in that conversation without an answer, until a restart."""
    asked = [process.say("wang", "one"), process.ask("wang", "no command"), process.say("wang", "two")]  # type: ignore[arg-type]
    with capture_logs() as logged:
        one, fault, two = await asyncio.gather(*asked, return_exceptions=True)
    assert [(entry["event"], entry["conversation"]) for entry in logged] == [("command failed", "wang")]
    assert isinstance(one, Done)
    assert isinstance(two, Done)
    assert type(fault) is OneThreadError
    assert (await process.say("wang", "three")).seq == two.seq + 1


async def test_a_fault_in_one_conversation_leaves_the_others_alone(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are decided in one go; what breaks one must be answered there, and stop neither the others nor itself."""
    await process.say("chen")
    taken = conversations.snapshot

    def torn(it: Conversation) -> bytes:
        if it.id == "wang":
            raise KeyError("no such field")
        return taken(it)

    monkeypatch.setattr(conversations, "snapshot", torn)
    with capture_logs() as logged:
        asked = [process.say(who, "hello") for who in ("wang", "chen", "smith")]
        wang, chen, smith = await asyncio.gather(*asked, return_exceptions=True)
    assert [(entry["event"], entry["conversation"]) for entry in logged] == [("commit failed", "wang")]
    assert type(wang) is OneThreadError
    assert isinstance(chen, Done)
    assert isinstance(smith, Done)
    monkeypatch.undo()
    assert isinstance(await process.say("wang", "again"), Done)


async def test_more_than_fits_is_refused_and_the_rest_is_done(process: Process) -> None:
    answers: list[Answer] = []
    for n in range(conversations.WAITING_COMMANDS + 3):
        said = c.PostMessage(text(str(n)))
        process.conversations.submit("wang", said, customer("wang"), fresh(), answers.append)

    async def all_answered() -> bool:
        return len(answers) == conversations.WAITING_COMMANDS + 3

    await until(all_answered)
    kinds = Counter(type(a) for a in answers)
    assert kinds == {Overloaded: 3, Done: conversations.WAITING_COMMANDS}
    entries = await process.log("wang")
    said_texts = [e["d"]["content"]["text"] for e in entries if e["type"] == "message.created"]
    assert said_texts == [str(n) for n in range(conversations.WAITING_COMMANDS)][: len(said_texts)]


# --- what a process knows -------------------------------------------------------------------------


async def feed_of(process: Process, conversation: str, after: int = 0) -> list[FeedEntry]:
    entries = await process.store.logs.after(conversation, after)
    return [FeedEntry(0, f"{e.seq}-0", conversation, e.seq, str(e.audience), e.frame) for e in entries]


async def test_the_feed_keeps_a_known_state_current_without_reading(process: Process, other: Process) -> None:
    await process.say("wang")
    known = await other.conversations.state("wang")
    await process.to_agent("wang")
    for entry in await feed_of(process, "wang", known.seq):
        other.conversations.observe(entry)
    assert await other.conversations.state("wang") == await process.conversations.newest("wang")
    assert other.conversations.owner_of("wang") == LI.id
    for entry in await feed_of(process, "wang"):
        other.conversations.observe(entry)  # what is old changes nothing
    assert other.conversations.owner_of("wang") == LI.id
    assert other.conversations.owner_of("nobody") == ""


async def test_a_gap_in_the_feed_makes_it_read_again(process: Process, other: Process) -> None:
    await process.say("wang")
    await other.conversations.state("wang")
    await process.to_agent("wang")
    other.conversations.observe((await feed_of(process, "wang"))[-1])
    assert await other.conversations.state("wang") == await process.conversations.newest("wang")


async def test_an_entry_that_can_not_be_read_does_not_end_the_process(process: Process) -> None:
    await process.say("wang")
    it = await process.conversations.state("wang")
    process.conversations.observe(FeedEntry(0, "1-0", "wang", it.seq + 1, "e", b"{broken"))
    assert process.conversations.owner_of("wang") == "bot"


async def test_a_state_may_be_asked_for_that_is_at_least_so_new(process: Process, other: Process) -> None:
    await process.say("wang")
    old = await other.conversations.state("wang")
    now = await process.say("wang")
    assert (await other.conversations.state("wang")).seq == old.seq
    assert (await other.conversations.state("wang", now.seq)).seq == now.seq


async def test_an_answer_that_the_feed_overtook_is_not_kept(settings: Settings, process: Process) -> None:
    """The store's answer and the feed come by different connections: an old answer stood there until the next event."""
    held = asyncio.Event()

    class Slow(Logs):
        async def load(self, conversation: str) -> Conversation:
            it = await super().load(conversation)
            await held.wait()
            return it

    await process.say("wang")
    async with a_process(settings, process.clock, logs=lambda logs: Slow(logs._client, logs._keys)) as slow:
        reading = asyncio.ensure_future(slow.conversations.state("wang"))
        await until(lambda: asked(slow))
        newest = await process.say("wang")
        for entry in await feed_of(process, "wang"):
            slow.conversations.observe(entry)
        held.set()
        await reading
        assert (await slow.conversations.state("wang")).seq == newest.seq


async def asked(process: Process) -> bool:
    return "wang" in process.conversations._slots


async def test_after_an_interruption_nothing_old_is_believed(process: Process, other: Process) -> None:
    await process.say("wang")
    await other.conversations.state("wang")
    newest = await process.say("wang")
    other.conversations.forget_all()
    assert (await other.conversations.state("wang")).seq == newest.seq


async def test_only_so_many_conversations_are_kept_in_mind(settings: Settings, clock: Clock) -> None:
    async with a_process(settings, clock, keep=16) as small:
        names = [f"c{n}" for n in range(60)]
        for name in names:
            await small.say(name)
        known = [name for name in names if small.conversations.owner_of(name)]
        assert len(known) <= 16
        assert known == names[-len(known) :], "the oldest go first"
        answers = await asyncio.gather(*(small.say(name) for name in names))
        assert {a.seq for a in answers} == {4}, "what was forgotten is read again"


async def test_whoever_listens_is_told_of_each_commit_in_order_before_the_ack(process: Process) -> None:
    await process.say("wang")
    told_first: list[bool] = []

    def answered(answer: Answer) -> None:
        assert isinstance(answer, Done)
        told_first.append(process.appended[-1][1][-1][0] == answer.seq)

    process.conversations.submit("wang", c.PostMessage(text("x")), customer("wang"), fresh(), answered)

    async def done() -> bool:
        return bool(told_first)

    await until(done)
    assert told_first == [True]
    seqs = [seq for conversation, entries in process.appended for seq, _, _ in entries if conversation == "wang"]
    assert seqs == [1, 2, 3, 4]


# --- what a commit keeps besides the log -------------------------------------------------------------


async def test_places_and_deadlines_in_the_store_are_those_of_the_state(process: Process) -> None:
    clock, ask = process.clock, process.ask

    async def reserve() -> None:
        it = await process.conversations.state("wang")
        await ask("wang", c.Reserve(LI.id, LI.name, clock() + 20_000, it.desk.tenure))

    async def bot_says() -> None:
        it = await process.conversations.state("wang")
        await ask("wang", c.BotTurn(it.desk.tenure, it.seq, (text("hi"),)), BOT)

    steps: list[Callable[[], Awaitable[object]]] = [
        lambda: process.arrive("wang"),
        lambda: process.say("wang"),
        bot_says,
        lambda: process.say("wang"),
        lambda: ask("wang", c.Assign(queue())),
        reserve,
        lambda: ask("wang", c.DeclineReservation(), LI),
        reserve,
        lambda: ask("wang", c.AcceptReservation(), LI),
        lambda: ask("wang", c.Snooze(clock() + 5_000), LI),
        lambda: process.say("wang"),
        lambda: ask("wang", c.GiveBack(LI.id, "agent_left")),
        lambda: ask("wang", c.CancelHandoff(), customer("wang")),
        lambda: ask("wang", c.Assign(held_by(ANA)), ANA),
        lambda: ask("wang", c.Resolve(), ANA),
        lambda: ask("wang", c.Reopen(), LI),
    ]
    for number, step in enumerate(steps):
        clock.skip(1_000)
        await step()
        it = await process.conversations.newest("wang")
        overdue = await process.store.places.overdue([0, 1, 2, 3], 2**52)
        kept = {kind for _, kind, _ in overdue}
        assert kept - {"idle"} == dues(it, POLICY).keys() - {"idle"}, number
        assert kept >= dues(it, POLICY).keys(), "`idle` may be there early or in vain: who sweeps looks at the state"
        for kind, at in {k: at for k, at in dues(it, POLICY).items() if k != "idle"}.items():
            early = await process.store.places.overdue([0, 1, 2, 3], at - 1)
            assert kind not in {k for _, k, _ in early}, (number, kind)
        everywhere = ["bot", "queue", "resolved", f"agent:{LI.id}", f"agent:{ANA.id}"]
        counts = await process.store.places.counts(everywhere)
        assert {p for p, count in counts.items() if count} == ({place(it)} - {""}), number


async def test_a_long_talk_is_read_back_from_a_snapshot_and_a_short_tail(process: Process) -> None:
    for n in range(50):
        await process.say("wang", str(n))
    seq, snap = await process.store.client.do("HMGET", process.store.keys.conversation("wang"), "seq", "snap")
    kept = process.store.logs
    assert (await kept.load("wang")).seq == int(seq) == 52
    assert b'"seq":48' in snap, "not one for each message"


async def test_what_leaves_the_hub_is_committed_with_its_cause(process: Process) -> None:
    await process.to_agent("wang")
    done = await process.ask("wang", c.Resolve(), LI)
    [shard] = await process.store.outbox.due([0, 1, 2, 3], 1)
    [job] = await process.store.outbox.claim(shard, 1)
    assert (job.kind, job.conversation, job.payload) == (
        "crm.session",
        "wang",
        {"session": 1, "from": 1, "to": done.seq - 1, "parts": []},
    )
    assert (await process.conversations.newest("wang")).desk.owner == NOBODY


# --- the store is away ------------------------------------------------------------------------------


def at(settings: Settings, url: str, **more: object) -> Settings:
    return settings.model_copy(update={"redis_url": url, **more})


async def test_patience_ends_with_a_retryable_error(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    async with (
        own_valkey(tmp_path) as embedded,
        a_process(at(settings, embedded.url), clock, patience_s=0.3) as lonely,
    ):
        await lonely.say("wang")
        await embedded.stop()
        began = asyncio.get_running_loop().time()
        known, unknown, refused = await asyncio.gather(
            lonely.say("wang"),
            lonely.say("never-seen"),
            lonely.ask("wang", c.AcceptReservation(), LI),
            return_exceptions=True,
        )
        took = asyncio.get_running_loop().time() - began
        assert [type(a) for a in (known, unknown)] == [StoreUnavailable] * 2
        assert isinstance(refused, StoreUnavailable), "no refusal on what may be old"
        assert known.retry  # type: ignore[union-attr]
        assert 0.3 <= took < 3.0


async def test_a_store_that_comes_back_in_time_is_no_error(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    async with (
        own_valkey(tmp_path) as embedded,
        a_process(at(settings, embedded.url), clock, patience_s=PATIENCE_S) as patient,
    ):
        await patient.say("wang")
        await embedded.stop()
        saying = [asyncio.ensure_future(patient.say("wang", str(n))) for n in range(5)]
        await embedded.start()
        assert [a.seq for a in await asyncio.gather(*saying)] == [4, 5, 6, 7, 8]


async def test_scripts_that_the_store_forgot_are_no_error(process: Process) -> None:
    await process.say("wang")
    await process.store.client.do("SCRIPT", "FLUSH")
    assert (await process.say("wang")).seq == 4


async def test_a_store_killed_in_mid_flight_loses_and_doubles_nothing(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    """Acked = there once. Not acked and sent again under the same id = there once, too."""
    acked: dict[str, int] = {}
    kills = 2

    async def write(process: Process, conversation: str, stop: asyncio.Event) -> None:
        while not stop.is_set():
            id = fresh()
            while id not in acked:
                try:
                    acked[id] = (await process.say(conversation, "x", id)).seq
                except StoreUnavailable:
                    await asyncio.sleep(0)

    async with own_valkey(tmp_path) as embedded, a_process(at(settings, embedded.url), clock) as one:
        async with a_process(at(settings, embedded.url), clock) as two, running(embedded.keep(lambda _: None)):
            stop = asyncio.Event()
            names = ["a", "b", "c", "d"]
            async with asyncio.TaskGroup() as writers:
                for name in names:
                    for side in (one, two):
                        writers.create_task(write(side, name, stop))
                for _ in range(kills):
                    enough = len(acked) + 60
                    await until(lambda enough=enough: reached(acked, enough))
                    await kill_store(one)
                enough = len(acked) + 60
                await until(lambda: reached(acked, enough))
                stop.set()
        logs = {name: await one.log(name) for name in names}
    for entries in logs.values():
        assert [e["seq"] for e in entries] == list(range(1, len(entries) + 1))
    messages = Counter(e["id"] for entries in logs.values() for e in entries if e["type"] == "message.created")
    assert set(messages.values()) == {1}, "nothing twice"
    assert messages.keys() >= acked.keys(), "nothing acked is lost"
    places = {e["id"]: e["seq"] for entries in logs.values() for e in entries if e["type"] == "message.created"}
    assert all(places[id] == seq for id, seq in acked.items()), "and each is where its ack said"


async def reached(acked: dict[str, int], count: int) -> bool:
    return len(acked) >= count


async def kill_store(process: Process) -> None:
    about: bytes = await process.store.client.do("INFO", "server")
    os.kill(int(about.partition(b"process_id:")[2].partition(b"\r")[0]), signal.SIGKILL)


async def test_what_was_done_before_is_acked_only_when_it_is_durable(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    """It reached the primary and no replica. The retry is refused by the rules, found in the refs, and was acked
    without asking whether any replica has it by now."""
    async with own_valkey(tmp_path) as embedded:
        quick = at(settings, embedded.url, durability="memory")
        strict = at(settings, embedded.url, durability="replicated", durable_timeout_s=0.05)
        async with a_process(quick, clock) as process, a_process(strict, clock, patience_s=0.2) as careful:
            await process.reserve("wang")
            id = fresh()
            await process.ask("wang", c.AcceptReservation(), LI, id)
            await process.ask("wang", c.AddTag("vip"), LI, "TAG")
            for _ in range(2):
                with pytest.raises(NotDurable):
                    await careful.ask("wang", c.AcceptReservation(), LI, id)
                with pytest.raises(NotDurable):
                    await careful.ask("wang", c.AddTag("vip"), LI, "TAG")
            assert (await process.types("wang")).count("tag.added") == 1
