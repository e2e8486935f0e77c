"""Trains the classifier from our own phrases and writes weights.npz: `python -m hub.bot.train`.

Why weights ship: training the 24 intents takes CPU seconds, loading int8 rows takes milliseconds (figures in the
README's decision table). tests/bot/test_train.py fails when the phrases have changed and this was not run again.
Deterministic: the same phrases give the same file.
"""

import random
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hub.bot.classifier import BUCKETS, Vector, buckets
from hub.bot.entities import find_entities, masked
from hub.bot.knowledge import Knowledge
from hub.bot.plain import plain
from hub.bot.words import LANGUAGES
from hub.model.frozen import frozen

HERE = Path(str(files(__package__)))
PER_LINE = 28
OPENED = 0.3
EPOCHS = 30
BATCH = 64
RATE = 0.12
DECAY = 2e-6
RARE = 3
SEED = 20261122

# How people begin; a phrase with one of these before it is still about the same thing.
OPENINGS = {
    "zh": ("请问", "我想问一下", "你好，", "麻烦帮我", "那个", "我想知道", "亲，", "帮我看看"),
    "en": (
        *("i need help with ", "can you help me, ", "i have a problem with ", "please ", "i would like to know "),
        *("could you tell me ", "i don't know ", "hello, ", "help me ", "i need assistance with "),
    ),
}
PLAIN = frozenset({"greet", "thanks_bye", "ack", "other", "not_helped"})

# Typing slips that a pinyin keyboard makes; used to make noisy copies of phrases.
SLIPS = dict(
    zip("订单快递物流退货发票积分维修取消地址客服保修", "定但块第务溜推或法飘级份为休去消地止客付报休", strict=True)
)


@frozen
class Example:
    text: str
    intent: str
    weight: float


def expand(line: str) -> list[str]:
    """All readings of a phrase: `(a|b|)` is one of its parts, or nothing. Groups do not nest."""
    head, opened, rest = line.partition("(")
    if not opened:
        return [line]
    group, _, tail = rest.partition(")")
    tails = expand(tail)
    return [head + choice + t for choice in group.split("|") for t in tails]


# The articles' own wordings of questions are phrases too. Not those of `orders`: they sound like orders to act.
ARTICLE_INTENTS = {"invoices": "invoice", "hours": "opening_hours", "orders": ""}
ARTICLE_WEIGHT = 0.7


def article_phrases(language: str) -> Iterator[Example]:
    """Headings and `?` wordings: a manual's with the product's name before half of them."""
    shelf = Knowledge(frozenset()).shelf(language)
    kinds = {m.article: m.kinds for m in shelf.manuals}
    for entry in shelf.entries:
        intent = "product_help" if entry.models else ARTICLE_INTENTS.get(entry.article, "faq")
        for n, text in enumerate((entry.heading, *entry.asks) if intent else ()):
            named = kinds[entry.article][0] + " " if entry.models and n % 2 else ""
            yield Example(named + text, intent, ARTICLE_WEIGHT)


def phrases(language: str) -> dict[str, list[str]]:
    """intent -> phrase lines, as written in phrases/<language>.toml."""
    read: dict[str, list[str]] = tomllib.loads((HERE / "phrases" / f"{language}.toml").read_text("utf-8"))
    return read


def fingerprint() -> int:
    """Changes when the phrases (or this recipe) do; kept in weights.npz."""
    written = sorted([*(HERE / "phrases").glob("*.toml"), *(HERE / "articles").glob("*/*.md")])
    parts = [path.read_bytes() for path in written]
    recipe = f"{PER_LINE} {EPOCHS} {BATCH} {RATE} {DECAY} {RARE} {OPENED} {SEED}".encode()
    return zlib.crc32(b"".join([*parts, recipe]))


def examples(rng: random.Random) -> Iterator[Example]:
    """Every line's readings (at most PER_LINE of them) and noisy copies; a line weighs what it says, not its number."""
    for language in LANGUAGES:
        yield from article_phrases(language)
        for intent, lines in phrases(language).items():
            for line in lines:
                readings = expand(line)
                chosen = rng.sample(readings, PER_LINE) if len(readings) > PER_LINE else readings
                weight = len(chosen) ** -0.5
                for text in chosen:
                    yield Example(text, intent, weight)
                    yield Example(_slip(text, rng), intent, weight * 0.5)
                    if intent not in PLAIN and rng.random() < OPENED:
                        yield Example(rng.choice(OPENINGS[language]) + text, intent, weight * 0.5)


def _slip(text: str, rng: random.Random) -> str:
    """One typing slip: a homophone, or a dropped, doubled or swapped letter."""
    if len(text) < 4:
        return text
    at = rng.randrange(1, len(text) - 1)
    if text[at] in SLIPS and rng.random() < 0.7:
        return text[:at] + SLIPS[text[at]] + text[at + 1 :]
    kinds = (
        text[:at] + text[at + 1 :],
        text[:at] + text[at] + text[at:],
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
    )
    return rng.choice(kinds)


def prepared(text: str) -> npt.NDArray[np.int64]:
    """A text's buckets, as the reader sees them."""
    folded = plain(text)
    return buckets(masked(folded, find_entities(folded)))


@dataclass(slots=True)
class Rows:
    """Training examples as rows of buckets, with labels and weights."""

    buckets: list[npt.NDArray[np.int64]]
    labels: npt.NDArray[np.int64]
    weights: Vector


def gather(intents: tuple[str, ...], items: list[Example]) -> Rows:
    labels = np.array([intents.index(e.intent) for e in items], dtype=np.int64)
    weights = np.array([e.weight for e in items], dtype=np.float32)
    totals = np.bincount(labels, weights=weights, minlength=len(intents))
    # Square root: a rich intent may weigh more than a poor one, but not in proportion.
    weights *= np.sqrt(totals.mean() / totals)[labels].astype(np.float32)
    return Rows(_without_rare([prepared(e.text) for e in items]), labels, weights)


def _without_rare(lists: list[npt.NDArray[np.int64]]) -> list[npt.NDArray[np.int64]]:
    """Features of fewer than RARE examples are mostly slips: left out, they cost neither accuracy nor file size."""
    count = np.bincount(np.concatenate(lists), minlength=BUCKETS)
    kept = (b[count[b] >= RARE] for b in lists)
    return [k if len(k) else b for k, b in zip(kept, lists, strict=True)]


def fit(rows: Rows, classes: int, rng: np.random.Generator) -> tuple[Vector, Vector]:
    """Adagrad on the softmax loss with a little weight decay. Returns (weights[BUCKETS, classes], bias)."""
    weights = np.zeros((BUCKETS, classes), dtype=np.float32)
    seen = np.full((BUCKETS, classes), 1e-3, dtype=np.float32)
    bias = np.zeros(classes, dtype=np.float32)
    for _ in range(EPOCHS):
        order = rng.permutation(len(rows.labels))
        for start in range(0, len(order), BATCH):
            _step(rows, order[start : start + BATCH], weights, seen, bias)
    return weights, bias


def _step(rows: Rows, batch: npt.NDArray[np.int64], weights: Vector, seen: Vector, bias: Vector) -> None:
    lists = [rows.buckets[i] for i in batch]
    sizes = np.array([len(b) for b in lists])
    flat = np.concatenate(lists)
    owner = np.repeat(np.arange(len(lists)), sizes)
    unit = (1 / np.sqrt(sizes)).astype(np.float32)
    scores = np.add.reduceat(weights[flat], np.concatenate([[0], sizes.cumsum()[:-1]])) * unit[:, None] + bias
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(lists)), rows.labels[batch]] -= 1
    p *= rows.weights[batch][:, None]
    used, place = np.unique(flat, return_inverse=True)
    slope = np.zeros((len(used), weights.shape[1]), dtype=np.float32)
    np.add.at(slope, place, (p * unit[:, None])[owner])
    slope += DECAY * len(batch) * weights[used]
    seen[used] += slope * slope
    weights[used] -= RATE * slope / np.sqrt(seen[used])
    bias -= RATE * 0.05 * p.mean(axis=0)


def save(path: Path, intents: tuple[str, ...], weights: Vector, bias: Vector) -> None:
    """int8 rows of the buckets that were seen, one scale per intent."""
    rows = np.flatnonzero(np.abs(weights).max(axis=1) > 0).astype(np.uint16)
    scale = np.abs(weights).max(axis=0) / 127
    packed = np.round(weights[rows] / scale).astype(np.int8)
    np.savez_compressed(
        path,
        intents=np.array(intents),
        rows=rows,
        weights=packed,
        scale=scale.astype(np.float32),
        bias=bias,
        fingerprint=np.array(fingerprint()),
    )


def main(path: Path = HERE / "weights.npz") -> None:
    items = list(examples(random.Random(SEED)))  # noqa: S311 (chance for training, not for secrets)
    intents = tuple(sorted({e.intent for e in items}))
    weights, bias = fit(gather(intents, items), len(intents), np.random.default_rng(SEED))
    save(path, intents, weights, bias)


if __name__ == "__main__":
    main()
