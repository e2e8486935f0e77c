"""A slot of a Cluster moves to another member while people talk and jobs leave: nothing is lost, doubled or swapped.

Half of a shard's keys are here, half there: whatever needs several of them is refused, by name, until all have moved.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hub.model.effects import Job
from hub.model.errors import StoreUnavailable
from hub.model.ids import shard_of
from hub.store.commits import Appended
from hub.store.store import Store, open_store
from tests.clusters import ClusterSetup, Move, cluster_setup, kept
from tests.servers.test_failover import GONE_S, SHARDS, Talk, talking
from tests.store.acts import commit, options, outcome

pytestmark = pytest.mark.servers
SHARD = shard_of("c0", SHARDS)


@pytest.fixture(scope="module")
def cluster() -> Iterator[ClusterSetup]:
    with kept(cluster_setup(3)) as setup:
        yield setup


@pytest.fixture
async def opened(cluster: ClusterSetup, tmp_path: Path) -> AsyncIterator[Store]:
    given = options(cluster.url, tmp_path, prefix=tmp_path.name, durability="memory", shards=SHARDS)
    async with open_store(given) as store:
        yield store


@asynccontextmanager
async def moving(cluster: ClusterSetup, store: Store) -> AsyncIterator[Move]:
    move = await cluster.start_move(store.keys.shard(SHARD))
    yield move
    await move.end()


async def refused(talk: Talk) -> None:
    """Until somebody in the shard was told that it can't be done now."""
    talk.answers.clear()
    its = [name for name in talk.acked if shard_of(name, SHARDS) == SHARD]
    async with asyncio.timeout(GONE_S):
        while not any(isinstance(talk.answers.get(name), StoreUnavailable) for name in its):
            await asyncio.sleep(0.01)


async def test_people_talk_on_while_a_slot_moves(cluster: ClusterSetup, tmp_path: Path) -> None:
    async with talking(cluster, tmp_path, "memory") as talk:
        move = await cluster.start_move(talk.store.keys.shard(SHARD))
        feed, c0, log = (talk.store.keys.feed(SHARD), talk.store.keys.conversation("c0"), talk.store.keys.log("c0"))
        await refused(talk)
        before = dict(talk.acked)
        for keys in ([c0], [feed], [log], [key for key in await move.keys() if "log:" in key]):
            await move.take(*keys)
            await refused(talk)
            # What one key tells is told, wherever that is.
            assert (await talk.other.logs.position("c0"))[1] == talk.acked["c0"]
            assert len(await talk.other.logs.after("c0", 0)) == talk.acked["c0"]
            assert await talk.other.feeds.first_id(SHARD) != "0-0"
        for name, seq in before.items():
            assert (talk.acked[name] > seq) == (shard_of(name, SHARDS) != SHARD), "the other shards go on"
        await move.end()
        await talk.more(20)
        await talk.check()
        assert talk.longest_s <= GONE_S
        assert await cluster.primary_of(talk.store.keys.shard(SHARD)) is move.target


@pytest.mark.parametrize("first", ["outbox", "lane", "job"])
async def test_no_job_is_forgotten_on_the_way(cluster: ClusterSetup, opened: Store, first: str) -> None:
    """A worker at the new place saw the list of lanes without the lanes, and forgot them."""
    jobs = [Job(f"j{n}", "crm.ticket", f"lane{n % 3}", {"n": n}) for n in range(9)]
    assert isinstance(await outcome(opened.committer, commit("c0", jobs=jobs)), Appended)
    carried: list[int] = []
    async with moving(cluster, opened) as move:
        await move.take(*(key for key in await move.keys() if first in key.rpartition("}:")[2]))
        with pytest.raises(StoreUnavailable, match="claim: "):
            await opened.outbox.claim(SHARD, 1)
    async with asyncio.timeout(GONE_S):
        while len(carried) < len(jobs):
            for job in await opened.outbox.claim(SHARD, 1):
                assert job.tries == 1
                carried.append(job.payload["n"])
                await opened.outbox.done(job)
    assert all([n for n in carried if n % 3 == lane] == [*range(lane, 9, 3)] for lane in range(3))


async def test_a_conversation_that_begins_meanwhile_waits(cluster: ClusterSetup, opened: Store) -> None:
    new = next(f"n{n}" for n in range(100) if shard_of(f"n{n}", SHARDS) == SHARD)
    assert isinstance(await outcome(opened.committer, commit("c0")), Appended)
    async with moving(cluster, opened) as move:
        for keys in ([], [opened.keys.feed(SHARD)], await move.keys()):
            await move.take(*keys)
            assert isinstance(await outcome(opened.committer, commit(new)), StoreUnavailable)
            assert await opened.logs.position(new) == ("", 0)
    async with asyncio.timeout(GONE_S):
        while not isinstance(await outcome(opened.committer, commit(new)), Appended):
            await asyncio.sleep(0.05)
    assert len(await opened.logs.after(new, 0)) == 1


async def test_a_slot_moved_as_a_whole_refuses_hardly_anybody(cluster: ClusterSetup, tmp_path: Path) -> None:
    """Valkey 9 can: the slot is copied as a replica would copy it, and changes hands in one step."""
    async with talking(cluster, tmp_path, "memory") as talk:
        key = talk.store.keys.shard(SHARD)
        slot, source = await cluster.members[0].ask("CLUSTER", "KEYSLOT", key), await cluster.primary_of(key)
        target = next(member for member in cluster.members if member is not source)
        name = await target.ask("CLUSTER", "MYID")
        assert await source.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", name) == b"OK"
        async with asyncio.timeout(GONE_S):
            while await cluster.primary_of(key) is not target:
                await asyncio.sleep(0.01)
        await talk.more(20)
        await talk.check()
        assert talk.longest_s <= 3.0
