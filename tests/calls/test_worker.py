"""Covers hub/calls/worker.py: it lives, it does what it is asked, it reports, and it ends without dropping anybody."""

import asyncio
from typing import Any

import pytest

from hub.calls.relay.call import ABANDONED_S, News
from hub.calls.relay.relay import Place
from hub.calls.worker import MOST_NEWS, Told
from hub.model.errors import MediaFull, MediaUnavailable, NotFound, OneThreadError
from hub.store.media_reports import MediaReport
from hub.store.store import Store
from tests.calls.parties import Party, meet
from tests.calls.workers import remote, worker_on
from tests.store.acts import until
from tests.store.test_media import told

CALL, CUSTOMER, AGENT = "a-call", "customer", "agent:anna"


async def test_it_says_what_it_is(store: Store) -> None:
    async with worker_on(store, place=Place(hosts=("127.0.0.1",), calls=1)) as (worker, relay):
        (row,) = await store.media.alive(store.clock())
        assert (row.id, row.addresses, row.port) == (worker.name, ("127.0.0.1",), relay.port.number)
        assert (row.calls, row.most, row.free) == (0, 1, True)
        await relay.open(CALL)

        async def full() -> bool:
            (row,) = await store.media.alive(store.clock())
            return (row.calls, row.free) == (1, False)

        assert await until(full)


async def test_what_changes_is_reported(store: Store) -> None:
    async with worker_on(store) as (worker, relay):
        media = remote(store)
        await media.open(CALL)
        customer, agent = Party(media, CALL, CUSTOMER, AGENT), Party(media, CALL, AGENT, CUSTOMER)
        await meet(agent, customer)
        await relay.tick(relay._clock() + 3)

        async def both() -> list[MediaReport]:
            found = await told(store)
            return found if len(found) >= 2 else []

        silent = [report for report in await until(both) if report.kind == "silent"]
        assert {(report.worker, report.call, report.party, report.other) for report in silent} == {
            (worker.name, CALL, CUSTOMER, AGENT),
            (worker.name, CALL, AGENT, CUSTOMER),
        }
        await customer.leave()
        await agent.leave()


async def test_an_abandoned_call_is_nowhere_any_more(store: Store) -> None:
    async with worker_on(store) as (_, relay):
        await remote(store).open(CALL)
        await relay.tick(relay._clock() + ABANDONED_S + 1)

        async def nowhere() -> bool:
            return await store.media.where(CALL) == ""

        assert await until(nowhere)
        assert [(report.kind, report.call) for report in await told(store)] == [("abandoned", CALL)]


async def test_one_that_was_opened_again_before_that_was_told_is_not_abandoned(store: Store) -> None:
    async with worker_on(store) as (worker, relay):
        media = remote(store)
        for call in (CALL, "another"):
            await media.open(call)
        await relay.tick(relay._clock() + ABANDONED_S + 1)
        await relay.open(CALL)  # nothing was awaited for which the report could have left

        async def nowhere() -> bool:
            return await store.media.where("another") == ""

        assert await until(nowhere)
        assert await store.media.where(CALL) == worker.name
        assert [report.call for report in await told(store)] == ["another"]


async def test_who_was_taken_for_dead_gives_up_what_went_elsewhere(store: Store) -> None:
    """A worker that was stopped for a while, with a call that others have opened anew and one that nobody missed."""
    async with worker_on(store) as (worker, relay):
        media = remote(store)
        for call in ("moved", "missed"):
            await media.open(call)
        await store.media.retire(worker.name, store.clock())
        assert await store.media.place("moved", "another", worker.name) == "another"

        async def settled() -> bool:
            return relay.calls == ("missed",)

        assert await until(settled)
        assert await store.media.where("missed") == worker.name


async def test_a_mistake_in_one_call_is_an_error_there_and_nowhere_else(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with worker_on(store) as (_, relay):
        media = remote(store)
        await media.open(CALL)

        async def broken(call: str) -> Any:
            raise ZeroDivisionError

        with monkeypatch.context() as patched:
            patched.setattr(relay, "figures", broken)
            with pytest.raises(OneThreadError) as failed:
                await media.figures(CALL)
            assert failed.value.code == "internal"
        assert await media.figures(CALL) == ()


async def test_news_that_nobody_carries_away_are_bounded() -> None:
    heap = Told()
    for n in range(MOST_NEWS + 5):
        heap.tell(News("silent", str(n)))
    assert (await heap.next()).call == "0"
    assert heap._queue.qsize() == MOST_NEWS - 1


# --- the end ----------------------------------------------------------------------------------------------


async def test_without_a_call_it_ends_at_once(store: Store) -> None:
    async with worker_on(store) as (worker, _), asyncio.timeout(1):
        await worker.drain(60)


async def test_full_and_missing_and_nobody_are_three_things(store: Store) -> None:
    media = remote(store)
    with pytest.raises(MediaUnavailable):
        await media.open(CALL)
    async with worker_on(store, place=Place(hosts=("127.0.0.1",), calls=1)):
        await media.open(CALL)
        with pytest.raises(MediaFull):
            await media.open("one too many")
        with pytest.raises(NotFound):
            await media.figures("one too many")
