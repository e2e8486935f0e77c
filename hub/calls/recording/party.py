"""What one party sent: its streams, by what its descriptions say about them."""

from collections.abc import Iterable, Iterator, Mapping

from aiortc.rtp import RtcpPacket, RtcpSrPacket, RtpPacket, unwrap_rtx
from aiortc.sdp import SessionDescription

from hub.calls.recording.dump import Kind, Record
from hub.calls.recording.pictures import KEPT
from hub.calls.recording.stream import Frame, Stream
from hub.model.frozen import frozen

SPOKEN = {"audio": {"opus"}, "video": set(KEPT)}


@frozen
class Payload:
    """`clock` is in Hz; `of` is the payload type that an rtx resends."""

    codec: str
    clock: int
    of: int = 0


@frozen
class Source:
    """A synchronisation source: `payloads` say what a payload type is. `repeats`: it resends another one's packets."""

    kind: str
    payloads: Mapping[int, Payload]
    repeats: int = 0


class Party:
    def __init__(self) -> None:
        self._sources: dict[int, Source] = {}
        self.streams: dict[int, Stream] = {}

    def frames(self, records: Iterable[Record]) -> Iterator[tuple[Stream, Frame]]:
        """In the order in which they can be told; those of one stream in its own order."""
        for record in records:
            match record.kind:
                case Kind.SAID:
                    self._sources |= sources(record.body.decode())
                case Kind.REPORT:
                    self._reported(record.body)
                case Kind.PACKET:
                    yield from self._packet(record)
        for stream in self.streams.values():
            yield from ((stream, frame) for frame in stream.rest())

    def _packet(self, record: Record) -> Iterator[tuple[Stream, Frame]]:
        try:
            packet = RtpPacket.parse(record.body)
        except ValueError:
            return
        source = self._sources.get(packet.ssrc)
        if source is None or packet.payload_type not in source.payloads:
            return
        payload = source.payloads[packet.payload_type]
        if payload.codec == "rtx":
            if not source.repeats or len(packet.payload) < 2 or source.repeats not in self.streams:
                return
            packet = unwrap_rtx(packet, payload.of, source.repeats)
            payload = source.payloads.get(payload.of, payload)
        if payload.codec == "red":
            packet.payload_type, packet.payload = newest_of(packet.payload)
            payload = source.payloads.get(packet.payload_type, payload)
        if payload.codec == "ulpfec":
            packet.payload = b""  # it repairs others, and keeps the numbers whole
        elif packet.payload and payload.codec not in SPOKEN[source.kind]:
            return  # a codec that is not kept
        stream = self.streams.get(packet.ssrc)
        if stream is None:
            if payload.codec == "ulpfec":
                return  # nothing to repair yet, and it does not say of what codec
            stream = self.streams[packet.ssrc] = Stream(source.kind, payload.clock, payload.codec)
        elif packet.payload and payload.codec != stream.codec:
            packet.payload = b""  # a film has one codec; that its numbers are whole is still worth knowing
        yield from ((stream, frame) for frame in stream.add(packet, record.at))

    def _reported(self, body: bytes) -> None:
        try:
            packets = RtcpPacket.parse(body)
        except ValueError:
            return
        for packet in packets:
            if isinstance(packet, RtcpSrPacket) and packet.ssrc in self.streams:
                sender = packet.sender_info
                self.streams[packet.ssrc].report = sender.ntp_timestamp / (1 << 32), sender.rtp_timestamp


def newest_of(payload: bytes) -> tuple[int, bytes]:
    """Payload type and content of a packet that holds several (RED, RFC 2198): the last one is its own."""
    place = older = 0
    while place + 4 <= len(payload) and payload[place] & 0x80:
        older += (payload[place + 2] & 3) << 8 | payload[place + 3]
        place += 4
    if place >= len(payload):
        return 0, b""
    return payload[place] & 0x7F, payload[place + 1 + older :]


def sources(sdp: str) -> dict[int, Source]:
    """By SSRC; nothing of a description that can't be read."""
    found: dict[int, Source] = {}
    try:
        described = SessionDescription.parse(sdp)
    except (ValueError, AssertionError, KeyError, IndexError):
        return {}
    for media in described.media:
        if media.kind not in SPOKEN:
            continue
        payloads = {
            each.payloadType or 0: Payload(each.name.lower(), each.clockRate, int(each.parameters.get("apt") or 0))
            for each in media.rtp.codecs
        }
        repeats = {each.items[1]: int(each.items[0]) for each in media.ssrc_group if each.semantic == "FID"}
        for each in media.ssrc:
            found[each.ssrc] = Source(media.kind, payloads, repeats.get(each.ssrc, 0))
    return found
