"""Covers hub/store/schema.py: what a process looks at before it starts, and what ends it."""

import asyncio

import pytest

from hub.store.client import Client
from hub.store.keys import Keys
from hub.store.schema import SCHEMA, StoreTooNew, settle, todo_from_feeds
from hub.store.store import Store
from tests.store.acts import PATIENCE_S


async def schema_of(store: Store) -> int:
    return int(await store.client.do("GET", store.keys.everywhere("schema")))


async def test_a_new_store_gets_our_schema(store: Store) -> None:
    await settle(store.client, store.keys)
    assert await schema_of(store) == SCHEMA


async def test_a_store_of_a_newer_hub_is_refused_and_left_as_it_is(store: Store) -> None:
    await store.client.do("SET", store.keys.everywhere("schema"), 99)
    with pytest.raises(StoreTooNew, match="schema 99"):
        await settle(store.client, store.keys)
    assert await schema_of(store) == 99


async def test_an_older_one_is_brought_up_step_by_step_and_once(store: Store) -> None:
    """Two processes start at once: each step is taken by one of them."""
    done: list[str] = []

    async def first(client: Client, keys: Keys) -> None:
        done.append("1 -> 2")

    async def second(client: Client, keys: Keys) -> None:
        done.append("2 -> 3")

    await store.client.do("SET", store.keys.everywhere("schema"), 1)
    both = [settle(store.client, store.keys, {1: first, 2: second}, 3) for _ in range(2)]
    await asyncio.wait_for(asyncio.gather(*both), PATIENCE_S)
    assert done == ["1 -> 2", "2 -> 3"]
    assert await schema_of(store) == 3


async def test_a_step_that_failed_is_taken_again(store: Store) -> None:
    tries: list[int] = []

    async def first(client: Client, keys: Keys) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError

    await store.client.do("SET", store.keys.everywhere("schema"), 1)
    with pytest.raises(RuntimeError):
        await settle(store.client, store.keys, {1: first}, 2)
    assert await schema_of(store) == 1
    await asyncio.wait_for(settle(store.client, store.keys, {1: first}, 2), PATIENCE_S)
    assert len(tries) == 2


async def test_processes_of_one_life_agree_and_end_with_it(store: Store) -> None:
    lives = [await settle(store.client, store.keys) for _ in range(2)]
    async with asyncio.TaskGroup() as tasks:
        ending = [tasks.create_task(life.ended()) for life in lives]
        done, _ = await asyncio.wait(ending, timeout=0.05)
        assert not done
        await store.client.do("SET", store.keys.everywhere("life"), "another")
        await asyncio.wait_for(asyncio.gather(*ending), PATIENCE_S)


async def test_an_emptied_store_is_another_life(store: Store) -> None:
    life = await settle(store.client, store.keys)
    await store.client.do("DEL", store.keys.everywhere("life"))
    await asyncio.wait_for(life.ended(), PATIENCE_S)


async def test_what_was_still_to_be_reacted_to_in_the_feed_is_to_be_done(store: Store) -> None:
    """Schema 1 had all in the feed, four fields an entry."""
    client, keys = store.client, store.keys
    for seq in (1, 2, 3):
        old = ("c", "wang", "q", seq, "a", "s" if seq == 2 else "e", "e", b'{"n":%d}' % seq)
        await client.do("XADD", keys.feed(1), f"{seq}-0", *old)
    await client.do("SET", f"{keys.shard(1)}reacted", "1-0")
    await client.do("SET", keys.everywhere("schema"), 1)
    await settle(client, keys)
    todo = await store.todo.read({1: await store.positions.get(1)})
    assert [(e.id, e.conversation, e.seq, e.audience, e.frame) for e in todo] == [
        ("2-0", "wang", 2, "s", b'{"n":2}'),
        ("3-0", "wang", 3, "e", b'{"n":3}'),
    ]
    assert await store.feeds.tips([1]) == {1: "0-0"}, "who follows the feed reads nothing that it can't"
    await todo_from_feeds(client, keys)  # cut off before it was noted: run again
    assert await store.todo.read({1: "0-0"}) == todo
