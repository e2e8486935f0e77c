"""Covers hub/services/calls.py in a room: how each is seated there, who is told of whom, and that a supervisor is known
to nobody but agents. tests/servers/test_hall_supervision.py has it with a real Janus, tests/transport in pairs.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from hub.model import call_commands as cc
from hub.model.call import Mode
from hub.model.errors import CallOver, ListenOnly, OneThreadError, Refused
from hub.model.party import Party, PartyKind
from hub.model.quality import Measured
from hub.services.call_quality import CallQuality
from hub.services.calls import Calls, Place
from hub.services.turn import IceServers
from hub.settings import Settings
from hub.store.whispers import Whisper
from tests.services.acts import ANA, POLICY, Clock, Process, a_process, talking, until
from tests.services.test_recorder import SATO

BOSS = Party(kind=PartyKind.AGENT, id="boss", name="Anna Berg")
OTHER_BOSS = Party(kind=PartyKind.AGENT, id="chief", name="陈雪")
HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
SENDS, LISTENS = HEAD + AUDIO + "a=sendonly\r\n", HEAD + AUDIO + "a=recvonly\r\n"
SHOWS = {"audio": True, "video": True, "screen": False}


class Hall:
    """Stands for the room (tests/servers has a real one): who has which place in it, and what was asked in order."""

    def __init__(self) -> None:
        self.places: dict[str, tuple[str, Mode]] = {}
        self.asked: list[str] = []
        self.meanwhile: Callable[[], Awaitable[Any]] | None = None  # what happens when somebody enters

    async def open(self, call: str) -> None:
        self.asked.append("open")

    async def enter(self, call: str, party: str, pc: str, mode: Mode = "full") -> str:
        if self.meanwhile is not None:
            await self.meanwhile()
        self.places[party] = pc, mode
        return f"{party} {pc}"

    async def publish(self, call: str, party: str, sdp: str) -> str:
        self.asked.append(f"{party} offers")
        return "answer"

    async def answer(self, call: str, party: str, generation: int, sdp: str) -> None:
        self.asked.append(f"{party} answers")

    async def leave(self, call: str, party: str) -> None:
        self.places.pop(party, None)

    async def close(self, call: str) -> None:
        self.places.clear()


@dataclass
class Meeting:
    """A call of 王丽, Li, Ana and 佐藤 in a room, and what their pages are told."""

    process: Process
    calls: Calls
    hall: Hall
    call: str = ""
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        async for whisper in self.process.store.whispers.hear():
            self.take(whisper)

    async def listens(self) -> bool:
        """What is said from now on is heard."""
        await self.calls._signal(self.place("mark"), "mark", "", {"t": "mark"})
        return bool(self.told)

    def take(self, whisper: Whisper) -> None:
        if whisper.kind == "signal":
            self.told.append((whisper.device, json.loads(whisper.frame)))
            self.heard.set()

    async def ask(self, command: cc.CallCommand, by: Party) -> None:
        await self.process.ask("wang", command, by)

    def place(self, party: str, pc: str = "page") -> Place:
        return Place("wang", self.call, party, pc)

    async def join(self, party: str, pc: str = "page") -> dict[str, Any]:
        return await self.calls.join(self.place(party, pc), party.title(), f"socket of {party}")

    async def supervises(self, mode: str, by: Party = BOSS, pc: str = "") -> dict[str, Any]:
        """As the desk does it. The answer to their page."""
        await self.ask(cc.SuperviseCall(self.call, mode, leads=True), by)  # type: ignore[arg-type]
        await self.calls.left(self.place(f"agent:{by.id}", ""))
        return await self.join(f"agent:{by.id}", pc or mode)

    async def told_of(self, party: str) -> dict[str, list[str]]:
        """By receiver ("" = everybody): what was said of this party, until now."""
        mark = len(self.told)
        await self.calls._signal(self.place("mark"), "mark", "", {"t": "mark", "n": mark})
        async with asyncio.timeout(5):
            while ("mark", {"t": "mark", "n": mark}) not in self.told:
                self.heard.clear()
                await self.heard.wait()
        found: dict[str, list[str]] = {}
        for to, frame in self.told:
            if party in (frame.get("party"), frame.get("from")):
                found.setdefault(to, []).append(frame.get("what", frame["t"]))
        return found


@pytest.fixture
async def it(settings: Settings) -> AsyncIterator[Meeting]:
    async with (
        a_process(settings, Clock(), policy=replace(POLICY, call_parties=6)) as process,
        asyncio.TaskGroup() as tasks,
    ):
        store, hall = process.store, Hall()
        quality = CallQuality(store.qualities, lambda score: None)
        ice = IceServers((), (), "", "all")
        parts = store.seats, store.whispers, quality, None, hall, ice, process.clock
        meeting = Meeting(process, Calls(process.conversations, *parts), hall)  # type: ignore[arg-type]
        listening = tasks.create_task(meeting.listen())
        await until(meeting.listens)
        await four_in_it(meeting)
        yield meeting
        listening.cancel()


async def four_in_it(it: Meeting) -> None:
    it.call = await talking(it.process, ANA, SATO)
    for party in PARTIES:
        await it.join(party)


PARTIES = ("customer", "agent:li", "agent:ana", "agent:sato")
AGENTS = PARTIES[1:]


async def test_nobody_is_told_of_a_listener_and_they_of_all(it: Meeting) -> None:
    known = await it.supervises("listen")
    assert it.hall.places["agent:boss"] == ("listen", "listen")
    assert {each["party"] for each in known["others"]} == set(PARTIES)
    assert await it.told_of("agent:boss") == {}
    again = await it.join("customer", "page 2")
    assert {each["party"] for each in again["others"]} == set(AGENTS)
    await it.calls.left(it.place("agent:boss"))
    assert "customer" not in await it.told_of("agent:boss")
    assert "" not in await it.told_of("agent:boss")


async def test_agents_alone_are_told_of_who_whispers(it: Meeting) -> None:
    await it.supervises("whisper")
    assert it.hall.places["agent:boss"] == ("whisper", "whisper")
    assert await it.told_of("agent:boss") == {agent: ["joined"] for agent in AGENTS}
    modes = {party: (await it.join(party, "page 2"))["others"] for party in PARTIES}
    for party, others in modes.items():
        whispering = [each["party"] for each in others if each.get("mode") == "whisper"]
        assert whispering == (["agent:boss"] if party in AGENTS else [])
    await it.supervises("listen")
    told = await it.told_of("agent:boss")
    assert told == {agent: ["joined", "left"] for agent in AGENTS}


async def test_two_supervisors_know_nothing_of_each_other(it: Meeting) -> None:
    await it.supervises("whisper")
    known = await it.supervises("listen", OTHER_BOSS)
    assert {each["party"] for each in known["others"]} == set(PARTIES)
    assert "agent:chief" not in await it.told_of("agent:boss")


async def test_who_comes_in_has_a_place_as_any_other_and_all_are_told(it: Meeting) -> None:
    await it.supervises("whisper")
    await it.supervises("join")
    assert it.hall.places["agent:boss"] == ("join", "full")
    assert (await it.told_of("agent:boss"))["customer"] == ["joined"]


async def test_a_listener_offers_nothing_and_answers_only_to_receive(it: Meeting) -> None:
    await it.supervises("listen")
    place = it.place("agent:boss", "listen")
    for kind in ("offer", "answer"):
        with pytest.raises(ListenOnly):
            await it.calls.meet(place, 1, kind, SENDS)  # type: ignore[arg-type]
    await it.calls.meet(place, 1, "answer", LISTENS)
    assert it.hall.asked[-1] == "agent:boss answers"
    assert "agent:boss offers" not in it.hall.asked
    await it.supervises("whisper")
    await it.calls.meet(it.place("agent:boss", "whisper"), 1, "offer", SENDS)
    assert it.hall.asked[-1] == "agent:boss offers"


async def test_what_could_send_once_has_no_place_before_the_new_mode_is_told(it: Meeting) -> None:
    await it.supervises("whisper")
    await it.ask(cc.SuperviseCall(it.call, "listen", leads=True), BOSS)
    await it.calls.left(it.place("agent:boss", ""))
    assert "agent:boss" not in it.hall.places


@pytest.mark.parametrize("mode", ["listen", "whisper"])
async def test_what_a_supervisor_says_of_themself_is_passed_on_to_nobody(it: Meeting, mode: str) -> None:
    await it.supervises(mode)
    before = await it.told_of("agent:boss")
    place = it.place("agent:boss", mode)
    await it.calls.pass_on(place, "", "", "socket", {"t": "call.state", **SHOWS})
    await it.calls.pass_on(place, "customer", "", "socket", {"t": "rtc.candidate", "candidate": "192.0.2.1"})
    await it.calls.report(place, "Anna Berg", "socket", Measured(0.1, 5, 60, 900))
    assert await it.told_of("agent:boss") == before
    assert await it.process.store.qualities.of("wang", it.call) == ()
    assert "agent:boss" not in await it.process.store.seats.shown("wang", it.call)


async def test_who_comes_later_is_told_what_the_others_show(it: Meeting) -> None:
    """Nobody learns of a listener, so nobody says it again for them."""
    await it.calls.pass_on(it.place("customer"), "", "", "socket", {"t": "call.state", **SHOWS})
    known = await it.supervises("listen")
    shows = {each["party"]: each.get("shows") for each in known["others"]}
    assert shows == {"customer": SHOWS, **dict.fromkeys(AGENTS)}


async def test_nobody_listens_without_a_page(it: Meeting) -> None:
    await it.supervises("listen")
    await it.calls.lost(it.place("agent:boss", "listen"), BOSS, "socket")
    assert "agent:boss" not in it.hall.places
    assert (await it.process.log("wang"))[-2]["type"] == "call.unsupervised"
    assert await it.told_of("agent:boss") == {agent: ["left"] for agent in AGENTS}


async def test_a_place_that_was_taken_too_late_is_left(it: Meeting) -> None:
    """While it was taken, they ceased to whisper, on another tab."""

    async def listens_now() -> None:
        it.hall.meanwhile = None
        await it.ask(cc.SuperviseCall(it.call, "listen", leads=True), BOSS)
        await it.calls.left(it.place("agent:boss", ""))

    await it.ask(cc.SuperviseCall(it.call, "whisper", leads=True), BOSS)
    it.hall.meanwhile = listens_now
    await it.join("agent:boss", "late")
    assert "agent:boss" not in it.hall.places
    assert (await it.told_of("agent:boss")).keys() <= set(AGENTS)
    assert ("agent:boss", {"t": "call.moved", "call": it.call}) in it.told, "their page comes anew"


async def test_who_stopped_while_they_came_in_has_no_place(it: Meeting) -> None:
    async def stops() -> None:
        it.hall.meanwhile = None
        await it.ask(cc.HangUp(it.call), BOSS)

    await it.ask(cc.SuperviseCall(it.call, "listen", leads=True), BOSS)
    it.hall.meanwhile = stops
    with pytest.raises((Refused, CallOver)):
        await it.join("agent:boss", "late")
    assert "agent:boss" not in it.hall.places


async def test_a_party_that_hangs_up_leaves_the_room_and_agents_are_told_at_once(it: Meeting) -> None:
    await it.ask(cc.HangUp(it.call), SATO)
    await it.calls.left(it.place("agent:sato"))
    assert "agent:sato" not in it.hall.places
    with suppress(OneThreadError):
        await it.calls.left(it.place("agent:sato"))
    assert (await it.told_of("agent:sato"))["agent:li"][-1] == "left"
