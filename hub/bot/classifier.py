"""What a message is about: a softmax over hashed word and character n-grams, with a way to say "none of these".

bot.md's measured recipe: 65,536 buckets, crc32, binary features of unit length. The weights come from our own
phrases (train.py) and ship as int8 rows for the buckets that occur there (see train.py for why they ship at all).
"""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Self
from zlib import crc32

import numpy as np
import numpy.typing as npt

from hub.bot.plain import is_han, tokens
from hub.model.frozen import frozen

BUCKETS = 1 << 16
FEATURE_TOKENS = 160
RANKED = 5
Vector = npt.NDArray[np.float32]


def features(folded: str) -> Iterator[str]:
    """The n-grams of `plain`, masked text: Han 1-3 grams, Latin words and word pairs, 3-4 grams within words."""
    line = ["^", *tokens(folded)[:FEATURE_TOKENS], "$"]
    for i in range(1, len(line) - 1):
        word = line[i]
        yield word
        yield f"{line[i - 1]} {word}"
        if is_han(word):
            if i > 1 and is_han(line[i - 1]) and is_han(line[i - 2]):
                yield f"{line[i - 2]} {line[i - 1]} {word}"
        elif word[0] != "<":
            yield from _inside(f"_{word[:20]}_")
    yield f"{line[-2]} $"


def _inside(word: str) -> Iterator[str]:
    for size in (3, 4):
        for i in range(len(word) - size + 1):
            yield "#" + word[i : i + size]


def buckets(folded: str) -> npt.NDArray[np.int64]:
    """The distinct buckets of a text's features, ascending."""
    return np.array(sorted({crc32(f.encode()) & (BUCKETS - 1) for f in features(folded)}), dtype=np.int64)


@frozen
class Guess:
    """The likeliest intents with their softmax probabilities, best first."""

    ranked: tuple[tuple[str, float], ...]

    @property
    def intent(self) -> str:
        return self.ranked[0][0]

    @property
    def p(self) -> float:
        return self.ranked[0][1]

    def p_of(self, intents: frozenset[str]) -> float:
        """How likely it is one of these."""
        return sum(p for intent, p in self.ranked if intent in intents)


class Classifier:
    """Immutable once loaded; `guess` takes about 0.1 ms for a usual message."""

    def __init__(self, intents: tuple[str, ...], rows: npt.NDArray[np.int64], weights: Vector, bias: Vector) -> None:
        self.intents = intents
        self._row = np.full(BUCKETS, -1, dtype=np.int64)
        self._row[rows] = np.arange(len(rows))
        self._weights = weights
        self._bias = bias

    @classmethod
    def shipped(cls) -> Self:
        """The weights in the package. Raises FileNotFoundError in a tree where train.py never ran."""
        return cls.load(Path(str(files(__package__).joinpath("weights.npz"))))

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path, allow_pickle=False) as saved:
            weights = saved["weights"].astype(np.float32) * saved["scale"]
            return cls(tuple(saved["intents"].tolist()), saved["rows"].astype(np.int64), weights, saved["bias"])

    def guess(self, folded: str) -> Guess:
        """`folded` is `plain` text with its entities masked."""
        all_rows = self._row[buckets(folded)]
        rows = all_rows[all_rows >= 0]
        scores = self._bias + self._weights[rows].sum(axis=0) / np.sqrt(max(1, len(all_rows)))
        p = np.exp(scores - scores.max())
        p /= p.sum()
        best = np.argsort(p)[::-1][:RANKED]
        return Guess(tuple((self.intents[i], float(p[i])) for i in best))
