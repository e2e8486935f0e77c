"""Covers hub/calls/voice/grammar.py: what words mean, whichever engine heard them or whoever typed them."""

import pytest

from hub.calls.voice.grammar import Meaning, jsgf, meaning


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("zero zero one seven", "0017"),
        ("oh, oh, one, seven.", "0017"),
        ("0017", "0017"),
        ("It's 2026112200017, I think", "2026112200017"),
        ("零零幺七", "0017"),
        ("二〇二六", "2026"),
        ("尾号是 0 0 1 7", "0017"),
    ],
)
def test_digits_in_whatever_form(words: str, digits: str) -> None:
    assert meaning(words) == Meaning("number", digits)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("yes", "yes"),
        ("yes please", "yes"),
        ("Yeah.", "yes"),
        ("是", "yes"),
        ("对的", "yes"),
        ("需要", "yes"),
        ("no", "no"),
        ("No thanks", "no"),
        ("不是", "no"),
        ("不需要", "no"),
        ("不对", "no"),
        ("agent", "person"),
        ("a person, please", "person"),
        ("人工", "person"),
        ("我要转人工客服", "person"),
        ("call me back", "callback"),
        ("给我回电", "callback"),
        ("the kettle leaks", ""),
        ("", ""),
    ],
)
def test_other_words(words: str, kind: str) -> None:
    assert meaning(words).kind == kind


def test_a_grammar_asks_for_what_is_expected() -> None:
    assert "<digit> <digit> <digit> <digit>" in jsgf("number")
    assert "yes" in jsgf("yes_no")
    assert "yes" not in jsgf("person")
