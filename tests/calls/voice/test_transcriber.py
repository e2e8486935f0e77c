"""Covers hub/calls/voice/transcriber.py and recognition.py against a local service: what is asked, and answered."""

import io
import wave
from collections.abc import AsyncIterator

import httpx
import numpy as np
import pytest
from starlette.responses import JSONResponse, Response

from hub.calls.voice.ports import Heard
from hub.calls.voice.recognition import spoken_lines
from hub.calls.voice.sound import HEARD_HZ
from hub.calls.voice.sphinx import Sphinx
from hub.calls.voice.transcriber import Transcriber, wav
from hub.model.errors import VoiceUnavailable
from tests.calls.voice.services import Service, served

SECOND = (np.sin(np.arange(HEARD_HZ) / 5) * 9_000).astype(np.int16).tobytes()


@pytest.fixture
async def service() -> AsyncIterator[tuple[Service, Transcriber]]:
    it = Service()
    async with served(it) as base:
        headers = {"Authorization": "Bearer s3cret"}
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=5) as client:
            yield it, Transcriber(client, "whisper-large")


async def test_it_asks_for_what_is_expected_in_the_language_of_the_caller(
    service: tuple[Service, Transcriber],
) -> None:
    it, hearing = service
    assert await hearing.hear(SECOND, "zh", "number") == Heard("zero zero one seven", 1.0)
    (asked,) = it.asked
    assert (asked["model"], asked["language"], asked["key"]) == ("whisper-large", "zh", "Bearer s3cret")
    assert "一二三" in asked["prompt"]
    with wave.open(io.BytesIO(asked["file"])) as sent:
        assert (sent.getframerate(), sent.getnchannels(), sent.getnframes()) == (HEARD_HZ, 1, HEARD_HZ)


@pytest.mark.parametrize(
    "answer",
    [Response(status_code=500), Response("no json"), JSONResponse({"words": []}), JSONResponse(["text"])],
    ids=["500", "no json", "no text", "a list"],
)
async def test_whatever_is_wrong_with_the_service_has_one_name(
    service: tuple[Service, Transcriber], answer: Response
) -> None:
    it, hearing = service
    it.answer = answer
    with pytest.raises(VoiceUnavailable):
        await hearing.hear(SECOND, "en")


async def test_a_service_that_is_away(service: tuple[Service, Transcriber]) -> None:
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9/v1/", timeout=2) as client:
        with pytest.raises(VoiceUnavailable):
            await Transcriber(client, "m").hear(SECOND, "en")


async def test_nothing_heard_is_nothing(service: tuple[Service, Transcriber]) -> None:
    it, hearing = service
    it.answer = JSONResponse({"text": ""})
    assert await hearing.hear(SECOND, "en") == Heard("", 0.0)


def test_what_is_built_in_says_what_it_can_not_do() -> None:
    built_in = Sphinx()
    assert (built_in.hears("en"), built_in.hears("zh"), built_in.writes("en")) == (True, False, False)


class Reel:
    """A film in memory."""

    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self._content = content

    def read_at(self, start: int, count: int) -> bytes:
        return self._content[start : start + count]

    def close(self) -> None:
        pass


async def test_a_film_without_sound_has_no_words(service: tuple[Service, Transcriber]) -> None:
    it, hearing = service
    assert await spoken_lines(Reel(b"no film at all"), hearing, "en") == ()
    assert await spoken_lines(Reel(wav(b"\0\0" * HEARD_HZ)), hearing, "en") == ()
    assert it.asked == []
