"""Covers hub/calls/voice/sphinx.py, speech.py and the detector with the real engines: voices of espeak-ng."""

from typing import get_args

import numpy as np
import pytest

from hub.calls.voice.grammar import meaning
from hub.calls.voice.ports import Expected, Heard
from hub.calls.voice.sound import HEARD_HZ, SPOKEN_HZ, decoded, seconds
from hub.calls.voice.speech import Espeak
from hub.calls.voice.sphinx import Sphinx
from hub.calls.voice.utterances import Utterances, detector
from hub.model.errors import VoiceUnavailable
from tests.calls.voice.voices import wav_of

pytestmark = pytest.mark.servers
VOICES = ("en-us", "en-gb", "en-us+f3", "en-gb+f4")
NUMBERS = ("0 0 1 7", "4 5 6 7", "3 9 1 2", "8 2 0 5", "1 2 3 4")


async def heard(text: str, expected: Expected, voice: str = "en-gb") -> Heard:
    """Through the detector, as it is in a call."""
    quiet = b"\0\0" * HEARD_HZ
    sound = quiet + decoded(wav_of(text, voice), HEARD_HZ) + quiet
    (said,) = [each.pcm for each in Utterances(detector()).feed(sound) if each.what == "ends"]
    return await Sphinx().hear(said, "en", expected)


async def test_digits_are_mostly_understood() -> None:
    """By a machine from a machine, whose voice is further from people's than people's are from each other."""
    said = [(voice, number) for voice in VOICES for number in NUMBERS]
    right = sum([meaning((await heard(n, "number", v)).text).digits == n.replace(" ", "") for v, n in said])
    print(f"{right} of {len(said)} numbers of four digits understood")
    assert right >= len(said) * 0.9


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("word", ["agent", "person", "an agent", "a person"])
async def test_who_wants_a_person_is_not_taken_for_a_number(word: str, voice: str) -> None:
    """The grammar of numbers is the one that it is said into, over the bot's question."""
    assert meaning((await heard(word, "number", voice)).text).kind == "person"


@pytest.mark.parametrize("expected", get_args(Expected))
@pytest.mark.parametrize("loud", [0, 300, 3_000])
async def test_noise_is_no_word(expected: Expected, loud: int) -> None:
    noise = np.random.default_rng(1).normal(0, loud, HEARD_HZ).astype(np.int16)
    assert (await Sphinx().hear(noise.tobytes(), "en", expected)).text == ""


@pytest.mark.parametrize(("text", "kind"), [("yes", "yes"), ("yes please", "yes"), ("no thanks", "no")])
async def test_yes_and_no(text: str, kind: str) -> None:
    assert meaning((await heard(text, "yes_no", "en-us")).text).kind == kind


async def test_it_speaks_both_languages() -> None:
    en = await Espeak().speak("Please stay on the line.", "en")
    zh = await Espeak().speak("请不要挂断。", "zh")
    assert 1.0 < seconds(en, SPOKEN_HZ) < 4.0
    assert 0.8 < seconds(zh, SPOKEN_HZ) < 4.0
    assert en != await Espeak().speak("请不要挂断。", "en")


async def test_a_program_that_is_not_there_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.calls.voice.speech.PROGRAM", "no-such-program")
    with pytest.raises(VoiceUnavailable):
        await Espeak().speak("Hello", "en")
