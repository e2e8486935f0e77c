"""A CRM whose calls are counted: which call, and how it ended."""

from collections import Counter
from collections.abc import Awaitable
from typing import Literal, TypeVar

from hub.model.crm import CrmCustomer, CrmNote, CustomerKeys, Lead, Order, Task, Ticket, TicketDraft
from hub.model.errors import OneThreadError
from hub.ports import Crm

T = TypeVar("T")


class CountedCrm:
    """In the place of any Crm. `calls`: (method, "ok" or the error's code) -> how many."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self.name = crm.name
        self.calls: Counter[tuple[str, ...]] = Counter()

    async def _count(self, call: str, answer: Awaitable[T]) -> T:
        outcome = "failed"
        try:
            found = await answer
            outcome = "ok"
            return found
        except OneThreadError as problem:
            outcome = problem.code
            raise
        finally:
            self.calls[call, outcome] += 1  # "failed" also when it took too long and was given up

    async def find_customer(self, keys: CustomerKeys) -> list[CrmCustomer]:
        return await self._count("find_customer", self._crm.find_customer(keys))

    async def orders(self, external_id: str) -> list[Order]:
        return await self._count("orders", self._crm.orders(external_id))

    async def tickets(self, external_id: str) -> list[Ticket]:
        return await self._count("tickets", self._crm.tickets(external_id))

    async def notes(self, external_id: str) -> list[CrmNote]:
        return await self._count("notes", self._crm.notes(external_id))

    async def create_ticket(self, external_id: str, draft: TicketDraft, marker: str) -> Ticket:
        return await self._count("create_ticket", self._crm.create_ticket(external_id, draft, marker))

    async def update_ticket(self, number: str, status: str, comment: str, marker: str) -> Ticket:
        return await self._count("update_ticket", self._crm.update_ticket(number, status, comment, marker))

    async def add_note(
        self, external_id: str, body: str, kind: Literal["note", "transcript", "summary"], marker: str
    ) -> CrmNote:
        return await self._count("add_note", self._crm.add_note(external_id, body, kind, marker))

    async def add_task(self, external_id: str, title: str, due: int, marker: str) -> Task:
        return await self._count("add_task", self._crm.add_task(external_id, title, due, marker))

    async def create_lead(self, name: str, contact: str, interest: str, marker: str) -> Lead:
        return await self._count("create_lead", self._crm.create_lead(name, contact, interest, marker))

    async def tag(self, external_id: str, tags: tuple[str, ...], marker: str) -> None:
        await self._count("tag", self._crm.tag(external_id, tags, marker))

    async def close(self) -> None:
        await self._crm.close()
