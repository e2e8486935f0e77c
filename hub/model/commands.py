"""What can be asked of a conversation. Imperative; each becomes events or a named error (hub/model/decide)."""

from dataclasses import dataclass
from typing import Literal

from hub.model.content import ButtonsContent, CardContent, Last, TextContent
from hub.model.crm import Context, TicketDraft
from hub.model.events import HandoffReason, Insight, Outcome, Owner, Part
from hub.model.identity import Identity

Said = TextContent | ButtonsContent | CardContent


@dataclass(frozen=True, slots=True)
class PostMessage:
    content: Said
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class MarkRead:
    upto: int


@dataclass(frozen=True, slots=True)
class MarkDelivered:
    upto: int


# --- the customer -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrive:
    """The widget or app was opened. `identities` are what this arrival proved or claimed."""

    identities: tuple[Identity, ...]
    name: str = ""
    locale: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class RequestHandoff:
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CancelHandoff:
    pass


@dataclass(frozen=True, slots=True)
class RateSession:
    score: int
    comment: str = ""


# --- staff ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddNote:
    text: str


@dataclass(frozen=True, slots=True)
class AddTag:
    tag: str


@dataclass(frozen=True, slots=True)
class RemoveTag:
    tag: str


@dataclass(frozen=True, slots=True)
class AcceptReservation:
    pass


@dataclass(frozen=True, slots=True)
class DeclineReservation:
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Assign:
    """Give the conversation to `to`. `tenure` is what the sender saw; None = whatever it is now.

    `overrule`: the sender's role lets them take it from another agent.
    """

    to: Owner
    tenure: int | None = None
    overrule: bool = False


@dataclass(frozen=True, slots=True)
class Resolve:
    outcome: Outcome = "solved"
    overrule: bool = False


@dataclass(frozen=True, slots=True)
class Reopen:
    pass


@dataclass(frozen=True, slots=True)
class Snooze:
    until: int


@dataclass(frozen=True, slots=True)
class VerifyIdentity:
    """The agent's word that an address is the customer's."""

    identity: Identity


# --- the hub itself ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reserve:
    """Ask an agent to accept until `until` (epoch ms)."""

    agent: str
    name: str
    until: int
    tenure: int


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The agent is gone; the conversation returns to the queue."""

    agent: str
    reason: Literal["agent_unreachable", "agent_left"]


@dataclass(frozen=True, slots=True)
class Tick:
    """A deadline of this kind has passed."""

    kind: str


@dataclass(frozen=True, slots=True)
class AttachContext:
    context: Context


@dataclass(frozen=True, slots=True)
class ConfirmTicket:
    """The CRM opened the ticket."""

    number: str
    subject: str


@dataclass(frozen=True, slots=True)
class ConfirmWritten:
    what: Literal["transcript", "summary", "lead"]
    session: int
    remote_id: str


@dataclass(frozen=True, slots=True)
class MergeInto:
    """This customer is `into`, who holds the identities `theirs`."""

    into: str
    theirs: tuple[Identity, ...]


@dataclass(frozen=True, slots=True)
class Absorb:
    """Take in the log of `source` up to `upto`, and its session if it was open."""

    source: str
    upto: int
    identities: tuple[Identity, ...]
    owner: Owner
    parts: tuple[Part, ...] = ()
    waiting_since: int = 0
    unread: int = 0
    last: Last | None = None


@dataclass(frozen=True, slots=True)
class Unmerge:
    source: str


@dataclass(frozen=True, slots=True)
class Release:
    out_of: str


# --- the bot ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Brief:
    reason: HandoffReason
    evidence: str
    summary: str
    tried: tuple[str, ...]
    team: str


@dataclass(frozen=True, slots=True)
class BotTurn:
    """The bot's answer, prepared under `tenure`, to the event at seq `answers`."""

    tenure: int
    answers: int
    says: tuple[Said, ...] = ()
    insight: Insight | None = None
    brief: Brief | None = None
    ticket: TicketDraft | None = None


Command = (
    PostMessage
    | MarkRead
    | MarkDelivered
    | Arrive
    | RequestHandoff
    | CancelHandoff
    | RateSession
    | AddNote
    | AddTag
    | RemoveTag
    | AcceptReservation
    | DeclineReservation
    | Assign
    | Resolve
    | Reopen
    | Snooze
    | VerifyIdentity
    | Reserve
    | GiveBack
    | Tick
    | AttachContext
    | ConfirmTicket
    | ConfirmWritten
    | MergeInto
    | Absorb
    | Unmerge
    | Release
    | BotTurn
)
