"""One stream of a party (its voice or its picture): packets put in order, holes filled by retransmissions, frames."""

from collections.abc import Iterator

from aiortc.rtp import RtpPacket

from hub.calls.recording.pictures import KEPT
from hub.model.frozen import frozen

START_US = 200_000  # until then an earlier packet than the first one may come
LATE_US = 1_000_000  # the most that the packet that came first may have been late
WINDOW_US = 600_000  # so long a hole is waited for: a retransmission takes a round trip or two
HALF = 1 << 15


@frozen
class Frame:
    """`ticks` counts the stream's clock from the packet that came first, which may be a later one. `key`: it needs no
    picture before it."""

    ticks: int
    body: bytes
    key: bool = True


class Order:
    """Packets in the order of their numbers. A hole ends the wait when what follows it is WINDOW_US old."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[RtpPacket, int]] = {}
        self._first: tuple[int, int] | None = None  # number and arrival of the first that came
        self._next: int | None = None  # None: it is not known yet which one is the first
        self.lost = 0

    def add(self, packet: RtpPacket, at: int) -> Iterator[RtpPacket | None]:
        """What can be taken now; None stands for one that never came."""
        number = packet.sequence_number
        if self._first is None:
            self._first = number, at
        if self._next is None or (number - self._next) & 0xFFFF < HALF:
            self._held.setdefault(number, (packet, at))
        yield from self._ready(at)

    def rest(self) -> Iterator[RtpPacket | None]:
        """The end came: nothing is waited for any more."""
        yield from self._ready(1 << 62)

    def _ready(self, at: int) -> Iterator[RtpPacket | None]:
        if self._next is None and self._first is not None and at - self._first[1] >= START_US:
            first = self._first[0]
            self._next = min(self._held, key=lambda number: (number - first + HALF) & 0xFFFF)
        while self._held and self._next is not None:
            found = self._held.pop(self._next, None)
            if found is None:
                if at - min(came for _, came in self._held.values()) < WINDOW_US:
                    return
                self.lost += 1
            self._next = (self._next + 1) & 0xFFFF
            yield found[0] if found else None


class Stream:
    """`clock` is in Hz, `codec` as SDP names it, in small letters. `report` and `began` place it on the sender's clock,
    `sooner` without reports on ours (film.py)."""

    def __init__(self, kind: str, clock: int, codec: str) -> None:
        self.kind = kind
        self.clock = clock
        self.codec = codec
        self.began: tuple[int, int] | None = None  # (µs, RTP time) of the first packet
        self.sooner = 0  # µs (<= 0) by which the quickest packet was quicker on its way than the first one
        self.report: tuple[float, int] | None = None  # (the sender's seconds, RTP time)
        self.order = Order()
        self._ticks = 0
        self._last: int | None = None
        self._parts: list[bytes] = []
        self._broken = True  # a picture begins with a key frame

    def add(self, packet: RtpPacket, at: int) -> Iterator[Frame]:
        if self.began is None:
            self.began = at, packet.timestamp
        early = at - self.began[0] - self.since_began(packet.timestamp) * 1_000_000 // self.clock
        if early >= -LATE_US:  # more is no delay of the first one, but a leap of RTP time
            self.sooner = min(self.sooner, early)
        for each in self.order.add(packet, at):
            yield from self._frames(each)

    def since_began(self, timestamp: int) -> int:
        """Ticks from the first packet that came to `timestamp`, which may lie before it."""
        assert self.began
        return ((timestamp - self.began[1] + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)

    def rest(self) -> Iterator[Frame]:
        for each in self.order.rest():
            yield from self._frames(each)

    def _frames(self, packet: RtpPacket | None) -> Iterator[Frame]:
        if packet is None:
            self._parts, self._broken = [], True
        elif not packet.payload:
            return  # padding keeps the numbers whole
        elif self.kind == "audio":
            yield Frame(self._since_first(packet.timestamp), packet.payload)
        else:
            yield from self._picture(packet)

    def _picture(self, packet: RtpPacket) -> Iterator[Frame]:
        ticks = self._since_first(packet.timestamp)
        try:
            self._parts.append(KEPT[self.codec].part(packet.payload))
        except ValueError:
            self._broken = True
        if not packet.marker:
            return
        body, self._parts = b"".join(self._parts), []
        key = KEPT[self.codec].alone(body)
        self._broken = self._broken and not key
        if body and not self._broken:
            yield Frame(ticks, body, key)

    def _since_first(self, timestamp: int) -> int:
        """RTP time wraps after 13 hours (video) and may step back a little."""
        if self._last is None:
            self._ticks = self.since_began(timestamp)
        else:
            step = (timestamp - self._last) & 0xFFFFFFFF
            self._ticks += step if step < 1 << 31 else step - (1 << 32)
        self._last = timestamp
        return self._ticks
