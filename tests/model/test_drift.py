"""Covers hub/model/drift.py: what is wrong with an answer has a code, and the console has words for each."""

import re
from pathlib import Path

import pytest

from hub.model.drift import SENTENCES, parted, sentence

LOCALES = Path(__file__).parents[2] / "static" / "console" / "locales"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_console_says_every_code_in_its_language(language: str) -> None:
    text = (LOCALES / f"{language}.js").read_text()
    assert set(re.findall(r'"drift\.(\w+)":', text)) == set(SENTENCES)


def test_an_argument_goes_along() -> None:
    assert parted("expression: `a & b`: no text: 1") == ("expression", "`a & b`: no text: 1")
    assert sentence("expression: `a & b`") == "can't be worked out: `a & b`"
    assert (parted("missing"), sentence("missing")) == (("missing", ""), "is missing")


def test_what_an_older_release_wrote_is_told_as_it_is() -> None:
    assert parted("is missing: somewhere") == ("is missing: somewhere", "")
    assert sentence("a list instead of a text") == "a list instead of a text"
