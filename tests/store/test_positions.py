"""How far the reactions have come."""

from hub.store.store import Store


async def test_each_shard_has_its_own(store: Store) -> None:
    assert await store.positions.get(1) == "0-0"
    await store.positions.put(1, "5-1")
    await store.positions.put(2, "7-0")
    assert [await store.positions.get(s) for s in (0, 1, 2)] == ["0-0", "5-1", "7-0"]
