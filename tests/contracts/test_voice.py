"""The ports `Speech` and `Hearing`: what every engine promises, built in or a service."""

from collections.abc import AsyncIterator

import httpx
import pytest

from hub.calls.voice.ports import Hearing, Speech
from hub.calls.voice.sound import HEARD_HZ, SPOKEN_HZ, WIDTH, seconds
from hub.calls.voice.speech import Espeak
from hub.calls.voice.sphinx import Sphinx
from hub.calls.voice.transcriber import Transcriber
from tests.calls.voice.services import Service, served

QUIET = b"\0\0" * HEARD_HZ


@pytest.fixture(params=["built in", "service"])
async def hearing(request: pytest.FixtureRequest) -> AsyncIterator[Hearing]:
    if request.param == "built in":
        yield Sphinx()
        return
    async with served(Service()) as base, httpx.AsyncClient(base_url=base, timeout=5) as client:
        yield Transcriber(client, "whisper-1")


async def test_english_is_heard_and_every_engine_has_a_name(hearing: Hearing) -> None:
    assert hearing.hears("en")
    assert hearing.name


async def test_who_writes_whatever_is_said_hears_what_is_expected(hearing: Hearing) -> None:
    for language in ("en", "zh"):
        assert hearing.hears(language) or not hearing.writes(language)


async def test_confidence_is_a_share(hearing: Hearing) -> None:
    for expected in ("number", "yes_no", "person", None):
        found = await hearing.hear(QUIET, "en", expected)  # type: ignore[arg-type]
        assert 0.0 <= found.confidence <= 1.0
        assert found.text or not found.confidence


async def test_an_utterance_of_no_length_is_nothing_to_fail_at(hearing: Hearing) -> None:
    assert 0.0 <= (await hearing.hear(b"", "en", "number")).confidence <= 1.0


@pytest.mark.servers
async def test_speech_is_pcm_of_a_likely_length() -> None:
    speech: Speech = Espeak()
    assert speech.name
    for language, text in (("en", "Please stay on the line."), ("zh", "请不要挂断。")):
        pcm = await speech.speak(text, language)
        assert len(pcm) % WIDTH == 0
        assert 0.5 < seconds(pcm, SPOKEN_HZ) < 5.0


@pytest.mark.servers
async def test_what_looks_like_an_option_is_only_said() -> None:
    assert seconds(await Espeak().speak("--version", "en"), SPOKEN_HZ) > 0.3
