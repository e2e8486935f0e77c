"""The bot speaks under the tenure it was asked in, and never over a person."""

import pytest

from hub.model import commands as c
from hub.model.content import ButtonsContent, CardContent
from hub.model.crm import TicketDraft
from hub.model.errors import NotOwner, StaleTenure
from hub.model.events import (
    HandoffBriefed,
    Insight,
    InsightNoted,
    MessageCreated,
    OwnerChanged,
    TicketRequested,
)
from hub.model.party import BOT
from tests.model.story import LI, MINUTE, WANG, Story, held_by, queue, text, types

UPSET = Insight(language="zh", intent="complaint", confidence=0.9, sentiment=-0.8, entities=(("order", "A1"),))


def test_an_answer_names_what_it_answers() -> None:
    story = Story()
    story.writes()
    asked = story.it.seq
    [said] = story.bot_says("It is on its way.")
    assert isinstance(said, MessageCreated)
    assert said.reply_to == asked
    assert story.it.talk.waiting_since == 0


def test_several_things_said_at_once_have_ids_of_their_own() -> None:
    story = Story()
    story.writes()
    said = story.bot_says("one", "two", "three")
    assert len({e.id for e in said if isinstance(e, MessageCreated)}) == 3


def test_what_it_noticed_comes_before_what_it_says() -> None:
    story = Story()
    story.writes()
    turn = c.BotTurn(1, story.it.seq, (text("I am sorry."),), UPSET)
    assert story.ask(BOT, turn)[0] == InsightNoted(of=3, insight=UPSET)


def test_it_may_greet_while_no_session_is_open() -> None:
    story = Story()
    story.arrives()
    assert types(story.bot_says("Hello!", answers=story.it.seq)) == ["message.created"]
    assert not story.it.desk.session_open


def test_a_greeting_that_comes_after_the_first_message_is_dropped() -> None:
    story = Story()
    story.arrives()
    seen = story.it.desk.tenure
    story.writes()
    with pytest.raises(StaleTenure):
        story.bot_says("Hello!", tenure=seen)


def test_it_never_talks_over_a_person() -> None:
    story = Story()
    story.writes()
    thinking = story.turn("It is on its way.")
    story.ask(LI, c.Assign(held_by(LI)))
    with pytest.raises(StaleTenure):
        story.ask(BOT, thinking)
    with pytest.raises(NotOwner):
        story.bot_says("Let me help, too.")


def test_it_may_speak_to_who_waits_in_the_queue() -> None:
    story = Story().queued()
    assert types(story.bot_says("Still looking for somebody.", answers=story.it.seq)) == ["message.created"]


def test_a_word_about_waiting_is_too_late_once_somebody_came_or_the_customer_cancelled() -> None:
    for end in (lambda s: s.ask(LI, c.Assign(held_by(LI))), lambda s: s.ask(WANG, c.CancelHandoff())):
        story = Story().queued()
        thinking = story.turn("Still looking for somebody.")
        end(story)
        with pytest.raises(StaleTenure):
            story.ask(BOT, thinking)


def test_handing_over_briefs_the_agent_and_moves_the_customer_into_the_queue() -> None:
    story = Story()
    story.writes()
    brief = c.Brief("complaint", "「投诉」", "wants her money back", ("order status",), "returns")
    happened = story.ask(BOT, c.BotTurn(1, 3, (text("I'll get somebody."),), UPSET, brief))
    assert types(happened) == ["insight.noted", "message.created", "handoff.briefed", "owner.changed"]
    assert happened[2] == HandoffBriefed(
        reason="complaint",
        evidence="「投诉」",
        summary="wants her money back",
        intent="complaint",
        sentiment=-0.8,
        entities=(("order", "A1"),),
        tried=("order status",),
    )
    assert isinstance(happened[3], OwnerChanged)
    assert (happened[3].owner, happened[3].reason) == (queue("returns"), "handed_over")
    assert story.it.desk.team == "returns"


def test_it_hands_over_once() -> None:
    story = Story().queued()
    brief = c.Brief("asked", "", "", (), "")
    late = c.BotTurn(story.it.desk.tenure, story.it.seq, (text("One moment."),), None, brief)
    assert types(story.ask(BOT, late)) == ["message.created"]


def test_a_greeting_hands_nobody_over() -> None:
    story = Story()
    story.arrives()
    brief = c.Brief("priority", "platinum", "", (), "")
    assert story.ask(BOT, c.BotTurn(0, story.it.seq, (), None, brief)) == []


def test_a_bot_that_has_too_much_to_say_is_cut_not_refused() -> None:
    """A long summary by a language model raised in `decide`, and the customer who asked for a person got none."""
    story = Story()
    story.writes("人工")
    brief = c.Brief("asked", "e" * 600, "s" * 5_000, ("t" * 600,) * 3, "")
    happened = story.ask(BOT, c.BotTurn(1, 3, (text("I'll get somebody."),), None, brief))
    briefed = next(e for e in happened if isinstance(e, HandoffBriefed))
    assert (len(briefed.evidence), len(briefed.summary), len(briefed.tried[0])) == (500, 4_000, 500)
    assert story.it.desk.owner == queue()


def test_it_may_ask_for_a_ticket_and_show_cards_and_buttons() -> None:
    story = Story()
    story.writes()
    card = CardContent(card="order", title="Order A1", text="Order A1: shipped")
    buttons = ButtonsContent(text="Anything else?", buttons=({"label": "No"},))
    draft = TicketDraft(subject="Kettle leaks")
    happened = story.ask(BOT, c.BotTurn(1, 3, (card, buttons), ticket=draft))
    assert types(happened) == ["message.created", "message.created", "ticket.requested"]
    assert happened[-1] == TicketRequested(draft=draft)


def test_a_returned_customer_is_not_handed_over_for_what_they_asked_last_time() -> None:
    story = Story()
    story.writes()
    story.ask(WANG, c.RequestHandoff())
    story.bot_hands_over("I'll get somebody.")
    story.ask(LI, c.Assign(held_by(LI)))
    story.resolved()
    story.later(MINUTE).writes("something else")
    assert not story.it.desk.handoff_wanted
