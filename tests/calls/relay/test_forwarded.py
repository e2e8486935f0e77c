"""Covers hub/calls/relay/forwarded.py with port.py and call.py: what a room forwards is heard by the tap, or by nobody.

tests/servers/test_forwarding.py has a real Janus; here the test sends what it would.
"""

import asyncio
import base64
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from pylibsrtp import Policy, Session

from hub.calls.payloads import OPUS, VP8
from hub.calls.recording.party import sources
from hub.calls.relay.call import ABANDONED_S, UNHEARD_S
from hub.calls.relay.forwarded import ASK_AGAIN_S, ASKS, HOLE_S
from hub.calls.relay.relay import Place, open_relay
from hub.calls.relay.rtcp import picture_loss
from hub.model.errors import BadDescription, NotFound
from hub.model.media import Forward
from tests.calls.parties import PATIENCE_S, arrives
from tests.calls.relay.conftest import CALL, CUSTOMER, Bench, Clock
from tests.calls.workers import Calm
from tests.contracts.test_media import Heard

KEY = base64.b64encode(bytes(range(30))).decode()
FORWARD = Forward(CUSTOMER, KEY, 0x0A0A0A0A, 0x0B0B0B0B)


@dataclass
class Hall:
    """As Janus forwards: from a port of its own, each stream under the key. `asked` is where it hears of a PLI."""

    to: tuple[str, int]
    key: str = KEY
    numbers: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session = Session(Policy(key=base64.b64decode(self.key), ssrc_type=Policy.SSRC_ANY_OUTBOUND))
        self.out, self.asked = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for each in (self.out, self.asked):
            each.bind(("127.0.0.1", 0))
            each.setblocking(False)

    @property
    def asks(self) -> int:
        port: int = self.asked.getsockname()[1]
        return port

    def send(self, ssrc: int, payload: bytes = b"said", skip: int = 0) -> bytes:
        """The packet in the clear. `skip` packets before it are lost."""
        number = self.numbers[ssrc] = self.numbers.get(ssrc, 0) + 1 + skip
        kind = VP8 if ssrc == FORWARD.video else OPUS
        packet = struct.pack("!BBHLL", 0x80, kind, number, 960 * number, ssrc) + payload
        self.out.sendto(self.session.protect(packet), self.to)
        return packet

    async def next_asked(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await asyncio.get_running_loop().sock_recv(self.asked, 100)

    def close(self) -> None:
        self.out.close()
        self.asked.close()


@dataclass
class Room(Bench):
    tap: Heard = field(default_factory=Heard)
    halls: list[Hall] = field(default_factory=list)

    def hall(self, key: str = KEY) -> Hall:
        self.halls.append(Hall(("127.0.0.1", self.relay.port.number), key))
        return self.halls[-1]

    async def heard(self, hall: Hall, ssrc: int) -> bytes:
        """Sends one packet, and waits until the tap has heard it."""
        sent = hall.send(ssrc)
        async with asyncio.timeout(PATIENCE_S):
            while sent not in self.packets:
                await asyncio.sleep(0.005)
        return sent

    @property
    def packets(self) -> list[bytes]:
        return [packet for _, _, packet, _ in self.tap.packets]


@pytest.fixture
async def bench() -> AsyncIterator[Room]:
    clock, tap = Clock(), Heard()
    news: list[object] = []
    async with open_relay(Place(hosts=("127.0.0.1",)), news.append, lambda call: tap, clock) as relay:
        relay.strain = Calm()
        it = Room(relay, clock, news, tap=tap)  # type: ignore[arg-type]
        await relay.open(CALL)
        await relay.record(CALL, True)
        yield it
        for hall in it.halls:
            hall.close()
        for party in it.parties:
            await party.leave()


async def test_what_is_forwarded_is_heard_in_the_clear_as_that_partys(bench: Room) -> None:
    outlet = await bench.relay.receive(CALL, FORWARD)
    assert (outlet.host, outlet.port) == ("127.0.0.1", bench.relay.port.number)
    hall = bench.hall()
    sent = [await bench.heard(hall, ssrc) for ssrc in (FORWARD.audio, FORWARD.video)]
    assert bench.tap.packets == [(CUSTOMER, "room", packet, False) for packet in sent]
    ((party, sdp),) = bench.tap.sdps
    assert party == CUSTOMER
    assert {ssrc: source.kind for ssrc, source in sources(sdp).items()} == {
        FORWARD.audio: "audio",
        FORWARD.video: "video",
    }


async def test_forged_replayed_and_unknown_packets_are_heard_by_nobody(bench: Room) -> None:
    await bench.relay.receive(CALL, FORWARD)
    hall, stranger = bench.hall(), bench.hall(base64.b64encode(bytes(30)).decode())
    first = await bench.heard(hall, FORWARD.audio)
    stranger.send(FORWARD.audio)
    stranger.send(FORWARD.video)
    hall.send(0x0C0C0C0C)
    hall.out.sendto(bytes(12), hall.to)
    again = Session(Policy(key=base64.b64decode(KEY), ssrc_type=Policy.SSRC_ANY_OUTBOUND)).protect(first)
    hall.out.sendto(again, hall.to)
    last = await bench.heard(hall, FORWARD.audio)
    assert bench.packets == [first, last]


async def test_when_it_is_over_not_one_packet_more_is_heard(bench: Room) -> None:
    await bench.relay.receive(CALL, FORWARD)
    hall = bench.hall()
    await bench.heard(hall, FORWARD.audio)
    await bench.relay.record(CALL, False)
    assert (bench.tap.over, len(bench.packets), bench.relay.port.forwarded) == (1, 1, {})
    hall.send(FORWARD.audio)
    async with bench.met() as (customer, agent):  # what was sent before has come when this has
        await arrives(customer, agent)
    assert len(bench.packets) == 1
    with pytest.raises(NotFound):
        await bench.relay.receive(CALL, FORWARD)


async def test_what_comes_anew_of_a_party_takes_the_place_of_what_was(bench: Room) -> None:
    await bench.relay.receive(CALL, FORWARD)
    before = bench.hall()
    await bench.heard(before, FORWARD.audio)
    fresh = replace(FORWARD, key=base64.b64encode(bytes(reversed(range(30)))).decode(), audio=0x0D0D0D0D, video=0x0E)
    await bench.relay.receive(CALL, fresh)
    before.send(FORWARD.audio)
    sent = await bench.heard(bench.hall(fresh.key), fresh.audio)
    assert bench.packets[1:] == [sent]


async def test_who_left_is_not_heard_any_more(bench: Room) -> None:
    other = Forward("agent:anna", base64.b64encode(bytes(range(1, 31))).decode(), 7, 8)
    for forward in (FORWARD, other):
        await bench.relay.receive(CALL, forward)
    hall, hers = bench.hall(), bench.hall(other.key)
    await bench.heard(hall, FORWARD.audio)
    await bench.relay.leave(CALL, CUSTOMER)
    hall.send(FORWARD.audio)
    sent = await bench.heard(hers, other.audio)
    assert bench.packets[1:] == [sent]


async def test_a_picture_that_stands_alone_is_asked_for_at_the_beginning_and_after_a_loss(bench: Room) -> None:
    hall = bench.hall()
    await bench.relay.receive(CALL, FORWARD)
    await bench.heard(hall, FORWARD.video)
    await bench.pass_time(1)  # where to ask was not said yet
    await bench.relay.receive(CALL, replace(FORWARD, asks=hall.asks))
    for _ in range(ASKS + 2):
        await bench.pass_time(ASK_AGAIN_S + 0.01)
    asked = [await hall.next_asked() for _ in range(ASKS)]
    assert set(asked) == {picture_loss(FORWARD.video)}

    sent = hall.send(FORWARD.video, b"a hole before", skip=2)
    await bench.heard(hall, FORWARD.video)
    assert sent in bench.packets
    await bench.pass_time(HOLE_S)
    await bench.pass_time(HOLE_S)
    assert await hall.next_asked() == picture_loss(FORWARD.video)
    with pytest.raises(BlockingIOError):
        hall.asked.recv(100)


async def test_what_was_lost_and_came_again_is_not_asked_for(bench: Room) -> None:
    hall = bench.hall()
    await bench.relay.receive(CALL, replace(FORWARD, asks=hall.asks))
    await bench.heard(hall, FORWARD.video)
    for _ in range(ASKS):
        await bench.pass_time(ASK_AGAIN_S + 0.01)
        await hall.next_asked()
    hall.numbers[FORWARD.video] += 1
    await bench.heard(hall, FORWARD.video)
    hall.numbers[FORWARD.video] -= 2
    await bench.heard(hall, FORWARD.video)
    await bench.pass_time(HOLE_S + 0.1)
    with pytest.raises(BlockingIOError):
        hall.asked.recv(100)


async def test_a_room_of_which_nothing_comes_is_told_soon(bench: Room) -> None:
    await bench.relay.receive(CALL, FORWARD)
    hall = bench.hall()
    for _ in range(3):
        await bench.pass_time(UNHEARD_S - 1)
        await bench.heard(hall, FORWARD.audio)
    assert bench.told() == []
    await bench.pass_time(UNHEARD_S + 1)
    assert bench.told() == [("abandoned", "")]
    assert bench.tap.over == 1
    assert UNHEARD_S < ABANDONED_S


async def test_a_key_that_is_none_is_refused_by_name(bench: Room) -> None:
    for key in ("", "AAAA", "not base64"):
        with pytest.raises(BadDescription):
            await bench.relay.receive(CALL, replace(FORWARD, key=key))
    with pytest.raises(NotFound):
        await bench.relay.receive("another call", FORWARD)
