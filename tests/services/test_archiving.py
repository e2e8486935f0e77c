"""A conversation leaves Redis when nobody touched it for long, and comes back with its customer as if it had stayed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hub.backup.restoring import Restoring
from hub.backup.verifying import verify
from hub.model import commands as c
from hub.model.conversation import Conversation
from hub.model.errors import StoreUnavailable
from hub.services.archiving import Archiving
from hub.services.customers import Customers
from hub.services.deadlines import Deadlines
from hub.settings import Settings
from hub.store.archive import Archive
from hub.store.logs import COMMAND_IDS
from tests.backup.acts import empty_store, take
from tests.services.acts import LI, POLICY, Clock, Process, a_process, account, customer, device, fresh, running, until

DAY_MS = 86_400_000
KEPT = replace(POLICY, archive_ms=30 * DAY_MS)
WANG = account("wang")


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"archive_url": f"sqlite:///{tmp_path}/archive.sqlite3"})


@pytest.fixture
async def process(settings: Settings, clock: Clock) -> AsyncIterator[Process]:
    async with a_process(settings, clock, policy=KEPT) as process:
        yield process


@pytest.fixture
async def other(settings: Settings, clock: Clock) -> AsyncIterator[Process]:
    async with a_process(settings, clock, policy=KEPT) as process:
        yield process


def door(process: Process) -> Customers:
    return Customers(process.conversations, process.store.identities, fresh)


async def served(process: Process, *identities: object, words: int = 40) -> Conversation:
    """A customer comes, is served, and it is resolved."""
    it = await door(process).recognise(identities or (WANG,))  # type: ignore[arg-type]
    await process.ask(it.id, c.Arrive(identities or (WANG,)), customer(it.id))  # type: ignore[arg-type]
    for n in range(words):
        await process.say(it.id, f"{process.clock()}: {n}")
    await process.to_agent(it.id, LI)
    await process.ask(it.id, c.AddNote("for staff"), LI)
    await process.ask(it.id, c.Resolve(), LI)
    return await process.conversations.newest(it.id)


async def in_redis(process: Process) -> list[str]:
    """What Redis holds of conversations and identities."""
    keys = await process.store.client.do("KEYS", f"{process.store.keys.prefix}*")
    mine = [key.decode() for key in keys]
    return sorted(key for key in mine if ":c:" in key or ":log:" in key or ":identity:" in key)


@asynccontextmanager
async def sweeping(process: Process) -> AsyncIterator[None]:
    archiving = Archiving(process.store.places, process.store.logs, KEPT, process.clock)
    async with running(archiving.clear(lambda: frozenset(range(4)))):
        yield


async def put_away(process: Process) -> None:
    """A month goes by."""
    process.clock.skip(30 * DAY_MS)

    async def empty() -> bool:
        return await in_redis(process) == []

    async with sweeping(process):
        await until(empty)


async def test_after_a_month_nothing_of_it_is_in_redis_and_all_of_it_in_the_archive(process: Process) -> None:
    it = await served(process, words=600)
    before = await process.log(it.id)
    assert len(before) == 500  # a page
    await put_away(process)
    assert await process.store.logs.position(it.id) == (it.epoch, it.seq)
    entries = await process.store.logs.after(it.id, 0, 10_000)
    assert [e.seq for e in entries] == list(range(1, it.seq + 1))
    assert await in_redis(process) == [], "reading does not bring it back"


async def test_the_customer_comes_back_to_the_same_conversation(process: Process, other: Process) -> None:
    it = await served(process)
    told = [e.frame for e in await process.store.logs.after(it.id, 0)]
    await put_away(process)
    again = await door(other).recognise((WANG,))
    assert again == it
    said = await other.say(it.id, "I am back")
    logs = other.store.logs
    assert [e.frame for e in await logs.after(it.id, 0)][: len(told)] == told
    assert [e.seq for e in await logs.after(it.id, it.seq - 2)] == list(range(it.seq - 1, said.seq + 1))
    assert [e.seq for e in await logs.before(it.id, 0, 10)] == list(range(said.seq - 9, said.seq + 1))
    assert [e.seq for e in await logs.before(it.id, it.seq + 1, 10)] == list(range(it.seq - 9, it.seq + 1))
    assert [e.seq for e in await logs.before(it.id, 5, 10)] == [1, 2, 3, 4]
    fresh_process = await process.conversations.newest(it.id)
    assert fresh_process == await other.conversations.newest(it.id)


async def test_it_goes_and_comes_several_times(process: Process) -> None:
    it = await served(process)
    for _ in range(3):
        await put_away(process)
        it = await served(process, words=5)
    await put_away(process)
    entries = await process.store.logs.after(it.id, 0, 10_000)
    assert [e.seq for e in entries] == list(range(1, it.seq + 1))
    assert await process.conversations.newest(it.id) == it


async def test_what_was_only_looked_at_goes_again(process: Process) -> None:
    it = await served(process)
    await put_away(process)
    assert await process.conversations.newest(it.id) == it
    assert await in_redis(process) != []
    leaving = await process.store.places.leaving([0, 1, 2, 3], 2**52, 10)
    assert [conversation for _, conversation in leaving] == [it.id]
    async with sweeping(process):
        process.clock.at = 2**52  # the store's own clock says when: it is later than the test's

        async def gone() -> bool:
            return await in_redis(process) == []

        await until(gone)


async def test_a_command_that_was_done_before_is_not_done_again(process: Process, other: Process) -> None:
    id = fresh()
    await process.arrive("wang", WANG)
    said = await process.say("wang", "once", id)
    await process.ask("wang", c.Resolve(), LI)
    await put_away(process)
    again = await other.say("wang", "once", id)
    assert (again.seq, again.dup) == (said.seq, True)


async def test_of_the_commands_done_the_newest_are_remembered(process: Process, other: Process) -> None:
    """Else somebody who comes back each month would have Redis hold an id of all that they ever said."""
    await process.arrive("wang", WANG)
    said = {id: await process.say("wang", "once", id) for id in (fresh() for _ in range(2 * COMMAND_IDS))}
    await process.ask("wang", c.Resolve(), LI)
    await put_away(process)
    await other.conversations.newest("wang")
    held = await process.store.client.do("HKEYS", process.store.keys.conversation("wang"))
    assert sum(name.startswith(b"r:") for name in held) == COMMAND_IDS
    newest = list(said)[-1]
    again = await other.say("wang", "once", newest)
    assert (again.seq, again.dup) == (said[newest].seq, True)


async def test_a_process_that_knew_it_goes_on_with_it(process: Process, other: Process) -> None:
    it = await served(process)
    await other.conversations.state(it.id)
    await put_away(process)
    said = await other.say(it.id, "still me")
    assert said.seq > it.seq
    assert [e.seq for e in await other.store.logs.after(it.id, it.seq)] == list(range(it.seq + 1, said.seq + 1))


async def test_what_something_happens_in_meanwhile_stays(process: Process) -> None:
    it = await served(process)
    said = await process.say(it.id, "wait!")
    await process.store.logs.put_away([it])
    assert len(await in_redis(process)) == 3
    assert (await process.conversations.newest(it.id)).seq == said.seq
    assert [e.seq for e in await process.store.logs.after(it.id, 0)] == list(range(1, said.seq + 1))


async def test_a_visitor_who_never_wrote_goes_as_well(process: Process) -> None:
    guest = device("d1")
    it = await door(process).recognise((guest,))
    await process.ask(it.id, c.Arrive((guest,)), customer(it.id))
    await put_away(process)
    assert (await door(process).recognise((guest,))).id == it.id


async def test_who_is_served_or_was_seen_lately_stays(process: Process) -> None:
    it = await served(process)
    await process.to_agent("liu", LI)
    process.clock.skip(29 * DAY_MS)
    await process.ask(it.id, c.Arrive((WANG,)), customer(it.id))
    process.clock.skip(2 * DAY_MS)
    async with sweeping(process):

        async def looked() -> bool:
            return await process.store.places.leaving([0, 1, 2, 3], process.clock(), 10) == []

        await until(looked)
    assert len([key for key in await in_redis(process) if ":c:" in key]) == 2


async def test_a_merged_log_is_read_from_the_archive(process: Process) -> None:
    guest, home = await served(process, device("d1")), await served(process)
    await door(process).merge(guest.id, home.id, LI, fresh())
    whole = [e.frame for e in await process.store.logs.after(guest.id, 0)]
    await put_away(process)
    assert [e.frame for e in await process.store.logs.after(guest.id, 0)] == whole
    assert (await door(process).current(guest.id)).id == home.id


async def test_a_device_that_signed_out_finds_nothing_in_the_archive_either(process: Process) -> None:
    guest = device("d1")
    it = await served(process, guest)
    await put_away(process)
    await door(process).forget_device((guest,))
    assert (await door(process).recognise((guest,))).id != it.id


async def test_a_backup_of_one_that_came_back_is_whole_and_stands_without_the_archive(
    process: Process, settings: Settings, tmp_path: Path
) -> None:
    it = await served(process)
    await put_away(process)
    said = await process.say(it.id, "I am back")
    whole = [e.frame for e in await process.store.logs.after(it.id, 0)]
    path = tmp_path / "hub.backup"
    await take(process.store, path)
    assert verify(path).problems == []
    async with empty_store(settings, archive_url="") as store:
        await Restoring(store, KEPT, process.clock).run(path)
        assert [e.frame for e in await store.logs.after(it.id, 0)] == whole
        restored = await store.logs.load(it.id)
        assert (restored.seq, restored.epoch != it.epoch) == (said.seq, True)


async def test_a_restored_one_goes_to_the_archive_in_place_of_what_was_there(
    process: Process, settings: Settings, tmp_path: Path
) -> None:
    """The archive knows more of it than the backup: of what was restored nothing is mixed with that."""
    it = await served(process)
    path = tmp_path / "hub.backup"
    await take(process.store, path)
    await process.say(it.id, "after the backup")
    await process.ask(it.id, c.Resolve(), LI)
    await put_away(process)
    async with empty_store(settings) as store:
        await Restoring(store, KEPT, process.clock).run(path)
        restored = await store.logs.load(it.id)
        await store.logs.put_away([restored])
        assert await store.logs.position(it.id) == (restored.epoch, it.seq)
        assert [e.seq for e in await store.logs.after(it.id, 0)] == list(range(1, it.seq + 1))


# --- who waits must not wait for the archive --------------------------------------------------------------


async def test_a_crowd_that_may_go_holds_up_no_deadline(process: Process) -> None:
    """They stood in one list, the oldest first: behind a hundred of a shard no bot that died was ever noticed."""
    for n in range(600):  # 150 of each shard
        shard = process.store.keys.due(n % 4, "archive")
        await process.store.client.do("ZADD", shard, n, f"archive:gone{n}")
    await process.say("wang")
    process.clock.skip(2 * POLICY.bot_ms)
    deadlines = Deadlines(process.store.places, process.conversations, KEPT, process.clock)
    async with running(deadlines.sweep(lambda: frozenset(range(4)))):
        await until(lambda: given_to_people(process, "wang"))
    async with sweeping(process):

        async def forgotten() -> bool:
            return await process.store.places.leaving([0, 1, 2, 3], 2**52, 10) == []

        await until(forgotten)


async def given_to_people(process: Process, conversation: str) -> bool:
    return (await process.conversations.newest(conversation)).desk.owner.kind == "queue"


async def test_while_the_archive_is_away_everything_stays(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    it = await served(process)
    process.clock.skip(30 * DAY_MS)
    tried = asyncio.Event()

    async def away(*_: object) -> None:
        tried.set()
        raise StoreUnavailable("the archive: OperationalError")

    monkeypatch.setattr(Archive, "put", away)
    async with sweeping(process), asyncio.timeout(5):
        await tried.wait()
    assert await process.conversations.newest(it.id) == it
    assert len(await in_redis(process)) == 3
    monkeypatch.undo()
    await put_away(process)
