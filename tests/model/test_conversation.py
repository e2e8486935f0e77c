"""The state is a fold of the log: what each event changes, and what the row of a conversation tells by it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model import commands as c
from hub.model.codec import Unrecognised
from hub.model.content import Last
from hub.model.conversation import (
    ASK_AGAIN_MS,
    Conversation,
    Desk,
    Reservation,
    Status,
    apply,
    not_to_ask,
    place,
    waits_from,
)
from hub.model.dues import dues
from hub.model.events import Logged, MessageCreated, TagAdded
from hub.model.owner import Owner, OwnerKind
from hub.model.party import SYSTEM, Party, PartyKind
from hub.model.talk import Talk
from tests.model.bodies import entries
from tests.model.story import ANA, LI, MINUTE, POLICY, SECOND, WANG, Story, account, device, email, held_by, text


def with_desk(**desk: object) -> Conversation:
    return Conversation("wang", desk=Desk(**desk))


@settings(max_examples=30)
@given(st.lists(entries(), max_size=5))
def test_any_log_can_be_folded_and_the_seq_is_that_of_its_last_entry(log: list[Logged]) -> None:
    """Total: a log that another version wrote, or that makes no sense, still gives a state with dues and a place."""
    it = Conversation("wang", epoch="e1")
    for entry in log:
        it = apply(it, entry)
        dues(it, POLICY)
        place(it)
        assert it.status in Status
    assert it.seq == (log[-1].seq if log else 0)
    assert (it.id, it.epoch) == ("wang", "e1")


def test_an_event_of_a_newer_hub_only_moves_the_seq() -> None:
    story = Story().served()
    before = story.it
    after = apply(before, Logged("wang", before.seq + 1, story.now, SYSTEM, "x", "", Unrecognised()))
    assert (after.seq, after.who, after.desk, after.talk) == (before.seq + 1, before.who, before.desk, before.talk)


def test_a_tag_that_two_logged_is_there_once() -> None:
    it = Conversation("wang")
    for seq in (1, 2):
        it = apply(it, Logged("wang", seq, 5, LI, "x", "", TagAdded(tag="vip")))
    assert it.desk.tags == ("vip",)


# --- the row ----------------------------------------------------------------------------------------------


def test_the_row_shows_the_last_words_and_the_channel_of_the_customer() -> None:
    story = Story()
    story.ask(WANG, c.PostMessage(text("  where\nis it?  ")), channel="app")
    assert story.it.talk.last == Last("customer", "王芳", "where is it?", story.now, story.it.seq)
    story.bot_says("On its way.")
    assert story.it.talk.last is not None
    assert (story.it.talk.last.by, story.it.talk.channel) == ("bot", "app")


def test_a_customer_waits_since_the_first_message_that_nobody_answered() -> None:
    story = Story().served()
    story.says()
    story.later(SECOND).writes("one")
    since = story.now
    story.later(MINUTE).writes("two")
    assert story.it.talk.waiting_since == since


def test_an_agent_who_answers_answers_everything_also_when_quoting_an_older_message() -> None:
    """A reply that quoted the first of two messages left the customer waiting, red, for ever."""
    story = Story().served()
    story.writes("one")
    first = story.it.seq
    story.writes("two")
    story.ask(LI, c.PostMessage(text("about your first question"), reply_to=first))
    assert (story.it.talk.waiting_since, story.it.talk.unread) == (0, 0)


def test_an_answer_to_what_is_not_there_is_said_and_answers_nothing() -> None:
    story = Story().served()
    story.ask(LI, c.PostMessage(text("as I wrote"), reply_to=story.it.seq + 1))
    said = story.log[-1].event
    assert isinstance(said, MessageCreated)
    assert said.reply_to is None


def test_the_bots_answer_to_an_older_message_does_not_answer_the_newest() -> None:
    story = Story()
    story.writes("one")
    first = story.it.seq
    story.writes("two")
    story.later(SECOND).bot_says("about your first question", answers=first)
    assert story.it.talk.waiting_since == story.now


def test_a_bot_that_says_more_makes_nobody_wait() -> None:
    story = Story()
    story.writes("one")
    first = story.it.seq
    story.writes("two")
    story.bot_says("about both", answers=story.it.seq)
    story.later(SECOND).bot_says("and one more thing on your first", answers=first)
    assert (story.it.talk.waiting_since, list(dues(story.it, POLICY))) == (0, ["idle"])


def test_in_the_queue_a_customer_waits_since_they_asked_not_since_they_were_moved() -> None:
    story = Story()
    story.ask(WANG, c.RequestHandoff())
    since = story.now
    story.later(5 * SECOND).bot_hands_over("I'll get somebody.")
    assert (story.it.talk.waiting_since, story.it.desk.since) == (since, story.now)


def test_unread_counts_what_no_agent_has_seen() -> None:
    story = Story()
    story.writes()
    story.bot_says("On its way.")
    story.writes("a person, please")
    story.bot_hands_over("I'll get somebody.")
    assert story.it.talk.unread == 2, "the bot's answers make nothing read"
    story.ask(LI, c.Assign(held_by(LI)))
    story.ask(LI, c.MarkRead(story.it.seq))
    assert story.it.talk.unread == 0


def test_what_the_bot_settled_alone_is_not_unread_in_the_next_session() -> None:
    story = Story()
    story.writes()
    story.bot_says("On its way.")
    story.ask(LI, c.Resolve())
    story.later(MINUTE).writes("something else")
    assert story.it.talk.unread == 1


def test_half_read_is_not_read() -> None:
    story = Story().served()
    story.writes("one")
    seen = story.it.seq
    story.writes("two")
    story.ask(LI, c.MarkRead(seen))
    assert story.it.talk.unread > 0
    assert story.it.talk.read_staff == seen


# --- whose it is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("desk", "status", "where"),
    [
        ({}, Status.RESOLVED, ""),
        ({"session": 2}, Status.RESOLVED, "resolved"),
        ({"owner": Owner(kind=OwnerKind.BOT, id="bot")}, Status.PENDING, "bot"),
        ({"owner": Owner(kind=OwnerKind.QUEUE, id="returns")}, Status.OPEN, "queue"),
        ({"owner": held_by(LI)}, Status.OPEN, "agent:li"),
        ({"owner": held_by(LI), "snoozed_until": 5}, Status.SNOOZED, "agent:li"),
    ],
)
def test_status_and_place_follow_from_who_has_it(desk, status: Status, where: str) -> None:
    it = with_desk(**desk)
    assert (it.status, place(it)) == (status, where)


def test_a_change_of_hands_forgets_what_belonged_to_the_stretch_before() -> None:
    story = Story().queued()
    story.offered(LI)
    story.ask(LI, c.DeclineReservation())
    story.later(SECOND)
    story.offered(ANA)
    story.accepts(ANA)
    desk = story.it.desk
    assert (desk.reservation, desk.declined, desk.since) == (None, (), story.now)


def test_each_stretch_in_the_queue_has_its_own_notice() -> None:
    story = Story().queued()
    story.later(POLICY.queue_notice_ms).ticks("queue")
    story.ask(LI, c.Assign(held_by(LI)))
    story.ask(SYSTEM, c.GiveBack("li", "agent_left"))
    assert dues(story.it, POLICY) == {"queue": story.now + POLICY.queue_notice_ms}


def test_who_declined_is_not_asked_until_nobody_declined_for_a_while() -> None:
    desk = Desk(declined=("li", "ana"), declined_at=1_000)
    assert not_to_ask(desk, 1_000 + ASK_AGAIN_MS - 1) == ("li", "ana")
    assert not_to_ask(desk, 1_000 + ASK_AGAIN_MS) == ()


def test_a_late_decline_does_not_bring_forgotten_ones_back() -> None:
    story = Story().queued()
    story.offered(LI)
    story.ask(LI, c.DeclineReservation())
    story.later(ASK_AGAIN_MS)
    story.offered(ANA)
    story.ask(ANA, c.DeclineReservation())
    assert not_to_ask(story.it.desk, story.now) == ("ana",)


# --- deadlines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("it", "expected"),
    [
        (with_desk(), {}),
        (with_desk(owner=Owner(kind=OwnerKind.BOT)), {}),
        (with_desk(owner=Owner(kind=OwnerKind.BOT), session_open=True, since=7), {"idle": 7 + POLICY.bot_idle_ms}),
        (with_desk(owner=held_by(LI), session_open=True, since=7), {"idle": 7 + POLICY.agent_idle_ms}),
        (with_desk(owner=Owner(kind=OwnerKind.QUEUE), session_open=True, noticed=True), {}),
        (
            Conversation("wang", desk=Desk(owner=Owner(kind=OwnerKind.BOT)), talk=Talk(waiting_since=100)),
            {"bot": 100 + 2 * POLICY.bot_ms},
        ),
        (with_desk(owner=Owner(kind=OwnerKind.QUEUE), since=7), {"queue": 7 + POLICY.queue_notice_ms}),
        (with_desk(owner=Owner(kind=OwnerKind.QUEUE), since=7, noticed=True), {}),
        (
            with_desk(owner=Owner(kind=OwnerKind.QUEUE), noticed=True, reservation=Reservation("li", "", 99)),
            {"reservation": 99},
        ),
        (with_desk(owner=held_by(LI), snoozed_until=44), {"snooze": 44}),
        (Conversation("wang", desk=Desk(owner=held_by(LI)), talk=Talk(waiting_since=100)), {}),
    ],
)
def test_the_deadlines_follow_from_the_state(it: Conversation, expected: dict[str, int]) -> None:
    assert dues(it, POLICY) == expected


def test_who_was_given_back_stands_where_they_stood() -> None:
    """Their agent's laptop died before a word was said: they went to the end of the line."""
    story = Story().queued()
    asked = waits_from(story.it)
    story.later(MINUTE).offered()
    story.accepts()
    story.later(MINUTE).ask(SYSTEM, c.GiveBack(LI.id, "agent_unreachable"))
    assert waits_from(story.it) == asked


def test_who_had_an_answer_before_begins_to_wait_anew() -> None:
    story = Story().served(LI)
    story.says("a moment please")
    story.later(MINUTE).ask(SYSTEM, c.GiveBack(LI.id, "agent_left"))
    assert waits_from(story.it) == story.now


# --- who it is --------------------------------------------------------------------------------------------


def test_identities_of_absorbed_customers_count_with_the_better_proof() -> None:
    story = Story()
    story.arrives(email("w@example.com"), device("d1"))
    story.ask(SYSTEM, c.Absorb("guest", 3, (account("wang"), device("d1")), held_by(LI)))
    assert story.it.who.every_identity == (email("w@example.com"), device("d1"), account("wang"))
    assert story.it.who.identities == (email("w@example.com"), device("d1"))


def test_a_party_is_what_the_other_side_is_shown() -> None:
    story = Story()
    story.ask(Party(kind=PartyKind.CUSTOMER, id="wang", name="王女士"), c.PostMessage(text("hi")))
    assert story.it.talk.last is not None
    assert story.it.talk.last.name == "王女士"
