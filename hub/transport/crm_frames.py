"""What agents ask of the CRM and of the knowledge base; a part of frames.py.

What is asked of the CRM goes out by the outbox: the ack says that it is on its way, effect.done or effect.failed how
it went.
"""

from typing import Annotated, Literal

from pydantic import Field

from hub.model.asks import TicketNumber
from hub.model.crm import FieldChange, LeadDraft, TicketChange, TicketDraft
from hub.model.event import Seq
from hub.transport.request import One, Request


class NewTicket(One, TicketDraft):
    pass


class TicketCreate(Request):
    """A ticket in the CRM; for somebody whom the CRM does not know, a lead."""

    t: Literal["ticket.create"]
    d: NewTicket


class ChangedTicket(One, TicketChange):
    number: TicketNumber


class TicketUpdate(Request):
    """Another status, priority, or a comment. Refused for a ticket that is not this customer's."""

    t: Literal["ticket.update"]
    d: ChangedTicket


class ToDo(One):
    """`due` is epoch milliseconds."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    due: Seq
    assignee: Annotated[str, Field(max_length=120)] = ""


class TaskAdd(Request):
    """A to-do in the CRM; a note where the CRM has none."""

    t: Literal["task.add"]
    d: ToDo


class NewLead(One, LeadDraft):
    pass


class LeadCreate(Request):
    """For a customer whom the CRM does not know."""

    t: Literal["lead.create"]
    d: NewLead


class Edits(One):
    changes: Annotated[tuple[FieldChange, ...], Field(min_length=1, max_length=20)]


class CustomerEdit(Request):
    """Fields of the customer in the CRM, those that its context calls `editable`. All of them are written, or none."""

    t: Literal["customer.edit"]
    d: Edits


class Again(One):
    effect: Annotated[str, Field(min_length=1, max_length=64)]


class EffectRetry(Request):
    """Carry out again what effect.failed called `kept`. How it goes, effect.done or effect.failed say."""

    t: Literal["effect.retry"]
    d: Again


class DraftSuggest(Request):
    """What could be said now. ack.d = {suggestions: [{text, why}]}: nothing of it is sent by itself."""

    t: Literal["draft.suggest"]
    d: One
