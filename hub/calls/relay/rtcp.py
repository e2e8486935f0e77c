"""The few RTCP packets that the relay reads or makes itself (RFC 3550, RFC 4585). No I/O, no state."""

import struct
from collections.abc import Iterator

from hub.model.frozen import frozen

SENDER_REPORT, RECEIVER_REPORT, TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 200, 201, 205, 206
PICTURE_LOSS = 1
TRANSPORT_WIDE = 15
_TRANSPORT_WIDE_HEAD = 20  # bytes before what it says of packets
_BLOCK = struct.Struct("!LLLLLL")
NTP_UNIT_MS = 1000 / 65536  # of the middle 32 bits of an NTP time


@frozen
class Sent:
    """From a sender report: the middle 32 bits of the sender's NTP time, by which receivers name it."""

    ssrc: int
    stamp: int


@frozen
class Received:
    """From a report block: how `ssrc` arrives. `loss` is 0..1, `jitter` in units of its clock; `stamp` names the last
    sender report (0 = none yet), which had been there for `held_ms` when this was written."""

    ssrc: int
    loss: float
    jitter: int
    stamp: int
    held_ms: float


def reports(compound: bytes) -> Iterator[Sent | Received]:
    """What a compound packet reports. A part that is cut off or makes no sense ends it, in silence."""
    at = 0
    while at + 8 <= len(compound):
        first, kind, words = struct.unpack_from("!BBH", compound, at)
        end = at + 4 * (words + 1)
        if first >> 6 != 2 or end > len(compound):
            return
        blocks = at + 8
        if kind == SENDER_REPORT and end >= at + 28:
            ssrc, stamp = struct.unpack_from("!LxxL", compound, at + 4)
            yield Sent(ssrc, stamp)
            blocks = at + 28
        if kind in (SENDER_REPORT, RECEIVER_REPORT):
            yield from _blocks(compound[blocks:end], first & 31)
        at = end


def _blocks(part: bytes, count: int) -> Iterator[Received]:
    for n in range(min(count, len(part) // _BLOCK.size)):
        ssrc, lost, _, jitter, stamp, held = _BLOCK.unpack_from(part, n * _BLOCK.size)
        yield Received(ssrc, (lost >> 24) / 256, jitter, stamp, held * NTP_UNIT_MS)


def tells_of_an_outage(feedback: bytes) -> bool:
    """Transport feedback (packet type 205): does it ask for what was lost, or say of most packets that they were?

    What it says of packets: draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1. What is cut off was lost.
    """
    if feedback[0] & 31 != TRANSPORT_WIDE or len(feedback) < _TRANSPORT_WIDE_HEAD:
        return True
    count: int = struct.unpack_from("!H", feedback, 14)[0]
    came, left = 0, count
    for at in range(_TRANSPORT_WIDE_HEAD, len(feedback) - 1, 2):
        if left <= 0:
            break
        (chunk,) = struct.unpack_from("!H", feedback, at)
        if chunk < 0x8000:  # one state of many
            length, arrived = chunk & 0x1FFF, chunk >> 13 != 0
            came += arrived * min(length, left)
        else:  # states of one bit or two, the first one leftmost
            bits, length = (2, 7) if chunk & 0x4000 else (1, 14)
            states = (chunk >> (14 - bits * (n + 1)) & (1 << bits) - 1 for n in range(min(length, left)))
            came += sum(state != 0 for state in states)
        left -= length
    return came * 2 < count


def picture_loss(ssrc: int) -> bytes:
    """Asks whoever sends `ssrc` for a picture that needs none before it."""
    return struct.pack("!BBHLL", 0x80 | PICTURE_LOSS, PAYLOAD_FEEDBACK, 2, 1, ssrc)
