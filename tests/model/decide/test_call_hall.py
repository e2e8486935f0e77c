"""Covers hub/model/decide/call_hall.py: the fourth takes the call into a room, and is asked before it is recorded; a
recording takes what goes from browser to browser to the relay.
"""

import pytest

from hub.model import call_commands as cc
from hub.model.call import Call
from hub.model.decide.call_hall import MOST_IN_PAIRS, outgrows
from hub.model.dues import Policy
from hub.model.errors import CallBusy, Refused
from hub.model.events import CallJoined, CallRequested, CallSwitched, RecordingStopped
from hub.model.party import SYSTEM, Party, PartyKind
from tests.model.story import LI, WANG, Story, types

EXPERTS = [Party(kind=PartyKind.AGENT, id=f"expert{n}", name=f"Expert {n}") for n in range(1, 6)]


@pytest.fixture
def story() -> Story:
    """王芳 and Li talk, where there is a Janus."""
    story = Story(policy=Policy(call_parties=6)).served()
    story.ask(WANG, cc.RequestCall("video"))
    story.ask(LI, cc.AcceptCall(the_call(story).id))
    return story


def the_call(story: Story) -> Call:
    assert story.it.call
    return story.it.call


def comes(story: Story, expert: Party) -> list[str]:
    """Asked in by Li, they accept: what happens then."""
    id = the_call(story).id
    story.ask(LI, cc.InviteToCall(id, expert.id, expert.name))
    return types(story.ask(expert, cc.AcceptCall(id)))


def test_the_fourth_takes_it_into_a_room_and_it_stays_the_same_call(story: Story) -> None:
    id = the_call(story).id
    assert comes(story, EXPERTS[0]) == ["call.joined"]
    assert (the_call(story).topology, outgrows(the_call(story))) == ("pairs", True)
    assert comes(story, EXPERTS[1]) == ["call.joined", "call.switched"]
    for expert in EXPERTS[2:4]:
        assert comes(story, expert) == ["call.joined"]
    assert (the_call(story).id, the_call(story).topology, len(the_call(story).parties)) == (id, "room", 6)
    with pytest.raises(CallBusy):
        comes(story, EXPERTS[4])


def test_it_stays_there_when_they_are_few_again(story: Story) -> None:
    comes(story, EXPERTS[0])
    comes(story, EXPERTS[1])
    for expert in EXPERTS[:2]:
        assert types(story.ask(expert, cc.HangUp(the_call(story).id))) == ["call.left"]
    assert (len(the_call(story).parties), the_call(story).topology) == (2, "room")
    assert comes(story, EXPERTS[2]) == ["call.joined"]


def test_a_recording_stops_at_the_switch_and_says_why(story: Story) -> None:
    id = the_call(story).id
    comes(story, EXPERTS[0])
    story.ask(LI, cc.RequestConsent(id, "v1"))
    for party in (WANG, EXPERTS[0]):
        story.ask(party, cc.GrantConsent(id, "v1"))
    assert the_call(story).recording
    story.ask(LI, cc.InviteToCall(id, EXPERTS[1].id, EXPERTS[1].name))
    joined, stopped, switched = story.ask(EXPERTS[1], cc.AcceptCall(id))
    assert isinstance(joined, CallJoined)
    assert isinstance(switched, CallSwitched)
    assert isinstance(stopped, RecordingStopped)
    assert stopped.why == "switched"
    assert not the_call(story).recording


def test_what_was_asked_before_the_switch_is_void_and_all_are_asked_anew(story: Story) -> None:
    id = the_call(story).id
    comes(story, EXPERTS[0])
    story.ask(LI, cc.RequestConsent(id, "v1"))
    comes(story, EXPERTS[1])
    assert (the_call(story).text_version, the_call(story).granted) == ("", ())
    with pytest.raises(Refused):
        story.ask(WANG, cc.GrantConsent(id, "v1"))


def recorded(story: Story) -> str:
    """In a room, with the consent of all four."""
    id = the_call(story).id
    for expert in EXPERTS[:2]:
        comes(story, expert)
    story.ask(LI, cc.RequestConsent(id, "v1"))
    for party in (WANG, EXPERTS[0]):
        assert types(story.ask(party, cc.GrantConsent(id, "v1"))) == ["consent.granted"]
    assert types(story.ask(EXPERTS[1], cc.GrantConsent(id, "v1"))) == ["consent.granted", "recording.started"]
    return id


@pytest.mark.parametrize("who", [WANG, *EXPERTS[:2]], ids=lambda who: who.id)
def test_in_a_room_it_is_recorded_when_all_agree_until_anybody_does_not(story: Story, who: Party) -> None:
    id = recorded(story)
    withdrawn, stopped = story.ask(who, cc.WithdrawConsent(id))
    assert isinstance(stopped, RecordingStopped)
    assert (withdrawn.type, stopped.why) == ("consent.withdrawn", "withdrawn")
    assert the_call(story).granted == ()


def test_in_a_room_too_it_stops_when_somebody_comes_in_who_was_not_asked(story: Story) -> None:
    id = recorded(story)
    story.ask(LI, cc.InviteToCall(id, EXPERTS[2].id, EXPERTS[2].name))
    _, stopped = story.ask(EXPERTS[2], cc.AcceptCall(id))
    assert isinstance(stopped, RecordingStopped)
    assert stopped.why == "joined"


def test_what_can_not_be_recorded_any_more_is_not_shown_as_recorded(story: Story) -> None:
    id = recorded(story)
    (stopped,) = story.ask(SYSTEM, cc.LoseRecording(id))
    assert isinstance(stopped, RecordingStopped)
    assert (stopped.why, the_call(story).recording) == ("lost", False)
    assert story.ask(SYSTEM, cc.LoseRecording(id)) == []
    assert story.ask(SYSTEM, cc.LoseRecording("another call")) == []


def test_without_a_janus_three_are_the_most(story: Story) -> None:
    story.policy = Policy()
    comes(story, EXPERTS[0])
    assert len(the_call(story).parties) == MOST_IN_PAIRS == Policy().call_parties
    with pytest.raises(CallBusy):
        comes(story, EXPERTS[1])


# --- from browser to browser, and by the relay ----------------------------------------------------------------


@pytest.fixture
def direct() -> Story:
    """王芳 and Li talk from browser to browser."""
    story = Story(policy=Policy(calls_direct=True, call_parties=6)).served()
    story.ask(WANG, cc.RequestCall("video"))
    story.ask(LI, cc.AcceptCall(the_call(story).id))
    return story


def agreed(story: Story) -> list[str]:
    """Li asks for a recording, and 王芳 agrees: what happens then."""
    story.ask(LI, cc.RequestConsent(the_call(story).id, "v1"))
    return types(story.ask(WANG, cc.GrantConsent(the_call(story).id, "v1")))


def test_a_call_that_everybody_agrees_to_have_recorded_goes_by_the_relay_for_good(direct: Story) -> None:
    id = the_call(direct).id
    assert the_call(direct).topology == "direct"
    assert agreed(direct) == ["consent.granted", "call.switched", "recording.started"]
    call = the_call(direct)
    assert (call.id, call.topology, call.recording, call.text_version) == (id, "relay", True, "v1")
    assert types(direct.ask(WANG, cc.WithdrawConsent(id))) == ["consent.withdrawn", "recording.stopped"]
    assert the_call(direct).topology == "relay"
    assert agreed(direct) == ["consent.granted", "recording.started"]


def test_who_does_not_agree_changes_nothing(direct: Story) -> None:
    id = the_call(direct).id
    direct.ask(LI, cc.RequestConsent(id, "v1"))
    assert types(direct.ask(WANG, cc.RefuseConsent(id, "v1"))) == ["consent.refused"]
    comes(direct, EXPERTS[0])
    assert agreed(direct) == ["consent.granted"], "the expert did not say"
    assert (the_call(direct).topology, the_call(direct).recording) == ("direct", False)


def test_the_fourth_takes_it_into_a_room_from_either(direct: Story) -> None:
    comes(direct, EXPERTS[0])
    assert comes(direct, EXPERTS[1]) == ["call.joined", "call.switched"]
    assert the_call(direct).topology == "room"


def test_from_the_relay_it_goes_into_a_room_as_well(direct: Story) -> None:
    agreed(direct)
    comes(direct, EXPERTS[0])
    assert comes(direct, EXPERTS[1]) == ["call.joined", "call.switched"]
    assert the_call(direct).topology == "room"


def test_logs_of_before_say_nothing_of_it(story: Story) -> None:
    """Calls were as the settings said, and what was switched to was a room."""
    assert CallRequested.model_validate({"call": "k1", "media": "audio", "until": 1}).topology == "pairs"
    assert CallSwitched.model_validate({"call": "k1"}).topology == "room"
    assert agreed(story) == ["consent.granted", "recording.started"]
    assert the_call(story).topology == "pairs"
