"""Covers hub/bot/mood.py."""

import pytest

from hub.bot.mood import Mood
from hub.bot.plain import plain


@pytest.fixture(scope="module")
def mood() -> Mood:
    return Mood.shipped()


@pytest.mark.parametrize(
    "text", ["谢谢，太好了", "很好用，满意", "great, thanks a lot", "works perfect, love it", "not bad at all"]
)
def test_glad(mood: Mood, text: str) -> None:
    assert mood.sentiment(plain(text)) > 0.15


@pytest.mark.parametrize(
    "text",
    [
        "太差劲了，垃圾",
        "不好用",
        "等了三天还没到，失望",
        "this is terrible",
        "not good",
        "very disappointed, still broken",
    ],
)
def test_unhappy(mood: Mood, text: str) -> None:
    assert mood.sentiment(plain(text)) < -0.15


@pytest.mark.parametrize(
    "text",
    [
        *("我的订单到哪了", "where is my order", "退货政策是什么", "好的", "", "麻烦帮我查一下", "我想咨询个问题"),
        *("破壁机和扫拖机器人", "还差多少积分升级", "good morning, quick question", "怎么退差价，行不行"),
    ],
)
def test_neither(mood: Mood, text: str) -> None:
    assert mood.sentiment(plain(text)) == 0.0


def test_worse_words_weigh_more_and_nothing_leaves_the_scale(mood: Mood) -> None:
    assert mood.sentiment("太差劲了垃圾骗子") < mood.sentiment("有点失望") < 0
    assert -1 <= mood.sentiment("垃圾" * 500) <= -0.9


def test_urgency(mood: Mood) -> None:
    assert mood.urgency("我急用，今天必须到", "logistics") == "high"
    assert mood.urgency("i need it asap", "logistics") == "high"
    assert mood.urgency("谢谢", "thanks_bye") == "low"
    assert mood.urgency("怎么除垢", "product_help") == "normal"
