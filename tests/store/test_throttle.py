"""Counting attempts within a window."""

import pytest

from hub.store.store import Store
from hub.store.throttle import network_of
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


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a socket's path", "a socket's path"),
    ],
)
def test_whom_a_limit_by_address_counts_as_one(address: str, network: str) -> None:
    assert network_of(address) == network
