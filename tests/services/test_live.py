"""A node's ear: what another process commits reaches this one's connections, also across an interruption."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.model import commands as c
from hub.services import live
from hub.services.fanout import Fanout
from hub.services.live import Live
from hub.settings import Settings
from hub.store.embedded import EmbeddedStore
from hub.store.whispers import Whisper
from tests.services.acts import LI, Clock, Ear, Process, a_process, held_by, running, true
from tests.store.acts import lose_what_came_after, own_valkey, written


@dataclass
class Crash:
    """A store that lost the end of a log, away, and who knows of it."""

    embedded: EmbeddedStore
    one: Process
    there: "Node"
    ears: list[Ear]
    epoch: str


class Node:
    """A serving process without sockets."""

    def __init__(self, process: Process, tasks: asyncio.TaskGroup) -> None:
        store = process.store
        self.process = process
        self.fanout = Fanout(store.logs, tasks)
        self.changed: list[str] = []
        self.heard: list[Whisper] = []
        self.interruptions: list[list[str]] = []  # what had changed before
        self.live = Live(
            store.feeds,
            store.whispers,
            process.conversations,
            self.fanout,
            range(4),
            self.changed.append,
            self.heard.append,
            lambda: self.interruptions.append(self.changed[:]),
        )

    async def followed_by(self, ear: Ear, conversation: str = "wang") -> Ear:
        await self.fanout.go_live(self.fanout.follow(conversation, ear, 0))
        return ear


@asynccontextmanager
async def node(process: Process) -> AsyncIterator[Node]:
    async with asyncio.TaskGroup() as tasks:
        it = Node(process, tasks)
        async with running(it.live.follow(), it.live.hear()):
            await it.live.ready()
            yield it


async def test_what_one_process_commits_the_other_hands_out(process: Process, other: Process) -> None:
    async with node(other) as there:
        customers = await there.followed_by(Ear())
        staff = await there.followed_by(Ear(staff=True))
        await process.say("wang")
        await process.ask("wang", c.AddNote("vip"), LI)
        await process.say("wang", "bye")
        await process.say("else")
        await true(lambda: customers.seqs == [1, 2, 3, 5] and staff.seqs == [1, 2, 3, 4, 5])
        await true(lambda: {"wang", "else"} <= set(there.changed))


async def test_a_known_state_follows_the_feed(process: Process, other: Process) -> None:
    async with node(other) as there:
        await process.say("wang")
        await other.conversations.state("wang")
        await process.ask("wang", c.Assign(held_by(LI)), LI)
        await true(lambda: other.conversations.owner_of("wang") == LI.id)
        assert there.changed


async def test_staff_events_of_one_batch_become_one_next(process: Process, other: Process) -> None:
    """The bot works in another process: each of its turns used to send the customer a frame about nothing."""
    async with node(other) as there:
        ear = await there.followed_by(Ear())
        await process.say("wang")
        await true(lambda: ear.seqs == [1, 2, 3])
        notes = [process.ask("wang", c.AddNote(str(n)), LI) for n in range(5)]
        await asyncio.gather(*notes)
        await process.say("wang")
        await true(lambda: ear.seqs == [1, 2, 3, 9])
        # The first note left at once, the four that came meanwhile together: at most one `next` for each commit.
        assert len(ear.frames) <= 6


async def test_whispers_are_heard_on_every_node(process: Process, other: Process) -> None:
    whisper = Whisper(kind="presence", subject="li")
    async with node(process) as here, node(other) as there:

        async def said() -> None:
            await process.store.whispers.say(whisper)

        async with asyncio.timeout(8.0):
            while not (here.heard and there.heard):
                await said()
                await asyncio.sleep(0)
        assert here.heard[0] == there.heard[0] == whisper


async def test_an_interruption_loses_nothing(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    async with own_valkey(tmp_path) as embedded:
        at = settings.model_copy(update={"redis_url": embedded.url})
        async with a_process(at, clock, patience_s=8.0) as one, a_process(at, clock) as two, node(two) as there:
            ear = await there.followed_by(Ear())
            await one.say("wang", "before")
            await true(lambda: ear.seqs == [1, 2, 3])
            await embedded.stop()
            saying = asyncio.ensure_future(one.say("wang", "meanwhile"))
            await embedded.start()
            await saying
            await one.say("wang", "after")
            await true(lambda: ear.seqs == [1, 2, 3, 4, 5])
            assert there.interruptions
            assert (await two.conversations.state("wang")).seq == 5
            whisper = Whisper(kind="presence", subject="li")
            async with asyncio.timeout(8.0):
                while not there.heard:
                    await one.store.whispers.say(whisper)
                    await asyncio.sleep(0.01)


async def test_what_a_process_slept_through_is_read_again(
    process: Process, other: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was stopped for so long that the feed has forgotten what came meanwhile; its connections are as they were."""
    async with node(other) as there:
        ear = await there.followed_by(Ear())
        await process.say("wang")
        await true(lambda: ear.seqs == [1, 2, 3] and not there.interruptions)
        monkeypatch.setattr(live, "SLEPT_S", -1.0)
        await process.say("zhang")
        await true(lambda: bool(there.interruptions))


@asynccontextmanager
async def two_processes(settings: Settings, clock: Clock, tmp_path: Path) -> AsyncIterator[Crash]:
    """A customer and an agent follow at `there`; both were shown the five entries that `one` made. Two get lost."""
    async with own_valkey(tmp_path, "memory") as embedded:
        at = settings.model_copy(update={"redis_url": embedded.url, "durability": "memory"})
        async with a_process(at, clock, patience_s=8.0) as one, a_process(at, clock) as two, node(two) as there:
            await one.say("wang", "before")
            mark = await written(embedded)
            epoch = (await one.conversations.state("wang")).epoch
            ears = [Ear(), Ear(staff=True)]
            for ear in ears:
                follower = there.fanout.follow("wang", ear, 0)
                follower.epoch = epoch
                await there.fanout.go_live(follower)
            await one.say("wang", "lost")
            await one.say("wang", "lost, too")
            await true(lambda: all(ear.seqs == [1, 2, 3, 4, 5] for ear in ears))
            await lose_what_came_after(embedded, mark)
            yield Crash(embedded, one, there, ears, epoch)


async def test_who_was_shown_what_the_store_has_lost_starts_anew(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    """They would take what is said next for repeats of what they have."""
    async with two_processes(settings, clock, tmp_path) as crash:
        await crash.embedded.start()
        await true(lambda: all(ear.closed == ["store_unavailable"] for ear in crash.ears))
        it = await crash.one.conversations.newest("wang")
        assert (it.seq, it.epoch == crash.epoch) == (3, False), "or they would resume where they were"
        assert not crash.there.fanout.followed("wang")
        later = await crash.there.followed_by(Ear())
        done = await crash.one.say("wang", "said again")
        assert done.seq == 4
        await true(lambda: later.seqs == [1, 2, 3, 4])
        assert later.closed == []


async def test_who_was_shown_something_else_starts_anew(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    """By the time that this process looks, another one has made the log as long as it was."""
    async with two_processes(settings, clock, tmp_path) as crash:
        await crash.embedded.start()
        await asyncio.gather(*(crash.one.say("wang", f"other {n}") for n in range(2)))
        assert (await crash.one.conversations.newest("wang")).seq == 5
        await true(lambda: all(ear.closed == ["store_unavailable"] for ear in crash.ears))
        assert (await crash.one.conversations.newest("wang")).epoch != crash.epoch
        done = await crash.there.process.say("wang", "this process knows the new log, too")
        assert done.seq == 6
        assert [e["d"]["content"]["text"] for e in (await crash.one.log("wang"))[3:]] == [
            "other 0",
            "other 1",
            "this process knows the new log, too",
        ]


async def test_who_was_shown_all_that_there_is_stays(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    async with own_valkey(tmp_path, "memory") as embedded:
        at = settings.model_copy(update={"redis_url": embedded.url, "durability": "memory"})
        async with a_process(at, clock, patience_s=8.0) as one, a_process(at, clock) as two, node(two) as here:
            ear = await here.followed_by(Ear())
            await one.say("wang", "before")
            await true(lambda: ear.seqs == [1, 2, 3])
            await lose_what_came_after(embedded, await written(embedded))  # nothing
            await embedded.start()
            await one.say("wang", "after")
            await true(lambda: ear.seqs == [1, 2, 3, 4])
            assert ear.closed == []
