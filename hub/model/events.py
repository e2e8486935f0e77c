"""What can happen in a conversation. An event's class says its wire type and who may see it (event.py).

What happens between it and the CRM is in crm_events.py, what happens with a call in call_events.py; known here, too.
"""

from typing import Annotated, Literal

from pydantic import Field

from hub.model.call_events import CallAccepted as CallAccepted
from hub.model.call_events import CallAnnounced as CallAnnounced
from hub.model.call_events import CallCancelled as CallCancelled
from hub.model.call_events import CallDeclined as CallDeclined
from hub.model.call_events import CallEnded as CallEnded
from hub.model.call_events import CallInvited as CallInvited
from hub.model.call_events import CallJoined as CallJoined
from hub.model.call_events import CallLeft as CallLeft
from hub.model.call_events import CallMeasured as CallMeasured
from hub.model.call_events import CallMissed as CallMissed
from hub.model.call_events import CallNoted as CallNoted
from hub.model.call_events import CallOpened as CallOpened
from hub.model.call_events import CallRequested as CallRequested
from hub.model.call_events import CallSaid as CallSaid
from hub.model.call_events import CallSupervised as CallSupervised
from hub.model.call_events import CallSwitched as CallSwitched
from hub.model.call_events import CallTranscribed as CallTranscribed
from hub.model.call_events import CallUnanswered as CallUnanswered
from hub.model.call_events import CallUnderstood as CallUnderstood
from hub.model.call_events import CallUninvited as CallUninvited
from hub.model.call_events import CallUnsupervised as CallUnsupervised
from hub.model.call_events import CallUpgraded as CallUpgraded
from hub.model.call_events import ConsentGranted as ConsentGranted
from hub.model.call_events import ConsentRefused as ConsentRefused
from hub.model.call_events import ConsentRequested as ConsentRequested
from hub.model.call_events import ConsentWithdrawn as ConsentWithdrawn
from hub.model.call_events import RecordingKept as RecordingKept
from hub.model.call_events import RecordingStarted as RecordingStarted
from hub.model.call_events import RecordingStopped as RecordingStopped
from hub.model.content import Content, Last, Line
from hub.model.crm_events import ContextAttached as ContextAttached
from hub.model.crm_events import CrmNewsTold as CrmNewsTold
from hub.model.crm_events import CrmNoticed as CrmNoticed
from hub.model.crm_events import CrmWritten as CrmWritten
from hub.model.crm_events import EffectDone as EffectDone
from hub.model.crm_events import EffectFailed as EffectFailed
from hub.model.crm_events import EffectRequested as EffectRequested
from hub.model.crm_events import TicketChanged as TicketChanged
from hub.model.crm_events import TicketOpened as TicketOpened
from hub.model.crm_events import TicketRequested as TicketRequested
from hub.model.event import EVERYONE as EVERYONE
from hub.model.event import Audience as Audience
from hub.model.event import Event as Event
from hub.model.event import Finite as Finite
from hub.model.event import Logged as Logged
from hub.model.event import Seq as Seq
from hub.model.event import visible as visible
from hub.model.identity import Identity
from hub.model.owner import NOBODY, HandoffReason, Owner, OwnerReason
from hub.model.party import Id, Name, Value

# --- whose it is ------------------------------------------------------------------------------------------


class ConversationStarted(Event):
    type = "conversation.started"
    customer: Id


class SessionOpened(Event):
    type = "session.opened"
    session: Seq


class OwnerChanged(Event):
    type = "owner.changed"
    owner: Owner
    tenure: Seq
    reason: OwnerReason
    previous: Owner = NOBODY


Outcome = Literal["solved", "unsolved", "spam", "no_reply"]


class ConversationResolved(Event):
    """`rate`: the customer is asked how it was."""

    type = "conversation.resolved"
    session: Seq
    rate: bool = True


class OutcomeNoted(Event):
    """How a session ended, in our eyes. The customer is asked for theirs (csat.rated)."""

    type = "outcome.noted"
    audience = Audience.STAFF
    session: Seq
    outcome: Outcome


class ConversationReopened(Event):
    type = "conversation.reopened"
    session: Seq


class ConversationSnoozed(Event):
    type = "conversation.snoozed"
    audience = Audience.STAFF
    until: Seq


class ConversationWoken(Event):
    type = "conversation.woken"
    audience = Audience.STAFF
    why: Literal["time", "message", "agent"] = "time"


# --- what is said -----------------------------------------------------------------------------------------


class MessageCreated(Event):
    type = "message.created"
    id: Id
    content: Content
    reply_to: Seq | None = None


class MessageDelivered(Event):
    """The author's devices have every message of the other side up to and with seq `upto`."""

    type = "message.delivered"
    upto: Seq


class MessageRead(Event):
    """The author has seen every message of the other side up to and with seq `upto`."""

    type = "message.read"
    upto: Seq


class NoteAdded(Event):
    type = "note.added"
    audience = Audience.STAFF
    text: Annotated[str, Field(min_length=1, max_length=8_000)]


class TagAdded(Event):
    type = "tag.added"
    audience = Audience.STAFF
    tag: Annotated[str, Field(min_length=1, max_length=40)]


class TagRemoved(Event):
    type = "tag.removed"
    audience = Audience.STAFF
    tag: Annotated[str, Field(min_length=1, max_length=40)]


class CsatRated(Event):
    type = "csat.rated"
    session: Seq
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, Field(max_length=1_000)] = ""


# --- who it is --------------------------------------------------------------------------------------------


class CustomerArrived(Event):
    """The customer opened the widget or app while no session was open. The bot greets on it."""

    type = "customer.arrived"
    audience = Audience.STAFF
    locale: Annotated[str, Field(max_length=35)] = ""
    page: Annotated[str, Field(max_length=500)] = ""
    site: str = ""  # as the settings name it


class IdentityAdded(Event):
    type = "identity.added"
    audience = Audience.STAFF
    identity: Identity
    name: Name = ""


class CustomerMerged(Event):
    """This conversation's customer turned out to be another one: go on there."""

    type = "customer.merged"
    into: Id
    owner: Owner = NOBODY  # who had the open session, so that it goes on there


class CustomerAbsorbed(Event):
    """Another conversation of the same customer, `source`, up to its seq `upto`, belongs to this thread."""

    type = "customer.absorbed"
    source: Id
    upto: Seq


class Part(Value):
    """Entries first..last of another log that belong to a session: it began there, before a merge."""

    source: Id
    first: Seq
    last: Seq


class CustomerCarried(Event):
    """What came along with an absorbed log, for staff: who it was, and the session that was open there (its parts).

    `waiting_since` is epoch ms, 0 = the customer did not wait for an answer.
    """

    type = "customer.carried"
    audience = Audience.STAFF
    source: Id
    identities: tuple[Identity, ...] = ()
    parts: tuple[Part, ...] = ()
    waiting_since: Seq = 0
    unread: Seq = 0
    last: Last | None = None


class CustomerUnmerged(Event):
    """`source` belongs to this thread no more: whoever shows it takes its words away at once, the customer, too."""

    type = "customer.unmerged"
    source: Id


class CustomerReleased(Event):
    """In the log of the customer that had been merged away: it stands alone again.

    `owner` had its session when it was merged away, and has it again; nobody when none was open.
    """

    type = "customer.released"
    audience = Audience.STAFF
    out_of: Id
    owner: Owner = NOBODY


# --- bot and handoff --------------------------------------------------------------------------------------


class Insight(Value):
    """What the bot noticed. sentiment is -1..1; entities are (kind, value) pairs."""

    language: str = ""
    intent: str = ""
    confidence: Finite = 0.0
    sentiment: Finite = 0.0
    urgency: Literal["low", "normal", "high"] = "normal"
    entities: tuple[tuple[str, str], ...] = ()


class InsightNoted(Event):
    type = "insight.noted"
    audience = Audience.STAFF
    of: Seq
    insight: Insight


class HandoffRequested(Event):
    """The customer pressed "speak to a person". The bot hands over on it."""

    type = "handoff.requested"
    reason: Line = ""


class HandoffBriefed(Event):
    """What goes along with a handoff, for the agent: what was asked, what was tried, why, with the evidence."""

    type = "handoff.briefed"
    audience = Audience.STAFF
    reason: HandoffReason
    evidence: Annotated[str, Field(max_length=500)] = ""
    summary: Annotated[str, Field(max_length=4_000)] = ""
    intent: str = ""
    sentiment: Finite = 0.0
    entities: tuple[tuple[str, str], ...] = ()
    tried: tuple[Line, ...] = ()


class QueueWaited(Event):
    """The customer has waited `seconds` for a person. The bot says so and offers other ways, once a stretch."""

    type = "queue.waited"
    audience = Audience.STAFF
    seconds: Seq


# --- reservations -----------------------------------------------------------------------------------------


class ReservationMade(Event):
    """`agent` is asked to accept until `until` (epoch ms)."""

    type = "reservation.made"
    audience = Audience.STAFF
    agent: Id
    name: Name = ""
    until: Seq


class ReservationDeclined(Event):
    type = "reservation.declined"
    audience = Audience.STAFF
    agent: Id
    reason: Annotated[str, Field(max_length=200)] = ""


class ReservationExpired(Event):
    type = "reservation.expired"
    audience = Audience.STAFF
    agent: Id


_HOMES = (__name__, ContextAttached.__module__, CallRequested.__module__)  # not the codec's Unrecognised


def every_event(root: type[Event] = Event) -> dict[str, type[Event]]:
    """wire type -> class, for decoding, schemas and the docs."""
    return {c.type: c for c in root.__subclasses__() if c.__module__ in _HOMES}
