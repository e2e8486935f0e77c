"""How a customer feels and how urgent it is, from a small lexicon (mood.toml) with negation."""

import math
import tomllib
from importlib.resources import files
from typing import Any, Literal, Self

from hub.bot.plain import tokens
from hub.model.frozen import frozen

Urgency = Literal["low", "normal", "high"]
_CALM = frozenset({"greet", "thanks_bye", "ack"})


@frozen
class Mood:
    """The lexicon. Words of Chinese are found as parts of the text, of English as tokens or token sequences."""

    zh: dict[str, float]
    en: dict[str, float]
    not_zh: tuple[str, ...]
    not_en: frozenset[str]
    stronger: frozenset[str]
    urgent: tuple[str, ...]
    longest: int

    @classmethod
    def shipped(cls) -> Self:
        read: dict[str, Any] = tomllib.loads(files(__package__).joinpath("mood.toml").read_text("utf-8"))
        return cls(
            zh=_weights(read["zh"]),
            en=_weights(read["en"]),
            not_zh=tuple(read["negation"]["zh"]),
            not_en=frozenset(read["negation"]["en"]),
            stronger=frozenset(read["stronger"]["words"]),
            urgent=tuple(read["urgent"]["words"]),
            longest=max(len(w) for w in _weights(read["zh"])),
        )

    def sentiment(self, folded: str) -> float:
        """-1 (furious) .. 1 (delighted) of `plain` text."""
        total = self._chinese(folded) + self._english(tokens(folded))
        if total < 0 and ("!!" in folded or "??" in folded):
            total -= 1.0
        return round(math.tanh(total / 3.0), 2)

    def urgency(self, folded: str, intent: str) -> Urgency:
        if any(word in folded for word in self.urgent):
            return "high"
        return "low" if intent in _CALM else "normal"

    def _chinese(self, text: str) -> float:
        total, at = 0.0, 0
        while at < len(text):
            word = self._word_at(text, at)
            if word:
                before = text[max(0, at - 4) : at]
                total += self._weighed(self.zh[word], before, any(n in before[-3:] for n in self.not_zh))
            at += len(word) or 1
        return total

    def _word_at(self, text: str, at: int) -> str:
        for size in range(min(self.longest, len(text) - at), 0, -1):
            if text[at : at + size] in self.zh:
                return text[at : at + size]
        return ""

    def _english(self, words: list[str]) -> float:
        total, i = 0.0, 0
        while i < len(words):
            pair = " ".join(words[i : i + 2])
            size = 2 if pair in self.en else 1
            weight = self.en.get(pair, self.en.get(words[i], 0.0))
            before = words[max(0, i - 3) : i]
            if weight:
                total += self._weighed(weight, " ".join(before), any(b in self.not_en for b in before))
            i += size
        return total

    def _weighed(self, weight: float, before: str, negated: bool) -> float:
        if negated:
            # "not good" is milder than "bad", and "not bad" than "good".
            return -0.6 * weight
        return weight * 1.5 if any(s in before for s in self.stronger) else weight


def _weights(table: dict[str, list[str]]) -> dict[str, float]:
    scale = {"great": 2.5, "good": 1.2, "neutral": 0.0, "off": -0.7, "bad": -1.4, "awful": -3.0}
    return {word: scale[name] for name, words in table.items() for word in words}
