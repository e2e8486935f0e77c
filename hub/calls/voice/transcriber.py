"""The port `Hearing` by any service that speaks OpenAI's POST /audio/transcriptions: any words in any language."""

import io
import wave

import httpx

from hub.calls.voice.ports import Expected, Heard
from hub.calls.voice.sound import HEARD_HZ, WIDTH
from hub.model.errors import VoiceUnavailable

_HINTS = {"number": "0 1 2 3 4 5 6 7 8 9", "yes_no": "yes, no", "person": "agent"}
_HINTS_ZH = {"number": "零一二三四五六七八九", "yes_no": "是的，不是", "person": "人工客服"}


class Transcriber:
    """`client` has the base address and the key; `model` is the service's own name."""

    def __init__(self, client: httpx.AsyncClient, model: str) -> None:
        self.name = model
        self._client = client

    def hears(self, language: str) -> bool:
        return True

    def writes(self, language: str) -> bool:
        return True

    async def hear(self, pcm: bytes, language: str, expected: Expected | None = None) -> Heard:
        """Port `Hearing`. A service of this kind tells no confidence: what it hears counts as heard."""
        fields = {"model": self.name, "language": language, "response_format": "json"}
        if expected:
            fields["prompt"] = (_HINTS_ZH if language == "zh" else _HINTS)[expected]
        try:
            answer = await self._client.post(
                "audio/transcriptions", data=fields, files={"file": ("speech.wav", wav(pcm), "audio/wav")}
            )
            answer.raise_for_status()
            text = str(answer.json()["text"]).strip()
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as problem:
            raise VoiceUnavailable(type(problem).__name__) from problem
        return Heard(text, 1.0 if text else 0.0)


def wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(WIDTH)
        written.setframerate(HEARD_HZ)
        written.writeframes(pcm)
    return file.getvalue()
