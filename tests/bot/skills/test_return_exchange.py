"""Covers hub/bot/skills/return_exchange.py and refund_status.py."""

import pytest

from hub.bot.default import DefaultBot
from hub.model.content import ButtonsContent
from tests.bot.talk import KETTLE, ORDERS, RICE, Talk, card, found, labels, order, parcel, ticket, words

FRESH = order("2026112000555", "delivered", 5, "AF55", "AF55 空气炸锅", parcel("2026112000555", "delivered", hours=72))
TEN = order("2026111000666", "delivered", 14, "HM45", "HM45 加湿器", parcel("2026111000666", "delivered", hours=240))


async def test_it_asks_for_the_order_then_the_reason_then_opens_a_ticket(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=(FRESH, *ORDERS)))
    asked = (await talk.say("我要退货")).says[0]
    assert isinstance(asked, ButtonsContent) and "哪个订单" in asked.text
    fryer = next(b for b in asked.buttons if "AF55" in b.label)
    asked = (await talk.say(fryer.value)).says[0]
    assert "退换的原因" in asked.text and FRESH.number in asked.text and "质量问题" in labels(asked)
    answer = await talk.say("质量问题")
    draft = answer.ticket
    assert draft and draft.type == "return" and draft.order_ref == FRESH.number and "质量问题" in draft.body
    assert FRESH.number in words(answer) and answer.handoff is None


async def test_everything_in_one_sentence_needs_no_question(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(orders=(FRESH, *ORDERS))).say("空气炸锅到货就是坏的，我要换一个新的")
    assert answer.ticket and answer.ticket.type == "exchange" and answer.ticket.order_ref == FRESH.number


async def test_one_order_only_is_not_asked_for(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(orders=(FRESH,))).say("我要退货")
    assert "退换的原因" in words(answer)


async def test_the_ticket_is_opened_once(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=(FRESH,)))
    await talk.say("我要退货")
    assert (await talk.say("质量问题")).ticket
    assert (await talk.say("好的")).ticket is None


async def test_a_change_of_mind_after_seven_days_is_for_people_to_decide(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=(TEN,)))
    await talk.say("我要退货")
    answer = await talk.say("不想要了")
    assert answer.handoff and answer.handoff.reason == "policy" and "超过 7 天" in answer.handoff.evidence


async def test_a_fault_within_fifteen_days_is_fine(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=(TEN,)))
    await talk.say("我要退货")
    assert (await talk.say("质量问题")).ticket


async def test_a_fault_later_is_a_repair_under_warranty(wang: Talk) -> None:
    answer = await wang.say(f"订单{KETTLE}质量有问题我要退货")
    assert answer.ticket is None and "免费维修" in words(answer) and "申请维修" in labels(answer.says[0])


@pytest.mark.parametrize(
    ("status", "told"),
    [("paid", "还没发货"), ("returned", "已经退过货"), ("cancelled", "已经取消"), ("shipped", "还没签收")],
)
async def test_orders_that_need_something_else(bot: DefaultBot, status: str, told: str) -> None:
    it = order("2026112400777", status, 1, "X1", "X")
    answer = await Talk(bot, found(orders=(it,))).say("订单2026112400777要退货")
    assert answer.ticket is None and told in words(answer)


async def test_nothing_bought_is_nothing_to_return(bot: DefaultBot) -> None:
    assert "没有可以退换的订单" in words(await Talk(bot, found(orders=())).say("我要退货"))


async def test_a_foreign_order_cannot_be_returned(wang: Talk) -> None:
    answer = await wang.say("订单2026999900001要退货")
    assert answer.ticket is None and "没有 2026999900001 这个单号" in words(answer)


async def test_english_works_the_same(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=(FRESH,)), locale="en")
    assert "what is the reason" in words(await talk.say("I want to return my air fryer"))
    answer = await talk.say("It arrived damaged")
    assert answer.ticket and answer.ticket.subject == f"Request (return): order {FRESH.number}"


async def test_a_long_reason_fits_the_ticket(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=(FRESH,)))
    await talk.say("我要退货")
    answer = await talk.say("坏了，" * 2_000)
    assert answer.ticket and len(answer.ticket.body) < 1_000


async def test_a_refund_on_its_way_is_told_from_the_open_ticket(bot: DefaultBot) -> None:
    talk = Talk(bot, found(tickets=(ticket("T10024", "pending", "return", RICE),)))
    answer = await talk.say("退款到了吗")
    assert "T10024" in card(answer).title and card(answer).status == "等待您的回复"


async def test_a_return_that_arrived_tells_how_long_the_money_takes(bot: DefaultBot) -> None:
    back = order("2026110100888", "returned", 20, "A", "a")
    answer = await Talk(bot, found(orders=(back,))).say("我的退款怎么还没到")
    assert back.number in words(answer) and "1–5 个工作日" in words(answer)


async def test_no_refund_is_said_plainly(wang: Talk) -> None:
    assert "没有查到正在处理的退款" in words(await wang.say("我的退款怎么还没到"))
