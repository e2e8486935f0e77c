"""Covers hub/bot/train.py."""

import random

import numpy as np
import pytest

from hub.bot import train
from hub.bot.classifier import Classifier
from hub.bot.skills import shipped


def test_the_shipped_weights_were_trained_from_the_phrases_as_they_are() -> None:
    with np.load(train.HERE / "weights.npz", allow_pickle=False) as saved:
        assert int(saved["fingerprint"]) == train.fingerprint(), "run: python -m hub.bot.train"


def test_weights_stay_small_enough_for_a_repository() -> None:
    assert (train.HERE / "weights.npz").stat().st_size < 800_000


def test_both_languages_have_every_intent_and_a_skill_answers_it() -> None:
    zh, en = train.phrases("zh"), train.phrases("en")
    assert set(zh) == set(en)
    # A complaint is handed over and never reaches a skill; what is not ours has none.
    assert set(zh) - {"complaint", "other"} == set(shipped())


@pytest.mark.parametrize(
    ("line", "readings"),
    [("a", ["a"]), ("(a|b)c", ["ac", "bc"]), ("x(a|)(y|z)", ["xay", "xaz", "xy", "xz"]), ("(a|b", ["a", "b"])],
)
def test_expand(line: str, readings: list[str]) -> None:
    assert sorted(train.expand(line)) == sorted(readings)


def test_no_phrase_has_a_loose_bracket() -> None:
    for language in ("zh", "en"):
        for lines in train.phrases(language).values():
            assert all(line.count("(") == line.count(")") for line in lines)


def test_the_same_seed_gives_the_same_examples() -> None:
    first = [e.text for e in train.examples(random.Random(1))]
    assert first == [e.text for e in train.examples(random.Random(1))] and len(first) > 10_000


def test_fitting_learns_what_it_is_shown_and_survives_saving(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(train, "RARE", 1)
    texts = {"logistics": ["包裹到哪了", "快递在哪"], "thanks_bye": ["谢谢", "多谢再见"]}
    items = [train.Example(t, intent, 1.0) for intent, ts in texts.items() for t in ts]
    intents = tuple(sorted(texts))
    weights, bias = train.fit(train.gather(intents, items), len(intents), np.random.default_rng(1))
    train.save(tmp_path / "w.npz", intents, weights, bias)
    loaded = Classifier.load(tmp_path / "w.npz")
    for intent, ts in texts.items():
        assert all(loaded.guess(t).intent == intent and loaded.guess(t).p > 0.8 for t in ts)
