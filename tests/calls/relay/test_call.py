"""Covers hub/calls/relay/call.py and relay.py: silence and return, the tap, figures, admission and the end."""

import asyncio
import struct

import pytest

from hub.calls.relay.call import ABANDONED_S
from hub.calls.relay.leg import ASK_AGAIN_S, ASKS, HUSH_S, KEPT_S, SILENT_S, UNHEARD_S
from hub.calls.relay.relay import Place, open_relay
from hub.calls.relay.strain import Strain
from hub.model.errors import BadDescription, MediaFull, MediaUnavailable, NotFound
from tests.calls.parties import PATIENCE_S, Party, arrives, introduce, meet
from tests.calls.relay.conftest import AGENT, CALL, CUSTOMER, Bench
from tests.calls.relay.test_rtcp import (
    LOST,
    SOON,
    block,
    one_state,
    receiver_report,
    sender_report,
    transport_wide,
)
from tests.contracts.test_media import Heard

# --- silence ----------------------------------------------------------------------------------------------


async def test_a_silent_leg_is_told_once_and_so_is_its_return(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        await bench.pass_time(SILENT_S + 0.1)
        await agent.checked()
        await bench.pass_time(0.1)
        assert bench.told() == [("silent", AGENT), ("silent", CUSTOMER), ("back", AGENT)]
        await bench.pass_time(1)
        assert bench.told() == []
        await arrives(customer, agent)
        await bench.pass_time(0.1)
        assert bench.told() == [("back", CUSTOMER)]


async def test_a_leg_is_kept_and_then_given_up(bench: Bench) -> None:
    async with bench.met() as (_, agent):
        await bench.pass_time(SILENT_S + 0.1)
        bench.told()
        for _ in range(int(KEPT_S / 2) - 2):
            await agent.checked()
            await bench.pass_time(2)
        assert ("gone", CUSTOMER) not in bench.told()
        assert len(await bench.relay.figures(CALL)) == 2
        await agent.checked()
        await bench.pass_time(3)
        assert ("gone", CUSTOMER) in bench.told()
        assert [f.party for f in await bench.relay.figures(CALL)] == [AGENT]
        again = bench.party()
        await introduce(agent, again)
        await again.connect()
        await arrives(again, agent)


async def test_a_party_that_never_came_is_not_called_silent(bench: Bench) -> None:
    await bench.relay.open(CALL)
    await bench.party().describe("offer")
    await bench.pass_time(ABANDONED_S - 1)
    assert bench.told() == []


async def test_a_call_in_which_nobody_is_heard_is_abandoned_and_closed(bench: Bench) -> None:
    await bench.relay.open(CALL)
    await bench.pass_time(ABANDONED_S + 1)
    assert bench.told() == [("abandoned", "")]
    with pytest.raises(NotFound):
        await bench.relay.figures(CALL)
    await bench.pass_time(ABANDONED_S + 1)
    assert bench.told() == []


async def test_who_opens_it_again_is_about_to_come(bench: Bench) -> None:
    await bench.relay.open(CALL)
    await bench.pass_time(ABANDONED_S - 1)
    await bench.relay.open(CALL)
    await bench.pass_time(ABANDONED_S - 1)
    assert bench.told() == []
    await bench.pass_time(2)
    assert bench.told() == [("abandoned", "")]


async def pictures_asked(party: Party) -> list[int]:
    """For which sources the relay asked this party for a picture, up to now."""
    await party.checked()
    asked = []
    while not party.feedback.empty():
        packet = party.feedback.get_nowait()
        if packet[1] == 206 and packet[0] & 31 == 1:
            asked.append(struct.unpack_from("!L", packet, 8)[0])
    return asked


async def pass_a_while(bench: Bench) -> None:
    for _ in range(30):
        await bench.pass_time(ASK_AGAIN_S / 10)


async def test_who_comes_first_is_asked_for_a_picture_when_the_other_one_can_see_it(bench: Bench) -> None:
    """A browser that was asked does not listen to it again for 0.3 s: asked too soon, it is asked in vain."""
    await bench.relay.open(CALL)
    customer, agent = bench.party(), bench.party(AGENT, CUSTOMER)
    await introduce(agent, customer)
    await agent.connect()
    await agent.checked()  # what was said before it has arrived
    assert await pictures_asked(agent) == []
    await customer.connect()
    await arrives(agent, customer)
    assert await pictures_asked(agent) == [agent.sources[1]]


async def test_who_comes_back_at_another_address_gets_and_gives_one_fresh_picture(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        await pictures_asked(customer), await pictures_asked(agent)  # those of the start
        await customer.open()
        bench.clock.now += 1
        await customer.checked()
        await pass_a_while(bench)
        for party in (customer, agent):
            assert await pictures_asked(party) == [party.sources[1]]


@pytest.mark.parametrize("by", ["a packet", "a check"])
async def test_who_was_silent_and_is_heard_again_does_so_too(bench: Bench, by: str) -> None:
    async with bench.met() as (customer, agent):
        await pictures_asked(customer), await pictures_asked(agent)
        bench.clock.now += SILENT_S / 2
        await agent.checked()
        bench.clock.now += SILENT_S / 2 + 0.1
        if by == "a check":
            await customer.checked()
        else:
            await arrives(customer, agent)
        await pass_a_while(bench)
        for party in (customer, agent):
            assert await pictures_asked(party) == [party.sources[1]]


async def test_what_got_lost_while_somebody_was_away_is_not_reported(bench: Bench) -> None:
    """Neither of what they were sent, nor of what they sent: both would be asked for it, and slow down for it."""
    async with bench.met() as (customer, agent):
        bench.clock.now += SILENT_S + 0.1
        await arrives(customer, agent)
        for party in (customer, agent):
            party.send_feedback(transport_feedback(1))
            await party.checked()
        bench.clock.now += HUSH_S
        for party, other in ((customer, agent), (agent, customer)):
            party.send_feedback(transport_feedback(2))
            assert await feedback_of_transport(other) == transport_feedback(2)


async def test_what_arrives_again_is_reported_at_once(bench: Bench) -> None:
    """Else a sender, who is told of nothing, sends next to nothing for as long."""
    came = transport_wide(8, one_state(SOON, 8))
    async with bench.met() as (customer, agent):
        bench.clock.now += SILENT_S + 0.1
        await arrives(customer, agent)
        customer.send_feedback(transport_wide(800, one_state(LOST, 792), one_state(SOON, 8)))
        customer.send_feedback(came)
        assert await feedback_of_transport(agent) == came


def transport_feedback(source: int) -> bytes:
    return struct.pack("!BBHLL", 0x8F, 205, 2, source, source)


async def feedback_of_transport(party: Party) -> bytes:
    async with asyncio.timeout(PATIENCE_S):
        while (packet := await party.feedback.get())[1] != 205:
            pass
        return packet


async def test_who_has_been_away_for_long_is_sent_nothing_until_they_are_heard(bench: Bench) -> None:
    """What waits in a network that is down comes late, when it only stands in the way."""
    async with bench.met() as (customer, agent):
        await arrives(agent, customer)
        bench.clock.now += UNHEARD_S + 0.1
        agent.send(b"while they are away")
        await agent.checked()
        assert customer.received.empty()
        await arrives(customer, agent)
        await arrives(agent, customer)
        assert customer.received.empty()


async def test_a_tap_is_given_a_picture_to_begin_with(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        await pictures_asked(customer), await pictures_asked(agent)
        bench.relay._calls[CALL].record(Heard())
        await pass_a_while(bench)
        for party in (customer, agent):
            assert await pictures_asked(party) == [party.sources[1]] * ASKS


# --- the tap ----------------------------------------------------------------------------------------------


async def test_a_tap_hears_both_sides_in_the_clear_until_it_is_off() -> None:
    taps: list[Heard] = []

    def tapped(call: str) -> Heard:
        assert call == CALL
        taps.append(Heard())
        return taps[-1]

    async with open_relay(Place(hosts=("127.0.0.1",)), lambda news: None, tapped) as relay:
        await relay.open(CALL)
        customer, agent = Party(relay, CALL, CUSTOMER, AGENT), Party(relay, CALL, AGENT, CUSTOMER)
        await meet(agent, customer)
        assert taps == [], "nothing is called when it is off"
        await relay.record(CALL, True)
        (tap,) = taps
        assert dict(tap.sdps) == {CUSTOMER: customer.sdp.replace("actpass", "active"), AGENT: agent.sdp}
        heard = await arrives(customer, agent)
        answered = await arrives(agent, customer)
        assert {(CUSTOMER, AGENT, heard, False), (AGENT, CUSTOMER, answered, False)} <= set(tap.packets)
        await relay.record(CALL, False)
        count = len(tap.packets)
        await arrives(customer, agent)
        assert (len(tap.packets), tap.over) == (count, 1), "not one packet after the answer"
        await relay.record(CALL, True)
        assert len(taps) == 2
        await relay.close(CALL)
        assert [each.over for each in taps] == [1, 1]
        await customer.leave()
        await agent.leave()


async def test_a_tap_that_fails_is_off_and_the_call_goes_on() -> None:
    class Broken(Heard):
        def heard(self, party: str, other: str, packet: bytes, rtcp: bool) -> None:
            super().heard(party, other, packet, rtcp)
            raise OSError("no space")

    tap = Broken()
    async with open_relay(Place(hosts=("127.0.0.1",)), lambda news: None, lambda call: tap) as relay:
        await relay.open(CALL)
        customer, agent = Party(relay, CALL, CUSTOMER, AGENT), Party(relay, CALL, AGENT, CUSTOMER)
        await relay.record(CALL, True)
        await meet(agent, customer)
        for _ in range(3):
            await arrives(customer, agent)
        assert {packet[0] for packet in tap.packets} == {CUSTOMER, AGENT}
        assert len(tap.packets) == 2, "one of each leg"
        await customer.leave()
        await agent.leave()


async def test_without_anybody_to_listen_it_is_said(bench: Bench) -> None:
    async with bench.met():
        with pytest.raises(MediaUnavailable):
            await bench.relay.record(CALL, True)
        await bench.relay.record(CALL, False)


# --- figures ----------------------------------------------------------------------------------------------


async def test_what_the_parties_report_is_in_the_figures(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        customer.send_feedback(sender_report(customer.sources[0], 77))
        await customer.checked()
        bench.clock.now += 0.2
        agent.send_feedback(receiver_report(block(customer.sources[0], 64, 480, 77, 65536 // 10)))
        await agent.checked()
        figures = {f.party: f for f in await bench.relay.figures(CALL)}
        told = figures[CUSTOMER]
        assert (told.loss, told.jitter_ms, told.rtt_ms) == (0.25, 10.0, pytest.approx(100, abs=1))
        assert (figures[AGENT].loss, figures[AGENT].rtt_ms) == (None, None)
        assert customer.feedback.get_nowait()[1] in (201, 206), "and it was passed on"


# --- admission and the end --------------------------------------------------------------------------------


@pytest.mark.parametrize("bench", [Place(hosts=("127.0.0.1",), calls=2)], indirect=True)
async def test_a_full_relay_takes_no_more_and_one_that_ends_makes_room(bench: Bench) -> None:
    await bench.relay.open("one")
    await bench.relay.open("two")
    with pytest.raises(MediaFull):
        await bench.relay.open("three")
    await bench.relay.open("one")
    await bench.relay.close("two")
    await bench.relay.open("three")
    assert bench.relay.calls == ("one", "three")


async def test_a_strained_relay_takes_no_more(bench: Bench) -> None:
    bench.relay.strain = Strain()
    for n in range(8):
        bench.relay.strain.note(1.0, 0.0, 0.0, n)
    with pytest.raises(MediaFull):
        await bench.relay.open("one")


async def test_a_bad_description_changes_nothing(bench: Bench) -> None:
    async with bench.met() as (customer, agent):
        with pytest.raises(BadDescription):
            await bench.relay.describe(CALL, CUSTOMER, AGENT, "offer", customer.sdp.replace("sha-256", "md5"))
        await arrives(customer, agent)


async def test_who_is_still_there_at_the_end_is_told(bench: Bench) -> None:
    """A clean end is said by DTLS: a browser sees its connection close at once."""
    async with bench.met() as (customer, _agent):
        closed = customer.association._dtls
        await bench.relay.close(CALL)
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait([closed._task])
        assert closed.state == "closed"
