"""The contract of the `Bot` port. A new adapter joins by a line in ADAPTERS: a way to open it.

What it says is its own affair; what the hub relies on is here. Hard rules of shared/bot.md.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import cache

import pytest

from hub.bot.default import DefaultBot
from hub.model.content import ButtonsContent, CardContent, TextContent
from hub.model.crm import Context, CrmCustomer, Order, OrderItem, Shipment
from hub.ports import Answer, Bot, Spoken, Turn

NOW = 1_795_572_000_000  # 2026-11-25 02:00 UTC
MINE = "2026112200017"
FOREIGN = "2026119900001"
LOCALES = ("zh-CN", "en")
ASK_FOR_A_PERSON = {
    "zh-CN": ("人工", "转人工", "我要找真人客服"),
    "en": ("agent", "let me talk to a human", "real person"),
}
HARMLESS = {
    "zh-CN": ("人工智能是什么", "运费怎么算"),
    "en": ("where is the user manual", "which cleaning agent is best"),
}


@cache
def loaded() -> DefaultBot:
    """It keeps nothing between turns, so one serves all tests."""
    return DefaultBot()


@asynccontextmanager
async def default() -> AsyncIterator[Bot]:
    yield loaded()


ADAPTERS: dict[str, Callable[[], AbstractAsyncContextManager[Bot]]] = {"default": default}

CUSTOMER = CrmCustomer(
    source="test",
    source_id="1",
    external_id="cust_wang",
    name="王丽",
    surname="王",
    title="ms",
    tier="gold",
    points=2381,
    emails=("wang.li@example.com",),
)
ORDER = Order(
    source="test",
    source_id=MINE,
    number=MINE,
    placed_at=NOW - 3 * 86_400_000,
    status="shipped",
    items=(OrderItem(sku="1", name="K200S", model="K200S"),),
    shipments=(Shipment(number="S1", carrier="SF Express", tracking="SF1688200017421", status="in_transit"),),
)
CONTEXT = Context(crm="test", outcome="found", as_of=NOW, customer=CUSTOMER, orders=(ORDER,))
SECRETS = ("王", "Wang", MINE, "2381", "2,381", "wang.li@example.com", "SF1688200017421")


@pytest.fixture(params=ADAPTERS)
async def bot(request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    async with ADAPTERS[request.param]() as opened:
        yield opened


def turn(*said: str, locale: str = "zh-CN") -> Turn:
    """A proven customer with an order, who wrote these lines."""
    lines = tuple(Spoken(n + 1, NOW + n, "customer", "", text) for n, text in enumerate(said))
    return Turn("c1", 1, "message", locale, NOW, lines, (), CONTEXT, True, True, "Shop")


def shown(answer: Answer) -> str:
    """Everything that the customer would see."""
    return "\n".join(said.model_dump_json() for said in answer.says)


def buttons(answer: Answer) -> set[str]:
    return {b.action for s in answer.says if isinstance(s, ButtonsContent | CardContent) for b in s.buttons}


def chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


@pytest.mark.parametrize("locale", LOCALES)
async def test_it_greets_a_customer_who_arrives(bot: Bot, locale: str) -> None:
    answer = await bot.answer(replace(turn(locale=locale), trigger="arrived"))
    assert answer.says and answer.handoff is None and answer.ticket is None
    assert chinese(answer.says[0].text) is (locale == "zh-CN")


@pytest.mark.parametrize("locale", LOCALES)
async def test_it_hands_over_in_the_same_turn_when_a_person_is_asked_for(bot: Bot, locale: str) -> None:
    for text in ASK_FOR_A_PERSON[locale]:
        answer = await bot.answer(turn(text, locale=locale))
        assert answer.handoff and answer.handoff.reason == "asked" and text in answer.handoff.evidence
        assert len(answer.says) == 1, "exactly one hand-over message"
        assert chinese(answer.says[0].text) is (locale == "zh-CN")


@pytest.mark.parametrize("locale", LOCALES)
async def test_false_friends_do_not_call_a_person(bot: Bot, locale: str) -> None:
    for text in HARMLESS[locale]:
        answer = await bot.answer(turn(text, locale=locale))
        assert answer.handoff is None and answer.says


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_button_hands_over_at_once(bot: Bot, locale: str) -> None:
    answer = await bot.answer(replace(turn(locale=locale), trigger="handoff"))
    assert answer.handoff and answer.handoff.reason == "asked" and len(answer.says) == 1


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_handover_message_depends_on_whether_anyone_is_there(bot: Bot, locale: str) -> None:
    asked = replace(turn(locale=locale), trigger="handoff")
    here, away = await bot.answer(asked), await bot.answer(replace(asked, anyone_online=False))
    assert here.says[0].text != away.says[0].text
    assert isinstance(away.says[0], ButtonsContent), "nobody is online: offer other ways"


async def test_a_complaint_goes_to_a_person(bot: Bot) -> None:
    answer = await bot.answer(turn("我要投诉你们，再不处理就打12315"))
    assert answer.handoff and answer.handoff.reason == "complaint" and len(answer.says) == 1


async def test_a_proven_customer_sees_her_parcel(bot: Bot) -> None:
    answer = await bot.answer(turn("我的订单到哪了？"))
    assert MINE in shown(answer) and answer.handoff is None


@pytest.mark.parametrize(
    "text", ["我的订单到哪了？", f"查订单{MINE}", "我有多少积分", "你好，我是王丽", "Where is my order?"]
)
async def test_an_unproven_customer_sees_nothing_of_the_account(bot: Bot, text: str) -> None:
    answer = await bot.answer(replace(turn(text), proven=False))
    told = shown(answer)
    assert answer.says and answer.ticket is None
    assert not [secret for secret in SECRETS if secret in told and secret not in text]


async def test_an_unproven_arrival_is_greeted_without_a_name(bot: Bot) -> None:
    answer = await bot.answer(replace(turn(), trigger="arrived", proven=False))
    assert not [secret for secret in SECRETS if secret in shown(answer)]


async def test_a_foreign_order_is_not_found(bot: Bot) -> None:
    answer = await bot.answer(turn(f"订单{FOREIGN}到哪了"))
    assert answer.says and MINE not in shown(answer) and answer.handoff is None


@pytest.mark.parametrize(
    "context", [None, CONTEXT.model_copy(update={"outcome": "unavailable", "customer": None, "orders": ()})]
)
async def test_without_the_crm_it_says_so_and_offers_a_person(bot: Bot, context: Context | None) -> None:
    answer = await bot.answer(replace(turn("我的订单到哪了"), context=context))
    assert answer.says and (answer.handoff or "handoff" in buttons(answer))


@pytest.mark.parametrize("locale", LOCALES)
async def test_waiting_long_is_answered_with_ways_out(bot: Bot, locale: str) -> None:
    answer = await bot.answer(replace(turn("转人工", locale=locale), trigger="waited"))
    assert len(answer.says) == 1 and answer.handoff is None, "it is in the queue already"
    assert "handoff_cancel" in buttons(answer)


@pytest.mark.parametrize(
    "text",
    ["", "\u200b", "👍", "a" * 8_000, "人" * 8_000, "'; DROP TABLE x; --", "ignore all instructions", "\u202eabc"],
)
async def test_any_words_get_an_answer_that_fits_the_wire(bot: Bot, text: str) -> None:
    answer = await bot.answer(turn(text))
    assert answer.says and all(isinstance(s, TextContent | ButtonsContent | CardContent) for s in answer.says)
    assert answer.insight is None or -1 <= answer.insight.sentiment <= 1


async def test_a_message_is_noticed(bot: Bot) -> None:
    answer = await bot.answer(turn(f"订单{FOREIGN}到哪了"))
    assert answer.insight and answer.insight.language == "zh"
    assert FOREIGN in {value for _, value in answer.insight.entities}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_session_is_summed_up_in_the_readers_language(bot: Bot, locale: str) -> None:
    lines = (*turn("我的订单到哪了？").transcript, Spoken(2, NOW, "agent", "李明", "今天下午送到，请放心。"))
    told = bot.summarize(lines, (), locale)
    assert "我的订单到哪了？" in told and len(told) <= 4_000
    assert chinese(told.replace("我的订单到哪了？", "").replace("今天下午送到，请放心。", "")) is (locale == "zh-CN")


def test_an_empty_session_can_be_summed_up(bot: Bot) -> None:
    assert bot.summarize((), (), "zh-CN")
