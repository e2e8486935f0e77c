"""Rules of calls: who may ask, who answers, when it ends, and that nothing is recorded without everybody's consent."""

from typing import assert_never

from hub.model import call_commands as cc
from hub.model import call_events as ev
from hub.model.call import THE_BOT, THE_CUSTOMER, Call, call_party, is_staff
from hub.model.conversation import Conversation
from hub.model.decide import call_bot, call_experts, call_supervision
from hub.model.decide.asked import Asked
from hub.model.decide.call_end import ended, stopped
from hub.model.decide.call_hall import recorded
from hub.model.decide.desk import opened, owned_by, owns
from hub.model.errors import CallBusy, CallOver, CallTaken, NotOwner, Refused
from hub.model.events import ConversationWoken, Event, HandoffRequested
from hub.model.owner import Owner, OwnerKind

Inside = (
    cc.AcceptCall
    | cc.DeclineCall
    | cc.CancelCall
    | cc.HangUp
    | cc.UpgradeCall
    | cc.InviteToCall
    | cc.InviteGuest
    | cc.OpenLink
    | cc.WithdrawInvitation
    | cc.SuperviseCall
    | cc.RequestConsent
    | cc.GrantConsent
    | cc.RefuseConsent
    | cc.WithdrawConsent
    | cc.StopRecording
    | cc.SpeakInCall
)


def events(it: Conversation, command: cc.CallCommand, asked: Asked) -> list[Event]:
    """Raises CallBusy, CallTaken, CallOver, NotOwner, Refused or BadRequest."""
    match command:
        case cc.RequestCall():
            return request(it, command, asked)
        case cc.NoteCall():
            return note(it, command, asked)
        case cc.MeasureCall(call=id, lines=lines):
            return [ev.CallMeasured(call=id, lines=lines)]
        case cc.KeepRecording(kept=kept):
            return [kept]
        case cc.KeepTranscript(transcript=transcript):
            return [transcript]
        case cc.LoseRecording():
            return stopped(it.call, "lost") if it.call and it.call.id == command.call else []
        case cc.EndCall():
            return ended(it.call, command.reason, asked.now) if it.call and it.call.id == command.call else []
        case _:
            return _in_it(_this(it, command.call), it, command, asked)


def _in_it(call: Call, it: Conversation, command: Inside, asked: Asked) -> list[Event]:
    """Those that are about the call that there is."""
    match command:
        case cc.AcceptCall():
            return accept(it, call, asked)
        case cc.DeclineCall(reason=reason):
            return decline(it, call, reason, asked)
        case cc.CancelCall():
            return cancel(call, asked)
        case cc.HangUp():
            return hang_up(call, asked)
        case cc.UpgradeCall():
            _inside(call, asked)
            return [] if call.media == "video" else [ev.CallUpgraded(call=call.id)]
        case cc.InviteToCall() | cc.InviteGuest() | cc.WithdrawInvitation():
            return call_experts.asked_by(_inside(call, asked), call, command, asked)
        case cc.OpenLink():
            return call_experts.opened(call, asked)
        case cc.SuperviseCall():
            return call_supervision.supervise(call, command, asked)
        case cc.SpeakInCall(event=event):
            return call_bot.said(call, event)
        case cc.RequestConsent() | cc.GrantConsent() | cc.RefuseConsent() | cc.WithdrawConsent() | cc.StopRecording():
            return _recording(call, command, asked)
        case _:
            assert_never(command)


def _this(it: Conversation, id: str) -> Call:
    if it.call is None or it.call.id != id:
        raise CallOver
    return it.call


def _inside(call: Call, asked: Asked) -> str:
    """Who asks, as the call knows them. Raises CallOver while it rings, Refused for who is not in it."""
    if call.ringing:
        raise CallOver("it was not accepted yet")
    party = call_party(asked.by)
    if not call.has(party):
        raise Refused("you are not in this call")
    return party


def rings_at(it: Conversation, call: Call) -> str:
    """The party that it rings now; "" while nobody has the conversation."""
    if call.to:
        return call.to
    owner = it.desk.owner
    return f"agent:{owner.id}" if owner.kind is OwnerKind.AGENT else ""


# --- from the first ring to the end -------------------------------------------------------------------------


def request(it: Conversation, command: cc.RequestCall, asked: Asked) -> list[Event]:
    """The customer calls who has their conversation, or waits for somebody; an agent calls where they are the owner."""
    if it.call:
        raise CallBusy
    if call_party(asked.by) != THE_CUSTOMER:
        if not owns(it, asked.by):
            raise NotOwner
        return [_requested(command, asked, THE_CUSTOMER, it.who.name, asked.policy.ring_ms)]
    owner = it.desk.owner
    if owner.kind is OwnerKind.AGENT and command.owner != "away":
        woken = [ConversationWoken(why="message")] if it.desk.snoozed_until else []
        rings = _requested(command, asked, f"agent:{owner.id}", owner.name, asked.policy.ring_ms)
        busy: list[Event] = [ev.CallDeclined(call=asked.id, reason="busy")] if command.owner == "busy" else []
        return [*woken, rings, *busy]
    waits = _requested(command, asked, "", "", asked.policy.call_queue_ms)
    if owner.kind is OwnerKind.AGENT:  # who is not here: it rings at whoever gets the conversation instead
        woken = [ConversationWoken(why="message")] if it.desk.snoozed_until else []
        return [*woken, waits, owned_by(it, Owner(kind=OwnerKind.QUEUE, id=it.desk.team), "agent_unreachable")]
    if owner.kind is OwnerKind.QUEUE or it.desk.handoff_wanted:
        return [waits]
    # As when they ask for a person: the bot hands over, with its summary, and says so once.
    wanted = HandoffRequested(reason=f"{command.media} call")
    return [*([] if it.desk.session_open else opened(it)), waits, wanted]


def _requested(command: cc.RequestCall, asked: Asked, to: str, name: str, ms: int) -> ev.CallRequested:
    return ev.CallRequested(
        call=asked.id,
        media=command.media,
        to=to,
        name=name,
        until=asked.now + ms,
        topology="direct" if asked.policy.calls_direct else "pairs",
    )


def accept(it: Conversation, call: Call, asked: Asked) -> list[Event]:
    """The first device of the side that it rings at. An expert's comes in beside the others."""
    party = call_party(asked.by)
    if call.invitation(party):
        return call_supervision.joined(call, party, asked.by.name)
    if party == THE_BOT:
        return call_bot.answers(call, rings_at(it, call), asked)
    if call.held:
        return call_bot.relieved(call, party, rings_at(it, call), asked)
    if not call.ringing:
        raise CallTaken
    if party != rings_at(it, call):
        raise NotOwner("it rings at somebody else")
    return [ev.CallAccepted(call=call.id, party=party, name=asked.by.name)]


def decline(it: Conversation, call: Call, reason: str, asked: Asked) -> list[Event]:
    party = call_party(asked.by)
    if call.invitation(party):
        return [ev.CallUninvited(call=call.id, party=party, why="declined")]
    if call.held:
        return call_bot.declined(call, party, rings_at(it, call))
    if not call.ringing:
        raise CallTaken
    if party != rings_at(it, call):
        raise NotOwner("it rings at somebody else")
    return [ev.CallDeclined.model_validate({"call": call.id, "reason": reason})]


def cancel(call: Call, asked: Asked) -> list[Event]:
    if not call.ringing:
        raise CallTaken("it was accepted: hang up")
    if call_party(asked.by) != call.by:
        raise Refused("somebody else asked for it")
    return [ev.CallCancelled(call=call.id)]


def hang_up(call: Call, asked: Asked) -> list[Event]:
    if call.supervisor(call_party(asked.by)):
        return call_supervision.ended(call, call_party(asked.by))
    party = _inside(call, asked)
    if party == THE_BOT:
        return call_bot.leaves(call)
    rest = [each.party for each in call.people if each.party != party]
    if party == THE_CUSTOMER or len(rest) < 2 or call_experts.unattended(rest):
        return ended(call, "hungup", asked.now)
    return [ev.CallLeft(call=call.id, party=party)]


def note(it: Conversation, command: cc.NoteCall, asked: Asked) -> list[Event]:
    """What came of it, by who talked in it: whose conversation it is, or will be, tells nothing of that."""
    there = it.call.talked if it.call and it.call.id == command.call else ()
    before = it.talked.parties if it.talked and it.talked.call == command.call else ()
    if call_party(asked.by) not in (*there, *before):
        raise Refused("you were not in this call")
    return [ev.CallNoted(call=command.call, outcome=command.outcome, text=command.text)]


# --- recording ----------------------------------------------------------------------------------------------


def _recording(
    call: Call,
    command: cc.RequestConsent | cc.GrantConsent | cc.RefuseConsent | cc.WithdrawConsent | cc.StopRecording,
    asked: Asked,
) -> list[Event]:
    party = _inside(call, asked)
    match command:
        case cc.RequestConsent(text_version=version):
            if not is_staff(party):
                raise Refused("only staff records")
            if call.whispered:
                raise Refused("a supervisor whispers, and was not asked")
            if call.recording:
                return []
            # Who asks agrees by asking.
            asks: Event = ev.ConsentRequested(call=call.id, text_version=version)
            return [asks, ev.ConsentGranted(call=call.id, party=party, text_version=version)]
        case cc.GrantConsent(text_version=version):
            _asked_for(call, version)
            if party in call.granted:
                return []
            everybody = {each.party for each in call.people} <= {*call.granted, party} and not call.whispered
            granted: Event = ev.ConsentGranted(call=call.id, party=party, text_version=version)
            return [granted, *recorded(call)] if everybody else [granted]
        case cc.RefuseConsent(text_version=version):
            _asked_for(call, version)
            return [ev.ConsentRefused(call=call.id, party=party, text_version=version)]
        case cc.WithdrawConsent():
            if party not in call.granted:
                return []
            withdrawn = ev.ConsentWithdrawn(call=call.id, party=party, text_version=call.text_version)
            return [withdrawn, *stopped(call, "withdrawn")]
        case cc.StopRecording():
            if not is_staff(party):
                raise Refused("withdraw the consent")
            return stopped(call, "asked")


def _asked_for(call: Call, version: str) -> None:
    if not call.text_version or call.text_version != version:
        raise Refused("nobody asks for a consent under this text")


# --- time ---------------------------------------------------------------------------------------------------


def ring_passed(it: Conversation, asked: Asked) -> list[Event]:
    """Nobody accepted; or an expert did not."""
    call = it.call
    if call is None:
        return []
    if call.has(THE_BOT) and call.until <= asked.now:
        return call_bot.waited(call, rings_at(it, call))
    if call.ringing:
        return [ev.CallMissed(call=call.id, reason="timeout" if rings_at(it, call) else "nobody")]
    return [
        ev.CallUninvited(call=call.id, party=each.party, why="timeout")
        for each in call.invited
        if each.until and each.until <= asked.now
    ]
