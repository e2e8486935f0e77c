"""A party that says and shows something at once: real Opus and VP8, as packets, reports and a description."""

import struct
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from aiortc.codecs import get_encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket, RtpPacket, wrap_rtx

from hub.calls.recording.dump import Dump, Kind, Record

VOICE, PICTURE, AGAIN = 1111, 2222, 3333
SDP = "\r\n".join(
    [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=rtpmap:111 opus/48000/2",
        f"a=ssrc:{VOICE} cname:a",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97 118 119 120 102",
        "c=IN IP4 0.0.0.0",
        "a=rtpmap:96 VP8/90000",
        "a=rtpmap:97 rtx/90000",
        "a=fmtp:97 apt=96",
        "a=rtpmap:118 red/90000",
        "a=rtpmap:119 rtx/90000",
        "a=fmtp:119 apt=118",
        "a=rtpmap:120 ulpfec/90000",
        "a=rtpmap:102 H264/90000",
        "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
        f"a=ssrc-group:FID {PICTURE} {AGAIN}",
        f"a=ssrc:{PICTURE} cname:a",
        f"a=ssrc:{AGAIN} cname:a",
        "",
    ]
)
FLASH_S = 1.0  # white and loud, once, for 0.2 s
MS = 1_000


def said(at: int = 0) -> Record:
    return Record(at, Kind.SAID, SDP.encode())


def packets(
    seconds: float = 3.0, *, late_voice_us: int = 0, codec: str = "VP8", alone: int = 25
) -> list[tuple[int, RtpPacket]]:
    """(µs of arrival, packet). The voice is late on its way by `late_voice_us`; its RTP time knows nothing of that. Of
    `alone` pictures one stands alone."""
    return sorted([*_voice(seconds, late_voice_us), *_picture(seconds, codec, alone)], key=lambda each: each[0])


def records(sent: list[tuple[int, RtpPacket]], *, reports: bool = True) -> list[Record]:
    found = [said(), *(Record(at, Kind.PACKET, packet.serialize()) for at, packet in sent)]
    if reports:  # both clocks were 0 at second 1,000 of the sender's
        found += [
            Record(500 * MS, Kind.REPORT, bytes(RtcpSrPacket(ssrc, RtcpSenderInfo(1_000 << 32, start, 0, 0))))
            for ssrc, start in ((VOICE, 48_000), (PICTURE, 90_000))
        ]
    return sorted(found, key=lambda each: each.at)


def resent(packet: RtpPacket) -> RtpPacket:
    return wrap_rtx(packet, 97 if packet.payload_type == 96 else 119, packet.sequence_number, AGAIN)


def repaired(sent: list[tuple[int, RtpPacket]]) -> list[tuple[int, RtpPacket]]:
    """As Chromium sends pictures in RED: wrapped, with repairs between them under numbers of their own."""
    found, shift = [], 0
    for at, packet in sent:
        if packet.ssrc == PICTURE:
            packet.payload_type, packet.payload = 118, bytes([96]) + packet.payload
            packet.sequence_number = (packet.sequence_number + shift) & 0xFFFF
            found.append((at, packet))
            if packet.marker:
                shift += 1
                number = (packet.sequence_number + 1) & 0xFFFF
                repair = RtpPacket(118, 0, number, packet.timestamp, PICTURE, bytes([120]) + b"xor of others")
                found.append((at, repair))
        else:
            found.append((at, packet))
    return found


def _voice(seconds: float, late_us: int) -> Iterator[tuple[int, RtpPacket]]:
    encoder = get_encoder(RTCRtpCodecParameters(mimeType="audio/opus", clockRate=48_000, channels=2, payloadType=111))
    for number in range(int(seconds * 50)):
        at = number / 50
        time = np.arange(960) / 48_000 + at
        wave = np.sin(2 * np.pi * 800 * time) * ((time >= FLASH_S) & (time < FLASH_S + 0.2)) * 20_000
        frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2).astype(np.int16)[None, :], layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, Fraction(1, 48_000)
        payloads, _ = encoder.encode(frame)
        for payload in payloads:
            packet = RtpPacket(111, 0, number, 48_000 + number * 960, VOICE, payload)
            yield int(at * 1e6) + late_us, packet


def _picture(seconds: float, codec: str, alone: int) -> Iterator[tuple[int, RtpPacket]]:
    payload_type = {"VP8": 96, "H264": 102}[codec]
    encoder = get_encoder(RTCRtpCodecParameters(mimeType=f"video/{codec}", clockRate=90_000, payloadType=payload_type))
    sequence = 65_500  # it wraps on the way
    for number in range(int(seconds * 25)):
        at = number / 25
        white = FLASH_S <= at < FLASH_S + 0.2
        noise = np.random.default_rng(number).integers(0, 60, (240, 320, 3), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(noise + (180 if white else 10), format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        payloads, _ = encoder.encode(frame, force_keyframe=number % alone == 0)
        for place, payload in enumerate(payloads):
            marker = place == len(payloads) - 1
            packet = RtpPacket(payload_type, marker, sequence & 0xFFFF, 90_000 + number * 3_600, PICTURE, payload)
            sequence += 1
            yield int(at * 1e6), packet


def padding(sequence: int) -> bytes:
    return struct.pack("!BBHLL", 0x80, 96, sequence, 0, PICTURE)


def all_heard(dump: Dump, party: str = "customer", seconds: float = 1.0) -> None:
    """`party` of a call is heard saying and showing that."""
    for record in records(packets(seconds)):
        if record.kind is Kind.SAID:
            dump.described(party, "agent:li", record.body.decode())
        else:
            dump.heard(party, "agent:li", record.body, record.kind is Kind.REPORT)
