"""The embedded CRM: the `Crm` port on one SQLite file, so that everything works with no account anywhere."""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Self, TypeVar, get_args

from sqlalchemy import Connection

from hub.crm import local_reads as reads
from hub.crm import local_writes as writes
from hub.crm.local_edits import EDITABLE, edit
from hub.crm.local_file import LocalFile
from hub.crm.local_load import Loaded, load_customers, load_orders
from hub.crm.local_writes import Effect, Tagged
from hub.crm.matching import belongs, normalised
from hub.model.crm import (
    Breaker,
    Capability,
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
from hub.model.errors import CrmLacks, NotFound
from hub.model.party import Value

V = TypeVar("V", bound=Value)
T = TypeVar("T")


class LocalCrm:
    """Passes tests/contracts/test_crm.py. Every method may raise CrmUnavailable. Shipments come with the orders and
    points with the customer; else it lacks nothing.

    An unknown customer or ticket raises NotFound, in reads as in writes.
    """

    name = reads.SOURCE
    can: frozenset[Capability] = frozenset(get_args(Capability)) - {"shipments", "points"}
    editable = EDITABLE
    breaker: Breaker = "closed"  # a file has none

    def __init__(self, file: LocalFile, clock: Callable[[], int], region: str = "CN") -> None:
        self._file = file
        self.clock = clock
        self.region = region

    @classmethod
    async def open(cls, path: Path, clock: Callable[[], int], region: str = "CN") -> Self:
        """Open `path` (made when missing; several processes may). `clock` gives UTC epoch ms; phone numbers
        without a country code belong to `region`. Raises CrmUnavailable.
        """
        return cls(await LocalFile.open(path), clock, region)

    def at(self, now: int) -> "LocalCrm":
        """The same CRM at another time (epoch ms): what it writes is dated then."""
        return LocalCrm(self._file, lambda: now, self.region)

    async def close(self) -> None:
        await self._file.close()

    async def find_customer(self, keys: CustomerKeys) -> list[CrmCustomer]:
        """A known external id alone decides; else everybody with one of the e-mails, phones or the wechat id."""
        asked = normalised(keys, self.region)
        found = [] if asked.empty else await self._file.read(partial(reads.customers_with, asked=asked))
        return [customer for customer in found if belongs(customer, asked, self.region)]

    async def orders(self, external_id: str) -> list[Order]:
        return await self._of(external_id, reads.orders_of)

    async def shipments(self, external_id: str) -> list[Shipment]:
        raise CrmLacks("shipments: they come with the orders")

    async def points(self, external_id: str) -> int:
        raise CrmLacks("points: they come with the customer")

    async def tickets(self, external_id: str) -> list[Ticket]:
        return await self._of(external_id, reads.tickets_of)

    async def notes(self, external_id: str) -> list[CrmNote]:
        return await self._of(external_id, reads.notes_of)

    async def create_ticket(self, external_id: str, draft: TicketDraft, marker: str) -> Ticket:
        effect = Effect("create_ticket", marker, external_id, external_id)
        return await self._once(effect, Ticket, lambda c, at: writes.open_ticket(c, external_id, draft, at))

    async def update_ticket(self, external_id: str, number: str, change: TicketChange, marker: str) -> Ticket:
        """A comment becomes a note on the ticket."""
        effect = Effect("update_ticket", marker, number, external_id)
        write = partial(writes.change_ticket, external_id=external_id, number=number, change=change)
        return await self._once(effect, Ticket, lambda c, at: write(c, at=at))

    async def add_note(self, external_id: str, body: str, kind: NoteKind, marker: str) -> CrmNote:
        effect = Effect("add_note", marker, external_id, external_id)
        write = partial(writes.write_note, customer=external_id, on=external_id, body=body, kind=kind)
        return await self._once(effect, CrmNote, lambda c, at: write(c, at=at))

    async def add_task(self, external_id: str, title: str, due: int, marker: str, assignee: str = "") -> Task:
        effect = Effect("add_task", marker, external_id, external_id)
        write = partial(writes.write_task, external_id=external_id, title=title, due=due, assignee=assignee)
        return await self._once(effect, Task, lambda c, at: write(c, at=at))

    async def create_lead(self, draft: LeadDraft, marker: str) -> Lead:
        effect = Effect("create_lead", marker, "", None)
        return await self._once(effect, Lead, lambda c, at: writes.write_lead(c, draft, at))

    async def tag(self, external_id: str, tags: tuple[str, ...], marker: str) -> None:
        effect = Effect("tag", marker, external_id, external_id)
        await self._once(effect, Tagged, lambda c, _: writes.write_tags(c, external_id, tags))

    async def add_insight(self, external_id: str, insight: SessionInsight, marker: str) -> None:
        """Into the customer's custom fields, `onethread_intent` and so on."""
        effect = Effect("add_insight", marker, external_id, external_id)
        await self._once(effect, SessionInsight, lambda c, at: writes.write_insight(c, external_id, insight, at))

    async def update_customer(self, external_id: str, changes: tuple[FieldChange, ...], marker: str) -> CrmCustomer:
        effect = Effect("update_customer", marker, external_id, external_id)
        return await self._once(effect, CrmCustomer, lambda c, at: edit(c, external_id, changes, at, self.region))

    # --- beyond the port: what samples and imports need ---------------------------------------------------

    async def load_customers(self, customers: Iterable[CrmCustomer]) -> Loaded:
        """Add or update, all or nothing; never a blank over a value. The same again changes nothing."""
        given, at = list(customers), self.clock()
        return await self._file.write(lambda c: load_customers(c, given, at, self.region))

    async def load_orders(self, orders: Iterable[tuple[str, Order]]) -> Loaded:
        """The same for orders, each with its customer's external id. Raises NotFound, BadRequest."""
        given, at = list(orders), self.clock()
        return await self._file.write(lambda c: load_orders(c, given, at))

    async def load(
        self, customers: Iterable[CrmCustomer], orders: Iterable[tuple[str, Order]]
    ) -> tuple[Loaded, Loaded]:
        """Both, all or nothing; an order may be of one of these customers. Raises NotFound, BadRequest."""
        people, bought, at = list(customers), list(orders), self.clock()

        def both(connection: Connection) -> tuple[Loaded, Loaded]:
            return load_customers(connection, people, at, self.region), load_orders(connection, bought, at)

        return await self._file.write(both)

    async def known(self, external_ids: Collection[str]) -> frozenset[str]:
        """Those of `external_ids` that are customers."""
        return await self._file.read(lambda c: reads.known(c, external_ids))

    async def order_owners(self, numbers: Collection[str]) -> dict[str, str]:
        """Order number -> external id of its customer, for those that exist."""
        return await self._file.read(lambda c: reads.owners(c, numbers))

    # ------------------------------------------------------------------------------------------------------

    async def _of(self, external_id: str, read: Callable[[Connection, str], list[T]]) -> list[T]:
        def found(connection: Connection) -> list[T]:
            records = read(connection, external_id)
            if not records and not reads.exists(connection, external_id):
                raise NotFound(f"no customer {external_id}")
            return records

        return await self._file.read(found)

    async def _once(self, effect: Effect, kind: type[V], write: Callable[[Connection, int], V]) -> V:
        def effected(connection: Connection) -> V:
            if effect.customer is not None:
                writes.must_exist(connection, effect.customer)
            at = self.clock()
            return writes.once(connection, effect, at, kind, lambda: write(connection, at))

        return await self._file.write(effected)
