"""What happens between a conversation and the CRM. See events.py for all else."""

from typing import Annotated, Literal

from pydantic import Field

from hub.model.asks import CrmAsk, Degraded, EffectKind
from hub.model.crm import ContextOutcome, NewsKind, TicketDraft, TicketStatus
from hub.model.event import Audience, Event, Seq
from hub.model.party import Id, Name


class ContextAttached(Event):
    """The CRM answered (or not). The full context is not in the log; it is read from the CRM and cached.

    `external_ids`: (connection, its own key of this customer), of each connection that knows them.
    """

    type = "context.attached"
    audience = Audience.STAFF
    crm: str
    outcome: ContextOutcome
    external_id: str = ""
    external_ids: tuple[tuple[str, str], ...] = ()
    name: Name = ""
    surname: Name = ""
    tier: Annotated[str, Field(max_length=40)] = ""
    took_ms: int = 0


class TicketRequested(Event):
    """A ticket is to be opened in the CRM; the outbox carries it. `job` names it on both sides."""

    type = "ticket.requested"
    audience = Audience.STAFF
    draft: TicketDraft


class TicketOpened(Event):
    type = "ticket.opened"
    number: Annotated[str, Field(max_length=64)]
    subject: Annotated[str, Field(max_length=200)]
    status: TicketStatus = "open"


class TicketChanged(Event):
    """We changed a ticket's status in the CRM."""

    type = "ticket.changed"
    number: Annotated[str, Field(max_length=64)]
    status: TicketStatus
    subject: Annotated[str, Field(max_length=200)] = ""


class CrmWritten(Event):
    """An effect reached the CRM."""

    type = "crm.written"
    audience = Audience.STAFF
    what: Literal["transcript", "summary", "lead", "tags", "insights", "facts", "call"]
    session: Seq = 0
    remote_id: Annotated[str, Field(max_length=120)] = ""


# --- what is asked of the CRM, and what it tells ------------------------------------------------------------


class EffectRequested(Event):
    """Somebody asked for a change in the CRM; the outbox carries it to the connection `crm`.

    `effect` is the id of the request; `effect.done` or `effect.failed` names it again. `title` is a short text for
    the thread.
    """

    type = "effect.requested"
    audience = Audience.STAFF
    effect: Id
    kind: EffectKind
    title: Annotated[str, Field(max_length=200)] = ""
    crm: Annotated[str, Field(max_length=64)] = ""
    ask: CrmAsk


class EffectDone(Event):
    """It is in the CRM, once: `ref` is its number or id there, `url` opens it.

    `degraded`: this CRM has no such thing; it became a note, or (a ticket for somebody whom it does not know) a lead.
    """

    type = "effect.done"
    audience = Audience.STAFF
    effect: Id
    kind: EffectKind
    crm: Annotated[str, Field(max_length=64)] = ""
    ref: Annotated[str, Field(max_length=120)] = ""
    url: Annotated[str, Field(max_length=2_000)] = ""
    degraded: Degraded = ""


class EffectFailed(Event):
    """Nothing of it is in the CRM. `why` is an error's code, `detail` says more (the fields of a conflict, say).

    `kept`: it was put aside, and an operator may have it carried out again; then effect.done may still follow.
    """

    type = "effect.failed"
    audience = Audience.STAFF
    effect: Id
    kind: EffectKind
    crm: Annotated[str, Field(max_length=64)] = ""
    why: Annotated[str, Field(max_length=64)]
    detail: Annotated[str, Field(max_length=300)] = ""
    kept: bool = False


class CrmNewsTold(Event):
    """The CRM says that a ticket, an order or a parcel of the customer's has changed, and the customer may know it.

    `ref` is the number, `status` the CRM's word for it in our terms, `text` what the trail says.
    """

    type = "crm.news"
    kind: NewsKind
    crm: Annotated[str, Field(max_length=64)] = ""
    ref: Annotated[str, Field(max_length=64)] = ""
    status: Annotated[str, Field(max_length=64)] = ""
    text: Annotated[str, Field(max_length=500)] = ""


class CrmNoticed(Event):
    """The same for staff only: who writes here has not proven that the account is theirs, or the text is internal."""

    type = "crm.noticed"
    audience = Audience.STAFF
    kind: NewsKind
    crm: Annotated[str, Field(max_length=64)] = ""
    ref: Annotated[str, Field(max_length=64)] = ""
    status: Annotated[str, Field(max_length=64)] = ""
    text: Annotated[str, Field(max_length=500)] = ""
