"""A CRM whose calls are counted: which call, and how it ended."""

from collections.abc import Awaitable
from typing import TypeVar

from hub.crm.vitals import Vitals
from hub.model.crm import (
    Breaker,
    CrmCustomer,
    CrmNote,
    CustomerKeys,
    FieldChange,
    Lead,
    LeadDraft,
    NoteKind,
    Order,
    SessionInsight,
    Shipment,
    Task,
    Ticket,
    TicketChange,
    TicketDraft,
)
from hub.model.errors import OneThreadError
from hub.ports import Crm

T = TypeVar("T")


class CountedCrm:
    """In the place of any Crm."""

    def __init__(self, crm: Crm, vitals: Vitals) -> None:
        self._crm = crm
        self._vitals = vitals
        self.name, self.can, self.editable = crm.name, crm.can, crm.editable

    @property
    def breaker(self) -> Breaker:
        return self._crm.breaker

    async def _count(self, call: str, answer: Awaitable[T]) -> T:
        outcome, healthy = "failed", False
        try:
            found = await answer
            outcome, healthy = "ok", True
            return found
        except OneThreadError as problem:
            outcome, healthy = problem.code, not problem.retry
            raise
        finally:
            # "failed" also when it took too long and was given up
            self._vitals.ended(call, outcome, healthy=healthy)

    async def find_customer(self, keys: CustomerKeys) -> list[CrmCustomer]:
        return await self._count("find_customer", self._crm.find_customer(keys))

    async def orders(self, external_id: str) -> list[Order]:
        return await self._count("orders", self._crm.orders(external_id))

    async def shipments(self, external_id: str) -> list[Shipment]:
        return await self._count("shipments", self._crm.shipments(external_id))

    async def points(self, external_id: str) -> int:
        return await self._count("points", self._crm.points(external_id))

    async def tickets(self, external_id: str) -> list[Ticket]:
        return await self._count("tickets", self._crm.tickets(external_id))

    async def notes(self, external_id: str) -> list[CrmNote]:
        return await self._count("notes", self._crm.notes(external_id))

    async def create_ticket(self, external_id: str, draft: TicketDraft, marker: str) -> Ticket:
        return await self._count("create_ticket", self._crm.create_ticket(external_id, draft, marker))

    async def update_ticket(self, external_id: str, number: str, change: TicketChange, marker: str) -> Ticket:
        return await self._count("update_ticket", self._crm.update_ticket(external_id, number, change, marker))

    async def add_note(self, external_id: str, body: str, kind: NoteKind, marker: str) -> CrmNote:
        return await self._count("add_note", self._crm.add_note(external_id, body, kind, marker))

    async def add_task(self, external_id: str, title: str, due: int, marker: str, assignee: str = "") -> Task:
        return await self._count("add_task", self._crm.add_task(external_id, title, due, marker, assignee))

    async def create_lead(self, draft: LeadDraft, marker: str) -> Lead:
        return await self._count("create_lead", self._crm.create_lead(draft, marker))

    async def tag(self, external_id: str, tags: tuple[str, ...], marker: str) -> None:
        await self._count("tag", self._crm.tag(external_id, tags, marker))

    async def add_insight(self, external_id: str, insight: SessionInsight, marker: str) -> None:
        await self._count("add_insight", self._crm.add_insight(external_id, insight, marker))

    async def update_customer(self, external_id: str, changes: tuple[FieldChange, ...], marker: str) -> CrmCustomer:
        return await self._count("update_customer", self._crm.update_customer(external_id, changes, marker))

    async def close(self) -> None:
        await self._crm.close()
