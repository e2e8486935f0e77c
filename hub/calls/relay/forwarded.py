"""What a room forwards of one party to be recorded. It comes from no leg, and goes to the tap and nowhere else."""

import base64
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from hub.calls.payloads import OPUS, VP8
from hub.calls.relay import rtcp
from hub.calls.relay.borrowed import Told
from hub.calls.relay.stun import Address
from hub.calls.relay.tap import Tap
from hub.model.errors import BadDescription
from hub.model.media import Forward

log = structlog.get_logger()
THE_HALL = "room"  # who the party says it to
ASKS, ASK_AGAIN_S = 3, 0.3  # as a leg's: an answer may be lost
HOLE_S = 0.6  # so long a lost packet may still come: the sender is asked for it again by the room
HALF, MISSING = 1 << 15, 64
_SOURCE = struct.Struct("!L")


class Forwarded:
    """Under `key`, of the SSRCs `sources`. The port (port.py) calls it with every packet. Times in seconds."""

    def __init__(self, forward: Forward, tap: Tap, now: float) -> None:
        """Raises BadDescription: the key is none."""
        try:
            self.keys = Told(base64.b64decode(forward.key, validate=True))
        except ValueError as problem:
            raise BadDescription("no key for SRTP") from problem
        self.party, self.key, self.asks = forward.party, forward.key, forward.asks
        self.sources = tuple(_SOURCE.pack(source) for source in (forward.audio, forward.video))
        self.heard = now
        self._tap: Tap | None = tap
        self._send: Callable[[Any, Any], int] | None = None
        self._from: Address | None = None
        self._asks_left, self._asked = ASKS, float("-inf")
        self._next: int | None = None  # of the pictures' numbers
        self._missing: dict[int, float] = {}  # since when
        tap.described(self.party, THE_HALL, description(forward))

    def came(self, packet: bytes, send: Callable[[Any, Any], int], address: Address, now: float) -> None:
        """One packet, in the clear. `send` and `address` lead back to the room."""
        self.heard, self._send, self._from = now, send, address
        if packet[8:12] == self.sources[1]:
            self._look_for_holes(int.from_bytes(packet[2:4], "big"), now)
        if self._tap is None:
            return
        try:
            self._tap.heard(self.party, THE_HALL, packet, False)
        except Exception as problem:  # as in a leg: somebody else's code
            log.error("a tap failed and is off", why=type(problem).__name__)
            self._tap = None

    def _look_for_holes(self, number: int, now: float) -> None:
        """What the room misses it has sent again. What is lost behind it is not: a film goes on with a picture that
        stands alone, and nobody else asks for one."""
        ahead = 0 if self._next is None else (number - self._next) & 0xFFFF
        if ahead >= HALF:
            self._missing.pop(number, None)
            return
        for missing in range(min(ahead, MISSING)):
            self._missing[(number - 1 - missing) & 0xFFFF] = now
        self._next = (number + 1) & 0xFFFF

    def tick(self, now: float) -> None:
        """A few times a second: ask for a picture that stands alone, at the beginning and after a loss."""
        if self._missing and now - next(iter(self._missing.values())) >= HOLE_S:
            self._missing.clear()
            self._asks_left = max(self._asks_left, 1)
        if self._asks_left and now - self._asked >= ASK_AGAIN_S and self._ask():
            self._asks_left, self._asked = self._asks_left - 1, now

    def _ask(self) -> bool:
        """False: nothing came by now, so that it is not known where from, or nobody said at which port to ask."""
        if self._send is None or self._from is None or not self.asks:
            return False
        with suppress(OSError):
            self._send(rtcp.picture_loss(*_SOURCE.unpack(self.sources[1])), (self._from[0], self.asks))
        return True


def description(forward: Forward) -> str:
    """What is said in it, as a party of pairs would say it."""
    return "\r\n".join(
        [
            "v=0",
            "o=- 1 1 IN IP4 0.0.0.0",
            "s=-",
            "t=0 0",
            f"m=audio 9 UDP/TLS/RTP/SAVPF {OPUS}",
            "c=IN IP4 0.0.0.0",
            f"a=rtpmap:{OPUS} opus/48000/2",
            f"a=ssrc:{forward.audio} cname:{forward.party}",
            f"m=video 9 UDP/TLS/RTP/SAVPF {VP8}",
            "c=IN IP4 0.0.0.0",
            f"a=rtpmap:{VP8} VP8/90000",
            f"a=ssrc:{forward.video} cname:{forward.party}",
            "",
        ]
    )
