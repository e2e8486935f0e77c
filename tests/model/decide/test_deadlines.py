"""What happens when a deadline has passed, and that nobody is forgotten."""

from dataclasses import replace

import pytest

from hub.model import commands as c
from hub.model.conversation import ASK_AGAIN_MS, Status, not_to_ask
from hub.model.dues import dues
from hub.model.events import (
    ConversationResolved,
    ConversationWoken,
    HandoffBriefed,
    OutcomeNoted,
    OwnerChanged,
    QueueWaited,
    ReservationExpired,
)
from hub.model.owner import NOBODY
from tests.model.story import LI, MINUTE, POLICY, SECOND, THE_BOT, WANG, Story, queue, types

KINDS = ("reservation", "bot", "queue", "snooze", "idle", "something new")


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (Story.writes, "bot"),
        (Story.queued, "queue"),
        (lambda story: story.queued().offered(), "reservation"),
        (lambda story: story.served().ask(LI, c.Snooze(story.now + MINUTE)), "snooze"),
        (Story.left_with_the_bot, "idle"),
    ],
)
def test_a_tick_that_comes_early_or_for_something_else_changes_nothing(begin, kind) -> None:
    story = Story()
    begin(story)
    due = dues(story.it, POLICY)
    assert kind in due
    for kind in KINDS:
        story.now = due.get(kind, story.now + MINUTE) - 1
        if kind in due:
            assert story.ticks(kind) == []
    for kind in set(KINDS) - set(due):
        story.now = max(due.values()) + MINUTE
        assert story.ticks(kind) == []


def test_a_bot_that_does_not_answer_loses_the_customer_to_a_person() -> None:
    story = Story()
    story.writes()
    story.later(2 * POLICY.bot_ms)
    assert story.ticks("bot") == [
        HandoffBriefed(reason="bot_failed", evidence="no answer within 16 s"),
        OwnerChanged(
            owner=queue(),
            tenure=2,
            reason="bot_failed",
            previous=story.log[1].event.owner,
        ),
    ]
    assert story.ticks("bot") == []


def test_a_bot_that_answered_owes_nothing() -> None:
    story = Story()
    story.writes()
    story.bot_says("It is on its way.")
    assert "bot" not in dues(story.it, POLICY)


def test_a_bot_that_is_still_answering_older_messages_has_its_time_again() -> None:
    """Three lines in a row, six seconds for each: the bot was called dead while it was answering."""
    story = Story()
    story.writes("hello")
    first = story.it.seq
    story.writes("where is my order?")
    second = story.it.seq
    story.later(6 * SECOND).bot_says("Hello!", answers=first)
    assert dues(story.it, POLICY) == {"bot": story.now + 2 * POLICY.bot_ms}
    story.later(12 * SECOND)
    assert story.ticks("bot") == []
    story.bot_says("On its way.", answers=second)
    assert "bot" not in dues(story.it, POLICY)


def test_a_bot_that_says_it_transfers_and_does_not_is_overtaken_by_its_deadline() -> None:
    """The failure of others: "I'll transfer you", and nothing happens. Only a change of hands fulfils the wish."""
    story = Story()
    story.writes()
    story.ask(WANG, c.RequestHandoff())
    story.later(SECOND).bot_says("Sure, I'll transfer you!", answers=story.it.seq)
    story.later(2 * POLICY.bot_ms)
    assert types(story.ticks("bot")) == ["handoff.briefed", "owner.changed"]
    assert story.it.desk.owner == queue()


def test_in_the_queue_the_customer_is_told_once_that_it_takes_long() -> None:
    story = Story().queued()
    story.later(POLICY.queue_notice_ms)
    assert story.ticks("queue") == [QueueWaited(seconds=60)]
    story.later(10 * MINUTE)
    assert story.ticks("queue") == []


def test_who_waits_in_the_queue_still_waits_after_the_bot_said_so() -> None:
    """The notice once counted as an answer: the row lost its red tint and sank to the end of the console's list."""
    story = Story().queued()
    since = story.it.talk.waiting_since
    story.later(POLICY.queue_notice_ms).ticks("queue")
    story.bot_says("Sorry, this takes longer than usual.", answers=story.it.seq)
    assert story.it.talk.waiting_since == since
    story.offered()
    story.accepts()
    assert story.it.talk.waiting_since == since, "accepted is not answered"
    story.says()
    assert story.it.talk.waiting_since == 0


def test_an_offer_that_was_let_pass_goes_back_to_the_queue() -> None:
    story = Story().queued()
    story.offered(LI)
    story.later(20 * SECOND)
    assert story.ticks("reservation") == [ReservationExpired(agent="li")]
    assert story.it.desk.reservation is None
    assert not_to_ask(story.it.desk, story.now) == ("li",)


def test_with_the_notice_those_who_declined_may_be_asked_again_at_once() -> None:
    story = Story().queued()
    story.later(POLICY.queue_notice_ms - SECOND)
    story.offered(LI)
    story.ask(LI, c.DeclineReservation())
    story.later(SECOND).ticks("queue")
    assert not_to_ask(story.it.desk, story.now) == ()


def test_the_only_agent_on_duty_who_missed_two_offers_is_asked_a_third_time() -> None:
    """After the notice nobody forgot who had declined: a customer whom everybody had missed waited for ever."""
    story = Story().queued()
    story.later(POLICY.queue_notice_ms).ticks("queue")
    for _ in range(3):
        assert not_to_ask(story.it.desk, story.now) == ()
        story.offered(LI)
        story.later(20 * SECOND).ticks("reservation")
        assert not_to_ask(story.it.desk, story.now) == ("li",)
        story.later(ASK_AGAIN_MS)


def test_a_snooze_ends_at_its_time() -> None:
    story = Story().served()
    story.ask(LI, c.Snooze(story.now + MINUTE))
    story.later(MINUTE)
    assert story.ticks("snooze") == [ConversationWoken(why="time")]
    assert story.it.status is Status.OPEN
    assert dues(story.it, POLICY) == {}


# --- nobody writes any more -------------------------------------------------------------------------------


def test_a_session_left_with_the_bot_ends_and_nobody_is_asked_how_it_was() -> None:
    story = Story().left_with_the_bot()
    story.later(POLICY.bot_idle_ms)
    assert story.ticks("idle") == [
        OutcomeNoted(session=1, outcome="no_reply"),
        ConversationResolved(session=1, rate=False),
        OwnerChanged(owner=NOBODY, tenure=2, reason="idle", previous=THE_BOT),
    ]
    assert dues(story.it, POLICY) == {}
    assert types(story.later(MINUTE).writes("and another thing"))[0] == "session.opened"


def test_each_word_gives_it_its_whole_time_again() -> None:
    story = Story().left_with_the_bot()
    story.later(POLICY.bot_idle_ms - 1).writes("wait")
    story.later(SECOND).bot_says("I do.")
    story.later(POLICY.bot_idle_ms - 1)
    assert story.ticks("idle") == []
    story.later(1)
    assert types(story.ticks("idle"))[1] == "conversation.resolved"


def test_a_customer_who_never_came_back_to_an_agents_answer_is_let_go_later() -> None:
    story = Story().served(LI)
    story.says("Is it the red one?", agent=LI)
    story.later(POLICY.bot_idle_ms)
    assert story.ticks("idle") == []
    story.later(POLICY.agent_idle_ms - POLICY.bot_idle_ms)
    assert types(story.ticks("idle")) == ["outcome.noted", "conversation.resolved", "owner.changed"]


@pytest.mark.parametrize("begin", [Story.queued, Story.served, Story.writes], ids=["queue", "agent", "bot"])
def test_who_waits_for_an_answer_is_never_sent_away(begin) -> None:
    story = Story()
    begin(story)
    story.writes("hello?")
    assert "idle" not in dues(story.it, POLICY)


def test_what_is_snoozed_has_its_own_time() -> None:
    story = Story().served(LI)
    story.says("Until tomorrow.", agent=LI)
    story.ask(LI, c.Snooze(story.now + 10 * POLICY.agent_idle_ms))
    assert "idle" not in dues(story.it, POLICY)


def test_a_policy_of_never_keeps_sessions_open() -> None:
    story = Story().left_with_the_bot()
    assert dues(story.it, replace(POLICY, bot_idle_ms=0)) == {}
