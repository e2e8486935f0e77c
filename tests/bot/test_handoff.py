"""Covers hub/bot/handoff.py and the two rules of default.py: when a person is called, why, and what goes along."""

from dataclasses import replace

import pytest

from hub.bot.default import DefaultBot
from hub.bot.reading import Reader
from hub.model.content import ButtonsContent
from tests.bot.talk import RICE, SMITH, WANG, Talk, actions, found, labels, words

CHEN = WANG.model_copy(update={"tier": "platinum", "title": "mr", "surname": "陈", "name": "陈建国"})


def one_message(answer: object) -> ButtonsContent:
    says = answer.says  # type: ignore[attr-defined]
    assert len(says) == 1 and isinstance(says[0], ButtonsContent)
    return says[0]


# --- the one message --------------------------------------------------------------------------------------


async def test_pressing_the_button_hands_over_at_once(wang: Talk) -> None:
    answer = await wang.on("handoff")
    assert answer.handoff and answer.handoff.reason == "asked"
    assert "正在为您转接人工" in one_message(answer).text and actions(answer) == {"handoff_cancel"}


async def test_with_nobody_online_it_says_so_and_offers_other_ways(wang: Talk) -> None:
    wang.online = False
    answer = await wang.say("转人工")
    shown = one_message(answer)
    assert answer.handoff and "没有同事在线" in shown.text and "9:00–21:00" in shown.text
    assert labels(shown) == ["我想留言", "请给我回电", "继续问智能助手"]
    assert "正在为您转接" not in shown.text


async def test_it_is_in_the_customers_language(bot: DefaultBot) -> None:
    talk = Talk(bot, found(SMITH), locale="zh-CN", online=False)
    answer = await talk.say("let me talk to a real person please")
    assert answer.handoff and "Nobody is online right now" in words(answer)
    assert one_message(answer).text.startswith("Of course.")


async def test_waiting_long_apologises_and_offers_ways_out(wang: Talk) -> None:
    await wang.say("转人工")
    answer = await wang.on("waited")
    shown = one_message(answer)
    assert answer.handoff is None and shown.text.startswith("抱歉，让您久等了")
    assert labels(shown) == ["继续等", "我想留言", "请给我回电", "继续问智能助手"]
    assert actions(answer) == {"handoff_cancel"}


async def test_waiting_with_nobody_online_is_honest(wang: Talk) -> None:
    wang.online = False
    assert "没有同事在线" in words(await wang.on("waited"))


async def test_the_summary_holds_the_question_the_number_and_what_was_tried(wang: Talk) -> None:
    await wang.say("你好")
    await wang.say(f"订单{RICE}到哪了")
    answer = await wang.say("转人工")
    assert answer.handoff
    assert f"“订单{RICE}到哪了”" in answer.handoff.summary and RICE in answer.handoff.summary
    assert "王女士 · 金卡会员" in answer.handoff.summary and answer.handoff.tried == ("查了物流",)
    assert answer.handoff.evidence == "转人工" and answer.insight


# --- legal words and complaints ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("我要投诉", "再不处理我就打12315", "我找律师起诉你们", "你们就是骗子", "去消协告你们", "气死我了，垃圾服务"),
        *(
            "I want to make a complaint",
            "my lawyer will be in touch",
            "this is a scam",
            "worst service ever, disgusting",
        ),
    ],
)
async def test_complaints_and_legal_words_go_to_a_person(bot: DefaultBot, text: str) -> None:
    answer = await Talk(bot, found()).say(text)
    assert answer.handoff and answer.handoff.reason == "complaint" and text in answer.handoff.evidence


@pytest.mark.parametrize(
    "text", ["我不是要投诉，就问问运费", "no complaints, the kettle works great", "谢谢，服务不错"]
)
async def test_the_word_alone_is_no_complaint(bot: DefaultBot, text: str) -> None:
    assert (await Talk(bot, found()).say(text)).handoff is None


async def test_asking_how_far_a_complaint_is_does_not_complain(wang: Talk) -> None:
    answer = await wang.say("我的投诉处理进度怎么样了")
    assert answer.handoff is None


async def test_harsh_words_as_a_reason_are_an_answer(wang: Talk) -> None:
    await wang.say(f"我要退订单{RICE[:-5]}")
    await wang.say("我要退水壶")
    answer = await wang.say("质量太差了")
    assert answer.handoff is None or answer.handoff.reason != "complaint"


# --- danger -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["水壶漏电了，手麻了一下", "电饭煲冒烟了！", "it caught fire", "the kettle gave me an electric shock"]
)
async def test_danger_is_a_priority_with_the_safe_thing_to_do_first(bot: DefaultBot, text: str) -> None:
    answer = await Talk(bot, found()).say(text)
    assert answer.handoff and answer.handoff.reason == "priority"
    assert words(answer).startswith(("请先断开电源", "Please unplug it now"))


@pytest.mark.parametrize(
    "text", ["空气炸锅冒白烟正常吗", "这个壶会漏电吗", "鸡翅炸了多久能好", "is white smoke normal?"]
)
async def test_a_question_about_danger_is_a_question(bot: DefaultBot, text: str) -> None:
    answer = await Talk(bot, found()).say(text)
    assert answer.handoff is None or answer.handoff.reason != "priority"


# --- unsure, repeated, sinking ----------------------------------------------------------------------------


async def test_two_unsure_turns_in_a_row_call_a_person(guest: Talk) -> None:
    first = await guest.say("阿巴阿巴阿巴")
    assert first.handoff is None and "handoff" in actions(first)
    second = await guest.say("呜啦呜啦咕噜")
    assert second.handoff and second.handoff.reason == "unsure"
    assert "阿巴阿巴阿巴 | 呜啦呜啦咕噜" in second.handoff.evidence


async def test_an_answer_in_between_starts_the_count_again(guest: Talk) -> None:
    await guest.say("阿巴阿巴阿巴")
    await guest.say("退货政策是什么")
    assert (await guest.say("呜啦呜啦咕噜")).handoff is None


@pytest.mark.parametrize(("can_call", "online"), [(True, True), (False, True), (True, False)])
async def test_where_words_do_not_help_a_look_by_video_is_offered_if_somebody_is_there(
    wang: Talk, can_call: bool, online: bool
) -> None:
    wang.can_call, wang.online = can_call, online
    await wang.say("水壶一直滴滴响")
    answer = await wang.say("还是不行")
    assert actions(answer) == {"handoff"} | ({"call_video"} if can_call and online else set())
    assert ("视频" in words(answer)) == (can_call and online)
    assert (await wang.say("试了没用")).handoff, "offered once; then a person is called"


async def test_not_helped_twice_calls_a_person(wang: Talk) -> None:
    await wang.say("水壶一直滴滴响")
    assert (await wang.say("还是不行")).handoff is None
    answer = await wang.say("试了没用")
    assert answer.handoff and answer.handoff.reason == "unsure"


async def test_nobody_is_caught_in_a_loop_of_one_question(wang: Talk) -> None:
    await wang.say("我要退货")
    handed = [(await wang.say(text)).handoff for text in ("呃那个", "就是那个呀")]
    assert handed[0] is None and handed[1] and handed[1].reason == "unsure"


async def test_the_same_question_again_twice_calls_a_person(wang: Talk) -> None:
    for text in ("我的订单到哪了？", "订单到哪了"):
        assert (await wang.say(text)).handoff is None
    answer = await wang.say("我的订单到哪里了！")
    assert answer.handoff and answer.handoff.reason == "repeated"
    assert "同样的问题" in words(answer) and answer.handoff.evidence.count("|") == 2


async def test_three_different_questions_are_no_repetition(wang: Talk) -> None:
    for text in ("我的订单到哪了", "我的积分有多少", "水壶怎么除垢"):
        assert (await wang.say(text)).handoff is None


async def test_a_question_of_an_hour_ago_is_not_repeated(wang: Talk) -> None:
    for _ in range(2):
        await wang.say("我的订单到哪了")
    wang.lines = [replace(line, at=line.at - 3_600_000) for line in wang.lines]
    assert (await wang.say("我的订单到哪了")).handoff is None


async def test_a_mood_that_sinks_over_three_turns_calls_a_person(wang: Talk) -> None:
    assert (await wang.say("你好，订单什么时候到")).handoff is None
    assert (await wang.say("怎么还没到")).handoff is None
    answer = await wang.say("太慢了，等了好几天，真失望")
    assert answer.handoff and answer.handoff.reason == "sentiment" and answer.handoff.evidence.count("→") == 2


async def test_one_sour_word_is_no_sinking_mood(wang: Talk) -> None:
    await wang.say("怎么还没到")
    assert (await wang.say("查物流")).handoff is None


# --- VIPs and policy --------------------------------------------------------------------------------------


async def test_a_vip_with_trouble_goes_to_a_person_at_once(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(CHEN)).say("我要退货")
    assert answer.handoff and answer.handoff.reason == "priority" and "platinum" in answer.handoff.evidence


async def test_a_vip_asking_for_the_parcel_gets_the_parcel(bot: DefaultBot) -> None:
    assert (await Talk(bot, found(CHEN)).say("我的订单到哪了")).handoff is None


async def test_with_nobody_online_the_bot_helps_the_vip_itself(bot: DefaultBot) -> None:
    answer = await Talk(bot, found(CHEN), online=False).say("我要退货")
    assert answer.handoff is None and "哪个订单" in words(answer)


async def test_what_only_people_may_do_goes_to_them_with_the_order(wang: Talk) -> None:
    answer = await wang.say("帮我改一下收货地址")
    assert answer.handoff and answer.handoff.reason == "policy" and RICE in answer.handoff.evidence


# --- a closed case stays closed ---------------------------------------------------------------------------


async def test_after_she_came_back_to_the_bot_the_old_request_does_not_hand_over_again(wang: Talk) -> None:
    await wang.say("转人工")
    answer = await wang.say("我的订单到哪了")
    assert answer.handoff is None and RICE in words(answer)


async def test_old_unsure_turns_and_repetitions_before_a_handover_do_not_count(wang: Talk) -> None:
    for text in ("我的订单到哪了", "我的订单到哪了", "我的订单到哪了"):
        await wang.say(text)
    assert (await wang.say("我的订单到哪了")).handoff is None


async def test_after_an_agents_stretch_the_bot_starts_afresh(wang: Talk) -> None:
    await wang.say("阿巴阿巴")
    wang.heard("agent", "您好，我是李明，已经处理好了。")
    answer = await wang.say("呜啦呜啦咕噜")
    assert answer.handoff is None


async def test_its_own_handover_texts_are_recognised_in_both_languages(bot: DefaultBot, reader: Reader) -> None:
    for locale, asked in (("zh-CN", "人工"), ("en", "speak to an agent")):
        for online in (True, False):
            talk = Talk(bot, found(), locale=locale, online=online)
            answer = await talk.say(asked)
            assert bot._catalogue.key_of(words(answer)) == ("handoff.online" if online else "handoff.offline")
