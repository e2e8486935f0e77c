"""Covers hub/bot/names.py."""

import pytest

from hub.bot.names import called
from hub.bot.words import Catalogue
from tests.bot.talk import WANG

WORDS = Catalogue.shipped()


@pytest.mark.parametrize(
    ("name", "surname", "title", "zh", "en"),
    [
        ("王丽", "王", "ms", "王女士", "Ms Wang"),
        ("欧阳·娜娜", "欧阳", "ms", "欧阳女士", "Ms Ouyang"),
        ("James Smith", "Smith", "mr", "Smith先生", "Mr Smith"),
        ("Siobhán O'Neil", "O'Neil", "ms", "O'Neil女士", "Ms O'Neil"),
        ("王丽", "王", "", "王丽", "王丽"),
        ("晁盖", "晁", "mr", "晁先生", "晁盖"),
        ("Cher", "", "ms", "Cher", "Cher"),
    ],
)
def test_how_people_are_called(name: str, surname: str, title: str, zh: str, en: str) -> None:
    customer = WANG.model_copy(update={"name": name, "surname": surname, "title": title})
    assert called(customer, WORDS.of("zh")) == zh and called(customer, WORDS.of("en")) == en
