"""What the bot speaks and hears with: ports, whose adapters pass tests/contracts/test_voice.py."""

from typing import Literal, Protocol

from hub.model.frozen import frozen

# What a caller was asked for: a number digit by digit, yes or no, or only whether they want a person.
Expected = Literal["number", "yes_no", "person"]


class Speech(Protocol):
    """Makes speech of text."""

    @property
    def name(self) -> str: ...

    async def speak(self, text: str, language: str) -> bytes:
        """PCM: signed 16 bit, one channel, 48,000 samples a second. `language` is "en" or "zh".

        Raises VoiceUnavailable.
        """
        ...


@frozen
class Heard:
    """`text` is "" when nothing was understood; `confidence` is 0..1, as the engine has it."""

    text: str
    confidence: float


class Hearing(Protocol):
    """Makes text of speech. `hears`: what a caller is asked for, in this language; `writes`: whatever they say."""

    @property
    def name(self) -> str: ...

    def hears(self, language: str) -> bool: ...
    def writes(self, language: str) -> bool: ...

    async def hear(self, pcm: bytes, language: str, expected: Expected | None = None) -> Heard:
        """PCM: signed 16 bit, one channel, 16,000 samples a second. `expected` may narrow what is listened for.

        Raises VoiceUnavailable.
        """
        ...
