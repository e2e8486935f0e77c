"""What the parties of a bench call send: 10 s of 640x480 at 30/s in VP8, about 1 Mbit/s, and Opus; encoded once."""

import pickle
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from aiortc.codecs.vpx import Vp8Encoder

from bench.generator import HERE
from hub.model.frozen import frozen

WIDTH, HEIGHT, RATE, SECONDS = 640, 480, 30, 10
BITRATE = 1_000_000
KEPT = HERE / "build" / "clip.pickle"


@frozen
class Clip:
    """`video`: for each frame the payloads of its RTP packets; `audio`: one payload for each 20 ms."""

    video: list[list[bytes]]
    audio: list[bytes]

    @property
    def kbps(self) -> float:
        return sum(len(part) for frame in self.video for part in frame) * 8 / SECONDS / 1000


@cache
def clip(kept: Path = KEPT, seconds: int = SECONDS) -> Clip:
    """Encoded on the first call, kept in bench/build."""
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps((_video(seconds), _audio(seconds))))
    video, audio = pickle.loads(kept.read_bytes())
    return Clip(video, audio)


def _video(seconds: int) -> list[list[bytes]]:
    """A picture that moves, with some noise: as hard to encode as a face before a wall."""
    coder = av.CodecContext.create("libvpx", "w")
    coder.width, coder.height, coder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    coder.bit_rate, coder.time_base, coder.framerate = BITRATE, Fraction(1, RATE), Fraction(RATE, 1)
    coder.options = {"deadline": "realtime", "cpu-used": "8", "maxrate": str(BITRATE), "g": str(RATE * seconds)}
    chance = np.random.default_rng(1)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    scene = 128 + 60 * np.sin(columns * 6 * np.pi / WIDTH) + 40 * np.cos(rows * 4 * np.pi / HEIGHT)
    noise = [chance.normal(0, 6, scene.shape) for _ in range(7)]
    chroma = np.full((HEIGHT // 2, WIDTH), 128, np.uint8)
    packets = []
    for n in range(RATE * seconds):
        luma = np.clip(np.roll(scene, (2 * n, 3 * n), (0, 1)) + noise[n % 7], 0, 255).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(np.vstack([luma, chroma]), format="yuv420p")
        frame.pts = n
        packets += [bytes(packet) for packet in coder.encode(frame)]
    packets += [bytes(packet) for packet in coder.encode(None)]
    return [Vp8Encoder._packetize(packet, n & 0x7FFF) for n, packet in enumerate(packets)]


def _audio(seconds: int) -> list[bytes]:
    coder = av.CodecContext.create("libopus", "w")
    coder.sample_rate, coder.layout, coder.format, coder.bit_rate = 48_000, "stereo", "s16", 32_000
    packets = []
    for n in range(50 * seconds):
        tone = 8_000 * np.sin(2 * np.pi * 440 * (np.arange(960) + 960 * n) / 48_000)
        frame = av.AudioFrame.from_ndarray(np.repeat(tone, 2).astype(np.int16).reshape(1, -1), layout="stereo")
        frame.sample_rate, frame.pts = 48_000, 960 * n
        packets += [bytes(packet) for packet in coder.encode(frame)]
    return packets
