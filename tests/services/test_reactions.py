"""Reactions to a real feed: at least once, in order, once in effect, and never stopped by one bad entry."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from hub.model import commands as c
from hub.model.errors import NotFound, OneThreadError, Overloaded, StoreUnavailable
from hub.model.events import Logged, MessageCreated, OwnerChanged
from hub.model.ids import derived
from hub.services import reactions
from hub.services.reactions import Reaction, Reactions
from hub.store.commit import Commit
from tests.model.story import THE_BOT
from tests.services.acts import LI, SYSTEM, Process, running, text, true, until
from tests.store.acts import frame, outcome

EVERY = frozenset(range(4))


def following(process: Process, reaction: Reaction, tasks: asyncio.TaskGroup) -> Reactions:
    store = process.store
    return Reactions(store.todo, store.positions, process.conversations, [reaction], tasks)


async def work(process: Process, reaction: Reaction, shards: Callable[[], frozenset[int]] = lambda: EVERY) -> None:
    """A worker as far as reactions go. Cancelling it kills it, with all that it has in hand."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(following(process, reaction, tasks).follow(shards))


def shard_of(process: Process, conversation: str) -> int:
    return next(s for s in EVERY if process.store.keys.shard(s) == process.store.keys.of(conversation))


class Answering:
    """Answers every message with a note, under an id that follows from the message."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.seen: list[tuple[str, int]] = []
        self.blocked: set[str] = set()

    async def __call__(self, entry: Logged) -> None:
        if not isinstance(entry.event, MessageCreated):
            return
        self.seen.append((entry.conversation, entry.seq))
        note = c.AddNote(f"about {entry.seq}")
        await self.process.ask(entry.conversation, note, SYSTEM, derived("note", entry.conversation, str(entry.seq)))
        if entry.conversation in self.blocked:
            await asyncio.get_running_loop().create_future()


async def notes(process: Process, conversation: str) -> int:
    return (await process.types(conversation)).count("note.added")


# --- once --------------------------------------------------------------------------------------------


async def test_a_worker_killed_between_the_effect_and_its_note_of_it_has_one_effect(
    process: Process, other: Process
) -> None:
    said = await process.say("wang")
    first = Answering(process)
    first.blocked.add("wang")
    async with running(work(process, first)):
        await until(lambda: notes(process, "wang"))
    second = Answering(other)
    async with running(work(other, second)):
        await true(lambda: ("wang", said.seq) in second.seen)
        await other.say("zhang")
        await until(lambda: notes(process, "zhang"))
    assert ("wang", said.seq) in first.seen
    assert await notes(process, "wang") == 1


async def test_two_workers_that_both_think_the_shards_are_theirs_have_one_effect(
    process: Process, other: Process
) -> None:
    one, two = Answering(process), Answering(other)
    names = [f"c{n}" for n in range(10)]
    async with running(work(process, one), work(other, two)):
        await asyncio.gather(*(process.say(name) for name in names for _ in range(3)))
        await true(lambda: len(one.seen) == len(two.seen) == 30)
    assert [await notes(process, name) for name in names] == [3] * 10


async def test_what_is_done_is_not_done_again(process: Process, other: Process) -> None:
    first, shard = Answering(process), shard_of(process, "wang")
    async with running(work(process, first)):
        said = await process.say("wang")
        [entry] = [e for e in await other.store.todo.read({shard: "0-0"}) if e.seq == said.seq]

        async def noted() -> bool:
            await process.ask("wang", c.AddNote("go on"), LI)  # the position is noted when the feed moves
            return as_pair(await process.store.positions.get(shard)) >= as_pair(entry.id)

        await until(noted)
    second = Answering(other)
    async with running(work(other, second)):
        later = await process.say("wang")
        await true(lambda: ("wang", later.seq) in second.seen)
    assert ("wang", said.seq) in first.seen
    assert ("wang", said.seq) not in second.seen


# --- in order -----------------------------------------------------------------------------------------


async def test_one_conversations_entries_come_one_after_the_other(process: Process) -> None:
    chance, seen = random.Random(7), list[tuple[str, int]]()
    at_work: Counter[str] = Counter()

    async def slow(entry: Logged) -> None:
        at_work[entry.conversation] += 1
        assert at_work[entry.conversation] == 1
        for _ in range(chance.randrange(5)):
            await asyncio.sleep(0)
        seen.append((entry.conversation, entry.seq))
        at_work[entry.conversation] -= 1

    names = ["a", "b", "c", "d"]
    async with running(work(process, slow)):
        await asyncio.gather(*(process.say(name) for _ in range(10) for name in names))
        await true(lambda: len(seen) == 4 * 11)  # ten messages and the change of owner
    for name in names:
        mine = [seq for conversation, seq in seen if conversation == name]
        assert mine == sorted(mine)


async def test_a_conversation_that_hangs_holds_up_no_other(process: Process) -> None:
    answering = Answering(process)
    answering.blocked.add("stuck")
    async with running(work(process, answering)):
        await process.say("stuck")
        for n in range(20):
            await process.say(f"c{n}")
        await true(lambda: len({conversation for conversation, _ in answering.seen}) == 21)


async def test_the_position_waits_for_the_oldest_that_is_not_done(process: Process) -> None:
    """Or a killed worker's successor would begin behind it."""
    answering = Answering(process)
    answering.blocked.add("wang")
    shard = shard_of(process, "wang")
    neighbours = [n for n in (f"c{n}" for n in range(100)) if shard_of(process, n) == shard][:3]
    said = await process.say("wang")
    [entry] = [e for e in await process.store.feeds.read({shard: "0-0"}) if e.seq == said.seq]
    async with running(work(process, answering)):
        for name in neighbours * 3:
            await process.say(name)
        await true(lambda: len(answering.seen) == 10)
    assert as_pair(await process.store.positions.get(shard)) < as_pair(entry.id)


def as_pair(id: str) -> tuple[int, int]:
    at, _, number = id.partition("-")
    return int(at), int(number)


# --- nothing stops it ----------------------------------------------------------------------------------


async def test_an_unreadable_entry_stops_nothing(process: Process) -> None:
    answering = Answering(process)
    poison = frame("wang", 1).replace(b'"at":', b'"at":"never",', 1).replace(b'"id":"m1"', b'"id":7', 1)
    await outcome(process.store.committer, Commit("wang", 0, "e1", 0, 0, {"x": 1}, [(1, "e", poison)], [1]))
    with capture_logs() as logged:
        async with running(work(process, answering)):
            said = await process.say("wang")
            await true(lambda: ("wang", said.seq) in answering.seen)
    assert [(entry["event"], entry["seq"]) for entry in logged] == [("unreadable entry", 1)]


@pytest.mark.parametrize(("problem", "tries"), [(ValueError("ours"), 2), (Overloaded(), 2), (NotFound(), 1)])
async def test_a_reaction_that_always_fails_is_given_up(
    process: Process, monkeypatch: pytest.MonkeyPatch, problem: Exception, tries: int
) -> None:
    monkeypatch.setattr(reactions, "TRIES", 1)
    tried: Counter[str] = Counter()

    async def failing(entry: Logged) -> None:
        if isinstance(entry.event, MessageCreated):
            tried[entry.event.content.text] += 1
            if entry.event.content.text == "poison":
                raise problem

    with capture_logs() as logged:
        async with running(work(process, failing)):
            await process.say("wang", "poison")
            await process.say("wang", "after")
            await true(lambda: tried["after"] == 1)
    assert [entry["of"] for entry in logged] == ["message.created"], "and an operator can see it"
    assert tried["poison"] == tries


async def test_a_store_that_is_away_is_not_the_entrys_fault(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tries were counted with the others: after an outage the first hiccup gave the customer's message up."""
    monkeypatch.setattr(reactions, "TRIES", 1)
    problems: list[OneThreadError] = [StoreUnavailable(), StoreUnavailable(), StoreUnavailable(), Overloaded()]
    done = asyncio.Event()

    async def reaction(entry: Logged) -> None:
        if isinstance(entry.event, MessageCreated):
            if problems:
                raise problems.pop(0)
            done.set()

    async with running(work(process, reaction)):
        await process.say("wang")
        async with asyncio.timeout(8.0):
            await done.wait()


# --- whose shards -------------------------------------------------------------------------------------


async def test_only_the_shards_in_hand_are_followed_and_others_from_where_they_stand(
    process: Process, other: Process
) -> None:
    mine = shard_of(process, "wang")
    stranger = next(n for n in (f"c{n}" for n in range(100)) if shard_of(process, n) != mine)
    held = {mine}
    answering = Answering(process)
    async with running(work(process, answering, lambda: frozenset(held))):
        first = await other.say(stranger)
        await other.say("wang")
        await true(lambda: bool(answering.seen))
        assert [conversation for conversation, _ in answering.seen] == ["wang"]
        held.add(shard_of(process, stranger))
        await other.say("wang")  # wakes the read that is under way
        await true(lambda: (stranger, first.seq) in answering.seen)
        held.discard(mine)
        await other.say(stranger)
        third = await other.say("wang", "nobody may be listening")
        held.add(mine)
        await other.say(stranger)
        await true(lambda: ("wang", third.seq) in answering.seen)


async def test_entries_that_concern_nobody_are_passed_over(process: Process) -> None:
    seen: list[Logged] = []

    async def reaction(entry: Logged) -> None:
        seen.append(entry)

    async with running(work(process, reaction)):
        await process.say("wang")
        for n in range(5):
            await process.ask("wang", c.AddTag(str(n)), LI)
        await process.say("wang")
        await true(lambda: len(seen) == 3)
    assert [type(e.event) for e in seen] == [OwnerChanged, MessageCreated, MessageCreated]


async def test_what_people_say_to_each_other_is_not_even_read(process: Process, other: Process) -> None:
    """But the first word after it was given back to the bot is."""
    seen: list[int] = []

    async def reaction(entry: Logged) -> None:
        await other.conversations.state(entry.conversation, entry.seq)  # as reactions do
        if isinstance(entry.event, MessageCreated):
            seen.append(entry.seq)

    async with running(work(other, reaction)):
        await process.to_agent("wang", LI)
        await true(lambda: len(seen) == 1)
        for _ in range(3):
            await process.say("wang")
            await process.ask("wang", c.PostMessage(text("hello")), LI)
        given = await process.ask("wang", c.Assign(THE_BOT), LI)
        said = await process.say("wang", "and you?")
        await true(lambda: said.seq in seen)
    assert seen[1:] == [said.seq] == [given.seq + 1]
