"""The store's time: the same for everybody, whatever their machines believe."""

import time

import pytest

from hub.model.errors import StoreUnavailable
from hub.store.client import Client, Nodes
from hub.store.clock import StoreClock
from hub.store.store import Store
from hub.store.topology import still

HOUR_S = 3_600


class Steady:
    """A steady clock that a test may hurry or hold up."""

    def __init__(self) -> None:
        self.skipped_s = 0.0

    def __call__(self) -> int:
        return time.monotonic_ns() + int(self.skipped_s * 1e9)


async def told(store: Store) -> float:
    """The store's time, epoch ms."""
    seconds, micros = await store.client.do("TIME")
    return int(seconds) * 1_000 + int(micros) / 1_000


async def apart_ms(store: Store, clock: StoreClock) -> float:
    """By how much it is outside of what the store says before and after; 0 = it can't be told apart."""
    before, now, after = await told(store), clock(), await told(store)
    return max(0.0, before - now, now - after)


async def test_a_machine_an_hour_ahead_knows_the_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + HOUR_S * 1_000_000_000)
    clock = StoreClock(store.client)
    await clock.look()
    assert await apart_ms(store, clock) < 50
    assert HOUR_S - 1 < clock.skew_s < HOUR_S + 1


async def test_an_open_store_knows_it_from_the_start(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 0)  # the machine's clock jumps
    assert await apart_ms(store, store.clock) < 50
    assert store.clock.skew_s < -HOUR_S


async def test_a_machine_that_slept_is_put_right(store: Store) -> None:
    steady = Steady()
    clock = StoreClock(store.client, steady)
    await clock.look()
    steady.skipped_s = -60  # it did not notice a minute
    assert await apart_ms(store, clock) > 59_000
    await clock.look()
    assert await apart_ms(store, clock) < 50


async def test_it_never_steps_back(store: Store) -> None:
    steady = Steady()
    clock = StoreClock(store.client, steady)
    await clock.look()
    steady.skipped_s = 60  # the next store's clock is a minute behind
    ahead = clock()
    await clock.look()
    assert clock() == ahead
    steady.skipped_s += 30
    assert clock() == ahead, "it stands until the store has caught up"
    steady.skipped_s += 31
    assert clock() > ahead


async def test_a_slow_answer_changes_nothing(store: Store) -> None:
    steady = Steady()
    clock = StoreClock(store.client, steady)
    await clock.look()
    believed = clock._ahead

    class Slow(Client):
        async def do(self, *command: object) -> object:
            answer = await store.client.do(*command)  # type: ignore[arg-type]
            steady.skipped_s += 10
            return answer

    clock._client = Slow(Nodes(still("unix:///nowhere")))
    steady.skipped_s = -5  # what is believed lies in the middle of the ten seconds
    await clock.look()
    assert clock._ahead == believed


async def test_it_goes_on_without_the_store(store: Store) -> None:
    steady = Steady()
    clock = StoreClock(store.client, steady)
    await clock.look()
    clock._client = Client(nodes := Nodes(still("unix:///nowhere")))
    with pytest.raises(StoreUnavailable):
        await clock.look()
    await nodes.close()
    before = clock()
    steady.skipped_s = 7
    assert 7_000 <= clock() - before < 8_000
