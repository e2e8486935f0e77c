"""What must follow from an event: outbox jobs, committed with it, and whether a reaction has to look at it."""

from typing import Any

from hub.model import events as ev
from hub.model.conversation import Conversation
from hub.model.events import ConversationResolved, EffectRequested, Logged, MessageCreated, TicketRequested
from hub.model.frozen import frozen
from hub.model.identity import vouched_addresses
from hub.model.owner import OwnerKind
from hub.model.party import CUSTOMER

# Events that a reaction cares for (hub/services/reactions.py), apart from messages.
CONCERNS = (
    ev.CallAccepted,
    ev.CallCancelled,
    ev.CallDeclined,
    ev.CallEnded,
    ev.CallJoined,
    ev.CallLeft,
    ev.CallMissed,
    ev.CallRequested,
    ev.CallSwitched,
    ev.CallUnsupervised,
    ev.CrmNewsTold,
    ev.CrmNoticed,
    ev.CustomerArrived,
    ev.CustomerCarried,
    ev.CustomerMerged,
    ev.CustomerReleased,
    ev.CustomerUnmerged,
    ev.EffectDone,
    ev.HandoffRequested,
    ev.IdentityAdded,
    ev.OwnerChanged,
    ev.QueueWaited,
    ev.RecordingKept,
    ev.RecordingStarted,
    ev.RecordingStopped,
    ev.ReservationDeclined,
    ev.ReservationExpired,
)

# Events that the CRM is told of.
CAUSES = (
    ConversationResolved,
    EffectRequested,
    TicketRequested,
    ev.CallCancelled,
    ev.CallDeclined,
    ev.CallMeasured,
    ev.CallMissed,
    ev.CallNoted,
    ev.CallUnderstood,
)

THE_BOT = OwnerKind.BOT  # as hub/model/party.py: CUSTOMER


@frozen
class Job:
    """`id` is the marker that makes the effect happen once; jobs of one `lane` leave in the order of the log."""

    id: str
    kind: str
    lane: str
    payload: dict[str, Any]


def jobs(entry: Logged, before: Conversation) -> list[Job]:
    """Jobs that `entry` causes; `before` is the state it was decided on."""
    # The busiest event first: pydantic's isinstance is a call for each class.
    if type(entry.event) is MessageCreated or not isinstance(entry.event, CAUSES):
        return []
    match entry.event:
        case ConversationResolved(session=session):
            return _of_session(entry, before, session)
        case TicketRequested(draft=draft):
            drafted = {"draft": draft.model_dump(mode="json")}
            return [Job(f"ticket:{entry.conversation}:{entry.id}", "crm.ticket", _lane(entry), drafted)]
        case EffectRequested(effect=effect, crm=crm, ask=ask):
            asked = {"effect": effect, "crm": crm, "ask": ask.model_dump(mode="json")}
            return [Job(f"effect:{entry.conversation}:{entry.id}", "crm.effect", _lane(entry), asked)]
        case ev.CallUnderstood(kind="callback", confirmed=True):
            return [Job(f"callback:{entry.conversation}:{entry.id}", "crm.callback", _lane(entry), {"at": entry.at})]
        case ev.CallUnderstood():
            return []
        case ev.CallNoted(call=call) if before.call is not None and before.call.id == call:
            return []  # in the middle of a call: part of the record to come
        case event:
            return [_of_call(entry, before, event.call)]


def _lane(entry: Logged) -> str:
    return f"crm:{entry.conversation}"


def _of_call(entry: Logged, before: Conversation, call: str) -> Job:
    """The record of a call that is over, or what its agent noted of it afterwards."""
    told = {"call": call, "session": before.desk.session, "to": entry.seq}
    return Job(f"call:{entry.conversation}:{entry.id}", "crm.call", _lane(entry), told)


def _of_session(entry: Logged, before: Conversation, session: int) -> list[Job]:
    """What was said, what the bot noticed, how it was tagged, and what the customer proved of themselves.

    By the entry's id: a session that was reopened is written back again when it ends again. Not by its seq, at which
    another entry may stand one day (restore, a store that lost the end of a log).
    """
    ended, lane = f"{entry.conversation}:{session}:{entry.id}", _lane(entry)
    parts = [part.model_dump() for part in before.desk.parts]
    span = {"session": session, "from": before.desk.session_from, "to": entry.seq, "parts": parts}
    found = [Job(f"session:{ended}", "crm.session", lane, span)]
    found.append(Job(f"insights:{ended}", "crm.insights", lane, span))
    if before.desk.tags:
        found.append(Job(f"tags:{ended}", "crm.tags", lane, {"session": session, "tags": list(before.desk.tags)}))
    if vouched_addresses(before.who.every_identity):
        found.append(Job(f"facts:{ended}", "crm.facts", lane, {"session": session}))
    return found


def to_react(entry: Logged, before: Conversation) -> bool:
    """Must a worker look at `entry`? Not at what people say to each other: the busiest of all costs it nothing."""
    if type(entry.event) is MessageCreated:
        return entry.by.kind is CUSTOMER and before.desk.owner.kind is THE_BOT
    return isinstance(entry.event, CONCERNS)
