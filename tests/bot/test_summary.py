"""Covers hub/bot/summary.py."""

import pytest

from hub.bot.default import DefaultBot
from hub.model.events import Insight
from hub.ports import Spoken
from tests.bot.talk import RICE, Talk


def spoken(*lines: tuple[str, str]) -> tuple[Spoken, ...]:
    return tuple(Spoken(n + 1, n, by, "", text) for n, (by, text) in enumerate(lines))  # type: ignore[arg-type]


async def test_a_session_with_the_bot_is_told_in_a_few_lines(wang: Talk) -> None:
    for text in ("你好", f"订单{RICE}到哪了", "水壶怎么除垢", "解决了，谢谢"):
        await wang.say(text)
    told = wang.bot.summarize(tuple(wang.lines), tuple(wang.insights), "zh-CN")
    assert f"“订单{RICE}到哪了”" in told and "“水壶怎么除垢”" in told and "“你好”" not in told
    assert "主题：物流、产品使用" in told and f"涉及单号：{RICE}" in told
    assert "已做：查了物流、给了使用说明" in told and told.endswith("结果：客户表示已解决")


async def test_it_is_in_the_readers_language_with_the_customers_words(wang: Talk) -> None:
    await wang.say("我的订单到哪了")
    told = wang.bot.summarize(tuple(wang.lines), tuple(wang.insights), "en")
    assert 'Customer asked: "我的订单到哪了"' in told and "About: delivery" in told
    assert "Done: looked up the delivery" in told and told.endswith("Outcome: not confirmed by the customer")


def test_what_an_agent_answered_is_kept(bot: DefaultBot) -> None:
    told = bot.summarize(
        spoken(
            ("customer", "我要转人工"),
            ("bot", "好的，我正在为您转接人工，前面的情况已经一并交给同事，您不用再说一遍。"),
            ("customer", "发票抬头写错了，手机13800138000"),
            ("agent", "已经为您重开发票，预计两个工作日内发到邮箱。"),
            ("agent", "不客气"),
        ),
        (),
        "zh",
    )
    assert "同事答复：已经为您重开发票" in told and "联系方式：13800138000" in told and "发票抬头写错了" in told


async def test_a_handover_and_a_ticket_show_in_the_outcome(wang: Talk) -> None:
    await wang.say("我想留言")
    await wang.say("水壶盖子松了，请看看")
    assert "已登记工单" in wang.bot.summarize(tuple(wang.lines), (), "zh")
    await wang.say("转人工")
    assert wang.bot.summarize(tuple(wang.lines), (), "zh").endswith("结果：转人工")


def test_unhappiness_is_told(bot: DefaultBot) -> None:
    assert "情绪：不满" in bot.summarize(spoken(("customer", "太差劲了，等了三天还没到")), (), "zh")


def test_insights_name_the_matter(bot: DefaultBot) -> None:
    noticed = (Insight(intent="invoice", entities=(("order", "2026000000001"),)),)
    told = bot.summarize(spoken(("customer", "那个弄好了吗")), noticed, "en")
    assert "About: invoice" in told and "2026000000001" in told


@pytest.mark.parametrize("locale", ["zh", "en", "", "fr"])
def test_nothing_asked_is_said(bot: DefaultBot, locale: str) -> None:
    assert bot.summarize((), (), locale)


def test_a_very_long_session_stays_short(bot: DefaultBot) -> None:
    lines = spoken(*(("customer", f"第{n}个问题：水壶{'坏' * 300}") for n in range(400)))
    assert len(bot.summarize(lines, (), "zh")) <= 1_800
