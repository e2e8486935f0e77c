"""Covers hub/services/call_watch.py: what the media are told when, and calls in which nobody is left."""

from dataclasses import replace
from typing import Any

import pytest

from hub.model import call_commands as cc
from hub.model.codec import decode
from hub.model.effects import to_react
from hub.model.events import CallSwitched, Logged
from hub.model.party import SYSTEM
from hub.model.quality import Line, Measured
from hub.ports import Media
from hub.services import call_watch
from hub.services.call_watch import SILENT_MS, CallWatch
from hub.store.leases import Leases
from hub.store.seats import Seat
from tests.services.acts import ANA, LI, Process, customer, running, until


class Heard:
    """Stands for the media (tests/contracts/test_media.py has the real ones): remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def open(self, call: str) -> None:
        self.asked.append(("open", call))

    async def close(self, call: str) -> None:
        self.asked.append(("close", call))

    async def leave(self, call: str, party: str) -> None:
        self.asked.append(("leave", call, party))

    async def record(self, call: str, on: bool) -> None:
        self.asked.append(("record", call, on))


@pytest.fixture
def media() -> Heard:
    return Heard()


@pytest.fixture
async def watch(process: Process, media: Heard, monkeypatch: pytest.MonkeyPatch) -> CallWatch:
    monkeypatch.setattr(call_watch, "EVERY_S", 0.01)
    leases = Leases(process.store.client, process.store.keys, "one", 10_000)
    of_media: Media = media  # type: ignore[assignment]
    parts = process.store.seats, process.store.qualities, of_media, None
    return CallWatch(process.conversations, *parts, leases, process.clock)


async def live(process: Process) -> str:
    await process.to_agent("wang")
    await process.ask("wang", cc.RequestCall("video"), customer("wang"))
    it = await process.conversations.newest("wang")
    assert it.call
    await process.ask("wang", cc.AcceptCall(it.call.id), LI)
    await process.store.seats.take(
        "wang", it.call.id, Seat(party="customer", name="", pc="p", connection="c"), process.clock()
    )
    return it.call.id


async def react_to_all(process: Process, watch: CallWatch) -> None:
    for entry in await process.store.logs.after("wang", 0):
        await watch.react(decode(entry.frame))


async def test_a_call_of_whom_nobody_is_left_is_ended_once(process: Process, watch: CallWatch) -> None:
    call = await live(process)

    async def over() -> bool:
        gone = (await process.conversations.newest("wang")).call is None
        return gone and await process.store.seats.conversations() == []

    process.clock.skip(SILENT_MS)
    await process.store.seats.hear("wang", call, process.clock() - 1)
    async with running(watch.keep()):
        assert not await over()
        process.clock.skip(SILENT_MS)
        await until(over)
    (ended,) = [e for e in await process.log("wang") if e["type"] == "call.ended"]
    assert ended["d"]["reason"] == "abandoned"


async def test_who_accepts_and_is_never_seen_does_not_keep_it(process: Process, watch: CallWatch) -> None:
    call = await live(process)
    await process.store.seats.forget("wang", call)
    await react_to_all(process, watch)
    assert await process.store.seats.silent(process.clock() + 1) == [("wang", call)]


async def test_the_media_are_let_go_with_the_call(process: Process, watch: CallWatch, media: Heard) -> None:
    call = await live(process)
    await process.ask("wang", cc.InviteToCall(call, ANA.id, ANA.name), LI)
    await process.ask("wang", cc.AcceptCall(call), ANA)
    await process.ask("wang", cc.HangUp(call), ANA)
    await react_to_all(process, watch)
    assert media.asked == [("leave", call, "agent:ana")]
    await process.ask("wang", cc.HangUp(call), LI)
    await react_to_all(process, watch)
    assert media.asked[-1] == ("close", call)
    assert await process.store.seats.all("wang", call) == {}


async def test_an_old_start_of_a_recording_does_not_start_one_that_was_withdrawn(
    process: Process, watch: CallWatch, media: Heard
) -> None:
    call = await live(process)
    await process.ask("wang", cc.RequestConsent(call, "v1"), LI)
    await process.ask("wang", cc.GrantConsent(call, "v1"), customer("wang"))
    await react_to_all(process, watch)
    assert media.asked == [("record", call, True)]
    await process.ask("wang", cc.WithdrawConsent(call), customer("wang"))
    media.asked.clear()
    await react_to_all(process, watch)
    assert set(media.asked) == {("record", call, False)}


async def test_a_call_that_goes_by_the_relay_now_keeps_its_place_there_and_one_in_a_room_has_none(
    process: Process, watch: CallWatch, media: Heard
) -> None:
    call = await live(process)
    entry = Logged("wang", 99, process.clock(), SYSTEM, "x", "", CallSwitched(call=call, topology="relay"))
    assert to_react(entry, await process.conversations.newest("wang"))
    await watch.react(entry)
    assert media.asked == []
    await watch.react(replace(entry, event=CallSwitched(call=call, topology="room")))
    assert media.asked == [("close", call)]


async def test_when_it_is_over_the_log_says_how_it_went_once(process: Process, watch: CallWatch) -> None:
    call = await live(process)
    line = Line(party="customer").with_report(Measured(0.01, 5, 60, 900))
    await process.store.qualities.put("wang", call, "one", line, Measured(0.01, 5, 60, 900))
    await process.store.qualities.put("wang", call, "another tab", line, Measured(0.01, 5, 60, 900))
    await process.ask("wang", cc.HangUp(call), LI)
    await react_to_all(process, watch)
    await react_to_all(process, watch)
    (told,) = [e["d"] for e in await process.log("wang") if e["type"] == "call.measured"]
    assert told["call"] == call
    assert [(it["party"], it["reports"], it["loss"]) for it in told["lines"]] == [("customer", 2, 0.01)]
    assert await process.store.qualities.of("wang", call) == ()
