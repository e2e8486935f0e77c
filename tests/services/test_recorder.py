"""Covers hub/services/recorder.py: how a recording in a room begins and ends, and what the log says when it can not.

tests/servers/test_forwarding.py has it with a real Janus and a real relay.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from hub.model import call_commands as cc
from hub.model.errors import MediaUnavailable, NotFound
from hub.model.media import Forward, Outlet
from hub.model.party import Party, PartyKind
from hub.services import recorder
from hub.services.recorder import Recorder
from hub.settings import Settings
from tests.services.acts import ANA, POLICY, Clock, Process, a_process, agreed, customer

SATO = Party(kind=PartyKind.AGENT, id="sato", name="佐藤")
OUTLET = Outlet("192.0.2.7", 40_000)
ASKS = 5_006


class Meeting:
    """Stands for the media and for the room (their contracts have the real ones): remembers in order what it was asked.
    `fails`: what it answers MediaUnavailable to, so often."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.forwards: list[Forward] = []
        self.fails: dict[str, int] = {}
        self.recorded = False
        self.meanwhile: Any = None  # what happens when something is to be forwarded

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if self.fails.get(what, 0) > 0:
            self.fails[what] -= 1
            raise MediaUnavailable

    async def open(self, call: str) -> None:
        self._note("open")

    async def record(self, call: str, on: bool) -> None:
        self._note("record" if on else "silence")
        self.recorded = on

    async def receive(self, call: str, forward: Forward) -> Outlet:
        self._note("receive")
        if not self.recorded:
            raise NotFound("it is not recorded")
        self.forwards.append(forward)
        return OUTLET

    async def close(self, call: str) -> None:
        self._note("close")

    async def senders(self, call: str) -> tuple[str, ...]:
        return ("customer",)

    async def forward(self, call: str, forward: Forward, to: Outlet) -> int:
        self._note("forward")
        assert to == OUTLET
        if self.meanwhile is not None:
            await self.meanwhile()
        return ASKS

    async def forward_nothing(self, call: str) -> None:
        self._note("forward nothing")


@pytest.fixture
async def process(settings: Settings) -> AsyncIterator[Process]:
    async with a_process(settings, Clock(), policy=replace(POLICY, call_parties=6)) as process:
        yield process


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def records(process: Process, meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setattr(recorder, "PAUSES_S", (0.0, 0.0))
    return Recorder(process.conversations, meeting, meeting)  # type: ignore[arg-type]


async def withdraws(process: Process, call: str) -> None:
    await process.ask("wang", cc.WithdrawConsent(call), customer("wang"))


async def stops(process: Process) -> list[str]:
    return [entry["d"]["why"] for entry in await process.log("wang") if entry["type"] == "recording.stopped"]


async def test_in_pairs_the_relay_listens_and_nothing_is_forwarded(
    process: Process, records: Recorder, meeting: Meeting
) -> None:
    call = await agreed(process)
    await records.start("wang", call, "1")
    await records.stop(call, hall=False)
    assert meeting.asked == ["record", "silence"]


async def test_in_a_room_it_is_listened_to_before_anything_is_forwarded(
    process: Process, records: Recorder, meeting: Meeting
) -> None:
    call = await agreed(process, ANA, SATO)
    await records.start("wang", call, "1")
    assert meeting.asked == ["open", "record", "receive", "forward", "receive"]
    first, told = meeting.forwards
    assert told == replace(first, asks=ASKS)
    meeting.asked.clear()
    await records.stop(call, hall=True)
    assert meeting.asked == ["silence", "forward nothing", "close"]
    await records.start("wang", call, "2")
    assert len({forward.key for forward in meeting.forwards}) == 2, "no key is used twice"


async def test_who_withdraws_while_it_begins_is_not_heard(
    process: Process, records: Recorder, meeting: Meeting
) -> None:
    call = await agreed(process, ANA, SATO)

    async def withdrawn() -> None:
        await records.stop(call, hall=True)
        await withdraws(process, call)

    meeting.meanwhile = withdrawn
    await records.start("wang", call, "1")
    assert meeting.asked[-2:] == ["receive", "forward nothing"]
    assert not meeting.recorded
    assert await stops(process) == ["withdrawn"]


async def test_a_start_that_is_late_undoes_itself(process: Process, records: Recorder, meeting: Meeting) -> None:
    """Everybody agreed when it looked first, and not any more when the relay listens."""
    call = await agreed(process, ANA, SATO)
    record = meeting.record

    async def withdrawn_first(call: str, on: bool) -> None:
        if on:
            await withdraws(process, call)
        await record(call, on)

    meeting.record = withdrawn_first  # type: ignore[method-assign]
    await records.start("wang", call, "1")
    assert meeting.asked == ["open", "record", "silence", "forward nothing", "close"]


@pytest.mark.parametrize("what", ["open", "record", "receive", "forward"])
async def test_what_fails_is_tried_again_and_then_told(
    process: Process, records: Recorder, meeting: Meeting, what: str
) -> None:
    call = await agreed(process, ANA, SATO)
    meeting.fails[what] = 2
    await records.start("wang", call, "1")
    assert (meeting.recorded, await stops(process)) == (True, [])
    meeting.fails[what] = 3
    await records.start("wang", call, "2")
    assert await stops(process) == ["lost"]


async def test_who_comes_anew_is_followed_only_while_it_is_recorded(
    process: Process, records: Recorder, meeting: Meeting
) -> None:
    call = await agreed(process, ANA, SATO)
    meeting.recorded = True
    await records.follow("wang", call, "customer", "page 2")
    assert meeting.asked == ["receive", "forward", "receive"]
    await withdraws(process, call)
    meeting.asked.clear()
    await records.follow("wang", call, "customer", "page 3")
    assert meeting.asked == []


async def test_a_room_that_does_not_answer_keeps_nobody_heard(
    process: Process, records: Recorder, meeting: Meeting
) -> None:
    """The relay stops listening first, and what is to be told of it is told again."""
    call = await agreed(process, ANA, SATO)
    await records.start("wang", call, "1")
    meeting.fails["forward nothing"] = 1
    with suppress(MediaUnavailable):
        await records.stop(call, hall=True)
    assert not meeting.recorded
    meeting.fails["silence"] = 1
    await records.silence(call)
    assert meeting.asked[-1] == "silence"
