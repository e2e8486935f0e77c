"""Covers hub/bot/adviser.py: drafts for the agent, and the knowledge base to look things up in."""

import pytest

from hub.bot.default import DefaultBot
from hub.ports import Adviser, Suggestion, Turn
from tests.bot.talk import NOW, RICE, Talk, found


def turn(bot: DefaultBot, *lines: str, proven: bool = True) -> Turn:
    talk = Talk(bot, found() if proven else None, proven=proven)
    for line in lines:
        talk.heard("customer", line)
    return Turn(
        conversation="c1",
        session=1,
        trigger="message",
        locale="zh-CN",
        now=NOW,
        transcript=tuple(talk.lines),
        insights=(),
        context=talk.context,
        proven=proven,
        anyone_online=True,
    )


def suggested(bot: DefaultBot, *lines: str, proven: bool = True) -> tuple[Suggestion, ...]:
    adviser: Adviser = bot
    return adviser.suggest(turn(bot, *lines, proven=proven))


def test_what_the_bot_would_say_is_a_draft(bot: DefaultBot) -> None:
    first = suggested(bot, "我的快递到哪了")[0]
    assert (first.why, RICE in first.text or "RC40" in first.text) == ("logistics", True)


def test_to_who_has_proven_nothing_no_draft_shows_an_account(bot: DefaultBot) -> None:
    assert all(RICE not in each.text for each in suggested(bot, "我的快递到哪了", proven=False))


def test_sections_that_fit_are_drafts_and_say_where_they_are_from(bot: DefaultBot) -> None:
    found = suggested(bot, "水壶怎么除垢")
    assert len({each.text for each in found}) == len(found)
    assert any("·" in each.why or each.why == "product_help" for each in found)


def test_before_anybody_wrote_there_is_nothing_to_say(bot: DefaultBot) -> None:
    assert suggested(bot) == ()


def test_what_only_people_may_do_is_not_drafted(bot: DefaultBot) -> None:
    assert all(each.why != "speak_to_person" for each in suggested(bot, "转人工"))


@pytest.mark.parametrize(("words", "locale", "model"), [("除垢", "zh-CN", "K200S"), ("descale", "en", "K200S")])
def test_the_customers_own_product_comes_first(bot: DefaultBot, words: str, locale: str, model: str) -> None:
    best = bot.search(words, locale, (model,))[0]
    assert best.model == model
    assert best.heading
    assert best.text


def test_they_come_best_first(bot: DefaultBot) -> None:
    scores = [each.score for each in bot.search("how long does shipping take", "en", ())]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) > 1


@pytest.mark.parametrize("words", ["", "  ", "?!", '" OR 1=1 --', "NEAR(a b)"])
def test_odd_words_find_nothing_or_something_and_break_nothing(bot: DefaultBot, words: str) -> None:
    assert isinstance(bot.search(words, "en", ()), tuple)
