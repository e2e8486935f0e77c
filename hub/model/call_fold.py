"""How an event changes a conversation's call. Part of the fold in conversation.py."""

from dataclasses import replace

from hub.model import call_events as ev
from hub.model.call import THE_BOT, Call, Invited, Participant, call_party
from hub.model.event import Event, Logged

FAREWELL_MS = 30_000  # in which the bot has left a call that somebody came into
GOODBYE_MS = 60_000  # in which it has told the caller that nobody came
RING_MS = 30_000  # as long at least it rings at whoever gets a conversation with a call that waits


def folded(call: Call | None, entry: Logged) -> Call | None:
    """The call after `entry`; None = there is none."""
    event = entry.event
    if isinstance(event, ev.CallRequested):
        by = call_party(entry.by)
        parties = (Participant(by, entry.by.name),)
        return Call(event.call, event.media, by, event.to, event.until, parties, topology=event.topology)
    return call and _changed(call, event, entry)


def rung(call: Call | None, at: int) -> Call | None:
    """An agent got the conversation at `at`: a call that waited for somebody rings."""
    if call and (call.ringing or call.held) and not call.to:
        return replace(call, until=max(call.until, at + RING_MS), unanswered="")
    return call


def _changed(call: Call, event: Event, entry: Logged) -> Call | None:  # noqa: PLR0912 one line an event
    match event:
        case ev.CallDeclined() | ev.CallCancelled() | ev.CallMissed() | ev.CallEnded():
            return None
        case ev.CallAccepted(party=party, name=name):
            parties, held = (*call.parties, Participant(party, name)), party == THE_BOT
            return replace(call, accepted_at=entry.at, parties=parties, held=held)
        case ev.CallJoined(party=party, name=name):
            joined = call.with_party(party, name)
            return replace(joined, held=False, unanswered="", until=entry.at + FAREWELL_MS) if call.held else joined
        case ev.CallUnanswered(reason=reason):
            return replace(call, unanswered=reason, until=entry.at + GOODBYE_MS)
        case ev.CallLeft(party=party):
            return call.without_party(party)
        case ev.CallSwitched(topology="relay"):
            return replace(call, topology="relay")  # what everybody agreed to holds
        case ev.CallSwitched(topology="room"):
            return replace(call, topology="room", text_version="", granted=())
        case ev.CallUpgraded():
            return replace(call, media="video")
        case ev.CallInvited(party=party, name=name, until=until):
            invited = Invited(party, name, call_party(entry.by), until)
            return replace(call, invited=(*call.invited, invited))
        case ev.CallOpened(party=party):
            read = tuple(replace(each, until=0) if each.party == party else each for each in call.invited)
            return replace(call, invited=read)
        case ev.CallSupervised(party=party, name=name, mode=mode) if mode != "join":
            return call.with_supervisor(party, name, mode)
        case ev.CallUnsupervised(party=party):
            return call.without_supervisor(party)
        case ev.CallAnnounced(listening=listening):
            return replace(call, announced=listening)
        case ev.CallUninvited(party=party, why=why):
            no = () if why == "withdrawn" or party in call.refused else (party,)
            return replace(call.without_invitation(party), refused=(*call.refused, *no))
        case ev.ConsentRequested(text_version=version):
            return replace(call, text_version=version, granted=())
        case ev.ConsentGranted(party=party):
            return replace(call, granted=(*call.granted, party))
        case ev.ConsentRefused():
            return replace(call, text_version="", granted=())
        case ev.ConsentWithdrawn():
            return replace(call, text_version="", granted=())
        case ev.RecordingStarted():
            return replace(call, recording=True)
        case ev.RecordingStopped():
            return replace(call, recording=False, text_version="", granted=())
        case _:
            return call
