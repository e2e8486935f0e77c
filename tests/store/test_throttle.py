"""Counting attempts within a window."""

from hub.store.store import Store
from tests.store.acts import until


async def test_attempts_are_counted_by_name(store: Store) -> None:
    throttle = store.throttle
    assert [(await throttle.count("a", 900))[0] for _ in range(3)] == [1, 2, 3]
    assert (await throttle.count("b", 900))[0] == 1
    count, left_s = await throttle.count("a", 900)
    assert count == 4
    assert 0 < left_s <= 900
    await throttle.clear("a")
    assert (await throttle.count("a", 900))[0] == 1


async def test_the_window_ends_however_often_somebody_tries(store: Store) -> None:
    """A window that each try prolongs would lock out whoever owns the account."""
    await store.throttle.count("a", 1)

    async def begins_anew() -> bool:
        return (await store.throttle.count("a", 60))[0] == 1

    assert await until(begins_anew)


async def test_a_count_that_lost_its_end_to_a_crash_gets_one(store: Store) -> None:
    """A kill between counting and setting the end locked an agent out for ever."""
    await store.client.do("SET", store.keys.everywhere("throttle:a"), 99)
    assert await store.throttle.count("a", 30) == (100, 30)
