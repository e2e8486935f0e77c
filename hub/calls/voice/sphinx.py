"""The port `Hearing` by pocketsphinx: offline, English, and only what a small grammar expects."""

import asyncio
from typing import Any

from hub.calls.voice.grammar import jsgf
from hub.calls.voice.ports import Expected, Heard
from hub.calls.voice.sound import HEARD_HZ

# Dither: utter silence has no logarithm. The rest by trial: of 164 numbers that ten voices of espeak-ng said 97 were
# understood instead of 83.
TUNED = {"dither": True, "lw": 10, "topn": 8}
LEAD = bytes(2 * int(0.3 * HEARD_HZ))  # the detector cuts close, and a decoder that begins in a word misses that


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
        self._decoder.process_raw(LEAD + pcm, full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        # `score` is how well the sounds fit, a mean over the frames: words of the grammar come to 0.5 and more.
        return Heard(found.hypstr, min(1.0, max(0.0, found.score))) if found and found.hypstr else Heard("", 0.0)
