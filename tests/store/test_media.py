"""Covers hub/store/media.py: which media workers live, and which of them has which call."""

import asyncio

from hub.store.media import MediaWorker
from hub.store.media_reports import MediaReport
from hub.store.store import Store
from tests.store.acts import keys_like


def row(name: str, calls: int = 0) -> MediaWorker:
    return MediaWorker(id=name, addresses=("192.0.2.1", "2001:db8::1"), port=40_000, calls=calls, most=9, free=True)


async def told(store: Store) -> list[MediaReport]:
    """Everything that was reported."""
    rows = await store.client.do("XRANGE", store.keys.everywhere("media:reports"), "-", "+")
    return [MediaReport.model_validate_json(fields[1]) for _, fields in rows]


async def test_who_lives(store: Store) -> None:
    assert await store.media.alive(0) == []
    assert await store.media.announce(row("one"), 1_000)
    assert not await store.media.announce(row("one", calls=3), 1_500)
    await store.media.announce(row("two"), 2_000)
    assert await store.media.alive(1_499) == [row("one", calls=3), row("two")]
    assert await store.media.alive(1_500) == [row("two")]
    assert await store.media.dead(1_500) == ["one"]


async def test_a_call_is_where_it_was_put_first(store: Store) -> None:
    assert await store.media.where("call") == ""
    assert await store.media.place("call", "one", "") == "one"
    assert await store.media.place("call", "two", "") == "one", "it was quicker"
    assert await store.media.place("call", "one", "") == "one", "asked again"
    assert await store.media.where("call") == "one"
    assert await store.media.place("call", "two", "one") == "two", "one died"
    assert await store.media.where("call") == "two"


async def test_of_many_at_once_one_places_it(store: Store) -> None:
    answers = await asyncio.gather(*(store.media.place("call", f"w{n}", "") for n in range(20)))
    assert len(set(answers)) == 1


async def test_a_call_that_ended_is_nowhere_and_one_that_moved_stays(store: Store) -> None:
    await store.media.place("call", "one", "")
    await store.media.unplace("call", "two")
    assert await store.media.where("call") == "one"
    await store.media.unplace("call", "one")
    assert await store.media.where("call") == ""


async def test_the_calls_of_a_dead_worker_are_reported_lost_once(store: Store) -> None:
    await store.media.announce(row("one"), 1_000)
    for call in ("a", "b", "moved"):
        await store.media.place(call, "one", "")
    await store.media.place("moved", "two", "one")
    assert await store.media.bury("one", 999) == -1, "it lives"
    assert sorted(await asyncio.gather(*(store.media.bury("one", 1_000) for _ in range(3)))) == [-1, -1, 2]
    lost = [(report.kind, report.worker, report.call) for report in await told(store)]
    assert sorted(lost) == [("lost", "one", "a"), ("lost", "one", "b")]
    assert await store.media.dead(5_000) == []
    assert await store.media.announce(row("one"), 9_000), "it was taken for dead, and learns it"


async def test_who_ends_on_purpose_is_dead_at_once(store: Store) -> None:
    await store.media.announce(row("one"), 60_000)
    await store.media.place("call", "one", "")
    assert await store.media.retire("one", 1_000) == 1
    assert await store.media.alive(0) == []
    assert await store.media.retire("one", 1_000) == -1


async def test_what_is_not_its_any_more_is_told_to_who_kept_it(store: Store) -> None:
    for call in ("mine", "moved"):
        await store.media.place(call, "one", "")
    await store.media.place("moved", "two", "one")
    await store.media.unplace("mine", "one")
    assert await store.media.keep(("mine", "moved"), "one") == ["moved"]
    assert await store.media.where("mine") == "one", "nobody else has it: it was forgotten, and is told anew"


async def test_nothing_of_a_call_stays_for_ever(store: Store) -> None:
    await store.media.place("call", "one", "")
    ttls = [await store.client.do("PTTL", key) for key in await keys_like(store, "*media:*call*")]
    assert ttls
    assert min(ttls) > 0
