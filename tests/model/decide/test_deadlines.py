"""What happens when a deadline has passed, and that nobody is forgotten."""

import pytest

from hub.model import commands as c
from hub.model.conversation import ASK_AGAIN_MS, Status, dues, not_to_ask
from hub.model.events import (
    ConversationWoken,
    HandoffBriefed,
    OwnerChanged,
    QueueWaited,
    ReservationExpired,
)
from tests.model.story import LI, MINUTE, POLICY, SECOND, WANG, Story, queue, types

KINDS = ("reservation", "bot", "queue", "snooze", "something new")


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (Story.writes, "bot"),
        (Story.queued, "queue"),
        (lambda story: story.queued().offered(), "reservation"),
        (lambda story: story.served().ask(LI, c.Snooze(story.now + MINUTE)), "snooze"),
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
    assert dues(story.it, POLICY) == {}


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
    assert dues(story.it, POLICY) == {}


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
