"""Words that decide something by rule, from cues.toml: danger, legal words, reasons, requests for a person."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Self

from hub.bot.plain import is_han, tokens


class Cues:
    """Immutable. Chinese cues are found anywhere in a text, English ones as whole words."""

    def __init__(self, lists: Mapping[str, Mapping[str, list[str]]]) -> None:
        self._lists = {name: {k: frozenset(v) for k, v in parts.items()} for name, parts in lists.items()}
        self._han = {name: _han(parts.get("words", [])) for name, parts in lists.items()}
        self._latin = {name: _latin(parts.get("words", [])) for name, parts in lists.items()}
        self._not = {name: tuple(parts.get("not", [])) for name, parts in lists.items()}

    @classmethod
    def shipped(cls) -> Self:
        return cls(tomllib.loads(files(__package__).joinpath("cues.toml").read_text("utf-8")))

    def found(self, name: str, folded: str) -> bool:
        """Does one of the words of `name` stand in `plain` text? Raises KeyError for a name that is not there."""
        text = without(folded, self._not[name])
        if any(word in text for word in self._han[name]):
            return True
        latin = self._latin[name]
        return bool(latin) and any(word in _line(text) for word in latin)

    def words(self, name: str, part: str) -> frozenset[str]:
        return self._lists[name][part]


def without(text: str, words: tuple[str, ...] | frozenset[str]) -> str:
    """`text` with a space in place of each of `words`: Chinese anywhere, English as whole words. Longest first."""
    line = _line(text)
    for word in sorted(words, key=len, reverse=True):
        line = line.replace(word if is_han(word) else f" {word} ", "  ")
    return line


def _han(words: list[str]) -> tuple[str, ...]:
    return tuple(w for w in words if is_han(w) or w.isdecimal())


def _latin(words: list[str]) -> tuple[str, ...]:
    return tuple(f" {w} " for w in words if not is_han(w) and not w.isdecimal())


def _line(text: str) -> str:
    """Latin words and numbers with a space at each side, Han characters side by side."""
    parts = (t if is_han(t) else f" {t} " for t in tokens(text))
    return f" {' '.join(''.join(parts).split())} "
