"""Covers hub/model/decide/calls.py: from the first ring to the end, experts, and the consent to a recording."""

import pytest

from hub.model import call_commands as cc
from hub.model import commands as c
from hub.model.call import Call, Participant
from hub.model.codec import restore, snapshot
from hub.model.dues import dues
from hub.model.errors import BadRequest, CallBusy, CallOver, CallTaken, NotOwner, Refused
from hub.model.events import (
    CallAccepted,
    CallDeclined,
    CallEnded,
    CallInvited,
    CallLeft,
    CallMissed,
    CallRequested,
    CallUninvited,
    Event,
    RecordingStopped,
)
from hub.model.party import SYSTEM, Party
from tests.model.story import ANA, LI, NOBODY_ELSE, POLICY, SECOND, WANG, Story, held_by, types


def the_call(story: Story) -> Call:
    assert story.it.call
    return story.it.call


def calls(story: Story, by: Party = WANG, media: str = "video") -> list[Event]:
    return story.ask(by, cc.RequestCall(media))  # type: ignore[arg-type]


def accepts(story: Story, by: Party = LI) -> list[Event]:
    return story.ask(by, cc.AcceptCall(the_call(story).id))


@pytest.fixture
def story() -> Story:
    return Story().served()


@pytest.fixture
def live(story: Story) -> Story:
    """She called Li, who accepted."""
    calls(story)
    accepts(story)
    return story


# --- busy and away ------------------------------------------------------------------------------------------


def test_an_agent_in_another_call_is_busy_and_the_thread_says_so(story: Story) -> None:
    requested, declined = story.ask(WANG, cc.RequestCall("video", owner="busy"))
    assert isinstance(requested, CallRequested)
    assert (requested.to, declined) == ("agent:li", CallDeclined(call=requested.call, reason="busy"))
    assert story.it.call is None
    calls(story)  # and again, once she is free


def test_of_an_agent_who_is_not_here_it_rings_at_whoever_gets_the_conversation(story: Story) -> None:
    requested, moved = story.ask(WANG, cc.RequestCall("video", owner="away"))
    assert isinstance(requested, CallRequested)
    assert (requested.to, requested.until) == ("", story.now + POLICY.call_queue_ms)
    assert moved.type == "owner.changed"
    story.ask(SYSTEM, c.Assign(held_by(ANA)))
    accepts(story, ANA)
    assert the_call(story).has("agent:ana")


# --- ringing ------------------------------------------------------------------------------------------------


def test_she_calls_the_agent_who_has_her_conversation(story: Story) -> None:
    (requested,) = calls(story)
    assert isinstance(requested, CallRequested)
    assert (requested.to, requested.name, requested.media) == ("agent:li", "Li Ming", "video")
    assert requested.until == story.now + POLICY.ring_ms == dues(story.it, POLICY)["ring"]


def test_an_agent_calls_the_customer_of_theirs_only(story: Story) -> None:
    with pytest.raises(NotOwner):
        calls(story, ANA)
    (requested,) = calls(story, LI, "audio")
    assert isinstance(requested, CallRequested)
    assert requested.to == "customer"
    with pytest.raises(NotOwner):
        accepts(story, LI)
    accepts(story, WANG)
    assert the_call(story).parties == (Participant("agent:li", "Li Ming"), Participant("customer", "王芳"))


def test_with_nobody_there_it_waits_while_the_bot_hands_over() -> None:
    story = Story().left_with_the_bot()
    assert types(calls(story)) == ["call.requested", "handoff.requested"]
    story.bot_hands_over("I'll get somebody.")
    story.offered()
    story.later(100 * SECOND)
    with pytest.raises(NotOwner):
        accepts(story)
    story.ask(LI, c.Assign(held_by(LI)))
    assert the_call(story).until == story.now + 30 * SECOND, "it rings long enough at whoever came late"
    accepts(story)
    assert not the_call(story).ringing


def test_who_never_wrote_may_call_first() -> None:
    story = Story()
    assert types(calls(story)) == ["session.opened", "owner.changed", "call.requested", "handoff.requested"]


def test_one_call_at_a_time(story: Story) -> None:
    calls(story)
    with pytest.raises(CallBusy):
        calls(story)
    with pytest.raises(CallBusy):
        calls(story, LI)


def test_the_first_device_wins(live: Story) -> None:
    with pytest.raises(CallTaken):
        accepts(live)
    with pytest.raises(CallTaken):
        live.ask(LI, cc.DeclineCall(the_call(live).id))


def test_who_talks_does_not_wait_for_an_answer_to_what_they_wrote(story: Story) -> None:
    story.writes("it leaks, shall I show you?")
    assert story.it.talk.waiting_since
    calls(story)
    assert story.it.talk.waiting_since  # it only rings
    accepts(story)
    assert (story.it.talk.waiting_since, story.it.talk.unread) == (0, 0)
    story.writes("here is the number")
    assert (story.it.talk.waiting_since, story.it.talk.unread) == (story.now, 1)


def test_a_colleague_can_not_answer(story: Story) -> None:
    calls(story)
    with pytest.raises(NotOwner):
        accepts(story, ANA)


def test_declined_cancelled_and_missed(story: Story) -> None:
    calls(story)
    assert story.ask(LI, cc.DeclineCall(the_call(story).id, "busy")) == [
        CallDeclined(call=story.log[-1].event.call, reason="busy")  # type: ignore[attr-defined]
    ]
    calls(story)
    id = the_call(story).id
    with pytest.raises(Refused):
        story.ask(LI, cc.CancelCall(id))
    assert types(story.ask(WANG, cc.CancelCall(id))) == ["call.cancelled"]
    with pytest.raises(CallOver):
        accepts_id(story, id)
    calls(story)
    id = the_call(story).id
    assert story.ticks("ring") == [], "not yet"
    story.later(POLICY.ring_ms)
    assert story.ticks("ring") == [CallMissed(call=id, reason="timeout")]
    assert story.it.call is None


def accepts_id(story: Story, id: str) -> list[Event]:
    return story.ask(LI, cc.AcceptCall(id))


def test_nobody_was_there_to_ring_at() -> None:
    story = Story().queued()
    calls(story)
    id = the_call(story).id
    story.later(POLICY.call_queue_ms)
    assert story.ticks("ring") == [CallMissed(call=id, reason="nobody")]


# --- in it --------------------------------------------------------------------------------------------------


def test_a_call_that_was_accepted_can_not_be_cancelled(live: Story) -> None:
    with pytest.raises(CallTaken):
        live.ask(WANG, cc.CancelCall(the_call(live).id))


def test_it_ends_when_one_of_two_hangs_up(live: Story) -> None:
    id = the_call(live).id
    live.later(65 * SECOND)
    assert live.ask(WANG, cc.HangUp(id)) == [CallEnded(call=id, reason="hungup", media="video", seconds=65)]
    assert live.it.call is None
    assert live.it.desk.session_open, "the conversation goes on"


def test_who_is_not_in_it_can_not_end_it(live: Story) -> None:
    with pytest.raises(Refused):
        live.ask(ANA, cc.HangUp(the_call(live).id))


def test_audio_becomes_video_once(story: Story) -> None:
    calls(story, media="audio")
    id = the_call(story).id
    with pytest.raises(CallOver):
        story.ask(WANG, cc.UpgradeCall(id))
    accepts(story)
    assert types(story.ask(WANG, cc.UpgradeCall(id))) == ["call.upgraded"]
    assert the_call(story).media == "video"
    assert story.ask(LI, cc.UpgradeCall(id)) == []


def test_it_ends_with_its_session(live: Story) -> None:
    assert "call.ended" in types(live.ask(LI, c.Resolve()))
    assert live.it.call is None


def test_nobody_is_heard_of_any_more(live: Story) -> None:
    id = the_call(live).id
    assert live.ask(SYSTEM, cc.EndCall("another", "abandoned")) == []
    assert types(live.ask(SYSTEM, cc.EndCall(id, "abandoned"))) == ["call.ended"]
    assert live.ask(SYSTEM, cc.EndCall(id, "abandoned")) == []


def test_a_session_does_not_go_idle_in_a_call() -> None:
    story = Story().served()
    story.says()
    assert "idle" in dues(story.it, POLICY)
    calls(story)
    accepts(story)
    assert "idle" not in dues(story.it, POLICY)


def test_what_came_of_it_is_noted_when_it_is_over(live: Story) -> None:
    id = the_call(live).id
    live.ask(LI, cc.HangUp(id))
    assert types(live.ask(LI, cc.NoteCall(id, "follow_up", "Send a new lid."))) == ["call.noted"]
    with pytest.raises(Refused, match="not in this call"):
        live.ask(ANA, cc.NoteCall(id, "solved"))


def test_all_who_talked_note_it_and_nobody_who_did_not(live: Story) -> None:
    id = the_call(live).id
    live.ask(LI, cc.InviteToCall(id, "ana", "Ana", ""))
    with pytest.raises(Refused):
        live.ask(ANA, cc.NoteCall(id, "solved"))  # asked in, and not there yet
    accepts(live, ANA)
    assert types(live.ask(ANA, cc.NoteCall(id, "solved"))) == ["call.noted"]
    live.ask(ANA, cc.HangUp(id))
    assert types(live.ask(ANA, cc.NoteCall(id, "solved", "and left"))) == ["call.noted"]
    live.ask(LI, cc.HangUp(id))
    live.it = restore(snapshot(live.it))
    for by in (LI, ANA):
        assert types(live.ask(by, cc.NoteCall(id, "solved"))) == ["call.noted"]
    with pytest.raises(Refused):
        live.ask(NOBODY_ELSE, cc.NoteCall(id, "solved"))
    live.ask(LI, c.Assign(held_by(NOBODY_ELSE)))
    assert types(live.ask(LI, cc.NoteCall(id, "solved", "handed on"))) == ["call.noted"]
    with pytest.raises(Refused):
        live.ask(NOBODY_ELSE, cc.NoteCall(id, "solved"))  # has the conversation, and was not in the call
    calls(live, NOBODY_ELSE)
    with pytest.raises(Refused):
        live.ask(ANA, cc.NoteCall(the_call(live).id, "solved"))  # was in the one before


# --- experts ------------------------------------------------------------------------------------------------


def test_an_expert_is_asked_in_and_the_customer_sees_them_when_they_come(live: Story) -> None:
    id = the_call(live).id
    (invited,) = live.ask(LI, cc.InviteToCall(id, "ana", "Ana", "Her kettle leaks."))
    assert isinstance(invited, CallInvited)
    assert invited.audience == "s"
    assert live.ask(LI, cc.InviteToCall(id, "ana", "Ana")) == []
    assert types(live.ask(ANA, cc.AcceptCall(id))) == ["call.joined"]
    assert [each.party for each in the_call(live).parties] == ["customer", "agent:li", "agent:ana"]
    with pytest.raises(CallBusy):
        live.ask(LI, cc.InviteToCall(id, "zoe", "Zoe"))
    assert live.ask(LI, cc.HangUp(id)) == [CallLeft(call=id, party="agent:li")]
    assert types(live.ask(ANA, cc.HangUp(id))) == ["call.ended"]


def test_the_customer_ends_it_for_all(live: Story) -> None:
    id = the_call(live).id
    live.ask(LI, cc.InviteToCall(id, "ana", "Ana"))
    live.ask(ANA, cc.AcceptCall(id))
    assert types(live.ask(WANG, cc.HangUp(id))) == ["call.ended"]


def test_invitations_are_declined_withdrawn_and_pass(live: Story) -> None:
    id = the_call(live).id
    ways = {"declined": (ANA, cc.DeclineCall(id)), "withdrawn": (LI, cc.WithdrawInvitation(id, "agent:ana"))}
    for why, (by, command) in ways.items():
        live.ask(LI, cc.InviteToCall(id, "ana", "Ana"))
        (over,) = live.ask(by, command)
        assert isinstance(over, CallUninvited)
        assert over.why == why
    live.ask(LI, cc.InviteToCall(id, "ana", "Ana"))
    live.later(POLICY.ring_ms)
    assert live.ticks("ring") == [CallUninvited(call=id, party="agent:ana", why="timeout")]
    assert "ring" not in dues(live.it, POLICY)
    with pytest.raises(CallTaken):
        live.ask(ANA, cc.AcceptCall(id))


def test_who_may_not_invite(live: Story) -> None:
    id = the_call(live).id
    for by in (WANG, NOBODY_ELSE):
        with pytest.raises(Refused):
            live.ask(by, cc.InviteToCall(id, "ana", "Ana"))
    with pytest.raises(BadRequest):
        live.ask(LI, cc.InviteToCall(id, "li", "Li Ming"))


# --- recording ----------------------------------------------------------------------------------------------


def test_nothing_is_recorded_before_everybody_agreed(live: Story) -> None:
    id = the_call(live).id
    with pytest.raises(Refused):
        live.ask(WANG, cc.GrantConsent(id, "v1"))
    with pytest.raises(Refused):
        live.ask(WANG, cc.RequestConsent(id, "v1"))
    assert types(live.ask(LI, cc.RequestConsent(id, "v1"))) == ["consent.requested", "consent.granted"]
    assert not the_call(live).recording
    with pytest.raises(Refused):
        live.ask(WANG, cc.GrantConsent(id, "v0"))
    assert types(live.ask(WANG, cc.GrantConsent(id, "v1"))) == ["consent.granted", "recording.started"]
    assert the_call(live).recording


def test_it_stops_when_one_withdraws_or_somebody_comes_who_was_not_asked(live: Story) -> None:
    id = the_call(live).id
    recorded(live)
    assert types(live.ask(WANG, cc.WithdrawConsent(id))) == ["consent.withdrawn", "recording.stopped"]
    assert live.ask(WANG, cc.WithdrawConsent(id)) == []
    recorded(live)
    live.ask(LI, cc.InviteToCall(id, "ana", "Ana"))
    assert live.ask(ANA, cc.AcceptCall(id))[1:] == [RecordingStopped(call=id, why="joined")]
    live.ask(LI, cc.RequestConsent(id, "v1"))
    live.ask(WANG, cc.GrantConsent(id, "v1"))
    assert not the_call(live).recording, "she who came was not heard yet"
    assert "recording.started" in types(live.ask(ANA, cc.GrantConsent(id, "v1")))


def test_refused_means_not_asked_any_more(live: Story) -> None:
    id = the_call(live).id
    live.ask(LI, cc.RequestConsent(id, "v1"))
    assert types(live.ask(WANG, cc.RefuseConsent(id, "v1"))) == ["consent.refused"]
    with pytest.raises(Refused):
        live.ask(WANG, cc.GrantConsent(id, "v1"))


def test_it_stops_with_the_call(live: Story) -> None:
    recorded(live)
    id = the_call(live).id
    assert types(live.ask(WANG, cc.HangUp(id))) == ["recording.stopped", "call.ended"]


def test_an_agent_stops_it(live: Story) -> None:
    recorded(live)
    id = the_call(live).id
    with pytest.raises(Refused):
        live.ask(WANG, cc.StopRecording(id))
    assert types(live.ask(LI, cc.StopRecording(id))) == ["recording.stopped"]
    assert live.ask(LI, cc.StopRecording(id)) == []


def recorded(story: Story) -> None:
    id = the_call(story).id
    story.ask(LI, cc.RequestConsent(id, "v1"))
    story.ask(WANG, cc.GrantConsent(id, "v1"))
    assert the_call(story).recording


def test_a_call_accepted_is_in_the_log_as_who_it_was(live: Story) -> None:
    assert CallAccepted(call=the_call(live).id, party="agent:li", name="Li Ming") in [e.event for e in live.log]
