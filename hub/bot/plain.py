"""Customers' words made comparable: one form for width, case, invisible characters and traditional Chinese.

Everything here walks the text once; nothing a customer writes can make it slow (no backtracking expressions).
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

READ_CHARS = 800
"""How much of a message is read: its first two thirds and its end. People put the point in one of the two."""

_TOKEN = re.compile(r"<[a-z]+>|[a-z0-9]+(?:'[a-z]+)?|[\u4e00-\u9fff]")


@cache
def _table() -> dict[int, int]:
    """Traditional to simplified, for the characters that shops' customers use (han.txt: pairs of characters)."""
    pairs = files(__package__).joinpath("han.txt").read_text("utf-8").split()
    return {ord(pair[0]): ord(pair[1]) for pair in pairs if len(pair) == 2}


def shortened(text: str, limit: int = READ_CHARS) -> str:
    """`text`, or its start and end when it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    return text[:head] + " " + text[head - limit :]


def plain(text: str) -> str:
    """Lower case, NFKC, simplified, without invisible characters, single spaces; at most READ_CHARS characters."""
    folded = unicodedata.normalize("NFKC", shortened(text)).lower().translate(_table())
    kept = "".join(c for c in folded if c.isprintable() or c.isspace())
    return shortened(" ".join(kept.replace("’", "'").split()))


def tokens(folded: str) -> list[str]:
    """Words of `plain` text: Latin words and numbers whole, Han characters one by one."""
    return _TOKEN.findall(folded)


def is_han(token: str) -> bool:
    return "\u4e00" <= token[0] <= "\u9fff"


def grams(folded: str) -> frozenset[str]:
    """The character trigrams and Han bigrams that two messages are compared by."""
    kept = "".join(c for c in folded if c.isalnum())
    size = 2 if any(is_han(c) for c in kept) else 3
    return frozenset(kept[i : i + size] for i in range(max(1, len(kept) - size + 1)))


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Dice's coefficient of two sets of grams: 0 nothing in common, 1 the same."""
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0
