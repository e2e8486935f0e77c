"""Covers hub/bot/skills/logistics.py and orders.py."""

from hub.bot.default import DefaultBot
from tests.bot.talk import FOREIGN, KETTLE, ORDERS, RICE, Talk, actions, card, found, labels, order, parcel, words

NEWER = order("2026112300999", "shipped", 1, "AP500", "AP500 空气净化器", parcel("2026112300999", "in_transit", eta=48))
PAID = order("2026112400111", "paid", 0.2, "CM15", "CM15 咖啡机")


async def test_of_several_open_orders_the_newest_and_buttons_for_the_others(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=(*ORDERS, NEWER, PAID)))
    answer = await talk.say("我的订单到哪了")
    shown = card(answer)
    assert NEWER.number in shown.title and "另外还有 2 个订单" in words(answer)
    assert [label[:5] for label in labels(shown)] == ["…0017", "…0111", "转人工"]
    answer = await talk.say(shown.buttons[0].value)
    assert RICE in words(answer)


async def test_a_named_order_is_the_one_shown(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=(*ORDERS, NEWER)))
    for text in (f"订单{RICE}到哪了", f"SF16{RICE[-10:]} 到哪里了", "尾号0017的快递到哪了", "电饭煲送到哪了"):
        assert RICE in card(await talk.say(text)).title
        talk.lines.clear()


async def test_a_number_that_is_not_hers_is_not_found_whoevers_it_is(wang: Talk) -> None:
    answer = await wang.say(f"订单{FOREIGN}到哪了")
    assert f"没有 {FOREIGN} 这个单号" in words(answer)
    assert RICE not in words(answer) and KETTLE not in words(answer)


async def test_a_paid_order_has_no_trail_yet(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(orders=(PAID,))).say("我的订单到哪了")
    assert "还没有发出" in words(answer) and card(answer).card == "order"


async def test_what_has_left_without_a_trail_is_not_said_to_be_here_still(bot: DefaultBot) -> None:
    """As of a CRM that tells of no parcels."""
    untracked = order("2026112400222", "shipped", 1, "CM15", "CM15 咖啡机")
    for question, yes, no in (
        ("我的订单到哪了", "已经发出", "还没有发出"),
        ("where is my order?", "has left", "not left"),
    ):
        answer = words(await Talk(bot, found(orders=(untracked,))).say(question))
        assert yes in answer and no not in answer, answer


async def test_when_all_have_arrived_the_last_one_is_told(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(orders=ORDERS[1:])).say("我的快递到哪了")
    assert "都已经送到了" in words(answer) and card(answer).status == "已签收"


async def test_delivered_but_not_received_says_what_to_do(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(orders=ORDERS[1:])).say("显示签收了但我没收到")
    assert "代收" in words(answer) and "handoff" in actions(answer)


async def test_without_orders_it_says_so(bot: DefaultBot) -> None:
    assert "还没有订单" in words(await Talk(bot, found(orders=())).say("我的订单到哪了"))


async def test_a_cancelled_order_is_not_on_its_way(bot: DefaultBot) -> None:
    gone = order("2026112300333", "cancelled", 1, "A", "a")
    answer = await Talk(bot, found(orders=(gone,))).say("我的订单到哪了")
    assert "没有在路上的订单" in words(answer) and "已取消" in words(answer)


async def test_of_two_parcels_it_says_which_one(bot: DefaultBot) -> None:
    two = order("2026112300444", "shipped", 2, "A", "a", parcel("1", "delivered"), parcel("2", "in_transit", eta=5))
    shown = card(await Talk(bot, found(orders=(two,))).say("快递到哪了"))
    assert any("共 2 个" in fact.value for fact in shown.facts)
