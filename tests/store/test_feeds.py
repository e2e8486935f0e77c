"""Following the shards' feeds: from a known position, several at once, without missing anything."""

import asyncio
from pathlib import Path

import pytest

from hub.model.errors import StoreUnavailable
from hub.store.feeds import FeedEntry
from hub.store.store import Store
from tests.store.acts import commit, outcome, own_valkey, store_at

SHARDS = [0, 1, 2, 3]
NAMES = [f"c{n}" for n in range(12)]  # they fall on all four shards


async def read_until(store: Store, positions: dict[int, str], count: int) -> list[FeedEntry]:
    found: list[FeedEntry] = []
    async for entries in store.feeds.follow(positions):
        found += entries
        if len(found) >= count:
            return found
    raise AssertionError


async def test_every_commit_of_every_shard_is_seen_once_in_order(store: Store) -> None:
    positions = await store.feeds.tips(SHARDS)
    assert positions == dict.fromkeys(SHARDS, "0-0")
    for seq in range(3):
        for name in NAMES:
            await outcome(store.committer, commit(name, expected=seq))
    seen = await read_until(store, positions, 36)
    assert len(seen) == 36
    for name in NAMES:
        assert [e.seq for e in seen if e.conversation == name] == [1, 2, 3]
    assert {e.shard for e in seen} == set(SHARDS)
    assert all(store.keys.feed(e.shard) == store.keys.of(e.conversation) + "feed" for e in seen)


async def test_a_tip_is_an_id_so_nothing_is_lost_between_reads(store: Store) -> None:
    await outcome(store.committer, commit())
    positions = await store.feeds.tips(SHARDS)
    await outcome(store.committer, commit(expected=1))
    assert [(e.conversation, e.seq) for e in await store.feeds.read(positions)] == [("wang", 2)]
    assert [e.seq for e in await store.feeds.read(positions)] == [2], "reading moves nothing"


async def test_a_blocked_read_wakes_at_a_commit(store: Store) -> None:
    positions = await store.feeds.tips(SHARDS)
    reading = asyncio.ensure_future(store.feeds.read(positions))
    await outcome(store.committer, commit())
    async with asyncio.timeout(1.0):
        assert [e.conversation for e in await reading] == ["wang"]


async def test_what_everybody_has_done_with_is_forgotten(store: Store) -> None:
    for seq in range(0, 240, 40):
        await outcome(store.committer, commit(expected=seq, count=40))
    shard = next(s for s in SHARDS if store.keys.feed(s) == store.keys.of("wang") + "feed")
    entries = await store.feeds.read(dict.fromkeys(SHARDS, "0-0"))
    assert await store.feeds.first_id(shard) == entries[0].id
    await store.feeds.trim(shard, entries[190].id)
    rest = await store.feeds.read({shard: "0-0"})
    assert len(rest) < 240
    assert rest[-50:] == entries[-50:], "nothing that is still wanted goes"
    assert await store.feeds.first_id((shard + 1) % 4) == "0-0"


@pytest.mark.long
async def test_a_minute_of_a_busy_feed_is_forgotten_whole(store: Store) -> None:
    """One trim takes 10,000 entries at most: with more a minute the feed grew for ever."""
    feed = store.keys.feed(0)
    for _ in range(6):
        await store.client.several([("XADD", feed, "*", "c", "wang")] * 5_000)
    newest = (await store.feeds.tips(SHARDS))[0]
    await store.feeds.trim(0, newest)
    assert await store.client.do("XLEN", feed) <= 100, "what is left is less than a node of the stream"


async def test_a_lost_store_is_said_and_a_follower_goes_on_where_it_was(tmp_path: Path) -> None:
    async with own_valkey(tmp_path) as embedded, store_at(embedded) as store:
        positions = await store.feeds.tips(SHARDS)
        await outcome(store.committer, commit())
        await read_until(store, positions, 1)
        reading = asyncio.ensure_future(store.feeds.read(positions))
        await asyncio.sleep(0)
        await embedded.stop()
        with pytest.raises(StoreUnavailable):
            await reading
        await embedded.start()
        async with asyncio.timeout(8.0):
            while True:
                try:
                    await outcome(store.committer, commit(expected=1))
                    [entry] = await read_until(store, positions, 1)
                    break
                except StoreUnavailable:
                    await asyncio.sleep(0.01)
        assert entry.seq == 2
