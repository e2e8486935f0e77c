"""Covers hub/model/decide/call_experts.py: guests by a link, colleagues by skill, and who is never left alone."""

import pytest

from hub.model import call_commands as cc
from hub.model.call import Call, Invited
from hub.model.dues import dues
from hub.model.errors import BadRequest, CallBusy, CallOver, NotOwner, Refused
from hub.model.events import CallInvited, CallJoined, CallUninvited
from hub.model.party import Party, PartyKind
from tests.model.story import ANA, LI, NOBODY_ELSE, POLICY, WANG, Story, types

ASKED = {"name": "Pit", "briefing": "The lid leaks.", "since": 3, "shown": ("orders",)}


def the_call(story: Story) -> Call:
    assert story.it.call
    return story.it.call


@pytest.fixture
def live() -> Story:
    """She called Li, who accepted."""
    story = Story().served()
    story.ask(WANG, cc.RequestCall("video"))
    story.ask(LI, cc.AcceptCall(the_call(story).id))
    return story


def invited(story: Story) -> Party:
    """The guest whom Li has made a link for."""
    (event,) = story.ask(LI, cc.InviteGuest(the_call(story).id, "Pit", "The lid leaks.", 3, ("orders",)))
    assert isinstance(event, CallInvited)
    return Party(kind=PartyKind.GUEST, id=event.party.partition(":")[2], name="Pit")


def test_a_link_is_for_one_guest_with_what_they_are_shown(live: Story) -> None:
    guest = invited(live)
    event = live.log[-1].event
    assert isinstance(event, CallInvited)
    assert (event.name, event.briefing, event.since, event.shown) == tuple(ASKED.values())
    assert event.until == live.now + POLICY.guest_link_ms == dues(live.it, POLICY)["ring"]
    assert the_call(live).invited == (Invited(f"guest:{guest.id}", "Pit", "agent:li", event.until),)


def test_nothing_is_shown_unless_it_was_chosen(live: Story) -> None:
    live.ask(LI, cc.InviteGuest(the_call(live).id, "Pit"))
    event = live.log[-1].event
    assert isinstance(event, CallInvited)
    assert (event.briefing, event.since, event.shown) == ("", 0, ())


def test_an_unopened_link_expires_and_an_opened_one_does_not(live: Story) -> None:
    guest = invited(live)
    assert types(live.ask(guest, cc.OpenLink(the_call(live).id))) == ["call.opened"]
    assert live.ask(guest, cc.OpenLink(the_call(live).id)) == [], "once"
    assert "ring" not in dues(live.it, POLICY)
    live.ask(LI, cc.WithdrawInvitation(the_call(live).id, f"guest:{guest.id}"))
    other = invited(live)
    live.later(POLICY.guest_link_ms)
    assert live.ticks("ring") == [CallUninvited(call=the_call(live).id, party=f"guest:{other.id}", why="timeout")]
    with pytest.raises(CallOver):
        live.ask(other, cc.OpenLink(the_call(live).id))


def test_a_guest_comes_and_leaves(live: Story) -> None:
    guest = invited(live)
    live.ask(guest, cc.OpenLink(the_call(live).id))
    assert live.ask(guest, cc.AcceptCall(the_call(live).id)) == [
        CallJoined(call=the_call(live).id, party=f"guest:{guest.id}", name="Pit")
    ]
    assert types(live.ask(guest, cc.HangUp(the_call(live).id))) == ["call.left"]
    with pytest.raises(Refused):
        live.ask(guest, cc.HangUp(the_call(live).id))


def test_a_guest_declines_or_is_not_wanted_any_more(live: Story) -> None:
    guest = invited(live)
    assert live.ask(guest, cc.DeclineCall(the_call(live).id)) == [
        CallUninvited(call=the_call(live).id, party=f"guest:{guest.id}", why="declined")
    ]
    other = invited(live)
    live.ask(LI, cc.WithdrawInvitation(the_call(live).id, f"guest:{other.id}"))
    with pytest.raises((CallOver, NotOwner, Refused)):
        live.ask(other, cc.AcceptCall(the_call(live).id))


def test_another_guest_s_id_opens_nothing(live: Story) -> None:
    invited(live)
    stranger = Party(kind=PartyKind.GUEST, id="somebody", name="Pit")
    for command in (cc.OpenLink, cc.AcceptCall, cc.DeclineCall, cc.HangUp, cc.UpgradeCall, cc.WithdrawConsent):
        with pytest.raises(Refused):
            live.ask(stranger, command(the_call(live).id))


def test_a_guest_is_never_alone_with_the_customer(live: Story) -> None:
    guest = invited(live)
    live.ask(guest, cc.AcceptCall(the_call(live).id))
    assert types(live.ask(LI, cc.HangUp(the_call(live).id))) == ["call.ended"]


def test_guests_neither_invite_nor_record_nor_supervise(live: Story) -> None:
    guest = invited(live)
    id = the_call(live).id
    live.ask(guest, cc.AcceptCall(id))
    for command in (
        cc.InviteGuest(id, "A friend"),
        cc.InviteToCall(id, "ana", "Ana"),
        cc.RequestConsent(id, "v1"),
        cc.StopRecording(id),
        cc.SuperviseCall(id, "listen"),
    ):
        with pytest.raises(Refused):
            live.ask(guest, command)
    live.ask(LI, cc.RequestConsent(id, "v1"))
    live.ask(WANG, cc.GrantConsent(id, "v1"))
    assert not the_call(live).recording, "the guest was not asked yet"
    assert types(live.ask(guest, cc.GrantConsent(id, "v1"))) == ["consent.granted", "recording.started"]


def test_a_guest_who_comes_stops_the_recording(live: Story) -> None:
    id = the_call(live).id
    live.ask(LI, cc.RequestConsent(id, "v1"))
    live.ask(WANG, cc.GrantConsent(id, "v1"))
    guest = invited(live)
    assert types(live.ask(guest, cc.AcceptCall(id))) == ["call.joined", "recording.stopped"]


def test_only_staff_in_the_call_asks_anybody_in(live: Story) -> None:
    for by in (WANG, NOBODY_ELSE):
        with pytest.raises(Refused):
            live.ask(by, cc.InviteGuest(the_call(live).id, "Pit"))
    invited(live)
    with pytest.raises(CallBusy):
        invited(live)
    with pytest.raises(CallBusy):
        live.ask(LI, cc.InviteToCall(the_call(live).id, "ana", "Ana"))


def test_a_colleague_by_skill_with_a_briefing(live: Story) -> None:
    id = the_call(live).id
    live.ask(LI, cc.InviteToCall(id, "ana", "Ana", "The lid leaks.", 3, ("orders",), "repairs"))
    event = live.log[-1].event
    assert isinstance(event, CallInvited)
    assert (event.skill, event.since, event.shown) == ("repairs", 3, ("orders",))
    assert types(live.ask(ANA, cc.AcceptCall(id))) == ["call.joined"]
    with pytest.raises(BadRequest):
        live.ask(LI, cc.InviteToCall(id, "ana", "Ana"))
