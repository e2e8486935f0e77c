"""What the bot says, as the audio track that each party gets: 20 ms at a time, silence when there is nothing to say."""

import asyncio
import fractions
from typing import Final

import av
from aiortc import MediaStreamTrack

from hub.calls.voice.sound import SPOKEN_HZ, WIDTH, seconds

FRAME: Final = SPOKEN_HZ // 50  # samples of 20 ms
_BYTES = FRAME * WIDTH
_BASE = fractions.Fraction(1, SPOKEN_HZ)
LATE_S = 0.5  # a loop that was away for longer does not catch up: it would be heard as a rush


class Mouth(MediaStreamTrack):
    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._pcm = b""
        self._sent = 0  # frames
        self._began: float | None = None
        self._quiet = asyncio.Event()
        self._quiet.set()

    def say(self, pcm: bytes) -> None:
        """After what is being said."""
        self._pcm += pcm
        if self._pcm:
            self._quiet.clear()

    def stop_saying(self) -> bool:
        """At once. Was anything cut off?"""
        cut, self._pcm = bool(self._pcm), b""
        self._quiet.set()
        return cut

    @property
    def left_s(self) -> float:
        return seconds(self._pcm, SPOKEN_HZ)

    async def until_quiet(self) -> None:
        await self._quiet.wait()

    async def recv(self) -> av.AudioFrame:
        """aiortc asks for the next frame; each has its time."""
        loop = asyncio.get_running_loop()
        if self._began is None or loop.time() - self._began - self._sent * 0.02 > LATE_S:
            self._began = loop.time() - self._sent * 0.02
        await asyncio.sleep(max(0.0, self._began + self._sent * 0.02 - loop.time()))
        piece, self._pcm = self._pcm[:_BYTES], self._pcm[_BYTES:]
        if not self._pcm:
            self._quiet.set()
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(piece.ljust(_BYTES, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = SPOKEN_HZ, self._sent * FRAME, _BASE
        self._sent += 1
        return frame
