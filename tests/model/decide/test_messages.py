"""What is said, read and rated."""

from dataclasses import replace

import pytest

from hub.model import commands as c
from hub.model.conversation import Status
from hub.model.errors import BadRequest, NotFound, NotOwner
from hub.model.events import CsatRated, MessageCreated, MessageDelivered, MessageRead
from hub.model.owner import Owner, OwnerKind
from hub.model.party import BOT, SYSTEM
from tests.model.story import ANA, LI, MINUTE, WANG, Story, text, types

NEW_SESSION = ["session.opened", "owner.changed", "message.created"]


def test_the_first_message_opens_a_session_that_the_bot_has() -> None:
    story = Story()
    assert types(story.writes()) == NEW_SESSION
    assert story.it.status is Status.PENDING
    assert story.it.desk.owner == Owner(kind=OwnerKind.BOT, id="bot")
    assert (story.it.desk.session, story.it.desk.session_from, story.it.desk.tenure) == (1, 1, 1)


def test_the_next_message_is_only_said() -> None:
    story = Story()
    story.writes()
    assert types(story.writes("and my invoice?")) == ["message.created"]


def test_a_message_bears_the_id_of_its_command_so_that_the_page_knows_its_own() -> None:
    story = Story()
    [*_, said] = story.writes()
    assert isinstance(said, MessageCreated)
    assert said.id == story.log[-1].id


def test_a_message_after_the_end_opens_the_next_session() -> None:
    story = Story().served().resolved()
    assert types(story.later(MINUTE).writes("one more thing")) == NEW_SESSION
    assert story.it.desk.session == 2
    assert story.it.desk.session_from == story.it.seq - 2


def test_a_message_wakes_a_snoozed_conversation() -> None:
    story = Story().served()
    story.ask(LI, c.Snooze(story.now + MINUTE))
    assert types(story.writes("are you there?")) == ["conversation.woken", "message.created"]
    assert story.it.status is Status.OPEN
    assert story.it.desk.snoozed_until == 0


def test_a_customer_may_write_while_a_person_has_it() -> None:
    story = Story().served()
    assert types(story.writes("thank you")) == ["message.created"]
    assert story.it.desk.owner.id == LI.id


def test_an_agent_says_something_where_they_are_the_owner() -> None:
    story = Story().served()
    assert types(story.says()) == ["message.created"]
    assert story.it.talk.waiting_since == 0


@pytest.mark.parametrize("by", [ANA, BOT, SYSTEM], ids=lambda by: str(by.kind))
def test_nobody_talks_over_the_agent_who_has_it(by) -> None:
    story = Story().served(LI)
    with pytest.raises(NotOwner):
        story.ask(by, c.PostMessage(text("let me")))


def test_an_agent_must_take_it_from_bot_or_queue_before_writing() -> None:
    story = Story()
    story.writes()
    with pytest.raises(NotOwner):
        story.says()
    story.bot_hands_over("I'll get somebody.")
    with pytest.raises(NotOwner):
        story.says()


def test_an_agent_can_not_write_into_a_session_that_ended() -> None:
    story = Story().served().resolved()
    with pytest.raises(NotOwner):
        story.says("and by the way")


def test_an_agent_whose_id_is_a_customers_id_is_still_no_owner() -> None:
    story = Story().served(LI)
    with pytest.raises(NotOwner):
        story.ask(replace(WANG, kind=BOT.kind, id=LI.id), c.PostMessage(text("hi")))


# --- read and delivered -----------------------------------------------------------------------------------


def test_reading_counts_up_to_the_newest_message_of_the_other_side() -> None:
    story = Story().served()
    story.says("one")
    newest = story.it.seq
    story.ask(LI, c.AddNote("a regular"))
    assert story.ask(WANG, c.MarkRead(2**53 - 1)) == [MessageRead(upto=newest)]
    assert (story.it.talk.read_customer, story.it.talk.delivered_customer) == (newest, newest)


def test_reading_the_same_again_is_no_event() -> None:
    story = Story().served()
    story.says()
    story.ask(WANG, c.MarkRead(story.it.seq))
    assert story.ask(WANG, c.MarkRead(story.it.seq)) == []
    assert story.ask(WANG, c.MarkRead(1)) == []


def test_nothing_is_read_where_nothing_was_said() -> None:
    story = Story()
    story.arrives()
    assert story.ask(WANG, c.MarkRead(story.it.seq)) == []
    assert story.ask(WANG, c.MarkDelivered(story.it.seq)) == []


def test_only_the_owner_reads_for_our_side() -> None:
    story = Story().served(LI)
    assert story.ask(ANA, c.MarkRead(story.it.seq)) == []
    assert story.ask(SYSTEM, c.MarkRead(story.it.seq)) == []
    assert types(story.ask(LI, c.MarkRead(story.it.seq))) == ["message.read"]
    assert story.it.talk.unread == 0


def test_read_implies_delivered() -> None:
    story = Story().served()
    story.says()
    story.ask(WANG, c.MarkRead(story.it.seq))
    assert story.ask(WANG, c.MarkDelivered(story.it.talk.staff_seq)) == []


def test_any_staff_device_has_a_message_delivered() -> None:
    story = Story().served(LI)
    newest = story.it.talk.customer_seq
    assert story.ask(ANA, c.MarkDelivered(newest)) == [MessageDelivered(upto=newest)]
    assert story.ask(LI, c.MarkDelivered(newest)) == []
    assert story.it.talk.read_staff == 0


def test_a_message_that_came_after_is_not_delivered_yet() -> None:
    story = Story().served()
    story.says("one")
    seen = story.it.seq
    story.says("two")
    assert story.ask(WANG, c.MarkDelivered(seen)) == [MessageDelivered(upto=seen)]
    assert story.it.talk.delivered_customer < story.it.talk.staff_seq


# --- notes and ratings ------------------------------------------------------------------------------------


def test_a_note_may_be_added_by_any_colleague_also_when_it_is_over() -> None:
    story = Story().served(LI).resolved()
    assert types(story.ask(ANA, c.AddNote("called her back"))) == ["note.added"]
    assert story.it.status is Status.RESOLVED


def test_there_is_nothing_to_rate_before_the_first_session() -> None:
    story = Story()
    story.arrives()
    with pytest.raises(NotFound):
        story.ask(WANG, c.RateSession(5))


def test_a_rating_is_of_the_newest_session_and_may_be_corrected() -> None:
    story = Story().served().resolved()
    assert story.ask(WANG, c.RateSession(2, "slow")) == [CsatRated(session=1, score=2, comment="slow")]
    assert story.ask(WANG, c.RateSession(4)) == [CsatRated(session=1, score=4)]


@pytest.mark.parametrize(
    "command",
    [
        c.AddNote(""),
        c.AddNote("secret " * 2_000),
        c.AddTag("x" * 41),
        c.RateSession(6),
        c.RequestHandoff("secret" * 99),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_does_not_fit_is_a_named_error_that_repeats_nobodys_words(command: c.Command) -> None:
    """A pydantic error out of `decide` once left the conversation busy for ever: nothing but named errors may come."""
    story = Story()
    story.served().resolved()
    with pytest.raises(BadRequest) as refused:
        story.ask(LI, command)
    assert "secret" not in str(refused.value)
