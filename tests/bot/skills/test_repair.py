"""Covers hub/bot/skills/repair.py and ticket_status.py."""

from hub.bot.default import DefaultBot
from hub.model.crm import OwnedProduct
from tests.bot.talk import DAY, NOW, WANG, Talk, card, found, labels, ticket, words

OLD = OwnedProduct(name="CM15 咖啡机", model="CM15", warranty_until=NOW - DAY)
TWO = WANG.model_copy(update={"products_owned": (*WANG.products_owned, OLD)})


async def test_it_asks_product_and_symptom_then_opens_a_ticket(bot: DefaultBot) -> None:
    talk = Talk(bot, found(TWO, orders=()))
    asked = await talk.say("我要报修")
    assert "哪件产品" in words(asked) and labels(asked.says[0])[:2] == ["K200S 恒温电热水壶", "CM15 咖啡机"]
    asked = await talk.say("CM15")
    assert "CM15 咖啡机" in words(asked) and "到期" in words(asked) and "描述一下故障" in words(asked)
    answer = await talk.say("打开就跳闸")
    assert answer.ticket and answer.ticket.type == "repair" and "打开就跳闸" in answer.ticket.body
    assert "CM15" in answer.ticket.subject and "先报价" in words(answer)


async def test_the_only_product_is_not_asked_for_and_its_warranty_is_told(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=()))
    assert "保修到 2028年4月" in words(await talk.say("申请维修"))
    answer = await talk.say("壶底漏水")
    assert answer.ticket and "免费维修" in words(answer)


async def test_a_symptom_in_the_first_line_is_not_asked_again(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(orders=())).say("水壶壶底漏水了，我要报修")
    assert answer.ticket and "壶底漏水" in answer.ticket.body


async def test_after_the_manual_did_not_help_nothing_has_to_be_written_twice(wang: Talk) -> None:
    await wang.say("水壶一直滴滴响")
    await wang.say("还是不行")
    answer = await wang.say("申请维修")
    assert answer.ticket and "水壶一直滴滴响" in answer.ticket.body and "K200S" in answer.ticket.subject


async def test_a_products_name_is_no_symptom(bot: DefaultBot) -> None:
    talk = Talk(bot, found(orders=()))
    await talk.say("申请维修")
    assert (await talk.say("K200S")).ticket is None


async def test_tickets_are_shown_newest_open_first_or_by_number(bot: DefaultBot) -> None:
    talk = Talk(bot, found(tickets=(ticket("T10023", "solved"), ticket("T10024"), ticket("T10025", "pending"))))
    assert card(await talk.say("我的工单进度")).title in ("工单 T10024", "工单 T10025")
    shown = card(await talk.say("工单T10023处理了吗"))
    assert shown.title == "工单 T10023" and shown.status == "已解决" and shown.tone == "ok"
    assert "没有 T19999" in words(await talk.say("工单T19999处理了吗"))


async def test_no_open_ticket_is_said(wang: Talk) -> None:
    assert "没有处理中的工单" in words(await wang.say("我的工单进度"))
