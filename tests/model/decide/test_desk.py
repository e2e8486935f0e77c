"""Who has the conversation, who may take it, and when a session ends."""

import pytest

from hub.model import commands as c
from hub.model.conversation import Status
from hub.model.dues import dues
from hub.model.errors import (
    BadRequest,
    NotOwner,
    NotQueued,
    NotReservedForYou,
    SessionClosed,
    SessionOpen,
    StaleTenure,
)
from hub.model.events import (
    ConversationReopened,
    ConversationResolved,
    ConversationWoken,
    HandoffRequested,
    OutcomeNoted,
    OwnerChanged,
    ReservationDeclined,
    ReservationMade,
    TagAdded,
)
from hub.model.owner import NOBODY
from hub.model.party import SYSTEM
from tests.model.story import (
    ANA,
    LI,
    MINUTE,
    NOBODY_ELSE,
    POLICY,
    SECOND,
    T0,
    THE_BOT,
    WANG,
    Story,
    held_by,
    queue,
    types,
)

# --- asking for a person ----------------------------------------------------------------------------------


def test_pressing_for_a_person_leaves_a_mark_that_the_bot_hands_over_on() -> None:
    story = Story()
    story.writes()
    assert story.ask(WANG, c.RequestHandoff("in a hurry")) == [HandoffRequested(reason="in a hurry")]
    assert story.it.desk.handoff_wanted


def test_pressing_for_a_person_first_of_all_opens_a_session() -> None:
    story = Story()
    story.arrives()
    assert types(story.ask(WANG, c.RequestHandoff())) == ["session.opened", "owner.changed", "handoff.requested"]
    assert dues(story.it, POLICY) == {"bot": T0 + 2 * POLICY.bot_ms}


def test_pressing_twice_or_with_a_person_there_changes_nothing() -> None:
    story = Story()
    story.writes()
    story.ask(WANG, c.RequestHandoff())
    assert story.ask(WANG, c.RequestHandoff()) == []
    story.bot_hands_over("I'll get somebody.")
    assert story.ask(WANG, c.RequestHandoff()) == []
    story.offered()
    story.accepts()
    assert story.ask(WANG, c.RequestHandoff()) == []


def test_the_customer_may_cancel_while_waiting_and_the_bot_has_it_again() -> None:
    story = Story().queued()
    changed = OwnerChanged(owner=THE_BOT, tenure=3, reason="customer_cancelled", previous=queue())
    assert story.ask(WANG, c.CancelHandoff()) == [changed]
    assert story.it.status is Status.PENDING
    assert "bot" not in dues(story.it, POLICY), "nobody waits: it owes no answer"


def test_after_cancelling_the_customer_may_ask_again() -> None:
    story = Story().queued()
    story.ask(WANG, c.CancelHandoff())
    assert types(story.ask(WANG, c.RequestHandoff())) == ["handoff.requested"]
    assert dues(story.it, POLICY) == {"bot": story.now + 2 * POLICY.bot_ms}


def test_cancelling_withdraws_the_offer_to_the_agent() -> None:
    story = Story().queued()
    story.offered(LI)
    story.ask(WANG, c.CancelHandoff())
    with pytest.raises(NotReservedForYou):
        story.accepts(LI)


def test_there_is_nothing_to_cancel_with_the_bot_or_an_agent() -> None:
    story = Story()
    story.writes()
    with pytest.raises(NotQueued):
        story.ask(WANG, c.CancelHandoff())
    story = Story().served()
    with pytest.raises(NotQueued):
        story.ask(WANG, c.CancelHandoff())


# --- reservations -----------------------------------------------------------------------------------------


def test_a_reservation_asks_one_agent_until_a_moment() -> None:
    story = Story().queued()
    assert story.offered(LI, 20 * SECOND) == [ReservationMade(agent="li", name="Li Ming", until=T0 + 20 * SECOND)]
    assert dues(story.it, POLICY)["reservation"] == T0 + 20 * SECOND


def test_accepting_makes_the_agent_the_owner() -> None:
    story = Story().queued()
    story.offered(LI)
    changed = OwnerChanged(owner=held_by(LI), tenure=3, reason="accepted", previous=queue())
    assert story.accepts(LI) == [changed]
    assert story.it.desk.reservation is None


def test_only_who_was_asked_may_accept_or_decline() -> None:
    story = Story().queued()
    story.offered(LI)
    with pytest.raises(NotReservedForYou):
        story.accepts(ANA)
    with pytest.raises(NotReservedForYou):
        story.ask(ANA, c.DeclineReservation())


def test_accepting_a_millisecond_before_the_end_is_in_time_and_at_the_end_too_late() -> None:
    story = Story().queued()
    story.offered(LI, 20 * SECOND)
    story.later(20 * SECOND - 1)
    assert story.ticks("reservation") == []
    late = Story().queued()
    late.offered(LI, 20 * SECOND)
    late.later(20 * SECOND)
    with pytest.raises(NotReservedForYou):
        late.accepts(LI)
    with pytest.raises(NotReservedForYou):
        late.ask(LI, c.DeclineReservation())
    assert types(late.ticks("reservation")) == ["reservation.expired"], "one moment, one verdict"
    assert types(story.accepts(LI)) == ["owner.changed"]


def test_an_offer_can_be_answered_once() -> None:
    story = Story().queued()
    story.offered(LI)
    story.accepts(LI)
    with pytest.raises(NotReservedForYou):
        story.accepts(LI)


def test_declining_leaves_the_customer_in_the_queue_with_the_time_they_waited() -> None:
    story = Story().queued()
    since = story.it.desk.since
    story.offered(LI)
    story.later(5 * SECOND)
    assert story.ask(LI, c.DeclineReservation("on the phone")) == [
        ReservationDeclined(agent="li", reason="on the phone")
    ]
    assert story.it.desk.owner == queue()
    assert (story.it.desk.since, story.it.desk.declined) == (since, ("li",))


def test_one_agent_is_asked_at_a_time() -> None:
    story = Story().queued()
    story.offered(LI)
    with pytest.raises(NotQueued):
        story.offered(ANA)


def test_only_a_waiting_conversation_is_offered() -> None:
    story = Story()
    story.writes()
    with pytest.raises(NotQueued):
        story.offered(LI)
    with pytest.raises(NotQueued):
        Story().served().offered(ANA)


def test_an_offer_decided_on_an_older_state_is_stale() -> None:
    story = Story().queued()
    seen = story.it.desk.tenure
    story.ask(WANG, c.CancelHandoff())
    story.ask(WANG, c.RequestHandoff())
    story.bot_hands_over("I'll get somebody.")
    with pytest.raises(StaleTenure):
        story.ask(SYSTEM, c.Reserve("li", "Li Ming", story.now + MINUTE, seen))


# --- taking, giving, transferring -------------------------------------------------------------------------


def test_an_agent_may_take_it_from_the_bot_or_the_queue() -> None:
    for story in (Story(), Story().queued()):
        story.writes()
        [changed] = story.ask(LI, c.Assign(held_by(LI)))
        assert isinstance(changed, OwnerChanged)
        assert (changed.reason, changed.owner) == ("taken", held_by(LI))


def test_taking_ends_an_offer_to_somebody_else() -> None:
    story = Story().queued()
    story.offered(LI)
    story.ask(ANA, c.Assign(held_by(ANA)))
    with pytest.raises(NotReservedForYou):
        story.accepts(LI)
    assert story.it.desk.owner == held_by(ANA)


def test_of_two_who_take_at_once_the_second_learns_that_it_changed_hands() -> None:
    story = Story().queued()
    seen = story.it.desk.tenure
    story.ask(ANA, c.Assign(held_by(ANA), tenure=seen))
    with pytest.raises(StaleTenure):
        story.ask(LI, c.Assign(held_by(LI), tenure=seen))


def test_a_colleague_does_not_take_it_out_of_an_agents_hands() -> None:
    story = Story().served(LI)
    for to in (held_by(ANA), held_by(NOBODY_ELSE), queue(), THE_BOT):
        with pytest.raises(NotOwner):
            story.ask(ANA, c.Assign(to))


def test_a_supervisor_may() -> None:
    story = Story().served(LI)
    [changed] = story.ask(ANA, c.Assign(held_by(NOBODY_ELSE), overrule=True))
    assert isinstance(changed, OwnerChanged)
    assert (changed.reason, changed.previous) == ("assigned", held_by(LI))


@pytest.mark.parametrize(
    ("to", "reason"),
    [(held_by(ANA), "transferred"), (queue("returns"), "transferred"), (THE_BOT, "returned_to_bot")],
    ids=["agent", "team", "bot"],
)
def test_the_owner_may_pass_it_on(to, reason) -> None:
    story = Story().served(LI)
    [changed] = story.ask(LI, c.Assign(to))
    assert isinstance(changed, OwnerChanged)
    assert (changed.owner, changed.reason) == (to, reason)


def test_giving_it_to_who_has_it_changes_nothing() -> None:
    story = Story().served(LI)
    assert story.ask(LI, c.Assign(held_by(LI))) == []
    story = Story().queued("returns")
    assert story.ask(ANA, c.Assign(queue("returns"))) == []
    assert types(story.ask(ANA, c.Assign(queue("repairs")))) == ["owner.changed"]


def test_giving_it_to_nobody_is_no_way_to_end_a_session() -> None:
    story = Story().served(LI)
    with pytest.raises(BadRequest):
        story.ask(LI, c.Assign(NOBODY))


def test_taking_a_resolved_conversation_reopens_its_session() -> None:
    story = Story().served(LI).resolved()
    assert types(story.ask(ANA, c.Assign(held_by(ANA)))) == ["conversation.reopened", "owner.changed"]
    assert (story.it.desk.session, story.it.desk.owner) == (1, held_by(ANA))


def test_an_agent_may_write_first_to_a_customer_who_never_wrote() -> None:
    story = Story()
    story.arrives()
    assert types(story.ask(LI, c.Assign(held_by(LI)))) == ["session.opened", "owner.changed"]
    assert types(story.says("Your parcel came back to us.")) == ["message.created"]


def test_a_resolved_conversation_is_not_given_to_others() -> None:
    story = Story().served().resolved()
    for to in (held_by(ANA), queue(), THE_BOT):
        with pytest.raises(SessionClosed):
            story.ask(LI, c.Assign(to))


# --- agents who vanish ------------------------------------------------------------------------------------


def test_what_a_vanished_agent_held_returns_to_the_queue_it_came_from_with_the_reason() -> None:
    story = Story().queued("returns")
    story.offered(LI)
    story.accepts(LI)
    [changed] = story.ask(SYSTEM, c.GiveBack("li", "agent_unreachable"))
    assert isinstance(changed, OwnerChanged)
    assert (changed.owner, changed.reason, changed.previous) == (queue("returns"), "agent_unreachable", held_by(LI))
    assert story.it.talk.waiting_since == story.it.desk.since


def test_nothing_is_given_back_that_somebody_else_has_by_now() -> None:
    story = Story().served(LI)
    story.ask(LI, c.Assign(held_by(ANA)))
    assert story.ask(SYSTEM, c.GiveBack("li", "agent_left")) == []
    story = Story().queued()
    assert story.ask(SYSTEM, c.GiveBack("li", "agent_left")) == []


def test_the_team_of_an_earlier_session_does_not_come_back() -> None:
    """Last year she was transferred to returns. Today the bot fails, and she belongs to anybody, not to returns."""
    story = Story().queued("returns")
    story.ask(LI, c.Assign(held_by(LI)))
    story.resolved()
    story.later(MINUTE).writes("a new question")
    story.later(2 * POLICY.bot_ms).ticks("bot")
    assert story.it.desk.owner == queue("")


# --- ending, reopening, snoozing --------------------------------------------------------------------------


def test_resolving_ends_the_session_and_nobody_has_it() -> None:
    story = Story().served()
    assert story.ask(LI, c.Resolve("unsolved")) == [
        OutcomeNoted(session=1, outcome="unsolved"),
        ConversationResolved(session=1),
        OwnerChanged(owner=NOBODY, tenure=4, reason="resolved", previous=held_by(LI)),
    ]
    assert (story.it.status, story.it.talk.unread, dues(story.it, POLICY)) == (Status.RESOLVED, 0, {})


def test_any_agent_may_resolve_what_no_agent_has() -> None:
    story = Story().queued()
    noted, resolved, _ = story.ask(ANA, c.Resolve("spam"))
    assert noted == OutcomeNoted(session=1, outcome="spam")
    assert resolved == ConversationResolved(session=1, rate=False), "what we think of it is not the customer's to read"


def test_a_colleague_resolves_anothers_conversation_only_by_overruling() -> None:
    story = Story().served(LI)
    with pytest.raises(NotOwner):
        story.ask(ANA, c.Resolve())
    assert types(story.ask(ANA, c.Resolve(overrule=True)))[1:] == ["conversation.resolved", "owner.changed"]


def test_what_is_resolved_can_not_be_resolved_again() -> None:
    story = Story().served().resolved()
    with pytest.raises(SessionClosed):
        story.ask(LI, c.Resolve())


def test_reopening_goes_on_with_the_same_session_and_the_agent_who_did_it() -> None:
    story = Story().served(LI).resolved()
    assert story.ask(ANA, c.Reopen()) == [
        ConversationReopened(session=1),
        OwnerChanged(owner=held_by(ANA), tenure=5, reason="reopened"),
    ]
    assert (story.it.desk.session, story.it.status) == (1, Status.OPEN)


def test_an_older_session_can_not_be_reopened_once_the_next_has_begun() -> None:
    story = Story().served(LI).resolved()
    story.writes("a new question")
    with pytest.raises(SessionOpen):
        story.ask(LI, c.Reopen())
    story.ask(ANA, c.Resolve())
    assert story.ask(LI, c.Reopen())[0] == ConversationReopened(session=2)


def test_there_is_nothing_to_reopen_before_the_first_session() -> None:
    story = Story()
    story.arrives()
    with pytest.raises(SessionClosed):
        story.ask(LI, c.Reopen())


def test_the_owner_may_snooze_until_a_moment_that_is_still_to_come() -> None:
    story = Story().served(LI)
    with pytest.raises(BadRequest):
        story.ask(LI, c.Snooze(story.now))
    assert types(story.ask(LI, c.Snooze(story.now + MINUTE))) == ["conversation.snoozed"]
    assert story.it.status is Status.SNOOZED
    assert dues(story.it, POLICY) == {"snooze": T0 + MINUTE}


def test_only_the_owner_may_snooze() -> None:
    for story in (Story().served(LI), Story().queued()):
        with pytest.raises(NotOwner):
            story.ask(ANA, c.Snooze(story.now + MINUTE))


def test_the_owner_takes_a_snooze_back_by_reopening() -> None:
    """The console's "undo" after snoozing asks to reopen; it was refused because the session is open."""
    story = Story().served(LI)
    story.ask(LI, c.Snooze(story.now + MINUTE))
    assert story.ask(LI, c.Reopen()) == [ConversationWoken(why="agent")]
    assert (story.it.status, story.it.desk.owner) == (Status.OPEN, held_by(LI))
    with pytest.raises(SessionOpen):
        story.ask(LI, c.Reopen())


def test_a_colleague_does_not_take_anothers_snooze_back() -> None:
    story = Story().served(LI)
    story.ask(LI, c.Snooze(story.now + MINUTE))
    with pytest.raises(SessionOpen):
        story.ask(ANA, c.Reopen())


def test_what_its_agent_put_aside_is_not_given_back_while_it_sleeps() -> None:
    story = Story().served(LI)
    story.ask(LI, c.Snooze(story.now + MINUTE))
    assert story.ask(SYSTEM, c.GiveBack(LI.id, "agent_left")) == []
    story.later(MINUTE).ticks("snooze")
    assert types(story.ask(SYSTEM, c.GiveBack(LI.id, "agent_unreachable"))) == ["owner.changed"]


def test_a_new_owner_has_no_snooze() -> None:
    story = Story().served(LI)
    story.ask(LI, c.Snooze(story.now + MINUTE))
    story.ask(LI, c.Assign(held_by(ANA)))
    assert story.it.status is Status.OPEN
    assert dues(story.it, POLICY) == {}


# --- tags -------------------------------------------------------------------------------------------------


def test_a_tag_is_added_once_and_removed_once() -> None:
    story = Story().served()
    assert story.ask(LI, c.AddTag("vip")) == [TagAdded(tag="vip")]
    assert story.ask(LI, c.AddTag("vip")) == []
    assert types(story.ask(ANA, c.RemoveTag("vip"))) == ["tag.removed"]
    assert story.ask(ANA, c.RemoveTag("vip")) == []
    assert story.it.desk.tags == ()


def test_tags_belong_to_a_session() -> None:
    story = Story().served()
    story.ask(LI, c.AddTag("refund"))
    story.resolved()
    assert story.it.desk.tags == ("refund",)
    story.writes("something else")
    assert story.it.desk.tags == ()
