"""Workers share the shards, and take over from each other: after a farewell at once, after a kill with the lease."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hub.crm_connections import Connections
from hub.model import commands as c
from hub.model.events import Logged, MessageCreated
from hub.model.ids import derived
from hub.services import worker
from hub.services.archiving import Archiving
from hub.services.call_watch import CallWatch
from hub.services.carrier import Carrier
from hub.services.deadlines import Deadlines
from hub.services.integrations import Integrations
from hub.services.media_news import MediaNews
from hub.services.reactions import Reactions
from hub.services.recorder import Recorder
from hub.services.router import Router
from hub.services.worker import Worker
from hub.store.leases import Leases
from tests.services.acts import POLICY, SYSTEM, Process, fresh, true, until

SHARDS = 4


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RENEW_S", 0.03)


class Mortal(Leases):
    """Leases of a worker that may be killed: then it gives nothing up."""

    killed = False

    async def release(self, name: str) -> None:
        if not self.killed:
            await super().release(name)

    async def leave(self) -> None:
        if not self.killed:
            await super().leave()


def working(process: Process, name: str, tasks: asyncio.TaskGroup) -> tuple[Worker, Mortal]:
    store, clock = process.store, process.clock
    leases = Mortal(store.client, store.keys, name, 400)

    async def noting(entry: Logged) -> None:
        if isinstance(entry.event, MessageCreated):
            id = derived("note", entry.conversation, str(entry.seq))
            await process.ask(entry.conversation, c.AddNote(f"by {name}"), SYSTEM, id)

    return Worker(
        SHARDS,
        leases,
        Reactions(store.todo, store.positions, process.conversations, [noting], tasks),
        Deadlines(store.places, process.conversations, POLICY, clock),
        Archiving(store.places, store.logs, POLICY, clock),
        Carrier(store.outbox, {}, clock),
        Integrations(Connections(()), (), store.integrations, store.outbox, store.whispers, clock),
        Router(
            process.conversations,
            store.logs,
            store.places,
            store.agents,
            store.presence,
            store.seats,
            leases,
            clock,
            POLICY.reservation_ms,
            3,
        ),
        CallWatch(process.conversations, store.seats, store.qualities, None, None, leases, clock),
        MediaNews(
            process.conversations,
            store.seats,
            store.whispers,
            store.media_reports,
            leases,
            Recorder(process.conversations, None, None),
            tasks,
        ),
        store.feeds,
        store.todo,
        store.positions,
        clock,
    ), leases


@asynccontextmanager
async def at_work(process: Process, name: str) -> AsyncIterator[tuple[Worker, Mortal]]:
    async with asyncio.TaskGroup() as tasks:
        made, leases = working(process, name, tasks)
        running = tasks.create_task(made.run())
        await made.working.wait()
        yield made, leases
        running.cancel()
        await asyncio.wait([running])


async def noted(process: Process, conversation: str, count: int) -> None:
    async def enough() -> bool:
        return (await process.types(conversation)).count("note.added") >= count

    await until(enough)


async def test_one_has_all_and_two_share(process: Process, other: Process) -> None:
    async with at_work(process, "one") as (one, _):
        assert one.held == frozenset(range(SHARDS))
        async with at_work(other, "two") as (two, _):
            await true(lambda: len(one.held) == len(two.held) == 2)
            assert one.held | two.held == frozenset(range(SHARDS))
            names = [f"c{n}" for n in range(12)]
            for name in names:
                await process.say(name)
            for name in names:
                await noted(process, name, 1)
        await true(lambda: len(one.held) == SHARDS)
    for name in names:
        assert (await process.types(name)).count("note.added") == 1


async def test_a_killed_workers_shards_pass_on_with_what_it_had_not_done(process: Process, other: Process) -> None:
    names = [f"c{n}" for n in range(12)]
    async with at_work(process, "dies") as (_, leases):
        for name in names:
            await process.say(name)
        leases.killed = True
    async with at_work(other, "lives") as (lives, _):
        assert lives.held == frozenset(), "the dead one's leases still run"
        for name in names:
            await process.say(name)

        async def time_passes() -> bool:
            process.clock.skip(10)  # workers are counted by the hub's clock, leases by the store's
            return len(lives.held) == SHARDS

        await until(time_passes)
        for name in names:
            await noted(process, name, 2)
    for name in names:
        assert (await process.types(name)).count("note.added") == 2, "each once"


async def test_who_leaves_gives_up_its_leases(process: Process, other: Process) -> None:
    async with at_work(process, "one"):
        pass
    held = Leases(other.store.client, other.store.keys, "next", 1_000)
    assert [await held.hold(f"shard:{n}") for n in range(SHARDS)] == [True] * SHARDS
    assert await held.hold("router")
    assert await held.announce(process.clock()) == 1


async def test_feeds_are_trimmed_but_not_the_newest_minutes_and_what_is_done_behind_every_reaction(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "TRIM_S", 0.03)
    monkeypatch.setattr(worker, "KEEP_FEED_MS", 0)
    shard = next(s for s in range(SHARDS) if process.store.keys.shard(s) == process.store.keys.of("wang"))
    process.clock.at = 2**45  # long after what the store's clock gave the entries
    feeds, todo = process.store.feeds, process.store.todo
    said = 120  # XTRIM's `~` forgets whole nodes of 100 entries
    async with at_work(process, "one"):
        await process.say("wang")
        first, first_todo = await feeds.first_id(shard), await todo.first_id(shard)
        for _ in range(said - 1):
            await process.say("wang")

        async def trimmed() -> bool:
            await process.ask("wang", c.AddTag(fresh()))
            return await feeds.first_id(shard) != first

        await until(trimmed)

        async def done_with() -> bool:
            await process.say("wang")
            return await todo.first_id(shard) != first_todo

        await until(done_with)
    entries = await process.store.todo.read({shard: await process.store.positions.get(shard)})
    notes = (await process.types("wang")).count("note.added")
    assert notes + len([e for e in entries if e.conversation == "wang"]) >= said, (
        "nothing was forgotten before it was done"
    )
