"""What is told of media of calls: how a leg is, what a room offers, and what it sends on to be recorded."""

from typing import Literal

from hub.model.frozen import frozen


@frozen
class LegFigures:
    """How one leg of a call is: what `party` sends to `other`. Times are ms.

    `drops` are packets that the relay could not pass on. `silent_ms` is since the last packet from it; before the
    first one, since the leg was made. `loss` (0..1), `jitter_ms` and `rtt_ms` are what the two said of each other in
    RTCP about what `party` sends, None as long as they said nothing.
    """

    party: str
    other: str
    packets: int
    bytes: int
    drops: int
    silent_ms: int
    loss: float | None = None
    jitter_ms: float | None = None
    rtt_ms: float | None = None


@frozen
class HallStream:
    """What one medium of an offer carries. `mid` is its name in the description."""

    mid: str
    party: str
    kind: Literal["audio", "video"]


@frozen
class HallOffer:
    """What `party` is to receive from now on, all of it: for its page `pc`, to be answered under `generation`."""

    call: str
    party: str
    pc: str
    place: str
    generation: int
    sdp: str
    streams: tuple[HallStream, ...]


@frozen
class HallLost:
    """The party's place is gone; with a new `pc` it gets another one."""

    call: str
    party: str


@frozen
class Forward:
    """What a hall sends on of one party for a recording: SRTP (AES-CM 128, HMAC-SHA1-80) under `key` (base64: 16 bytes,
    and 14 of salt), Opus as SSRC `audio`, VP8 as `video`. At its UDP port `asks` (0 = unknown) a PLI is heard."""

    party: str
    key: str
    audio: int
    video: int
    asks: int = 0


@frozen
class Outlet:
    """Where a media process takes what is forwarded: UDP."""

    host: str
    port: int
