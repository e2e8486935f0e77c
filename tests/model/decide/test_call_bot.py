"""Covers hub/model/decide/call_bot.py: the bot holds a call, is relieved, or says that nobody came."""

from dataclasses import replace

import pytest

from hub.model import call_commands as cc
from hub.model import commands as c
from hub.model.call import THE_BOT, Call
from hub.model.dues import dues
from hub.model.errors import CallOver, CallTaken, NotOwner, Refused
from hub.model.events import (
    CallAccepted,
    CallEnded,
    CallJoined,
    CallLeft,
    CallMissed,
    CallSaid,
    CallTranscribed,
    CallUnanswered,
    CallUnderstood,
)
from hub.model.party import BOT, SYSTEM
from hub.services.rows import own_state
from tests.model.story import ANA, LI, POLICY, SECOND, WANG, Story, held_by, types

NAMED = replace(BOT, name="our assistant")


def the_call(story: Story) -> Call:
    assert story.it.call
    return story.it.call


def taken(story: Story) -> None:
    story.ask(LI, c.Assign(held_by(LI)))


@pytest.fixture
def held() -> Story:
    """She called while nobody had her conversation, and the bot answered."""
    story = Story().left_with_the_bot()
    story.ask(WANG, cc.RequestCall("audio"))
    story.bot_hands_over("I'll get somebody.")
    story.ask(NAMED, cc.AcceptCall(the_call(story).id))
    return story


def test_the_bot_answers_a_call_that_rings_at_nobody(held: Story) -> None:
    accepted = held.log[-1].event
    assert accepted == CallAccepted(call=the_call(held).id, party=THE_BOT, name="our assistant")
    call = the_call(held)
    assert call.held and not call.ringing
    assert dues(held.it, POLICY)["ring"] == call.until
    shown = own_state(held.it, online=True)["call"]
    assert (shown["state"], shown["held"], shown["to"]) == ("live", True, "")


def test_the_bot_takes_nobody_s_call() -> None:
    story = Story().served()
    story.ask(WANG, cc.RequestCall("audio"))
    with pytest.raises(Refused):
        story.ask(NAMED, cc.AcceptCall(the_call(story).id))
    story.ask(LI, cc.AcceptCall(the_call(story).id))
    with pytest.raises(CallTaken):
        story.ask(NAMED, cc.AcceptCall(the_call(story).id))


def test_it_rings_on_at_whoever_gets_the_conversation_and_they_come_into_the_same_call(held: Story) -> None:
    id = the_call(held).id
    with pytest.raises(NotOwner):
        held.ask(LI, cc.AcceptCall(id))
    held.later(100 * SECOND)
    taken(held)
    assert the_call(held).until == held.now + 30 * SECOND
    assert own_state(held.it, online=True)["call"]["to"] == "agent:li"
    with pytest.raises(NotOwner):
        held.ask(ANA, cc.AcceptCall(id))
    assert held.ask(LI, cc.AcceptCall(id)) == [CallJoined(call=id, party="agent:li", name="Li Ming")]
    with pytest.raises(CallTaken):
        held.ask(LI, cc.AcceptCall(id))
    assert held.ask(NAMED, cc.HangUp(id)) == [CallLeft(call=id, party=THE_BOT)]
    call = the_call(held)
    assert (call.id, call.held, [each.party for each in call.parties]) == (id, False, ["customer", "agent:li"])


def test_it_does_not_leave_her_alone(held: Story) -> None:
    with pytest.raises(Refused):
        held.ask(NAMED, cc.HangUp(the_call(held).id))


def test_nobody_came_the_bot_says_so_and_the_call_was_missed(held: Story) -> None:
    id = the_call(held).id
    held.later(200 * SECOND)
    assert held.ticks("ring") == [CallUnanswered(call=id, reason="nobody")]
    assert the_call(held).unanswered
    assert held.ask(NAMED, cc.HangUp(id)) == [CallMissed(call=id, reason="nobody")]
    assert held.it.call is None


def test_a_bot_that_died_says_nothing_and_the_call_ends_all_the_same(held: Story) -> None:
    id = the_call(held).id
    taken(held)
    held.later(31 * SECOND)
    held.later(120 * SECOND)
    assert held.ticks("ring") == [CallUnanswered(call=id, reason="timeout")]
    held.later(61 * SECOND)
    assert held.ticks("ring") == [CallMissed(call=id, reason="timeout")]


def test_a_bot_that_died_leaves_a_call_that_somebody_came_into(held: Story) -> None:
    id = the_call(held).id
    taken(held)
    held.ask(LI, cc.AcceptCall(id))
    held.later(31 * SECOND)
    assert held.ticks("ring") == [CallLeft(call=id, party=THE_BOT)]
    assert "ring" not in dues(held.it, POLICY)


def test_an_agent_who_declines_leaves_her_with_the_bot(held: Story) -> None:
    id = the_call(held).id
    taken(held)
    assert held.ask(LI, cc.DeclineCall(id)) == [CallUnanswered(call=id, reason="declined")]
    assert own_state(held.it, online=True)["call"]["to"] == "", "it rings no more"
    assert held.ask(LI, cc.DeclineCall(id)) == []
    assert held.ask(LI, cc.AcceptCall(id)), "who thinks again in time may come"


def test_whoever_gets_the_conversation_late_is_rung_anew(held: Story) -> None:
    held.later(200 * SECOND)
    held.ticks("ring")
    taken(held)
    assert not the_call(held).unanswered
    assert own_state(held.it, online=True)["call"]["to"] == "agent:li"


def test_she_hangs_up_while_the_bot_speaks(held: Story) -> None:
    assert types(held.ask(WANG, cc.HangUp(the_call(held).id))) == ["call.ended"]


def test_the_agent_hangs_up_before_the_bot_has_gone(held: Story) -> None:
    id = the_call(held).id
    taken(held)
    held.ask(LI, cc.AcceptCall(id))
    (ended,) = held.ask(LI, cc.HangUp(id))
    assert isinstance(ended, CallEnded)


def test_the_bot_need_not_agree_to_a_recording(held: Story) -> None:
    id = the_call(held).id
    taken(held)
    held.ask(LI, cc.AcceptCall(id))
    held.ask(LI, cc.RequestConsent(id, "v1"))
    assert types(held.ask(WANG, cc.GrantConsent(id, "v1"))) == ["consent.granted", "recording.started"]


def test_what_the_bot_says_and_understands_is_in_the_log(held: Story) -> None:
    id = the_call(held).id
    said = CallSaid(call=id, text="Hello")
    heard = CallUnderstood(call=id, kind="order", via="voice", heard="0017", order="2026112200017", confidence=0.7)
    assert held.ask(NAMED, cc.SpeakInCall(id, said)) == [said]
    assert held.ask(NAMED, cc.SpeakInCall(id, heard)) == [heard]
    assert heard.audience != said.audience
    held.ask(WANG, cc.HangUp(id))
    with pytest.raises(CallOver):
        held.ask(NAMED, cc.SpeakInCall(id, said))


def test_the_bot_is_silent_in_a_call_that_it_is_not_in() -> None:
    story = Story().served()
    story.ask(WANG, cc.RequestCall("audio"))
    id = the_call(story).id
    with pytest.raises(Refused):
        story.ask(NAMED, cc.SpeakInCall(id, CallSaid(call=id, text="Hello")))


def test_a_transcript_comes_after_the_call(held: Story) -> None:
    id = the_call(held).id
    held.ask(WANG, cc.HangUp(id))
    words = CallTranscribed(call=id, recording="1-customer", party="customer", engine="whisper-1", lines=())
    assert held.ask(SYSTEM, cc.KeepTranscript(words)) == [words]
