"""Covers hub/bot/words.py and the texts: no missing key, no English left in Chinese, and every question recognised."""

import re
from pathlib import Path

import pytest

import hub.bot
from hub.bot.words import Catalogue, Template

CATALOGUE = Catalogue.shipped()
ZH, EN = CATALOGUE.of("zh-CN"), CATALOGUE.of("en")
DONE = {
    "return_exchange.done",
    "repair.done",
    "invoice.done",
    "call_me.done",
    "leave_message.done",
    "cancel_order.done",
}
LATIN = re.compile(r"[A-Za-z]{2,}")


def test_both_languages_say_the_same_things() -> None:
    assert ZH.keys == EN.keys and len(ZH.keys) > 150


def test_both_languages_take_the_same_values() -> None:
    """Only a month is a number in one and a name in the other."""
    for key in ZH.keys:
        assert not (ZH.template(key).names ^ EN.template(key).names) - {"name", "month"}, key


def test_no_english_is_left_in_chinese() -> None:
    for key in ZH.keys:
        own = "".join(literal for literal, _ in ZH.template(key).pieces)
        assert not LATIN.search(own), own


def test_bad_news_has_no_exclamation_mark() -> None:
    for key in (k for k in ZH.keys if k.startswith(("unsure.", "account.", "handoff."))):
        for words in (ZH, EN):
            assert not any("!" in lit or "！" in lit for lit, _ in words.template(key).pieces)


def test_every_key_is_said_somewhere() -> None:
    source = "".join(p.read_text("utf-8") for p in Path(hub.bot.__file__).parent.rglob("*.py"))
    prefixes = (
        "part_of_day.",
        "title.",
        "tier.",
        "order.",
        "shipment.",
        "ticket_status.",
        "kind.",
        "done.",
        "intent.",
        "moving.",
    )
    computed = (*prefixes, "clock.", "handoff.open.", "summary.", "button.")
    unsaid = [k for k in ZH.keys if f'"{k}"' not in source and not k.startswith(computed)]
    assert not [k for k in unsaid if k.rsplit(".", 1)[1].removeprefix("lacks_") not in source]


def test_a_missing_value_is_an_error_and_a_long_one_is_cut() -> None:
    with pytest.raises(KeyError):
        ZH.say("points.line", who="")
    assert len(ZH.say("order.title", order="9" * 5_000)) < 1_000


def test_values_are_not_templates() -> None:
    assert ZH.say("order.title", order="{who}") == "订单 {who}"


def test_english_sentences_start_with_a_capital() -> None:
    assert EN.say("points.line", who="", points="1", tier="").startswith("Your")


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_every_question_is_recognised_as_itself(words) -> None:  # type: ignore[no-untyped-def]
    values = {n: "2026112200017" for k in words.keys for n in words.template(k).names}
    for key in sorted(k for k in words.keys if k.startswith(("ask.", "unsure.")) or k in DONE):
        assert CATALOGUE.key_of(words.say(key, **values)) == key


def test_other_texts_are_nobodys() -> None:
    assert CATALOGUE.key_of("您好，我是李明，马上帮您看。") == ""
    assert CATALOGUE.key_of("") == ""


def test_a_template_explains_a_text_only_in_order() -> None:
    template = Template.parse("from {a} to {b} end")
    assert template.fits("from x to y end") > 0
    assert template.fits("end to from") == 0
