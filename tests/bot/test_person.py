"""Covers hub/bot/person.py: every wording of "a person, please", and its false friends."""

import pytest

from hub.bot.cues import Cues
from hub.bot.person import asks_for_person, refuses_person
from hub.bot.policy import Policy
from hub.bot.reading import Reader

ASKS = """
人工|转人工|转人工！！！|人工客服|人工服务|我要人工|找人工|人 工|转 人 工|亲 人工|人工呢|人工在吗|请转接人工客服
能不能转人工|可不可以给我转人工|为什么不转人工|怎么还不给我转人工|找真人|我要找真人|有真人吗|给我来个活人
别让机器人回我了，转人工|不要机器人，要人工|我不想跟机器人说话，换人|客服呢|客服|叫你们客服出来|找个人来
让真人跟我说|我要跟真人沟通|接人工|zhuanrengong|rengong|轉人工|我要轉人工客服|人工智障，给我转人工
你是机器人吧，转人工|转人工，我不要人工智能|agent|Agent!|human|HUMAN PLEASE|representative|operator|real person
live agent|live chat|customer service|talk to someone|talk to a person|I want to speak to a human
let me talk to an agent|can I speak with a representative|get me a real person|connect me to an agent
put me through to someone|I need a human|transfer me to customer support|I'd like to chat with a live person
is there a human I can talk to|speak to somebody|can someone real help me|I don't want a bot, I want a human
stop, give me a person|why can't I talk to a human|are there any humans there I can speak to
I wanna talk to your manager|not you, a human agent please|agent agent agent|human.
Could you please hand me over to a colleague
"""

DOES_NOT = """
人工智能是什么|人工智能会不会取代人类|这个人工费多少|人工费怎么算|纯手工做的吗|手工制作的吗|不用转人工|不要人工
先不找人工|别给我转人工|我不需要人工客服|你是真人吗|你是人工还是机器人|你是人工智能吗|人工几点上班
人工客服什么时候在线|退款还要人工审核吗|我的订单到哪了|水壶怎么用|谢谢|人工湖在哪|真人秀好看吗|机器人不回充
where is the user manual|is there a manual|manual please|which cleaning agent should I use
what descaling agent is best|my travel agent told me|are you human|are you a real person?
am I talking to a human|I don't want to talk to a human|no need for an agent, thanks
I bought it as a gift for someone|can one person carry it|how many people is it for|the delivery agent was nice
is it human error|where is my order|thanks for your help|give someone a kettle|people say it is loud
"""


def lines(text: str) -> list[str]:
    return [part for line in text.strip().splitlines() for part in line.split("|")]


@pytest.fixture(scope="module")
def cues() -> Cues:
    return Cues.shipped()


def test_any_wording_is_a_request(reader: Reader, cues: Cues) -> None:
    assert not [t for t in lines(ASKS) if not asks_for_person(reader.read(t), cues, Policy().wants_person)]


def test_false_friends_are_none(reader: Reader, cues: Cues) -> None:
    assert not [t for t in lines(DOES_NOT) if asks_for_person(reader.read(t), cues, Policy().wants_person)]


def test_refusing_a_person_is_heard(reader: Reader, cues: Cues) -> None:
    for text in ("不用转人工", "先不找人工", "I don't want to talk to a human"):
        assert refuses_person(reader.read(text), cues)
    assert not refuses_person(reader.read("我不要机器人，要人工"), cues)


def test_a_long_message_that_says_it_once_still_asks(reader: Reader, cues: Cues) -> None:
    text = "我上周买的水壶到现在都没有发货，" * 6 + "我要转人工，" + "麻烦你们处理一下。" * 4
    assert asks_for_person(reader.read(text), cues, Policy().wants_person)
