"""The port `Hearing` by pocketsphinx: offline, English, and only what a small grammar expects."""

import asyncio
from typing import Any

import numpy as np

from hub.calls.voice.grammar import jsgf
from hub.calls.voice.ports import Expected, Heard
from hub.calls.voice.sound import HEARD_HZ

# By trial: of 230 short answers by ten voices of espeak-ng 225 are understood, 130 with the engine's own beams and its
# second pass, which takes paths that are no whole sentence of a grammar ("person" was "two six").
TUNED = {"bestpath": False, "beam": 1e-60, "wbeam": 1e-40, "pbeam": 1e-60, "topn": 8}
HISS = 30  # so much softer than what is said: without any (a line that is clear, or cut off in pauses) it was 212


class Sphinx:
    """One decoder, asked for one utterance at a time, in a thread: two seconds of speech take some 70 ms."""

    name = "pocketsphinx"

    def __init__(self) -> None:
        from pocketsphinx import Decoder  # noqa: PLC0415

        self._decoder: Any = Decoder(samprate=HEARD_HZ, loglevel="FATAL", lm=None, **TUNED)
        self._known = set[str]()
        self._turn = asyncio.Lock()

    def hears(self, language: str) -> bool:
        """Port `Hearing`. There is no model of Chinese in the package."""
        return language == "en"

    def writes(self, language: str) -> bool:
        """Port `Hearing`. A grammar of twenty words is no dictation."""
        return False

    async def hear(self, pcm: bytes, language: str, expected: Expected | None = None) -> Heard:
        if not pcm:
            return Heard("", 0.0)
        async with self._turn:
            return await asyncio.to_thread(self._heard, pcm, expected or "person")

    def _heard(self, pcm: bytes, expected: Expected) -> Heard:
        if expected not in self._known:
            self._decoder.add_jsgf_string(expected, jsgf(expected))
            self._known.add(expected)
        self._decoder.activate_search(expected)
        self._decoder.start_utt()
        self._decoder.process_raw(_hissing(pcm), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        # `score` is how well the sounds fit, a mean over the frames: words of the grammar come to 0.5 and more.
        return Heard(found.hypstr, min(1.0, max(0.0, found.score))) if found and found.hypstr else Heard("", 0.0)


def _hissing(pcm: bytes) -> bytes:
    """On a line as people have it, for of utter silence the model knows nothing."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float32)
    loud = float(np.sqrt(np.mean(samples**2)))
    hiss = np.random.default_rng(0).normal(0, max(1.0, loud / HISS), len(samples))  # the same each time
    return (samples + hiss).clip(-32_768, 32_767).astype(np.int16).tobytes()
