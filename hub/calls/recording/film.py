"""A party's frames as a WebM file (VP8, Opus): nothing is decoded or encoded anew.

Voice and picture are put together by the sender's reports (RTCP SR), which say what RTP time was at what time of its
clock; without one by when they came.
"""

import io
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any, BinaryIO

import av

from hub.calls.recording.dump import Record
from hub.calls.recording.kept import Film
from hub.calls.recording.party import Party
from hub.calls.recording.stream import Frame, Stream

MILLISECONDS = Fraction(1, 1000)


def make(records: Iterable[Record], file: BinaryIO) -> Film | None:
    """Write it to a file that can be sought in. None where nothing can be shown. Raises OSError, av.FFmpegError."""
    party = Party()
    frames = list(party.frames(records))  # the last report counts, and an hour of them is some 100 MB
    if not frames:
        return None
    starts = _starts(party.streams.values())
    timed = sorted(
        ((starts[stream] + frame.ticks * 1_000_000 // stream.clock, stream, frame) for stream, frame in frames),
        key=lambda each: each[0],
    )
    began = timed[0][0]
    size = next(((frame.width, frame.height) for _, _, frame in timed if frame.width), (0, 0))
    voices = any(stream.kind == "audio" for _, stream, _ in timed)
    with av.open(file, "w", format="webm") as film:
        tracks = _tracks(film, size, voices=voices)
        last: dict[str, int] = {}
        for at, stream, frame in timed:
            stamp = max((at - began) // 1_000, last.get(stream.kind, -1) + 1)
            last[stream.kind] = stamp
            film.mux(_packet(frame, stamp, tracks[stream.kind]))
    pictures = sum(1 for _, stream, _ in timed if stream.kind == "video")
    lost = sum(stream.order.lost for stream in party.streams.values())
    return Film((timed[-1][0] - began) / 1e6, began, pictures, lost, *size)


def _starts(streams: Iterable[Stream]) -> dict[Stream, int]:
    """The µs of each stream's first packet, on one clock."""
    known = [stream for stream in streams if stream.began]
    ours = next((stream for stream in known if stream.report), None)
    found: dict[Stream, int] = {}
    for stream in known:
        assert stream.began
        found[stream] = stream.began[0]
        if ours is not None and stream.report:
            assert ours.began
            found[stream] = ours.began[0] + round((_first_s(stream) - _first_s(ours)) * 1e6)
    return found


def _first_s(stream: Stream) -> float:
    """When its first packet was sent, by the sender's clock."""
    assert stream.began
    assert stream.report
    at, timestamp = stream.report
    ticks = ((stream.began[1] - timestamp + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
    return at + ticks / stream.clock


def _packet(frame: Frame, stamp: int, track: av.stream.Stream) -> "av.Packet[Any]":
    packet = av.Packet(frame.body)
    packet.time_base = MILLISECONDS
    packet.pts = packet.dts = stamp
    packet.stream = track
    packet.is_keyframe = frame.key
    return packet


def _tracks(film: av.container.OutputContainer, size: tuple[int, int], *, voices: bool) -> dict[str, av.stream.Stream]:
    tracks: dict[str, av.stream.Stream] = {}
    with av.open(io.BytesIO(_template(size, voices=voices))) as template:
        if size[0]:
            tracks["video"] = film.add_stream_from_template(template.streams.video[0])
        if voices:
            tracks["audio"] = film.add_stream_from_template(template.streams.audio[0])
    return tracks


@lru_cache(32)
def _template(size: tuple[int, int], *, voices: bool) -> bytes:
    """A WebM of one empty frame: Matroska wants to know the picture's size and the voice's head beforehand."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as made:
        if size[0]:
            picture = made.add_stream("libvpx", rate=30)
            picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
            picture.options = {"deadline": "realtime", "cpu-used": "8"}
        if voices:
            voice = made.add_stream("libopus", rate=48_000)
            voice.layout = "stereo"
        if size[0]:
            blank = av.VideoFrame(*size, "yuv420p")
            blank.pts = 0
            made.mux([*picture.encode(blank), *picture.encode(None)])
        if voices:
            silence = av.AudioFrame(format="s16", layout="stereo", samples=960)
            silence.sample_rate, silence.pts = 48_000, 0
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            made.mux([*voice.encode(silence), *voice.encode(None)])
    return file.getvalue()
