"""Covers hub/bot/skills/order_status.py, points.py, cancel_order.py and change_address.py."""

import pytest

from hub.bot.default import DefaultBot
from tests.bot.talk import FOREIGN, KETTLE, ORDERS, RICE, WANG, Talk, card, found, labels, order, words

PAID = order("2026112400111", "paid", 0.2, "CM15", "CM15 咖啡机")
PACKED = order("2026112400222", "packed", 0.1, "AP500", "AP500 净化器")


async def test_the_newest_order_with_the_others_to_choose(wang: Talk) -> None:
    answer = await wang.say("查一下我的订单")
    shown = card(answer)
    assert shown.card == "order" and RICE in shown.title and shown.status == "已发货"
    assert "…0133 K200S 恒温电热水壶" in labels(shown)


async def test_a_bare_number_is_a_question_about_that_order(wang: Talk) -> None:
    assert KETTLE in card(await wang.say(KETTLE)).title
    assert "没有" in words(await wang.say(FOREIGN))


async def test_points_and_level(wang: Talk) -> None:
    answer = await wang.say("我有多少积分")
    assert "2,380 积分，是金卡会员" in words(answer)
    assert ("可以抵", "¥23.80") in [(f.label, f.value) for f in card(answer).facts]


async def test_points_that_the_crm_does_not_keep_are_not_made_up(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(WANG.model_copy(update={"points": None}))).say("我的积分")
    assert "暂时看不到" in words(answer) and "0" not in words(answer)


async def test_what_has_not_left_is_cancelled_by_a_ticket(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(orders=(PAID, *ORDERS))).say("帮我取消订单")
    assert answer.ticket and answer.ticket.type == "cancel" and answer.ticket.order_ref == PAID.number
    assert answer.ticket.priority == "high" and "帮我取消订单" in answer.ticket.body and PAID.number in words(answer)


async def test_of_two_it_asks_which_one_to_cancel(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=(PAID, PACKED)))
    answer = await talk.say("取消订单")
    assert answer.ticket is None and "哪个订单" in words(answer)
    answer = await talk.say(answer.says[0].buttons[0].value)  # type: ignore[union-attr]
    assert answer.ticket and answer.ticket.order_ref == PACKED.number


@pytest.mark.parametrize(("number", "told"), [(RICE, "已经发出"), (KETTLE, "走退货"), (FOREIGN, "没有")])
async def test_what_has_left_cannot_be_cancelled(wang: Talk, number: str, told: str) -> None:
    answer = await wang.say(f"取消订单{number}")
    assert answer.ticket is None and told in words(answer)


async def test_a_new_address_is_for_people_and_names_the_order(wang: Talk) -> None:
    answer = await wang.say(f"订单{RICE}地址写错了要改一下")
    assert (
        answer.handoff
        and answer.handoff.reason == "policy"
        and f"{RICE} 的收货信息（已发货）" in answer.handoff.evidence
    )


async def test_a_guest_changes_nothing(guest: Talk) -> None:
    answer = await guest.say("帮我改一下收货地址")
    assert answer.handoff is None and "登录" in words(answer)
