"""Covers hub/bot/cards.py: whatever a CRM holds becomes a valid card."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.bot.default import DefaultBot
from hub.model.content import CardContent
from hub.model.crm import Order, Shipment
from tests.bot.talk import ORDERS, Talk, card, found, order, parcel, ticket, words

TEXT = st.text(max_size=700)
TIME = st.integers(-(2**40), 2**60)
Wild = st.SearchStrategy[dict[str, Any]]
STEPS: Wild = st.builds(dict, at=TIME, text=TEXT, place=TEXT)
PARCELS: Wild = st.builds(
    dict,
    number=TEXT,
    carrier=TEXT,
    tracking=TEXT,
    status=st.sampled_from(Shipment.model_fields["status"].annotation.__args__),  # type: ignore[union-attr]
    eta=TIME,
    trail=st.lists(STEPS, max_size=40),
)
ITEMS: Wild = st.builds(dict, sku=TEXT, name=TEXT, model=TEXT, qty=st.integers(-1, 10**9))
WILD: Wild = st.builds(
    dict,
    source=st.just("t"),
    source_id=TEXT,
    number=TEXT,
    url=TEXT,
    placed_at=TIME,
    status=st.sampled_from(Order.model_fields["status"].annotation.__args__),  # type: ignore[union-attr]
    currency=TEXT,
    total=TEXT,
    items=st.lists(ITEMS, max_size=3),
    shipments=st.lists(PARCELS, max_size=3),
)


@given(st.lists(WILD, min_size=1, max_size=3), st.sampled_from(["zh", "en"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_any_order_becomes_a_card_or_words(bot: DefaultBot, wild: list[dict[str, Any]], locale: str) -> None:
    talk = Talk(bot, found(orders=tuple(Order.model_validate(o) for o in wild)), locale=locale)
    for text in ("我的订单到哪了", "查订单", "取消订单") if locale == "zh" else ("where is my order", "my orders"):
        assert (await talk.say(text)).says


async def test_a_shipment_card_tells_the_essentials_in_its_text_too(wang: Talk) -> None:
    shown = card(await wang.say("我的订单到哪了"))
    for part in ("顺丰速运", "SF16", "今天 22:00", "RC40 IH 电饭煲", "上海浦东 · 快件正在派送"):
        assert part in shown.text
    assert shown.trail[1].text == "快件离开【上海转运中心】", "the place stands in the text already"


async def test_a_late_parcel_warns_and_an_exception_is_danger(bot: DefaultBot) -> None:
    late = order("2026110100001", "shipped", 5, "A", "a", parcel("1", "in_transit", eta=-20))
    answer = await Talk(bot, found(orders=(late,))).say("我的订单到哪了")
    assert card(answer).tone == "warn" and "晚了" in words(answer)
    held = order("2026110100001", "shipped", 5, "A", "a", parcel("1", "exception", eta=20))
    answer = await Talk(bot, found(orders=(held,))).say("我的订单到哪了")
    assert card(answer).tone == "danger" and "抱歉" in words(answer) and "预计" not in answer.says[0].text


async def test_an_order_card_links_only_to_web_pages(bot: DefaultBot) -> None:
    for url, shown in (("https://shop.example/1", "https://shop.example/1"), ("javascript:alert(1)", None)):
        linked = ORDERS[1].model_copy(update={"url": url})
        assert card(await Talk(bot, found(orders=(linked,))).say("查订单")).url == shown


async def test_a_ticket_card_keeps_colleagues_remarks_to_colleagues(bot: DefaultBot) -> None:
    talk = Talk(bot, found(tickets=(ticket("T10023"),)))
    answer = await talk.say("我的工单进度")
    shown: CardContent = card(answer)
    assert "T10023" in shown.title and "SECRET" not in words(answer)
    assert all("SECRET" not in fact.value for fact in shown.facts)
