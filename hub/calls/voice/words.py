"""The bot's texts in a call, in the caller's language, of which `texts/LANGUAGE.toml` is the whole."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_TEXTS = Path(__file__).parent / "texts"
_HAN = re.compile(r"[\u3400-\u9fff]")


def language_of(locale: str) -> str:
    return "zh" if locale.lower().startswith("zh") else "en"


@cache
def _texts(language: str) -> dict[str, Any]:
    return tomllib.loads((_TEXTS / f"{language}.toml").read_text())


class Words:
    def __init__(self, locale: str) -> None:
        self.language = language_of(locale)
        self._texts = _texts(self.language)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._texts)

    def say(self, key: str, **values: str) -> str:
        return str(self._texts[key]).format(**values)

    def status(self, status: str) -> str:
        return str(self._texts["status"].get(status, status))

    def minutes(self, n: int) -> str:
        return self.say("minute") if n <= 1 else self.say("minutes", n=str(n))

    def speakable(self, name: str, instead: str) -> str:
        """An English voice reads no Chinese characters: then what it is in general (`site`, `who`, `what`)."""
        unreadable = self.language == "en" and bool(_HAN.search(name))
        return str(self._texts["general"][instead]) if unreadable or not name else name


def spaced(digits: str) -> str:
    """Read one by one, and not as seventeen."""
    return " ".join(digits)
