"""Covers hub/calls/remote.py: where calls are placed, and what becomes of them when a worker dies."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from hub.calls.relay.relay import Place
from hub.calls.remote import SLOW_S
from hub.model.errors import MediaUnavailable, StoreUnavailable
from hub.settings import Settings
from hub.store.media import MediaWorker
from hub.store.store import Store
from tests.calls.parties import Party, arrives, meet
from tests.calls.workers import media_process, remote, worker_on
from tests.store.acts import PATIENCE_S, own_valkey, pid_of, store_at, until
from tests.store.test_media import told

CALL, CUSTOMER, AGENT = "a-call", "customer", "agent:anna"


async def test_calls_go_where_most_is_free(store: Store) -> None:
    ten, two = Place(hosts=("127.0.0.1",), calls=10), Place(hosts=("127.0.0.1",), calls=2)
    async with worker_on(store, place=ten) as (_, large), worker_on(store, place=two) as (small_one, small):
        media = remote(store)
        await small.open("there before")

        async def known() -> bool:
            return any(row.calls for row in await store.media.alive(store.clock()) if row.id == small_one.name)

        await until(known)
        await media.open(CALL)
        assert large.calls == (CALL,)


async def test_one_that_says_no_is_passed_over(store: Store) -> None:
    """What it said of itself was out of date."""
    one = Place(hosts=("127.0.0.1",), calls=1)
    async with worker_on(store, place=one) as (_, first), worker_on(store, place=one) as (_, second):
        media = remote(store)
        await asyncio.gather(media.open("one"), media.open("two"))
        assert sorted(first.calls + second.calls) == ["one", "two"]


async def test_all_who_open_a_call_at_once_meet_in_one_place(store: Store) -> None:
    async with worker_on(store) as (_, one), worker_on(store) as (_, other):
        await asyncio.gather(*(remote(store).open(CALL) for _ in range(8)))
        assert sorted([one.calls, other.calls]) == [(), (CALL,)]


async def test_what_is_asked_of_a_dead_worker_is_unavailable_and_what_is_gone_has_left(store: Store) -> None:
    async with worker_on(store) as (worker, _):
        media = remote(store)
        await media.open(CALL)
    await store.media.retire(worker.name, store.clock())
    for asked in (media.figures(CALL), media.rejoin(CALL, CUSTOMER), media.open(CALL)):
        with pytest.raises(MediaUnavailable):
            await asked
    await media.leave(CALL, CUSTOMER)
    await media.record(CALL, False)
    await media.close(CALL)
    assert await store.media.where(CALL) == ""


@pytest.mark.long
async def test_a_killed_workers_calls_are_reported_lost_and_go_on_elsewhere_within_4_s(
    settings: Settings, store: Store
) -> None:
    media = remote(store)
    async with media_process(settings, store) as process:
        await media.open(CALL)
        customer, agent = Party(media, CALL, CUSTOMER, AGENT), Party(media, CALL, AGENT, CUSTOMER)
        await meet(agent, customer)
        async with worker_on(store) as (_, relay), asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(media.watch())
            killed = time.monotonic()
            os.kill(process.pid, signal.SIGKILL)
            await media.open(CALL)
            took = time.monotonic() - killed
            assert relay.calls == (CALL,)
            assert took < 4.0

            async def lost() -> list[str]:
                return [report.call for report in await told(store) if report.kind == "lost"]

            # Opened anew before the death was noticed, the call is not lost any more; unnoticed, it was reported once.
            again = Party(media, CALL, CUSTOMER, AGENT), Party(media, CALL, AGENT, CUSTOMER)
            await meet(*again)
            await arrives(*again)
            assert await lost() in ([], [CALL])
            watching.cancel()
        for party in (customer, agent, *again):
            await party.leave()


@pytest.mark.long
async def test_a_death_is_noticed_without_anybody_asking(settings: Settings, store: Store) -> None:
    media = remote(store)
    async with media_process(settings, store) as process, asyncio.TaskGroup() as tasks:
        await media.open(CALL)
        watching = [tasks.create_task(remote(store).watch()) for _ in range(3)]
        os.kill(process.pid, signal.SIGKILL)
        killed = time.monotonic()

        async def lost() -> bool:
            return bool(await told(store))

        await until(lost)
        assert time.monotonic() - killed < 4.0
        for task in watching:
            task.cancel()
        assert [(report.kind, report.call) for report in await told(store)] == [("lost", CALL)]


@pytest.mark.long
async def test_a_worker_that_is_asked_to_end_relays_on_until_its_calls_have_moved(
    settings: Settings, store: Store
) -> None:
    media = remote(store)
    patient = settings.model_copy(update={"drain_s": 60})
    async with media_process(patient, store) as process:
        await media.open(CALL)
        customer, agent = Party(media, CALL, CUSTOMER, AGENT), Party(media, CALL, AGENT, CUSTOMER)
        await meet(agent, customer)
        process.terminate()

        async def lost() -> bool:
            return bool(await told(store))

        await until(lost)
        await arrives(customer, agent)
        async with worker_on(store) as (_, relay):
            await media.open(CALL)
            assert relay.calls == (CALL,)
            again = Party(media, CALL, CUSTOMER, AGENT), Party(media, CALL, AGENT, CUSTOMER)
            await meet(*again)
            # The others are silent from now on: it ends, and with 0, well before the patience that it has.
            assert await asyncio.wait_for(process.wait(), 2 * PATIENCE_S) == 0
            await arrives(*again)
        for party in (customer, agent, *again):
            await party.leave()
    assert [(report.kind, report.call) for report in await told(store) if report.kind == "lost"] == [("lost", CALL)]


@pytest.mark.long
async def test_a_store_that_was_away_kills_no_worker(tmp_path: Path) -> None:
    """Leases ran out because nobody could prolong them: everybody who lives gets the time to."""
    async with own_valkey(tmp_path) as embedded, store_at(embedded) as store, worker_on(store) as (_, relay):
        media = remote(store)
        await media.open(CALL)
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(media.watch())
            pid = await pid_of(embedded)
            os.kill(pid, signal.SIGSTOP)
            with pytest.raises((MediaUnavailable, StoreUnavailable)):
                await media.figures(CALL)
            os.kill(pid, signal.SIGCONT)

            async def alive() -> bool:
                return bool(await store.media.alive(store.clock()))

            await until(alive)
            watching.cancel()
        assert relay.calls == (CALL,)
        assert await told(store) == []


async def test_a_store_that_hung_is_as_one_that_was_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look was answered late, and by then a lease had run out: who lives gets the time to prolong it."""
    row = MediaWorker(id="lives", addresses=("127.0.0.1",), port=1, calls=1, most=9, free=True)
    await store.media.announce(row, store.clock() - 1)
    await store.media.place(CALL, row.id, "")
    looks: asyncio.Queue[None] = asyncio.Queue()
    dead = store.media.dead

    async def hung(now_ms: int) -> list[str]:
        if looks.empty():
            await asyncio.sleep(1.5 * SLOW_S)
        found = await dead(now_ms)
        looks.put_nowait(None)
        return found

    monkeypatch.setattr(store.media, "dead", hung)
    monkeypatch.setattr("hub.calls.remote.LEASE_S", 0.1)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(remote(store).watch())

        async def looked(times: int = 1) -> bool:
            return looks.qsize() >= times

        await until(looked)
        await store.media.announce(row, store.clock() + 60_000)
        await until(lambda: looked(3))
        watching.cancel()
    assert await told(store) == []
