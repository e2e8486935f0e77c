"""Covers hub/bot/skills/product_help.py, faq.py, buying.py, articles.py and opening_hours.py."""

import pytest

from hub.bot.default import DefaultBot
from hub.model.crm import OwnedProduct
from tests.bot.talk import WANG, Talk, actions, found, labels, words

THREE = WANG.model_copy(
    update={"products_owned": tuple(OwnedProduct(name=m, model=m) for m in ("RV9", "AP500", "CM15"))}
)


async def test_the_owned_products_manual_answers_and_is_named(wang: Talk) -> None:
    answer = await wang.say("怎么除垢")
    assert words(answer).startswith("**除水垢**") and words(answer).endswith("出自《K200S 恒温电热水壶使用说明》")
    assert labels(answer.says[0])[-4:] == ["解决了，谢谢", "还是不行", "申请维修", "转人工"]


async def test_two_owned_products_with_the_same_trouble_are_asked_about(bot: DefaultBot) -> None:
    talk = Talk(bot, found(THREE, orders=()))
    asked = await talk.say("怎么连wifi")
    assert "哪款产品" in words(asked)
    assert {label[:3] for label in labels(asked.says[0])} >= {"RV9", "AP5"}
    button = next(b for b in asked.says[0].buttons if b.label.startswith("RV9"))  # type: ignore[union-attr]
    assert "等待连接网络" in words(await talk.say(button.value))


async def test_typing_the_products_name_answers_the_question_too(bot: DefaultBot) -> None:
    talk = Talk(bot, found(THREE, orders=()))
    await talk.say("怎么连wifi")
    assert "RV9" in words(await talk.say("扫地机"))


async def test_the_product_talked_about_stays_the_subject(bot: DefaultBot) -> None:
    talk = Talk(bot, found(THREE, orders=()))
    await talk.say("净化器滤芯怎么换")
    assert "AP500" in words(await talk.say("怎么连wifi"))


async def test_a_known_product_with_an_unknown_trouble_offers_its_sections(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(orders=())).say("我的水壶有点问题")
    assert "K200S" in words(answer) and "不通电、不加热" in labels(answer.says[0])


async def test_each_section_button_brings_its_section(bot: DefaultBot) -> None:
    asked = await Talk(bot, found(orders=())).say("我的水壶有点问题")
    for button in asked.says[0].buttons[:-1]:  # type: ignore[union-attr]
        assert f"**{button.label}**" in words(await Talk(bot, found(orders=())).say(button.value))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("退货政策是什么", "依据《退换货政策》"),
        ("运费多少", "依据《配送说明》"),
        ("支持花呗分期吗", "依据《支付与价格》"),
        ("保修多久", "依据《保修政策》"),
        ("积分怎么用", "依据《积分与会员》"),
        ("what is your return policy", 'See "Returns and exchanges"'),
        ("how long is the warranty", 'See "Warranty"'),
    ],
)
async def test_policies_are_answered_for_everybody_with_their_source(guest: Talk, text: str, title: str) -> None:
    answer = await guest.say(text)
    assert title in words(answer) and answer.insight and answer.insight.intent == "faq"


async def test_prices_and_stock_are_not_guessed(guest: Talk) -> None:
    answer = await guest.say("K200S多少钱，有货吗")
    assert "以商品页为准" in words(answer) and "199" not in words(answer) and "handoff" in actions(answer)


async def test_what_a_product_can_do_comes_from_its_manual(guest: Talk) -> None:
    assert "1.7 升" in words(await guest.say("K200S容量多大，能装多少水"))


@pytest.mark.parametrize("online", [True, False])
async def test_opening_hours_say_whether_anybody_is_there_now(bot: DefaultBot, online: bool) -> None:
    answer = await Talk(bot, proven=False, online=online).say("人工客服几点上班")
    assert words(answer).startswith("现在有同事在线" if online else "现在没有同事在线") and "9:00–21:00" in words(
        answer
    )
    assert answer.handoff is None and ("我想留言" in labels(answer.says[0])) is not online


async def test_a_question_that_nobody_knows_is_not_answered_with_something_else(guest: Talk) -> None:
    answer = await guest.say("你们老板叫什么名字住在哪里")
    assert "《" not in words(answer)


@pytest.mark.parametrize(
    ("text", "told", "not_told"),
    [
        ("which kettle should I buy for travelling?", ("K120", "0.6 litres", "1.7 litres"), ("warranty", "Half fill")),
        ("I want to buy a kettle", ("0.6 litres", "1.7 litres"), ("third year",)),
        ("which travel kettle do you recommend", ("0.6 litres",), ("1.7 litres",)),
        ("K200S or the travel kettle, which is better?", ("0.6 litres", "1.7 litres"), ("Descaling",)),
        ("推荐一款适合出差用的水壶", ("0.6 升", "1.7 升"), ("报修",)),
        ("买哪个电饭煲好", ("4 升",), ("E1",)),
    ],
)
async def test_who_chooses_is_told_what_there_is_and_not_how_it_is_repaired(
    guest: Talk, text: str, told: tuple[str, ...], not_told: tuple[str, ...]
) -> None:
    guest.locale = "zh-CN" if text[-1] > "\u4e00" else "en-GB"
    said = words(await guest.say(text))
    assert all(it in said for it in told), said
    assert not any(it in said for it in not_told), said


async def test_an_offer_is_told_also_where_a_product_is_named(guest: Talk) -> None:
    assert 'See "Orders and offers"' in words(await guest.say("is there a coupon code for the kettle"))


async def test_a_word_in_common_is_no_answer_to_a_question_about_a_product(guest: Talk) -> None:
    assert "points" not in words(await guest.say("is the kettle good for travelling?"))


async def test_a_guest_who_asks_for_an_order_gets_nothing_else_in_its_place(guest: Talk) -> None:
    answer = await guest.say("where is my order?")
    assert len(answer.says) == 1 and "sign in" in words(answer)
