"""What can be asked of the CRM in a conversation. Each becomes one effect there, or a named failure."""

from typing import Annotated, Literal

from pydantic import Field

from hub.model.crm import FieldChange, LeadDraft, TicketChange, TicketDraft
from hub.model.party import Value

TicketNumber = Annotated[str, Field(min_length=1, max_length=64)]


class TicketAsk(Value):
    kind: Literal["ticket"] = "ticket"
    draft: TicketDraft

    @property
    def title(self) -> str:
        return self.draft.subject


class TicketUpdateAsk(Value):
    kind: Literal["ticket_update"] = "ticket_update"
    number: TicketNumber
    change: TicketChange

    @property
    def title(self) -> str:
        return self.number


class TaskAsk(Value):
    """`due` is epoch ms; `assignee` is whom the CRM knows by that name, "" = whoever it gives it to."""

    kind: Literal["task"] = "task"
    title: Annotated[str, Field(min_length=1, max_length=200)]
    due: Annotated[int, Field(ge=0, le=2**53 - 1)]
    assignee: Annotated[str, Field(max_length=120)] = ""


class LeadAsk(Value):
    kind: Literal["lead"] = "lead"
    draft: LeadDraft

    @property
    def title(self) -> str:
        return self.draft.name or self.draft.contact


class EditAsk(Value):
    kind: Literal["edit"] = "edit"
    changes: Annotated[tuple[FieldChange, ...], Field(min_length=1, max_length=20)]

    @property
    def title(self) -> str:
        """The fields; what stood and stands in them is nobody's headline."""
        return ", ".join(change.field for change in self.changes)[:200]


CrmAsk = Annotated[TicketAsk | TicketUpdateAsk | TaskAsk | LeadAsk | EditAsk, Field(discriminator="kind")]

# `session` (transcript and summary), `tags` and `facts` are asked by nobody: they go when a session ends.
EffectKind = Literal["ticket", "ticket_update", "task", "lead", "edit", "session", "tags", "insights", "facts", "call"]
Degraded = Literal["", "note", "lead"]
