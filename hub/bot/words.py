"""What the bot says, by key and language: texts/zh.toml and texts/en.toml.

The bot keeps no state between turns; to know what it asked last, `Catalogue.key_of` recognises its own texts again.
"""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from string import Formatter
from typing import Any

from hub.model.frozen import frozen

LANGUAGES = ("zh", "en")
VALUE_CHARS = 600


@frozen
class Template:
    """A text with its places for values."""

    pieces: tuple[tuple[str, str | None], ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        return cls(tuple((literal, name) for literal, name, _, _ in Formatter().parse(text)))

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for _, name in self.pieces if name)

    def fill(self, values: Mapping[str, object]) -> str:
        """Raises KeyError when a value is missing. Values are cut at VALUE_CHARS characters."""
        return "".join(literal + (str(values[name])[:VALUE_CHARS] if name else "") for literal, name in self.pieces)

    def fits(self, text: str) -> int:
        """How many characters of `text` this template explains by its own words, in order; 0 = it is not this one."""
        at = size = 0
        for literal, _ in self.pieces:
            found = text.find(literal.lower(), at)
            if found < 0:
                return 0
            at = found + len(literal)
            size += len(literal)
        return size


class Words:
    """The texts of one language. Immutable."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self.keys = frozenset(texts)
        self._templates = {key: Template.parse(text) for key, text in texts.items()}

    def say(self, key: str, **values: object) -> str:
        """Raises KeyError for a key or value that is not there: a bug, and a test finds it."""
        text = self._templates[key].fill(values)
        return text[:1].upper() + text[1:] if self.language == "en" else text

    def part(self, key: str, **values: object) -> str:
        """As `say`, for the middle of a sentence."""
        return self._templates[key].fill(values)

    def template(self, key: str) -> Template:
        return self._templates[key]


class Catalogue:
    """All languages' texts."""

    def __init__(self, words: Mapping[str, Words]) -> None:
        self._words = words
        self._recognised = [
            (key, words[language].template(key))
            for language in words
            for key in sorted(words[language].keys)
            if _is_recognised(key)
        ]

    @classmethod
    def shipped(cls) -> "Catalogue":
        return cls({language: Words(language, dict(_texts(language))) for language in LANGUAGES})

    def of(self, language: str) -> Words:
        """Chinese for any Chinese, else English."""
        return self._words["zh" if language.startswith("zh") else "en"]

    def key_of(self, said: str) -> str:
        """The key of a text that the bot said, "" for one that matters to nobody later."""
        text = said.lower()
        fits = ((template.fits(text), key) for key, template in self._recognised)
        size, key = max(fits, default=(0, ""))
        return key if size >= _ENOUGH else ""


_ENOUGH = 4
_RECOGNISED = frozenset(
    {"shipment.title", "order.status_line", "points.line", "ticket_status.line", "product_help.source", "faq.source"}
    | {"refund_status.ticket", "refund_status.returned", "small.not_helped", "small.not_helped_video"}
    | {"account.guest", "account.unavailable", "account.not_yours"}
    | {"handoff.online", "handoff.offline", "handoff.waited", "handoff.waited_offline"}
)


def _is_recognised(key: str) -> bool:
    return (
        key in _RECOGNISED
        or key.startswith(("ask.", "unsure."))
        or (key.endswith((".done", ".done_contact")) and not key.startswith("summary."))
    )


def _texts(language: str) -> Iterator[tuple[str, str]]:
    raw = files(__package__).joinpath("texts").joinpath(f"{language}.toml").read_text("utf-8")
    yield from _flat(tomllib.loads(raw), "")


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from _flat(value, f"{prefix}{name}.")
