"""Covers hub/bot/plain.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bot.plain import READ_CHARS, grams, overlap, plain, shortened, tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Hello　WORLD ", "hello world"),
        ("人\u200b工\ufeff", "人工"),
        ("訂單到哪裡了", "订单到哪里了"),
        ("Ｋ２００Ｓ", "k200s"),
        ("don’t", "don't"),
        ("a\r\n\tb", "a b"),
    ],
)
def test_one_form_for_what_reads_the_same(text: str, folded: str) -> None:
    assert plain(text) == folded


@given(st.text(max_size=4_000))
def test_plain_text_is_short_and_stays_as_it_is(text: str) -> None:
    folded = plain(text)
    assert len(folded) <= READ_CHARS + 1
    assert plain(folded) == folded or not folded.isascii()


def test_a_long_text_keeps_its_start_and_its_end() -> None:
    short = shortened("开头" + "x" * 5_000 + "转人工")
    assert short.startswith("开头") and short.endswith("转人工") and len(short) == READ_CHARS + 1


def test_latin_words_are_whole_and_han_characters_single() -> None:
    assert tokens("我的k200s不工作 don't <order>") == ["我", "的", "k200s", "不", "工", "作", "don't", "<order>"]


def test_overlap_is_between_nothing_and_the_same() -> None:
    assert overlap(grams("我的订单到哪了"), grams("我的订单到哪了")) == 1.0
    assert overlap(grams("我的订单到哪了"), grams("今天天气")) == 0.0
    assert overlap(grams("我的订单到哪了"), grams("订单到哪里了")) > 0.5
