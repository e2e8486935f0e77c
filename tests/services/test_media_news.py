"""Covers hub/services/media_news.py: what media workers tell, and what follows from it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
from structlog.testing import capture_logs

from hub.model import call_commands as cc
from hub.model.errors import MediaUnavailable, StoreUnavailable
from hub.model.events import RecordingKept
from hub.services import media_news, recorder
from hub.services.media_news import MediaNews
from hub.services.recorder import Recorder
from hub.settings import Settings
from hub.store.leases import Leases
from hub.store.media_reports import MediaReport
from tests.services.acts import ANA, LI, POLICY, Clock, Process, a_process, agreed, customer, running, talking, until
from tests.services.test_recorder import SATO

FILM = {"seconds": 3.5, "bytes": 9_000, "width": 640, "height": 480}
KEPT = RecordingKept.model_validate({"call": "k1", "recording": "1a-customer", "party": "customer", **FILM})


@pytest.fixture
def news(process: Process, monkeypatch: pytest.MonkeyPatch) -> MediaNews:
    monkeypatch.setattr(media_news, "EVERY_S", 0.01)
    store = process.store
    leases = Leases(store.client, store.keys, "one", 10_000)
    records = Recorder(process.conversations, NoMedia(), None)  # type: ignore[arg-type]
    told = store.seats, store.whispers, store.media_reports
    return MediaNews(process.conversations, *told, leases, records, process.tasks)


class NoMedia:
    """Where no worker is left. `asked` counts how often somebody tried."""

    asked = 0

    async def open(self, call: str) -> None:
        NoMedia.asked += 1
        raise MediaUnavailable("no media worker")


async def live(process: Process) -> str:
    return await named(process, await talking(process))


async def named(process: Process, call: str) -> str:
    """Media workers know calls alone."""
    await process.store.seats.name(call, "wang")
    return call


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
            await news.hear(report("lost", "k1"), "1-0")
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
        await news.hear(report("lost", other), "1-0")
        return not heard.empty()

    async with running(listen()):
        await until(partial(heard_of, "another"))
        for kind in ("abandoned", "lost"):
            await news.hear(report(kind, call), "1-0")
        assert (await direct.conversations.newest("wang")).call
        await direct.ask("wang", cc.RequestConsent(call, "v1"), LI)
        await direct.ask("wang", cc.GrantConsent(call, "v1"), customer("wang"))
        await news.hear(report("lost", call), "1-0")
        told = [await heard.get()]
        while told[-1] != call:
            told.append(await heard.get())
        assert told.count(call) == 1
    await news.hear(report("abandoned", call), "1-0")
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


async def stops(process: Process) -> list[str]:
    return [e["d"]["why"] for e in await process.log("wang") if e["type"] == "recording.stopped"]


async def test_a_recording_whose_worker_died_is_not_shown_as_one(process: Process, news: MediaNews) -> None:
    """In pairs the call goes on elsewhere, and nobody listens there."""
    call = await named(process, await agreed(process))
    for _ in range(2):
        await news.hear(report("lost", call), "1-0")
    assert await stops(process) == ["lost"]
    assert (await process.conversations.newest("wang")).call


async def test_of_a_room_a_worker_that_died_took_the_recording_which_is_begun_anew_or_told(
    process: Process, news: MediaNews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(process.conversations, "_policy", replace(POLICY, call_parties=6))
    call, tried = await named(process, await agreed(process, ANA, SATO)), NoMedia.asked
    await news.hear(report("lost", call), "1-0")
    assert NoMedia.asked == tried + 3
    assert await stops(process) == ["lost"]


async def test_while_another_worker_is_looked_for_other_calls_do_not_wait(
    process: Process, news: MediaNews, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking, found = asyncio.Event(), asyncio.Event()

    async def slowly(conversation: str, call: str, cause: str) -> None:
        looking.set()
        await found.wait()

    monkeypatch.setattr(news._recorder, "start", slowly)
    monkeypatch.setattr(process.conversations, "_policy", replace(POLICY, call_parties=6))
    room, reports = await named(process, await agreed(process, ANA, SATO)), process.store.media_reports
    await reports.tell(report("lost", room))
    await reports.tell(report("abandoned", room))

    async def told() -> bool:
        return await stops(process) == ["lost"]

    async with running(news.follow()):
        await looking.wait()
        await until(told)
        assert await reports.heard() == "0-0", "a successor begins with what is not done"
        found.set()

        async def moved_on() -> bool:
            return await reports.heard() == await reports.tip()

        await until(moved_on)


async def test_a_report_that_fails_stops_no_other(
    process: Process, news: MediaNews, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, hear, reports = await live(process), news.hear, process.store.media_reports

    async def now_and_then(told: MediaReport, position: str) -> None:
        if told.call != call:
            raise ValueError("ours")
        await hear(told, position)

    monkeypatch.setattr(news, "hear", now_and_then)
    await reports.tell(report("abandoned", "k1"))
    await reports.tell(report("abandoned", call))

    async def ended() -> bool:
        return (await process.conversations.newest("wang")).call is None

    with capture_logs() as logged:
        async with running(news.follow()):
            await until(ended)
    assert [entry["event"] for entry in logged if entry["log_level"] == "error"] == ["media news failed"]


async def test_a_room_of_which_a_worker_hears_nothing_is_not_recorded_and_not_over(
    process: Process, news: MediaNews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process.conversations, "_policy", replace(POLICY, call_parties=6))
    call = await named(process, await agreed(process, ANA, SATO))
    await news.hear(report("abandoned", call), "1-0")
    it = await process.conversations.newest("wang")
    assert it.call
    assert (it.call.recording, await stops(process)) == (False, ["lost"])
