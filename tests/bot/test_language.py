"""Covers hub/bot/language.py."""

import pytest

from hub.bot.language import conversation_language, written_in


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的订单到哪了", "zh"),
        ("我的K200S和RV9都坏了", "zh"),
        ("where is my order", "en"),
        ("my name is 王 and I need help with the kettle", "en"),
        ("注文はどこですか", "ja"),
        ("주문 어디에 있나요", "ko"),
        ("Где мой заказ", "ru"),
        ("أين طلبي", "ar"),
        ("12345 👍", ""),
        ("ok", ""),
        ("", ""),
    ],
)
def test_the_script_tells(text: str, language: str) -> None:
    assert written_in(text) == language


def test_the_newest_line_that_tells_decides_else_the_page() -> None:
    assert conversation_language(["ok", "我的订单", "where is it"], "en") == "zh"
    assert conversation_language(["ok", "1"], "zh-CN") == "zh"
    assert conversation_language([], "") == "en"
