"""What must follow from an event: outbox jobs, committed with it, and whether a reaction has to look at it."""

from typing import Any

from hub.model import events as ev
from hub.model.conversation import Conversation
from hub.model.events import ConversationResolved, Logged, MessageCreated, TicketRequested
from hub.model.frozen import frozen
from hub.model.owner import OwnerKind
from hub.model.party import CUSTOMER

# Events that a reaction cares for (hub/services/reactions.py), apart from messages.
CONCERNS = (
    ev.CustomerArrived,
    ev.CustomerCarried,
    ev.CustomerMerged,
    ev.CustomerUnmerged,
    ev.HandoffRequested,
    ev.IdentityAdded,
    ev.OwnerChanged,
    ev.QueueWaited,
    ev.ReservationDeclined,
    ev.ReservationExpired,
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
    if not isinstance(entry.event, ConversationResolved | TicketRequested):
        return []
    lane = f"crm:{entry.conversation}"
    match entry.event:
        case ConversationResolved(session=session):
            # By the entry's id: a session that was reopened is written back again when it ends again. Not by its seq,
            # at which another entry may stand one day (restore, a store that lost the end of a log).
            parts = [part.model_dump() for part in before.desk.parts]
            span = {"session": session, "from": before.desk.session_from, "to": entry.seq, "parts": parts}
            return [Job(f"session:{entry.conversation}:{session}:{entry.id}", "crm.session", lane, span)]
        case TicketRequested(draft=draft):
            return [
                Job(
                    f"ticket:{entry.conversation}:{entry.id}",
                    "crm.ticket",
                    lane,
                    {"draft": draft.model_dump(mode="json")},
                )
            ]


def to_react(entry: Logged, before: Conversation) -> bool:
    """Must a worker look at `entry`? Not at what people say to each other: the busiest of all costs it nothing."""
    if type(entry.event) is MessageCreated:
        return entry.by.kind is CUSTOMER and before.desk.owner.kind is THE_BOT
    return isinstance(entry.event, CONCERNS)
