"""A party's frames as a WebM file (VP8, Opus) or, with H.264, as Matroska: nothing is decoded or encoded anew.

Voice and picture are put together by the sender's reports (RTCP SR), which say what RTP time was at what time of its
clock. Without one, as what a room forwards, by when they came: of each the packet that was quickest on its way counts.
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
from hub.calls.recording.pictures import vp8_size
from hub.calls.recording.stream import Frame, Stream

MILLISECONDS = Fraction(1, 1000)
Timed = tuple[int, Stream, Frame]  # µs on one clock


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
    timed, first = _of_one_codec(timed)
    with av.open(file, "w", format="webm" if first is None or first[0] == "vp8" else "matroska") as film:
        tracks, size = _tracks(film, first, voices=any(stream.kind == "audio" for _, stream, _ in timed))
        last: dict[str, int] = {}
        for at, stream, frame in timed:
            stamp = max((at - began) // 1_000, last.get(stream.kind, -1) + 1)
            last[stream.kind] = stamp
            film.mux(_packet(frame, stamp, tracks[stream.kind]))
    pictures = sum(1 for _, stream, _ in timed if stream.kind == "video")
    lost = sum(stream.order.lost for stream in party.streams.values())
    return Film((timed[-1][0] - began) / 1e6, max(0, began), pictures, lost, *size)


def _of_one_codec(timed: list[Timed]) -> tuple[list[Timed], tuple[str, bytes] | None]:
    """Without the pictures of another codec than that of the first one, which is named; None: there is no picture."""
    first = next(((stream.codec, frame.body) for _, stream, frame in timed if stream.kind == "video"), None)
    return [each for each in timed if each[1].kind == "audio" or (first and each[1].codec == first[0])], first


def _starts(streams: Iterable[Stream]) -> dict[Stream, int]:
    """The µs of each stream's first packet, on one clock."""
    known = [stream for stream in streams if stream.began]
    ours = next((stream for stream in known if stream.report), None)
    found: dict[Stream, int] = {}
    for stream in known:
        assert stream.began
        found[stream] = stream.began[0] + stream.sooner
        if ours is not None and stream.report:
            assert ours.began
            found[stream] = ours.began[0] + ours.sooner + round((_first_s(stream) - _first_s(ours)) * 1e6)
    return found


def _first_s(stream: Stream) -> float:
    """When its first packet was sent, by the sender's clock."""
    assert stream.began
    assert stream.report
    at, timestamp = stream.report
    return at - stream.since_began(timestamp) / stream.clock


def _packet(frame: Frame, stamp: int, track: av.stream.Stream) -> "av.Packet[Any]":
    packet = av.Packet(frame.body)
    packet.time_base = MILLISECONDS
    packet.pts = packet.dts = stamp
    packet.stream = track
    packet.is_keyframe = frame.key
    return packet


def _tracks(
    film: av.container.OutputContainer, first: tuple[str, bytes] | None, *, voices: bool
) -> tuple[dict[str, av.stream.Stream], tuple[int, int]]:
    """By kind, and the size of pictures, which Matroska wants to know beforehand: `first` is a codec and a picture that
    stands alone."""
    tracks: dict[str, av.stream.Stream] = {}
    size = 0, 0
    if first is not None:
        like = first[1] if first[0] == "h264" else _blank(*(vp8_size(first[1]) or (0, 0)))
        with av.open(io.BytesIO(like), format="h264" if first[0] == "h264" else None) as template:
            picture = template.streams.video[0]
            size = picture.width, picture.height
            tracks["video"] = film.add_stream_from_template(picture)
    if voices:
        with av.open(io.BytesIO(_silence())) as template:
            tracks["audio"] = film.add_stream_from_template(template.streams.audio[0])
    return tracks, size


@lru_cache(32)
def _blank(width: int, height: int) -> bytes:
    """A WebM of one empty VP8 picture."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as made:
        picture = made.add_stream("libvpx", rate=30)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.options = {"deadline": "realtime", "cpu-used": "8"}
        blank = av.VideoFrame(width, height, "yuv420p")
        blank.pts = 0
        made.mux([*picture.encode(blank), *picture.encode(None)])
    return file.getvalue()


@lru_cache(1)
def _silence() -> bytes:
    """A WebM of one empty Opus frame: of a voice, the head is asked for."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as made:
        voice = made.add_stream("libopus", rate=48_000)
        voice.layout = "stereo"
        silence = av.AudioFrame(format="s16", layout="stereo", samples=960)
        silence.sample_rate, silence.pts = 48_000, 0
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        made.mux([*voice.encode(silence), *voice.encode(None)])
    return file.getvalue()
