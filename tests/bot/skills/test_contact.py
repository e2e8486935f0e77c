"""Covers hub/bot/skills/call_me.py, leave_message.py, invoice.py and small_talk.py."""

from hub.bot.default import DefaultBot
from tests.bot.talk import KETTLE, RICE, Talk, found, labels, words


async def test_a_call_goes_to_the_number_on_file_once_she_agreed(wang: Talk) -> None:
    asked = await wang.say("给我回个电话")
    assert "尾号 1234" in words(asked) and "138000012" not in words(asked)
    answer = await wang.say("可以，明天上午")
    assert answer.ticket and answer.ticket.type == "callback" and "+8613800001234" in answer.ticket.subject
    assert "明天上午" in answer.ticket.body and "给我回个电话" in answer.ticket.body


async def test_another_number_replaces_the_one_on_file(wang: Talk) -> None:
    await wang.say("给我回个电话")
    answer = await wang.say("换一个，打13912345678")
    assert answer.ticket and "13912345678" in answer.ticket.subject


async def test_refusing_the_number_on_file_is_no_yes(wang: Talk) -> None:
    await wang.say("给我回个电话")
    answer = await wang.say("不是这个号码")
    assert answer.ticket is None and "手机号" in words(answer)


async def test_a_guest_may_leave_a_number_for_a_call(guest: Talk) -> None:
    assert "留一个手机号" in words(await guest.say("能打电话给我吗"))
    answer = await guest.say("13912345678")
    assert answer.ticket and "13912345678" in words(answer) and "半小时" in words(answer)


async def test_out_of_hours_a_call_is_promised_for_the_hours(bot: DefaultBot) -> None:
    answer = await Talk(bot, proven=False, online=False).say("请给13912345678回个电话")
    assert answer.ticket and "9:00–21:00" in words(answer) and "半小时" not in words(answer)


async def test_a_message_is_taken_word_for_word_whatever_is_in_it(wang: Talk) -> None:
    await wang.say("我想留言")
    said = "麻烦转告售后：我的订单到哪了也没人说，水壶还漏水，让懂的人工打给我，发票也没开"
    answer = await wang.say(said)
    assert answer.ticket and answer.ticket.type == "message" and said in answer.ticket.body and answer.handoff is None


async def test_a_contact_in_the_message_is_kept(guest: Talk) -> None:
    await guest.say("我想留言")
    answer = await guest.say("壶漏水，邮箱 a.b@example.com")
    assert answer.ticket and "联系方式：a.b@example.com" in answer.ticket.body and "a.b@example.com" in words(answer)


async def test_asking_for_a_person_instead_of_a_message_hands_over(guest: Talk) -> None:
    await guest.say("我想留言")
    assert (await guest.say("转人工")).handoff


async def test_a_very_long_message_fits_a_ticket(guest: Talk) -> None:
    await guest.say("我想留言")
    answer = await guest.say("壶" * 8_000)
    assert answer.ticket and 2_900 < len(answer.ticket.body) <= 4_000


async def test_invoices_are_explained_with_her_orders_to_choose(wang: Talk) -> None:
    answer = await wang.say("怎么开发票")
    assert "依据《发票说明》" in words(answer) and f"给订单 {KETTLE} 开发票" in labels(answer.says[0])


async def test_an_invoice_needs_a_name_and_becomes_a_ticket(wang: Talk) -> None:
    assert "抬头" in words(await wang.say(f"给订单 {KETTLE} 开发票"))
    answer = await wang.say("上海某某有限公司 91310115MA1K4AAAA1")
    assert answer.ticket and answer.ticket.type == "invoice" and answer.ticket.order_ref == KETTLE
    assert "91310115MA1K4AAAA1" in answer.ticket.body


async def test_no_invoice_before_the_goods(bot: DefaultBot) -> None:
    paid = found().orders[0].model_copy(update={"status": "paid", "shipments": ()})
    answer = await Talk(bot, found(orders=(paid,))).say(f"给订单 {RICE} 开发票")
    assert answer.ticket is None and "还没签收" in words(answer)


async def test_an_acknowledgement_is_answered_in_a_line(guest: Talk) -> None:
    assert words(await guest.say("好的")) == "好的，还有什么需要随时告诉我。"
