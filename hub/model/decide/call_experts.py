"""Rules of experts in a call: a colleague, or a guest by a one-time link, is asked in, reads, and comes or does not."""

from hub.model import call_commands as cc
from hub.model import call_events as ev
from hub.model.call import Call, call_party, is_staff
from hub.model.decide.asked import Asked
from hub.model.errors import BadRequest, CallBusy, CallOver, Refused
from hub.model.events import Event

Asking = cc.InviteToCall | cc.InviteGuest | cc.WithdrawInvitation


def asked_by(me: str, call: Call, command: Asking, asked: Asked) -> list[Event]:
    """`me` is in the call. Raises Refused, BadRequest, CallBusy."""
    if not is_staff(me):
        raise Refused("only staff invites")
    match command:
        case cc.InviteToCall():
            return _colleague(call, command, asked)
        case cc.InviteGuest():
            _place(call, asked)
            return [_invited(f"guest:{asked.id}", command, call, asked.now + asked.policy.guest_link_ms)]
        case cc.WithdrawInvitation(party=party):
            known = call.invitation(party) is not None
            return [ev.CallUninvited(call=call.id, party=party, why="withdrawn")] if known else []


def _colleague(call: Call, command: cc.InviteToCall, asked: Asked) -> list[Event]:
    party = f"agent:{command.agent}"
    if call.has(party):
        raise BadRequest("agent: already in the call")
    if call.invitation(party):
        return []
    _place(call, asked)
    invited = _invited(party, command, call, asked.now + asked.policy.ring_ms)
    return [invited.model_copy(update={"skill": command.skill})]


def _place(call: Call, asked: Asked) -> None:
    """Three are the most that it carries."""
    if len(call.parties) + len(call.invited) >= asked.policy.call_parties:
        raise CallBusy("the call is full")


def _invited(party: str, command: cc.InviteToCall | cc.InviteGuest, call: Call, until: int) -> ev.CallInvited:
    return ev.CallInvited(
        call=call.id,
        party=party,
        name=command.name,
        until=until,
        briefing=command.briefing,
        since=command.since,
        shown=command.shown,
    )


def opened(call: Call, asked: Asked) -> list[Event]:
    """From now on the link ends with the call, not by time. Raises CallOver: withdrawn, expired, declined."""
    party = call_party(asked.by)
    invitation = call.invitation(party)
    if invitation is None:
        raise CallOver("this invitation is over")
    if not invitation.until:
        return []
    return [ev.CallOpened(call=call.id, party=party, name=asked.by.name)]


def unattended(rest: list[str]) -> bool:
    """A guest is there with nobody of us: who was asked in by an agent is never left alone with the customer."""
    return any(each.startswith("guest:") for each in rest) and not any(is_staff(each) for each in rest)
