"""What can be asked of a conversation. Imperative; each becomes events or a named error (hub/model/decide)."""

from typing import Literal

from hub.model.asks import CrmAsk, Degraded, EffectKind
from hub.model.call_commands import CallCommand as CallCommand
from hub.model.content import ButtonsContent, CardContent, FileContent, Last, TextContent
from hub.model.crm import Context, CrmNews, TicketDraft, TicketStatus
from hub.model.events import Insight, Outcome, Part
from hub.model.frozen import frozen
from hub.model.identity import Identity
from hub.model.owner import HandoffReason, Owner

Said = TextContent | ButtonsContent | CardContent


@frozen
class PostMessage:
    content: Said | FileContent
    reply_to: int | None = None


@frozen
class MarkRead:
    upto: int


@frozen
class MarkDelivered:
    upto: int


# --- the customer -----------------------------------------------------------------------------------------


@frozen
class Arrive:
    """The widget or app of a site was opened. `identities` are what this arrival proved or claimed."""

    identities: tuple[Identity, ...]
    name: str = ""
    locale: str = ""
    page: str = ""
    site: str = ""


@frozen
class RequestHandoff:
    reason: str = ""


@frozen
class CancelHandoff:
    pass


@frozen
class RateSession:
    score: int
    comment: str = ""


# --- staff ------------------------------------------------------------------------------------------------


@frozen
class AddNote:
    text: str


@frozen
class AddTag:
    tag: str


@frozen
class RemoveTag:
    tag: str


@frozen
class AcceptReservation:
    pass


@frozen
class DeclineReservation:
    reason: str = ""


@frozen
class Assign:
    """Give the conversation to `to`. `tenure` is what the sender saw; None = whatever it is now.

    `overrule`: the sender's role lets them take it from another agent.
    """

    to: Owner
    tenure: int | None = None
    overrule: bool = False


@frozen
class Resolve:
    outcome: Outcome = "solved"
    overrule: bool = False


@frozen
class Reopen:
    pass


@frozen
class Snooze:
    until: int


@frozen
class AskCrm:
    """Have something done in the CRM `crm`. `overrule` as in Assign."""

    ask: CrmAsk
    crm: str
    overrule: bool = False


@frozen
class VerifyIdentity:
    """The agent's word that an address is the customer's."""

    identity: Identity


# --- the hub itself ---------------------------------------------------------------------------------------


@frozen
class Reserve:
    """Ask an agent to accept until `until` (epoch ms)."""

    agent: str
    name: str
    until: int
    tenure: int


@frozen
class GiveBack:
    """The agent is gone; the conversation returns to the queue."""

    agent: str
    reason: Literal["agent_unreachable", "agent_left"]


@frozen
class Tick:
    """A deadline of this kind has passed."""

    kind: str


@frozen
class AttachContext:
    context: Context


@frozen
class ConfirmWritten:
    what: Literal["transcript", "summary", "tags", "insights", "facts", "call"]
    session: int
    remote_id: str


@frozen
class ConfirmEffect:
    """It is in the CRM. `subject` and `status` are a ticket's."""

    effect: str
    kind: EffectKind
    crm: str
    ref: str
    url: str = ""
    degraded: Degraded = ""
    subject: str = ""
    status: TicketStatus | Literal[""] = ""


@frozen
class FailEffect:
    """It is not in the CRM, and is not tried again; `kept`: unless an operator says so."""

    effect: str
    kind: EffectKind
    crm: str
    why: str
    detail: str
    kept: bool


@frozen
class HearNews:
    """The CRM `crm` says that something changed."""

    crm: str
    news: CrmNews


@frozen
class MergeInto:
    """This customer is `into`, who holds the identities `theirs`."""

    into: str
    theirs: tuple[Identity, ...]


@frozen
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


@frozen
class Unmerge:
    source: str


@frozen
class Release:
    out_of: str


# --- the bot ----------------------------------------------------------------------------------------------


@frozen
class Brief:
    reason: HandoffReason
    evidence: str
    summary: str
    tried: tuple[str, ...]
    team: str


@frozen
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
    | AskCrm
    | ConfirmWritten
    | ConfirmEffect
    | FailEffect
    | HearNews
    | MergeInto
    | Absorb
    | Unmerge
    | Release
    | BotTurn
    | CallCommand
)
