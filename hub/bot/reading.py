"""What one message says: language, intent, entities, mood. Pure: the same words give the same reading."""

from typing import Self

from hub.bot.classifier import Classifier, Guess
from hub.bot.entities import Entity, find_entities, masked
from hub.bot.language import written_in
from hub.bot.mood import Mood, Urgency
from hub.bot.plain import plain
from hub.model.frozen import frozen

_GREETINGS = (
    "你好",
    "您好",
    "在吗",
    "请问",
    "亲",
    "哈喽",
    "嗨",
    "hello",
    "hi",
    "hey",
    "good morning",
    "good afternoon",
    "good evening",
)
_PUNCTUATION = " ,，.。!！~～?？、:：;；-—"


@frozen
class Reading:
    """`folded` is the plain text, `language` is "" when the text does not tell."""

    text: str
    folded: str
    language: str
    guess: Guess
    entities: tuple[Entity, ...]
    sentiment: float
    urgency: Urgency

    @property
    def intent(self) -> str:
        return self.guess.intent

    @property
    def empty(self) -> bool:
        return not any(c.isalnum() for c in self.folded)

    def values(self, kind: str) -> tuple[str, ...]:
        return tuple(e.value for e in self.entities if e.kind == kind)

    def sure_of(self, intent: str, p: float) -> bool:
        return self.guess.intent == intent and self.guess.p >= p


class Reader:
    """Reads messages; holds the classifier and the lexicon and nothing else."""

    def __init__(self, classifier: Classifier, mood: Mood) -> None:
        self._classifier = classifier
        self._mood = mood

    @classmethod
    def shipped(cls) -> Self:
        return cls(Classifier.shipped(), Mood.shipped())

    def read(self, text: str) -> Reading:
        folded = plain(text)
        entities = find_entities(folded)
        guess = self._classifier.guess(masked(*_without_greeting(folded, entities)))
        return Reading(
            text=text,
            folded=folded,
            language=written_in(folded),
            guess=guess,
            entities=entities,
            sentiment=self._mood.sentiment(folded),
            urgency=self._mood.urgency(folded, guess.intent),
        )


def _without_greeting(folded: str, entities: tuple[Entity, ...]) -> tuple[str, tuple[Entity, ...]]:
    """ "你好，我的订单到哪了" is about the order. A greeting alone stays one."""
    start = 0
    while True:
        rest = folded[start:].lstrip(_PUNCTUATION)
        word = next((g for g in _GREETINGS if _starts(rest, g)), "")
        after = rest[len(word) :].lstrip(_PUNCTUATION)
        if not word or len(after) < 2:
            break
        start = len(folded) - len(after)
    moved = tuple(Entity(e.kind, e.value, e.start - start, e.end - start) for e in entities if e.start >= start)
    return folded[start:], moved


def _starts(text: str, word: str) -> bool:
    """Whole words only: "hi" does not begin "his kettle"."""
    return text.startswith(word) and not (word.isascii() and text[len(word) : len(word) + 1].isalnum())
