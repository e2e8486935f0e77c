"""Covers hub/model/insights.py: what was noticed, message by message, as one."""

from hub.model.crm import SessionInsight
from hub.model.events import Insight
from hub.model.insights import of_session


def test_a_session_in_which_nothing_was_noticed_has_none() -> None:
    assert of_session(()) is None


def test_what_it_was_about_is_told_without_how_people_begin_and_end() -> None:
    noticed = [
        Insight(intent="greet", language="zh-CN", sentiment=0.2),
        Insight(intent="repair", language="zh-CN", sentiment=-0.7, urgency="high"),
        Insight(intent="order_status", language="", sentiment=-0.3),
        Insight(intent="other", sentiment=0.1),
        Insight(intent="thanks_bye", sentiment=0.456),
    ]
    assert of_session(noticed) == SessionInsight(
        intent="order_status", intents=("repair", "order_status"), sentiment=0.46, urgency="high", language="zh-CN"
    )


def test_what_was_asked_again_is_the_newest_matter() -> None:
    noticed = [Insight(intent=intent) for intent in ("repair", "points", "repair")]
    assert of_session(noticed) == SessionInsight(intent="repair", intents=("points", "repair"))


def test_small_talk_alone_is_about_nothing() -> None:
    assert of_session([Insight(intent="greet", language="en")]) == SessionInsight(language="en")
