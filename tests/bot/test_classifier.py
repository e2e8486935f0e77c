"""Covers hub/bot/classifier.py: accuracy on messages it has never seen, and that it says "none of these"."""

import tomllib
from pathlib import Path

import pytest

from hub.bot.classifier import BUCKETS, Classifier, buckets, features
from hub.bot.entities import find_entities, masked
from hub.bot.plain import plain
from hub.bot.policy import Policy
from hub.bot.reading import Reader
from hub.bot.train import expand, phrases

HELD_OUT = tomllib.loads((Path(__file__).parent / "heldout.toml").read_text("utf-8"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_held_out_was_trained_on(language: str) -> None:
    trained = {plain(text) for lines in phrases(language).values() for line in lines for text in expand(line)}
    seen = [text for texts in HELD_OUT[language].values() for text in texts if plain(text) in trained]
    # Single words ("人工") have no other way to be written: a few may stand in both.
    assert len(seen) <= 0.06 * sum(map(len, HELD_OUT[language].values())), seen


@pytest.mark.parametrize("language", ["zh", "en"])
def test_at_least_nine_in_ten_intents_are_right(reader: Reader, language: str) -> None:
    trained = {plain(text) for lines in phrases(language).values() for line in lines for text in expand(line)}
    unseen = [(i, t) for i, texts in HELD_OUT[language].items() for t in texts if plain(t) not in trained]
    wrong = [(intent, text, reader.read(text).intent) for intent, text in unseen if reader.read(text).intent != intent]
    assert len(unseen) > 180 and len(wrong) <= 0.1 * len(unseen), wrong


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_not_ours_is_rejected(reader: Reader, language: str) -> None:
    sure = Policy().sure
    kept = [t for t in HELD_OUT[language]["other"] if _routed(reader, t, sure)]
    assert len(kept) <= 1, kept


@pytest.mark.parametrize("language", ["zh", "en"])
def test_rejecting_costs_little_of_what_is_ours(reader: Reader, language: str) -> None:
    ours = [t for intent, texts in HELD_OUT[language].items() if intent != "other" for t in texts]
    assert sum(_routed(reader, t, Policy().sure) for t in ours) >= 0.9 * len(ours)


def _routed(reader: Reader, text: str, sure: float) -> bool:
    guess = reader.read(text).guess
    return guess.intent != "other" and guess.p >= sure


def test_numbers_do_not_matter_but_that_there_is_one() -> None:
    def seen(text: str) -> list[int]:
        return list(buckets(masked(plain(text), find_entities(plain(text)))))

    assert seen("订单2026112200017到哪了") == seen("订单2025110900452到哪了") != seen("订单到哪了")


def test_features_are_bounded_however_long_the_text() -> None:
    assert sum(1 for _ in features("水壶 kettle " * 5_000)) < 6_000


def test_probabilities_are_ranked_and_sum_to_at_most_one() -> None:
    guess = Classifier.shipped().guess("我的订单到哪了")
    chances = [p for _, p in guess.ranked]
    assert chances == sorted(chances, reverse=True) and 0 < sum(chances) <= 1.0001
    assert guess.p_of(frozenset({guess.intent})) == guess.p


def test_a_text_without_any_known_feature_still_gets_a_guess() -> None:
    guess = Classifier.shipped().guess("")
    assert guess.intent and 0 <= guess.p <= 1 and BUCKETS == 65_536
