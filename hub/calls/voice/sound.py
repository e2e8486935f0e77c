"""Sound as it is handed around here: signed 16 bit, one channel; what is spoken 48,000 samples a second, what is heard
16,000."""

import io
from collections.abc import Iterator
from typing import Final

import av

SPOKEN_HZ: Final = 48_000
HEARD_HZ: Final = 16_000
WIDTH: Final = 2  # bytes of a sample


def seconds(pcm: bytes, rate: int) -> float:
    return len(pcm) / (WIDTH * rate)


class Resampler:
    """Frames of any kind in, PCM at `rate` out. Keeps what is left over between two frames."""

    def __init__(self, rate: int) -> None:
        self._resampler = av.AudioResampler("s16", "mono", rate)

    def pcm(self, frame: av.AudioFrame | None) -> bytes:
        """None: what was left over at the end."""
        return b"".join(bytes(it.planes[0])[: it.samples * WIDTH] for it in self._resampler.resample(frame))


def decoded(file: bytes, rate: int) -> bytes:
    """The first voice of a WAV, WebM or other file as PCM. Raises av.FFmpegError, ValueError (there is none)."""
    return b"".join(pieces(io.BytesIO(file), rate))


def pieces(file: io.BytesIO, rate: int) -> Iterator[bytes]:
    """As `decoded`, bit by bit."""
    with av.open(file, "r") as container:
        if not container.streams.audio:
            raise ValueError("nothing to be heard in it")
        resampler = Resampler(rate)
        for frame in container.decode(audio=0):
            yield resampler.pcm(frame)
        yield resampler.pcm(None)
