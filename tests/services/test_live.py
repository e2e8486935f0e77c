"""A node's ear: what another process commits reaches this one's connections, also across an interruption."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hub.model import commands as c
from hub.services.fanout import Fanout
from hub.services.live import Live
from hub.settings import Settings
from hub.store.whispers import Whisper
from tests.services.acts import LI, Clock, Ear, Process, a_process, held_by, running, true
from tests.store.acts import own_valkey


class Node:
    """A serving process without sockets."""

    def __init__(self, process: Process, tasks: asyncio.TaskGroup) -> None:
        store = process.store
        self.process = process
        self.fanout = Fanout(store.logs, tasks)
        self.changed: list[str] = []
        self.heard: list[Whisper] = []
        self.live = Live(
            store.feeds,
            store.whispers,
            process.conversations,
            self.fanout,
            range(4),
            self.changed.append,
            self.heard.append,
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
            assert (await two.conversations.state("wang")).seq == 5
            whisper = Whisper(kind="presence", subject="li")
            async with asyncio.timeout(8.0):
                while not there.heard:
                    await one.store.whispers.say(whisper)
                    await asyncio.sleep(0.01)
