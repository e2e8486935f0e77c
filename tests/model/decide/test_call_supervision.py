"""Covers hub/model/decide/call_supervision.py: who may listen, who is told, and what it means for a recording."""

from dataclasses import replace

import pytest

from hub.model import call_commands as cc
from hub.model.call import Call, Participant
from hub.model.decide import Asked, decide
from hub.model.errors import CallBusy, CallOver, Refused
from hub.model.events import CallAnnounced, CallSupervised
from hub.model.party import Party, PartyKind
from tests.model.story import ANA, LI, NOBODY_ELSE, POLICY, WANG, Story, types


def the_call(story: Story) -> Call:
    assert story.it.call
    return story.it.call


@pytest.fixture
def live() -> Story:
    story = Story().served()
    story.ask(WANG, cc.RequestCall("audio"))
    story.ask(LI, cc.AcceptCall(the_call(story).id))
    return story


def supervises(story: Story, mode: str, by: Party = ANA) -> list[str]:
    return types(story.ask(by, cc.SuperviseCall(the_call(story).id, mode, leads=True)))  # type: ignore[arg-type]


def recorded(story: Story) -> None:
    story.ask(LI, cc.RequestConsent(the_call(story).id, "v1"))
    story.ask(WANG, cc.GrantConsent(the_call(story).id, "v1"))
    assert the_call(story).recording


def test_who_listens_is_no_party_and_everybody_is_told(live: Story) -> None:
    assert supervises(live, "listen") == ["call.supervised", "call.announced"]
    assert the_call(live).supervisors == (Participant("agent:ana", "Ana", "listen"),)
    assert not the_call(live).has("agent:ana")
    assert supervises(live, "listen") == []
    assert supervises(live, "whisper") == ["call.supervised"], "they know"
    assert types(live.ask(ANA, cc.HangUp(the_call(live).id))) == ["call.unsupervised", "call.announced"]
    assert live.log[-1].event == CallAnnounced(call=the_call(live).id, listening=False)
    assert (the_call(live).supervisors, the_call(live).announced) == ((), False)


def test_only_supervisors_may_and_not_who_is_in_it(live: Story) -> None:
    id = the_call(live).id
    for by in (ANA, LI, WANG):
        with pytest.raises(Refused):
            live.ask(by, cc.SuperviseCall(id, "listen"))
    with pytest.raises(Refused):
        supervises(live, "whisper", LI)
    with pytest.raises(CallOver):
        live.ask(ANA, cc.SuperviseCall("another", "listen", leads=True))


def test_nobody_listens_to_the_ringing() -> None:
    story = Story().served()
    story.ask(WANG, cc.RequestCall("audio"))
    with pytest.raises(CallOver):
        supervises(story, "listen")


def test_two_are_the_most(live: Story) -> None:
    supervises(live, "listen")
    supervises(live, "listen", NOBODY_ELSE)
    with pytest.raises(CallBusy):
        supervises(live, "listen", Party(kind=PartyKind.AGENT, id="third"))
    supervises(live, "whisper", NOBODY_ELSE)
    live.ask(ANA, cc.HangUp(the_call(live).id))
    assert the_call(live).announced, "one still listens"


def test_who_comes_in_is_a_party_as_any_other(live: Story) -> None:
    supervises(live, "listen")
    assert supervises(live, "join") == ["call.supervised", "call.joined", "call.announced"]
    assert the_call(live).parties[-1] == Participant("agent:ana", "Ana")
    assert the_call(live).supervisors == ()
    assert types(live.ask(LI, cc.HangUp(the_call(live).id))) == ["call.left"]


def test_a_full_call_has_no_room_to_come_in_but_is_heard(live: Story) -> None:
    live.ask(LI, cc.InviteToCall(the_call(live).id, "zoe", "Zoe"))
    supervises(live, "listen")
    with pytest.raises(CallBusy):
        supervises(live, "join")


def test_who_is_asked_in_while_listening_may_come(live: Story) -> None:
    supervises(live, "listen")
    live.ask(LI, cc.InviteToCall(the_call(live).id, "ana", "Ana"))
    assert types(live.ask(ANA, cc.AcceptCall(the_call(live).id))) == ["call.joined", "call.announced"]
    assert the_call(live).supervisors == ()


def test_listening_needs_no_consent_and_leaves_the_recording_as_it_is(live: Story) -> None:
    recorded(live)
    assert "recording.stopped" not in supervises(live, "listen")
    assert the_call(live).recording


@pytest.mark.parametrize("mode", ["whisper", "join"])
def test_whoever_is_heard_was_not_asked(live: Story, mode: str) -> None:
    recorded(live)
    assert supervises(live, mode)[-1] == "recording.stopped"


def test_nothing_is_recorded_while_somebody_whispers(live: Story) -> None:
    id = the_call(live).id
    live.ask(LI, cc.RequestConsent(id, "v1"))
    supervises(live, "whisper")
    live.ask(WANG, cc.GrantConsent(id, "v1"))
    assert not the_call(live).recording
    with pytest.raises(Refused):
        live.ask(LI, cc.RequestConsent(id, "v1"))
    supervises(live, "listen")
    recorded(live)


def test_who_listens_can_neither_agree_nor_record(live: Story) -> None:
    id = the_call(live).id
    supervises(live, "listen")
    live.ask(LI, cc.RequestConsent(id, "v1"))
    for command in (cc.GrantConsent(id, "v1"), cc.RequestConsent(id, "v1"), cc.UpgradeCall(id)):
        with pytest.raises(Refused):
            live.ask(ANA, command)


@pytest.mark.parametrize("told", ["agents", "nobody"])
def test_what_policy_does_not_demand_is_not_announced(live: Story, told: str) -> None:
    policy = replace(POLICY, supervision_announced=told)  # type: ignore[arg-type]
    command = cc.SuperviseCall(the_call(live).id, "listen", leads=True)
    (event,) = decide(live.it, command, Asked(ANA, live.now, "x", "web", policy))
    assert isinstance(event, CallSupervised)
    assert event.announced == told


# --- in a room ------------------------------------------------------------------------------------------------

EXPERTS = [Party(kind=PartyKind.AGENT, id=f"expert{n}", name=f"Expert {n}") for n in range(1, 5)]


def comes(story: Story, expert: Party) -> list[str]:
    """Asked in by Li, they accept: what happens then."""
    id = the_call(story).id
    story.ask(LI, cc.InviteToCall(id, expert.id, expert.name))
    return types(story.ask(expert, cc.AcceptCall(id)))


@pytest.fixture
def three(live: Story) -> Story:
    live.policy = replace(POLICY, call_parties=6)
    comes(live, EXPERTS[0])
    return live


@pytest.fixture
def four(three: Story) -> Story:
    comes(three, EXPERTS[1])
    assert the_call(three).topology == "room"
    return three


def test_who_listens_or_whispers_goes_along_into_a_room(three: Story) -> None:
    supervises(three, "listen")
    supervises(three, "whisper", NOBODY_ELSE)
    before = the_call(three).supervisors
    assert comes(three, EXPERTS[1]) == ["call.joined", "call.switched"]
    assert (the_call(three).topology, the_call(three).supervisors, the_call(three).announced) == ("room", before, True)


def test_the_fourth_may_be_one_who_listened(three: Story) -> None:
    supervises(three, "listen")
    supervises(three, "listen", NOBODY_ELSE)
    assert comes(three, ANA) == ["call.joined", "call.switched"], "one still listens"
    assert [each.party for each in the_call(three).supervisors] == ["agent:zoe"]
    assert types(three.ask(NOBODY_ELSE, cc.HangUp(the_call(three).id))) == ["call.unsupervised", "call.announced"]


def test_when_the_only_listener_is_the_fourth_everybody_is_told(three: Story) -> None:
    supervises(three, "listen")
    assert comes(three, ANA) == ["call.joined", "call.announced", "call.switched"]
    assert (the_call(three).supervisors, the_call(three).announced) == ((), False)


def test_in_a_room_it_is_as_in_pairs(four: Story) -> None:
    assert supervises(four, "listen") == ["call.supervised", "call.announced"]
    assert supervises(four, "whisper") == ["call.supervised"]
    supervises(four, "listen", NOBODY_ELSE)
    with pytest.raises(CallBusy):
        supervises(four, "listen", EXPERTS[3])
    assert supervises(four, "join") == ["call.supervised", "call.joined"]
    assert len(the_call(four).parties) == 5
    assert types(four.ask(NOBODY_ELSE, cc.HangUp(the_call(four).id))) == ["call.unsupervised", "call.announced"]


def test_a_full_room_is_heard_by_two_more(four: Story) -> None:
    for expert in EXPERTS[2:]:
        comes(four, expert)
    for by in (ANA, NOBODY_ELSE):
        assert "call.supervised" in supervises(four, "listen", by)
    with pytest.raises(CallBusy):
        supervises(four, "join")


@pytest.mark.parametrize(("mode", "goes_on"), [("listen", True), ("whisper", False), ("join", False)])
def test_in_a_room_too_a_recording_stops_for_who_could_be_heard(four: Story, mode: str, goes_on: bool) -> None:
    id = the_call(four).id
    four.ask(LI, cc.RequestConsent(id, "v1"))
    for party in (WANG, *EXPERTS[:2]):
        four.ask(party, cc.GrantConsent(id, "v1"))
    supervises(four, mode)
    assert the_call(four).recording == goes_on


def test_it_ends_with_the_call(live: Story) -> None:
    supervises(live, "listen")
    assert types(live.ask(WANG, cc.HangUp(the_call(live).id))) == ["call.ended"]
