"""Covers hub/calls/relay/rtcp.py and hearing.py: what two parties say of each other's media."""

import struct

import pytest
from aiortc.rtp import RtcpPacket, RtcpPsfbPacket
from hypothesis import given
from hypothesis import strategies as st

from hub.calls.relay.hearing import REMEMBERED, Hearing
from hub.calls.relay.rtcp import Received, Sent, picture_loss, reports, tells_of_an_outage

STAMP = 0x1234_5678


def block(ssrc: int, lost: int = 0, jitter: int = 0, stamp: int = 0, held: int = 0) -> bytes:
    return struct.pack("!LLLLLL", ssrc, lost << 24 | 7, 99, jitter, stamp, held)


def sender_report(ssrc: int, stamp: int, *blocks: bytes) -> bytes:
    body = struct.pack("!LQLLL", ssrc, stamp << 16, 0, 5, 500) + b"".join(blocks)
    return struct.pack("!BBH", 0x80 | len(blocks), 200, len(body) // 4) + body


def receiver_report(*blocks: bytes) -> bytes:
    body = struct.pack("!L", 9) + b"".join(blocks)
    return struct.pack("!BBH", 0x80 | len(blocks), 201, len(body) // 4) + body


def test_a_compound_packet_is_read_part_by_part() -> None:
    other = struct.pack("!BBHL", 0x81, 202, 1, 9)
    compound = sender_report(5, STAMP, block(6, 64, 480)) + other + receiver_report(block(7), block(8))
    assert list(reports(compound)) == [
        Sent(5, STAMP),
        Received(6, 0.25, 480, 0, 0.0),
        Received(7, 0.0, 0, 0, 0.0),
        Received(8, 0.0, 0, 0, 0.0),
    ]


def test_what_is_cut_off_or_not_of_this_version_ends_it() -> None:
    whole = receiver_report(block(7))
    assert list(reports(whole[:-1])) == []
    assert list(reports(b"\x00" + whole[1:])) == []
    assert len(list(reports(whole + whole[:10]))) == 1
    liar = bytes([0x80 | 31]) + whole[1:]
    assert len(list(reports(liar))) == 1, "it counts 31 blocks and has one"


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_passed_over(noise: bytes) -> None:
    for start in (b"", b"\x80\xc8", b"\x9f\xc9"):
        list(reports(start + noise))


def test_another_stack_reads_what_asks_for_a_picture() -> None:
    (packet,) = RtcpPacket.parse(picture_loss(2222))
    assert isinstance(packet, RtcpPsfbPacket)
    assert (packet.fmt, packet.media_ssrc) == (1, 2222)


# --- hearing ----------------------------------------------------------------------------------------------

CLOCKS = {6: 48_000, 7: 90_000}


def test_nothing_is_known_at_first() -> None:
    hearing = Hearing()
    assert (hearing.loss, hearing.jitter_ms, hearing.rtt_ms) == (None, None, None)


def test_the_worst_source_counts() -> None:
    hearing = Hearing()
    hearing.received(Received(6, 0.0, 480, 0, 0), CLOCKS, 1.0)
    hearing.received(Received(7, 0.25, 450, 0, 0), CLOCKS, 1.0)
    assert (hearing.loss, hearing.jitter_ms) == (0.25, 10.0)
    hearing.received(Received(7, 0.0, 450, 0, 0), CLOCKS, 2.0)
    assert hearing.loss == 0.0, "the latest report of each"


def test_the_round_trip_is_without_the_time_that_the_receiver_held_it() -> None:
    hearing = Hearing()
    hearing.sent(Sent(6, STAMP), 10.0)
    hearing.received(Received(6, 0, 0, STAMP, 1_000.0), CLOCKS, 11.05)
    assert hearing.rtt_ms == pytest.approx(50)
    hearing.received(Received(6, 0, 0, STAMP + 1, 0), CLOCKS, 12.0)
    assert hearing.rtt_ms == pytest.approx(50), "a report that never passed here says nothing"


def test_sources_that_were_not_announced_are_passed_over_and_what_is_kept_is_bounded() -> None:
    hearing = Hearing()
    for ssrc in range(1_000, 2_000):
        hearing.received(Received(ssrc, 1.0, 1, 0, 0), CLOCKS, 1.0)
        hearing.sent(Sent(ssrc, STAMP), 1.0)
    assert (hearing.loss, len(hearing._passed)) == (None, REMEMBERED)


# --- transport feedback -----------------------------------------------------------------------------------

LOST, SOON, LATE = 0, 1, 2


def one_state(state: int, count: int) -> bytes:
    return struct.pack("!H", state << 13 | count)


def of_one_bit(*states: int) -> bytes:
    return struct.pack("!H", 0x8000 | sum(state << 13 - n for n, state in enumerate(states)))


def of_two_bits(*states: int) -> bytes:
    return struct.pack("!H", 0xC000 | sum(state << 12 - 2 * n for n, state in enumerate(states)))


def transport_wide(count: int, *chunks: bytes) -> bytes:
    """With as many arrival times behind the chunks as anybody reads for more states."""
    body = struct.pack("!LLHHL", 1, 2, 65_530, count, 77) + b"".join(chunks) + b"\xff" * 40
    return struct.pack("!BBH", 0x8F, 205, len(body) // 4) + body


@pytest.mark.parametrize(
    ("count", "chunks", "outage"),
    [
        (8, [one_state(SOON, 8)], False),
        (800, [one_state(LOST, 790), one_state(SOON, 10)], True),
        (800, [one_state(LOST, 300), one_state(LATE, 500)], False),
        (3, [of_one_bit(LOST, LOST, SOON)], True),
        (3, [of_one_bit(SOON, LOST, SOON)], False),
        (7, [of_two_bits(LATE, LATE, LOST, SOON, LOST, LOST, LATE)], False),
        (10, [of_two_bits(LOST, LOST, LOST, LOST, LATE, LATE, LATE), of_one_bit(LOST, LOST, SOON)], True),
        (5, [], True),
        (0, [], False),
    ],
)
def test_feedback_that_tells_of_an_outage_is_told_from_one_of_a_while_in_which_packets_came(
    count: int, chunks: list[bytes], outage: bool
) -> None:
    told = transport_wide(count, *chunks)
    assert tells_of_an_outage(told if chunks else told[:20]) is outage


def test_who_asks_for_lost_packets_tells_of_an_outage() -> None:
    assert tells_of_an_outage(struct.pack("!BBHLLHH", 0x81, 205, 3, 1, 2, 7, 0))


@given(st.lists(st.lists(st.integers(LOST, LATE), min_size=1, max_size=7), max_size=12), st.data())
def test_however_it_is_written_it_is_an_outage_when_most_were_lost(parts: list[list[int]], data: st.DataObject) -> None:
    chunks, states = list[bytes](), list[int]()
    for part in parts:
        if len(set(part)) == 1 and data.draw(st.booleans()):
            chunks.append(one_state(part[0], len(part)))
            states += part
        else:
            whole = [*part, *[LOST] * (7 - len(part))]
            chunks.append(of_two_bits(*whole))
            states += whole
    lost = states.count(LOST)
    assert tells_of_an_outage(transport_wide(len(states), *chunks)) is (lost > len(states) - lost)


@given(st.binary(max_size=60))
def test_no_feedback_is_more_than_passed_over(noise: bytes) -> None:
    tells_of_an_outage(b"\x8f\xcd" + noise)
