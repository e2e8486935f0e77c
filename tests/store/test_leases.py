"""Leases: one holder at a time, for as long as it prolongs."""

import asyncio

from hub.store.leases import Leases
from hub.store.store import Store
from tests.store.acts import until


def holder(store: Store, name: str, life_ms: int = 60_000) -> Leases:
    return Leases(store.client, store.keys, name, life_ms)


async def test_one_holds_it_and_the_other_waits(store: Store) -> None:
    one, other = holder(store, "one"), holder(store, "other")
    assert await one.hold("shard:1")
    assert await one.hold("shard:1")
    assert not await other.hold("shard:1")
    assert await other.hold("shard:2")
    await other.release("shard:1")
    assert not await other.hold("shard:1"), "only the holder gives it up"
    await one.release("shard:1")
    assert await other.hold("shard:1")


async def test_of_many_at_once_one_holds_it(store: Store) -> None:
    answers = await asyncio.gather(*(holder(store, f"w{n}").hold("router") for n in range(20)))
    assert sum(answers) == 1


async def test_a_dead_holders_lease_passes_on(store: Store) -> None:
    await holder(store, "dead", 50).hold("shard:1")
    other = holder(store, "other", 50)
    assert not await other.hold("shard:1")
    assert await until(lambda: other.hold("shard:1"))


async def test_how_many_workers_live(store: Store) -> None:
    one, other = holder(store, "one", 1_000), holder(store, "other", 1_000)
    assert await one.announce(0) == 1
    assert await other.announce(500) == 2
    assert await one.announce(900) == 2
    assert await one.announce(1_600) == 1, "the other was not heard of for its lease"
    assert await other.announce(1_700) == 2
    await other.leave()
    assert await one.announce(1_800) == 1
