"""Covers hub/calls/relay/port.py and leg.py: who becomes known, who is moved, and who only tries."""

import asyncio
import errno
import secrets
import socket
from contextlib import suppress
from typing import Any

import pytest

from hub.calls.relay.leg import MOVES_S, PATH_S, PATHS, SOURCES
from hub.calls.relay.limits import PER_SOURCE
from hub.calls.relay.port import BATCH, MUCH, PAUSE_S, NoMediaPort, addresses_of, bind, pause_after
from hub.calls.relay.relay import Place
from tests.calls.parties import PATIENCE_S, Party, arrives, has_ipv6, introduce, meet
from tests.calls.relay.conftest import AGENT, CALL, CUSTOMER, Bench
from tests.calls.relay.test_rtcp import block, receiver_report

SHORT_S = 0.1  # long enough for a packet on this machine, and an answer that should not come


async def is_silent_about(party: Party, datagram: bytes) -> bool:
    """The relay answers nothing. A check of the party's own follows: what is answered then was read before."""
    with suppress(TimeoutError):
        await party.checked(datagram, SHORT_S)
        return False
    return True


def state(bench: Bench) -> tuple[int, int]:
    """How many addresses and ufrags the port knows."""
    return len(bench.relay.port._paths), len(bench.relay.port._ufrags)


# --- who becomes known ------------------------------------------------------------------------------------


async def described(bench: Bench) -> Party:
    """A customer who knows where the relay is, and whom it does not know yet."""
    await bench.relay.open(CALL)
    customer, agent = bench.party(), bench.party(AGENT, CUSTOMER)
    customer.take(await agent.describe("offer"))
    await customer.open()
    return customer


async def test_what_is_not_authentic_creates_nothing_and_is_not_answered(bench: Bench) -> None:
    customer = await described(bench)
    before = state(bench)
    assert before == (0, 2)
    tries = [
        customer.check(password="forged"),
        customer.check(ufrag="foreign"),
        customer.check()[:-8],
        b"\x16" + secrets.token_bytes(60),
        b"\x80" + secrets.token_bytes(60),
        b"\x00\x01",
        b"",
        secrets.token_bytes(1_800),
    ]
    for datagram in tries:
        assert await is_silent_about(customer, datagram.ljust(20, b"\0"))
    assert state(bench) == before
    await customer.checked()
    assert state(bench) == (1, 2)


async def test_a_flood_of_noise_creates_nothing_and_the_party_still_comes_through(bench: Bench) -> None:
    customer = await described(bench)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        for _ in range(2_000):
            noise = secrets.choice((b"\x00\x01", b"\x16\xfe", b"\x80\x60")) + secrets.token_bytes(40)
            stranger.sendto(noise, customer.relay)
    await customer.checked()
    assert state(bench) == (1, 2)


async def test_a_source_is_heard_out_so_often_in_a_second(bench: Bench) -> None:
    customer = await described(bench)
    for _ in range(PER_SOURCE + 5):
        customer.send_raw(customer.check(password="forged"))
    assert await is_silent_about(customer, customer.check())
    bench.clock.now += 1
    await customer.checked()


async def test_media_before_the_handshake_are_dropped_and_counted(bench: Bench) -> None:
    customer = await described(bench)
    await customer.checked()
    customer.send_raw(b"\x80\x60" + bytes(40))
    await customer.checked()
    (drops,) = [f.drops for f in await bench.relay.figures(CALL) if f.party == CUSTOMER]
    assert drops == 1


async def test_a_party_under_another_certificate_gets_no_keys(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody who learned the ICE password, but is not who was described."""
    await bench.relay.open(CALL)
    customer, agent, thief = bench.party(), bench.party(AGENT, CUSTOMER), bench.party()
    thief.ufrag = customer.ufrag
    thief.take(await agent.describe("offer"))
    customer.take(await agent.describe("offer"))
    await customer.describe("answer")
    await thief.open()
    await thief.checked()
    with suppress(TimeoutError, AssertionError):
        async with asyncio.timeout(2):
            await thief.shake_hands()
    leg = bench.relay._calls[CALL]._legs[CUSTOMER, AGENT]
    assert leg.keys is None


# --- who is moved -----------------------------------------------------------------------------------------


async def test_a_check_from_a_new_address_moves_the_leg_when_the_old_one_is_silent(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        await customer.open()
        bench.clock.now += MOVES_S + 0.01
        await customer.checked(customer.check(nominate=False))
        await arrives(agent, customer)
        await arrives(customer, agent)


async def test_it_does_not_while_the_old_one_is_heard(bench: Bench) -> None:
    async with bench.met() as (customer, _agent):
        old = customer.address
        await customer.open()
        await customer.checked(customer.check(nominate=False))
        leg = bench.relay._calls[CALL]._legs[CUSTOMER, AGENT]
        assert leg.path is not None and leg.path.address == old
        assert set(leg.paths) == {old, customer.address}


async def test_nominated_it_does_at_once(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        await customer.open()
        await customer.checked(customer.check(nominate=True))
        await arrives(agent, customer)


async def test_a_replayed_check_moves_nobody_and_is_not_answered_elsewhere(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        overheard = customer.check(nominate=True)
        await customer.checked(overheard)
        before = state(bench)
        thief = bench.party()
        thief.relay = customer.relay
        await thief.open()
        bench.clock.now += MOVES_S + 0.01
        assert await is_silent_about(thief, overheard)
        assert state(bench) == before
        await arrives(agent, customer)


async def test_a_check_replayed_from_the_old_address_does_not_move_it_back(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        overheard = customer.check(nominate=True)
        await customer.checked(overheard)
        assert customer._transport is not None
        old, customer._transport = customer._transport, None
        await customer.open()
        await customer.checked()
        old.sendto(overheard, customer.relay)
        await customer.checked(customer.check(nominate=False))
        leg = bench.relay._calls[CALL]._legs[CUSTOMER, AGENT]
        assert leg.path is not None and leg.path.address == customer.address
        await arrives(agent, customer)
        old.close()


async def test_a_check_sent_again_from_where_it_came_is_answered_again(bench: Bench) -> None:
    async with bench.met() as (customer, _agent):
        request = customer.check()
        assert (await customer.checked(request)).attributes == (await customer.checked(request)).attributes


async def test_nobody_takes_an_address_that_another_leg_is_at(bench: Bench) -> None:
    """A party may invent the source of its checks; with its own password it would have put the other off the air."""
    async with bench.met() as (customer, agent):
        taken = agent.check(nominate=True)
        assert await is_silent_about(customer, taken)
        await arrives(customer, agent)
        await arrives(agent, customer)


async def test_forged_and_replayed_media_are_dropped(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        before = {f.party: f.drops for f in await bench.relay.figures(CALL)}[CUSTOMER]
        await arrives(customer, agent)
        forged = bytearray(customer.last_sent)
        forged[20] ^= 1
        customer.send_raw(bytes(forged))
        customer.send_raw(customer.last_sent)
        await arrives(customer, agent)
        assert agent.received.empty()
        assert {f.party: f.drops for f in await bench.relay.figures(CALL)}[CUSTOMER] == before + 2


async def test_who_said_that_they_only_listen_is_not_heard_whatever_their_page_sends(bench: Bench) -> None:
    """Their reports pass: without them the other side would think that nothing arrives."""
    async with bench.met() as (customer, agent):
        agent.way = "recvonly"
        await agent.describe("offer")
        before = {f.party: f.drops for f in await bench.relay.figures(CALL)}[AGENT]
        agent.send(b"all the same")
        report = receiver_report(block(customer.sources[0]))
        agent.send_feedback(report)
        async with asyncio.timeout(PATIENCE_S):
            while await customer.feedback.get() != report:
                pass
        assert customer.received.empty()
        assert {f.party: f.drops for f in await bench.relay.figures(CALL)}[AGENT] == before + 1
        agent.way = "sendrecv"
        await agent.describe("offer")
        await arrives(agent, customer)


async def test_the_sources_of_a_leg_are_bounded(bench: Bench) -> None:
    """A party that invents one after the other would fill our memory."""
    async with bench.met() as (customer, agent):
        known = customer.sources
        for n in range(SOURCES + 20):
            customer.sources = (n + 1, n + 1)
            customer.send(b"yet another")
        customer.sources = known
        await arrives_at_last(customer, agent)
        leg = bench.relay._calls[CALL]._legs[CUSTOMER, AGENT]
        assert len(leg.sources) == SOURCES
        (drops,) = [f.drops for f in await bench.relay.figures(CALL) if f.party == CUSTOMER]
        assert drops >= 20


async def arrives_at_last(sender: Party, receiver: Party) -> None:
    """Of all that arrives, what is sent now is among it."""
    packet = sender.send(b"the last one")
    while await receiver.next() != packet:
        pass


async def test_media_that_are_not_authentic_do_not_keep_an_address_alive(bench: Bench) -> None:
    async with bench.met() as (customer, _agent):
        bench.clock.now += 1.5
        customer.send_raw(b"\x80\x60" + bytes(60))
        await bench.pass_time(1.0)
        assert ("silent", CUSTOMER) in bench.told()


async def test_an_address_without_a_check_for_long_is_forgotten(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        for _ in range(int(PATH_S / 2) + 2):
            await bench.pass_time(2)
            await agent.checked()
            customer.send(b"media only")
            await agent.checked()
        leg = bench.relay._calls[CALL]._legs[CUSTOMER, AGENT]
        assert (leg.path, leg.paths) == (None, {})
        await customer.checked()
        await arrives(agent, customer)
        while not agent.received.empty():
            agent.received.get_nowait()
        await arrives(customer, agent)


async def test_the_addresses_of_a_leg_are_bounded(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        for _ in range(PATHS + 5):
            await customer.open()
            bench.clock.now += 0.1
            await customer.checked(customer.check(nominate=False))
        assert state(bench)[0] <= PATHS + 1 + 1, "and the agent's"
        await customer.checked()
        await arrives(agent, customer)


def test_the_more_comes_the_sooner_it_is_looked_for_more() -> None:
    """Few packets are worth waiting for others; when a batch was full there are more already."""
    pauses = [pause_after(came) for came in range(2, BATCH + 1)]
    assert pauses == sorted(pauses, reverse=True)
    assert (pauses[0], pauses[-1]) == (PAUSE_S, 0.0)
    assert 0.0 < pause_after(MUCH) < PAUSE_S


async def test_it_tells_whether_packets_were_waiting(bench: Bench) -> None:
    async with bench.met() as (customer, _agent):
        assert bench.relay.port.behind == 0.0
        for _ in range(3 * BATCH):
            customer.send_raw(b"\x80\x60" + bytes(60))
        await customer.checked()
        assert 0.0 < bench.relay.port.behind < 1.0, "until the socket was empty"
        assert bench.relay.port.behind == 0.0, "since it was asked last"


# --- restarts ---------------------------------------------------------------------------------------------


async def test_an_ice_restart_keeps_the_keys(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        keys, before = customer.keys, customer.their_ufrag
        customer.ufrag = secrets.token_hex(4)
        await introduce(customer, agent)
        assert customer.their_ufrag != before
        await customer.open()
        await customer.checked()
        await arrives(customer, agent)
        await arrives(agent, customer)
        assert customer.keys is keys
        assert len(bench.relay.port._ufrags) == 3, "checks under way with the ones before are still answered"


async def test_an_answer_after_an_offer_was_taken_back_is_no_restart(bench: Bench) -> None:
    """Two offered at once; the polite one answers, with another ufrag. Said again, an offer must be what it was:
    another password in it is a restart to the browser that is just beginning."""
    await bench.relay.open(CALL)
    customer, agent = bench.party(), bench.party(AGENT, CUSTOMER)
    offer = await agent.describe("offer")
    await customer.describe("offer")
    customer.ufrag = secrets.token_hex(4)
    customer.take(offer)
    agent.take(await customer.describe("answer"))
    assert await agent.describe("offer") == offer
    await asyncio.gather(customer.connect(), agent.connect())
    await arrives(customer, agent)
    await arrives(agent, customer)


async def test_a_handshake_outlives_lost_flights_and_an_address_that_can_not_be_reached(bench: Bench) -> None:
    await bench.relay.open(CALL)
    customer, agent = bench.party(), bench.party(AGENT, CUSTOMER)
    await introduce(agent, customer)
    await customer.open()
    await customer.checked()
    leg = bench.relay._calls[CALL]._legs[CUSTOMER, AGENT]
    assert leg.path
    send, fates = leg.path.send, iter([OSError(errno.ENETUNREACH, "no way"), None])

    def badly(datagram: bytes, address: Any) -> int:
        fate = next(fates, send)
        if isinstance(fate, OSError):
            raise fate
        return fate(datagram, address) if fate else len(datagram)

    leg.path.send = badly
    lost = customer.send_raw
    customer.association._wire._send_now = lambda datagram, first=[1]: None if first and first.pop() else lost(datagram)
    await asyncio.gather(customer.shake_hands(), agent.connect())
    assert customer.keys
    await arrives(agent, customer)
    await arrives(customer, agent)


async def test_the_credentials_before_the_last_are_nobodys(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        first = customer.check()
        for _ in range(2):
            customer.ufrag = secrets.token_hex(4)
            await introduce(customer, agent)
        assert await is_silent_about(customer, first)
        await customer.checked()


# --- sockets ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("bench", [Place(hosts=("127.0.0.1", "::1"))], indirect=True)
async def test_one_party_by_ipv4_and_the_other_by_ipv6(bench: Bench) -> None:
    await bench.relay.open(CALL)
    customer, agent = bench.party(), bench.party(AGENT, CUSTOMER)
    customer.take(await agent.describe("offer"), place=1)
    agent.take(await customer.describe("answer"))
    assert (customer.relay[0], agent.relay[0], customer.relay[1]) == ("::1", "127.0.0.1", agent.relay[1])
    await asyncio.gather(customer.connect(), agent.connect())
    await arrives(customer, agent)
    await arrives(agent, customer)


@pytest.mark.parametrize(
    "bench", [Place(hosts=("127.0.0.1",), addresses=("198.51.100.7", "2001:db8::7", "127.0.0.1"))], indirect=True
)
async def test_all_announced_addresses_are_offered_in_their_order(bench: Bench) -> None:
    await bench.relay.open(CALL)
    offered = await bench.party().describe("offer")
    named = [line.split(" ")[4] for line in offered.split("\r\n") if line.startswith("a=candidate")]
    assert named[:3] == ["198.51.100.7", "2001:db8::7", "127.0.0.1"]


def test_the_first_free_port_is_taken_on_every_address() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        busy = taken.getsockname()[1]
        (got,) = bind(("127.0.0.1",), (busy, 0))
        assert got.getsockname()[1] not in (0, busy)
        got.close()
        with pytest.raises(NoMediaPort) as refused:
            bind(("127.0.0.1",), (busy,))
        assert str(busy) in refused.value.detail
        both = bind(("127.0.0.1", "127.0.0.2"), (busy, 0))
        assert len({each.getsockname()[1] for each in both}) == 1
        for each in both:
            each.close()


def test_an_address_of_somebody_else_is_named() -> None:
    with pytest.raises(NoMediaPort) as refused:
        bind(("192.0.2.1",), (0,))
    assert "192.0.2.1" in refused.value.detail


def test_what_is_announced_when_nothing_is_configured() -> None:
    assert addresses_of(("127.0.0.1", "::1")) == ("127.0.0.1", "::1")
    anywhere = addresses_of(("0.0.0.0", "::"))
    assert anywhere
    assert not {"0.0.0.0", "::"} & set(anywhere)


async def test_another_relay_has_another_port(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        sockets = bind(("127.0.0.1",), (bench.relay.port.number, 0))
        assert sockets[0].getsockname()[1] != bench.relay.port.number
        sockets[0].close()
        await meet_again(customer, agent)


async def meet_again(customer: Party, agent: Party) -> None:
    await arrives(customer, agent)
    await arrives(agent, customer)


async def test_two_who_never_answered_are_no_burden(bench: Bench) -> None:
    """Calls that were described on one side only end like any other."""
    await bench.relay.open(CALL)
    await bench.party().describe("offer")
    await bench.relay.close(CALL)
    assert state(bench) == (0, 0)


async def test_nothing_is_known_of_a_call_that_ended(bench: Bench) -> None:
    await bench.relay.open(CALL)
    customer, agent = bench.party(), bench.party(AGENT, CUSTOMER)
    await meet(agent, customer)
    await bench.relay.close(CALL)
    assert state(bench) == (0, 0)
    assert await is_silent_about(customer, customer.check())
