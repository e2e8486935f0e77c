"""Covers hub/store/media_reports.py: facts by stream, from a position that is known."""

import asyncio

from hub.store.media_reports import MediaReport
from hub.store.store import Store
from tests.store.acts import PATIENCE_S


def report(call: str) -> MediaReport:
    return MediaReport(kind="silent", worker="w", call=call, party="customer", other="agent:anna")


async def heard(store: Store, position: str, count: int) -> list[tuple[str, MediaReport | None]]:
    found: list[tuple[str, MediaReport | None]] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            found += await store.media_reports.after(found[-1][0] if found else position)
    return found[:count]


def calls(found: list[tuple[str, MediaReport | None]]) -> list[str | None]:
    return [it and it.call for _, it in found]


async def test_what_is_told_is_heard_from_a_position_on(store: Store) -> None:
    assert await store.media_reports.tip() == "0-0"
    await store.media_reports.tell(report("before"))
    tip = await store.media_reports.tip()
    listening = asyncio.gather(heard(store, tip, 2), heard(store, "0-0", 1))
    for call in ("one", "two"):
        await store.media_reports.tell(report(call))
    late, early = await listening
    assert calls(late) == ["one", "two"]
    assert early == [(tip, report("before"))]
    assert calls(await heard(store, late[0][0], 1)) == ["two"], "after a loss it goes on"


async def test_what_can_not_be_read_is_passed_over(store: Store) -> None:
    """Its place is known all the same: who reads on does not read it for ever."""
    key = store.keys.everywhere("media:reports")
    await store.client.do("XADD", key, "*", "r", '{"kind": "of a newer worker", "worker": "w", "call": "c"}')
    await store.media_reports.tell(report("next"))
    assert calls(await heard(store, "0-0", 2)) == [None, "next"]
