"""Covers hub/services/media_news.py: what media workers tell, and what follows from it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest

from hub.model import call_commands as cc
from hub.model.errors import StoreUnavailable
from hub.model.events import RecordingKept
from hub.services import media_news
from hub.services.media_news import MediaNews
from hub.settings import Settings
from hub.store.leases import Leases
from hub.store.media_reports import MediaReport
from tests.services.acts import LI, POLICY, Clock, Process, a_process, customer, running, until

FILM = {"seconds": 3.5, "bytes": 9_000, "width": 640, "height": 480}
KEPT = RecordingKept.model_validate({"call": "k1", "recording": "1a-customer", "party": "customer", **FILM})


@pytest.fixture
def news(process: Process, monkeypatch: pytest.MonkeyPatch) -> MediaNews:
    monkeypatch.setattr(media_news, "EVERY_S", 0.01)
    store = process.store
    leases = Leases(store.client, store.keys, "one", 10_000)
    return MediaNews(process.conversations, store.seats, store.whispers, store.media_reports, leases)


async def live(process: Process) -> str:
    await process.to_agent("wang")
    await process.ask("wang", cc.RequestCall("video"), customer("wang"))
    it = await process.conversations.newest("wang")
    assert it.call
    await process.ask("wang", cc.AcceptCall(it.call.id), LI)
    await process.store.seats.name(it.call.id, "wang")
    return it.call.id


def report(kind: str, call: str, kept: RecordingKept | None = None) -> MediaReport:
    return MediaReport(kind=kind, worker="w1", call=call, kept=kept)  # type: ignore[arg-type]


async def test_what_was_told_while_nobody_listened_is_heard_once(process: Process, news: MediaNews) -> None:
    call = await live(process)
    told = report("recorded", call, KEPT.model_copy(update={"call": call}))
    await process.store.media_reports.tell(told)
    await process.store.media_reports.tell(report("recorded", "a-call-that-nobody-knows", KEPT))
    await process.store.media_reports.tell(told)
    await process.store.media_reports.tell(report("abandoned", call))

    async def ended() -> bool:
        return (await process.conversations.newest("wang")).call is None

    async with running(news.follow()):
        await until(ended)
    kept = [e for e in await process.log("wang") if e["type"] == "recording.kept"]
    assert [each["d"]["recording"] for each in kept] == ["1a-customer"]
    position = await process.store.media_reports.heard()
    async with running(news.follow()):
        await process.store.media_reports.tell(report("back", call))

        async def moved_on() -> bool:
            return await process.store.media_reports.heard() != position

        await until(moved_on)


async def test_the_parties_of_a_call_whose_worker_died_are_told_to_come_again(
    process: Process, news: MediaNews
) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def listen() -> None:
        async for whisper in process.store.whispers.hear():
            heard.put_nowait(whisper.model_dump_json())

    async with running(listen()):

        async def until_heard() -> bool:
            await news.hear(report("lost", "k1"))
            return not heard.empty()

        await until(until_heard)
    whisper = json.loads(heard.get_nowait())
    assert (whisper["kind"], whisper["subject"], whisper["device"]) == ("signal", "k1", "")
    assert json.loads(whisper["frame"]) == {"t": "call.moved", "call": "k1"}


@pytest.fixture
async def direct(settings: Settings, clock: Clock) -> AsyncIterator[Process]:
    """Calls go from browser to browser here."""
    async with a_process(settings, clock, policy=replace(POLICY, calls_direct=True)) as process:
        yield process


async def test_a_place_that_was_only_kept_for_a_call_is_missed_by_nobody(direct: Process, news: MediaNews) -> None:
    """Nobody came to it in time, or its worker died: those who talk from browser to browser hear nothing of that."""
    call, heard = await live(direct), asyncio.Queue[str]()

    async def listen() -> None:
        async for whisper in direct.store.whispers.hear():
            heard.put_nowait(whisper.subject)

    async def heard_of(other: str) -> bool:
        await news.hear(report("lost", other))
        return not heard.empty()

    async with running(listen()):
        await until(partial(heard_of, "another"))
        for kind in ("abandoned", "lost"):
            await news.hear(report(kind, call))
        assert (await direct.conversations.newest("wang")).call
        await direct.ask("wang", cc.RequestConsent(call, "v1"), LI)
        await direct.ask("wang", cc.GrantConsent(call, "v1"), customer("wang"))
        await news.hear(report("lost", call))
        told = [await heard.get()]
        while told[-1] != call:
            told.append(await heard.get())
        assert told.count(call) == 1
    await news.hear(report("abandoned", call))
    assert (await direct.conversations.newest("wang")).call is None


async def test_a_store_that_is_away_for_a_moment_is_waited_for(
    process: Process, news: MediaNews, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It once ended the whole working process: a group of errors is no StoreUnavailable."""
    call = await live(process)
    reports, away = process.store.media_reports, 3
    after = reports.after

    async def now_and_then(position: str) -> list[tuple[str, MediaReport | None]]:
        nonlocal away
        if away:
            away -= 1
            raise StoreUnavailable("gone")
        return await after(position)

    monkeypatch.setattr(reports, "after", now_and_then)
    await reports.tell(report("abandoned", call))

    async def ended() -> bool:
        return (await process.conversations.newest("wang")).call is None

    async with running(news.follow()):
        await until(ended)
    assert away == 0
