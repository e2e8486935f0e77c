"""The contract of the `Media` port. A new adapter joins by a line in ADAPTERS: a way to open it.

Real packets flow: the parties are small clients of ours with a socket, ICE, DTLS and SRTP, and once two aiortc peers.
"""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace

import pytest

from hub.model.errors import BadDescription, MediaUnavailable, NotFound
from hub.model.media import Forward
from hub.options import store_options
from hub.ports import Media
from hub.settings import Settings
from hub.store.store import open_store
from tests.calls.parties import Party, arrives, introduce, meet
from tests.calls.workers import HERE, calm_relay, media_process, remote, worker_on

CALL, OTHER_CALL = "01J00000000000000000000000", "01J00000000000000000000001"
CUSTOMER, AGENT, EXPERT = "customer", "agent:anna", "guest:expert"


class Heard:
    """A tap that remembers."""

    def __init__(self) -> None:
        self.packets: list[tuple[str, str, bytes, bool]] = []
        self.sdps: list[tuple[str, str]] = []
        self.over = 0

    def described(self, party: str, other: str, sdp: str) -> None:
        self.sdps.append((party, sdp))

    def heard(self, party: str, other: str, packet: bytes, rtcp: bool) -> None:
        self.packets.append((party, other, packet, rtcp))

    def ended(self) -> None:
        self.over += 1


@asynccontextmanager
async def relay(settings: Settings) -> AsyncIterator[Media]:
    async with calm_relay(HERE, lambda news: None, lambda call: Heard()) as opened:
        yield opened


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[Media]:
    """Over a real Valkey, with the worker in this process and somebody who listens in."""
    async with open_store(store_options(settings)) as store, worker_on(store, lambda call: Heard()):
        yield remote(store)


@asynccontextmanager
async def process(settings: Settings) -> AsyncIterator[Media]:
    """`onethread media`, as it is run."""
    async with open_store(store_options(settings)) as store, media_process(settings, store):
        yield remote(store)


ADAPTERS: dict[str, Callable[[Settings], AbstractAsyncContextManager[Media]]] = {
    "relay": relay,
    "worker": worker,
    "process": process,
}


@pytest.fixture(scope="module", params=ADAPTERS)
async def adapter(
    request: pytest.FixtureRequest, valkey: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Media]:
    """Opened once for all tests: a process takes seconds to start."""
    prefix, home = f"media{secrets.token_hex(4)}", tmp_path_factory.mktemp("media")
    async with ADAPTERS[request.param](Settings(redis_url=valkey, key_prefix=prefix, data_dir=home)) as opened:
        yield opened


@pytest.fixture
def no_leaked_tasks(adapter: Media, no_leaked_tasks: None) -> None:
    """The adapter's own tasks are there before the test, and after."""


@pytest.fixture
async def media(adapter: Media) -> AsyncIterator[Media]:
    yield adapter
    for call in (CALL, OTHER_CALL):
        await adapter.close(call)


@asynccontextmanager
async def pair(media: Media, one: str = CUSTOMER, other: str = AGENT) -> AsyncIterator[tuple[Party, Party]]:
    await media.open(CALL)
    two = Party(media, CALL, one, other), Party(media, CALL, other, one)
    try:
        yield two
    finally:
        for party in two:
            await party.leave()


async def test_two_parties_hear_each_other(media: Media) -> None:
    async with pair(media) as (customer, agent):
        await meet(agent, customer)


async def test_three_parties_are_three_pairs(media: Media) -> None:
    async with pair(media) as (customer, agent), pair(media, CUSTOMER, EXPERT) as (to_expert, expert):
        await meet(agent, customer)
        await meet(expert, to_expert)
        async with pair(media, AGENT, EXPERT) as (agent_too, expert_too):
            await meet(agent_too, expert_too)
            figures = await media.figures(CALL)
        assert {(f.party, f.other) for f in figures} == {
            (one, other) for one in (CUSTOMER, AGENT, EXPERT) for other in (CUSTOMER, AGENT, EXPERT) if one != other
        }
        assert (agent.received.empty(), to_expert.received.empty()) == (True, True), "each hears its own other"


async def test_figures_count_what_passed(media: Media) -> None:
    async with pair(media) as (customer, agent):
        await meet(agent, customer)
        before = {f.party: f.packets for f in await media.figures(CALL)}
        for _ in range(5):
            customer.send(b"five more")
        for _ in range(5):
            await agent.next()
        after = {f.party: f for f in await media.figures(CALL)}
        assert (after[CUSTOMER].packets - before[CUSTOMER], after[AGENT].packets - before[AGENT]) == (5, 0)
        assert after[CUSTOMER].bytes > 5 * 20
        assert after[CUSTOMER].silent_ms < 2_000


async def test_who_rejoins_is_heard_again_and_the_other_one_stayed(media: Media) -> None:
    async with pair(media) as (customer, agent):
        await meet(agent, customer)
        keys = agent.keys
        await media.rejoin(CALL, CUSTOMER)
        again = Party(media, CALL, CUSTOMER, AGENT)
        await introduce(agent, again)
        await again.connect()
        await arrives(again, agent)
        await arrives(agent, again)
        assert agent.keys is keys, "the agent's side went on under the same keys"
        await again.leave()


@pytest.mark.parametrize("offers", [True, False])
async def test_a_fresh_peer_connection_needs_no_word_before(media: Media, offers: bool) -> None:
    """A reload whose `rejoin` was lost: the certificate in its description tells. Where it answers, the offer was made
    while the relay still knew the one of before."""
    async with pair(media) as (customer, agent):
        await meet(agent, customer)
        again = Party(media, CALL, CUSTOMER, AGENT)
        first, second = (again, agent) if offers else (agent, again)
        await introduce(first, second)
        await again.connect()
        await arrives(again, agent)
        await arrives(agent, again)
        await again.leave()


async def test_who_left_is_not_heard(media: Media) -> None:
    async with pair(media) as (customer, agent):
        await meet(agent, customer)
        await media.leave(CALL, CUSTOMER)
        assert await media.figures(CALL) == ()
        await media.leave(CALL, CUSTOMER)


async def test_opening_again_is_the_same_place(media: Media) -> None:
    async with pair(media) as (customer, agent):
        await meet(agent, customer)
        await media.open(CALL)
        await arrives(customer, agent)


async def test_what_is_not_open_is_not_found(media: Media) -> None:
    party = Party(media, CALL, CUSTOMER, AGENT)
    for asked in (party.describe("offer"), media.rejoin(CALL, CUSTOMER), media.figures(CALL)):
        with pytest.raises(NotFound):
            await asked
    await media.leave(CALL, CUSTOMER)
    await media.record(CALL, False)
    await media.close(CALL)


async def test_closing_ends_it_and_may_be_said_twice(media: Media) -> None:
    async with pair(media) as (customer, agent):
        await meet(agent, customer)
        await media.close(CALL)
        await media.close(CALL)
        with pytest.raises(NotFound):
            await media.figures(CALL)


@pytest.mark.parametrize("sdp", ["", "v=0\r\n", "hello", "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"])
async def test_what_is_no_description_is_refused(media: Media, sdp: str) -> None:
    await media.open(CALL)
    with pytest.raises(BadDescription):
        await media.describe(CALL, CUSTOMER, AGENT, "offer", sdp)
    assert await media.figures(CALL) == ()


async def test_calls_are_apart(media: Media) -> None:
    async with pair(media) as (customer, agent):
        await media.open(OTHER_CALL)
        one, other = Party(media, OTHER_CALL, CUSTOMER, AGENT), Party(media, OTHER_CALL, AGENT, CUSTOMER)
        await meet(agent, customer)
        await meet(other, one)
        await media.close(CALL)
        await arrives(one, other)
        for party in (one, other):
            await party.leave()


async def test_recording_again_or_nothing_is_no_matter(media: Media) -> None:
    async with pair(media) as (customer, agent):
        with suppress(MediaUnavailable):  # where nobody is there to listen in, it says so
            await media.record(CALL, True)
            await media.record(CALL, True)
        await meet(agent, customer)
        await media.record(CALL, False)
        await media.record(CALL, False)
        await arrives(customer, agent)


async def test_what_a_room_forwards_is_received_while_it_is_recorded(media: Media) -> None:
    forward = Forward(CUSTOMER, base64.b64encode(bytes(30)).decode(), 5, 6)
    await media.open(CALL)
    with pytest.raises(NotFound):
        await media.receive(CALL, forward)
    await media.record(CALL, True)
    outlet = await media.receive(CALL, forward)
    assert outlet.host == "127.0.0.1"
    assert outlet.port > 0
    assert await media.receive(CALL, replace(forward, asks=7)) == outlet
    await media.record(CALL, False)
    with pytest.raises(NotFound):
        await media.receive(CALL, forward)


async def test_two_aiortc_peers_hear_each_other(media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    """Descriptions, handshake and media of a whole WebRTC stack."""
    from aiortc import AudioStreamTrack, RTCPeerConnection, RTCSessionDescription

    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    await media.open(CALL)
    peers = RTCPeerConnection(), RTCPeerConnection()
    heard = [asyncio.get_running_loop().create_future() for _ in peers]
    try:
        for peer, future in zip(peers, heard, strict=True):
            peer.addTrack(AudioStreamTrack())
            peer.on("track", lambda track, future=future: future.set_result(track))
        one, other = peers
        await one.setLocalDescription(await one.createOffer())
        offer = await media.describe(CALL, CUSTOMER, AGENT, "offer", one.localDescription.sdp)
        await other.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await other.setLocalDescription(await other.createAnswer())
        answer = await media.describe(CALL, AGENT, CUSTOMER, "answer", other.localDescription.sdp)
        await one.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(20):
            for future in heard:
                assert (await (await future).recv()).samples == 960
    finally:
        for peer in peers:
            await peer.close()
