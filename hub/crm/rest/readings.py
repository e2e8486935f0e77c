"""What belongs to a customer: orders, shipments, points, tickets and notes, each verified to be theirs."""

from typing import Any, TypeVar

from hub.crm.rest.customers import Customers
from hub.crm.rest.drift import problem_of
from hub.crm.rest.escapes import CantCarry
from hub.crm.rest.expressions import Expression, ExpressionFailed
from hub.crm.rest.format import Notes, Orders, Points, Reading, Shipments, Tickets
from hub.crm.rest.pages import Item, listed
from hub.crm.rest.records import CANONICAL, Unfit
from hub.crm.rest.templates import Scope, Secret
from hub.crm.rest.values import BadValue, whole
from hub.crm.rest.verify import Sieve
from hub.crm.rest.wiring import Wiring
from hub.model.crm import CrmNote, Order, Shipment
from hub.model.errors import CrmLacks, CrmUnavailable
from hub.model.frozen import frozen
from hub.model.party import Value

V = TypeVar("V", bound=Value)


@frozen
class Read:
    """A canonical record with the CRM's own."""

    record: Any
    raw: Any


class Readings:
    def __init__(self, wiring: Wiring, customers: Customers, sieve: Sieve) -> None:
        self._wiring = wiring
        self._customers = customers
        self._sieve = sieve

    async def orders(self, external_id: str) -> list[Order]:
        """Newest first. Raises CrmLacks, CrmUnavailable, CrmRefused, NotFound, as all of these do."""
        found = await self._records("orders", self._wiring.mapping.orders, external_id)
        return sorted((it.record for it in found), key=lambda order: -order.placed_at)

    async def shipments(self, external_id: str) -> list[Shipment]:
        return [it.record for it in await self._records("shipments", self._wiring.mapping.shipments, external_id)]

    async def tickets(self, external_id: str) -> list[Read]:
        found = await self._records("tickets", self._wiring.mapping.tickets, external_id)
        return sorted(found, key=lambda it: -it.record.created_at)

    async def notes(self, external_id: str) -> list[CrmNote]:
        found = await self._records("notes", self._wiring.mapping.notes, external_id)
        return sorted((it.record for it in found), key=lambda note: -note.created_at)

    async def points(self, external_id: str) -> int:
        how = self._wiring.mapping.points
        scope, items = await self._items("points", how, external_id)
        assert isinstance(how, Points)
        if not items:
            return 0
        try:
            return whole(how.points.on(items[0].raw, scope.functions))
        except (BadValue, ExpressionFailed) as problem:
            self._wiring.findings.drift("points", how.points.text, problem_of(problem))
            raise CrmUnavailable("points: the answer is not as it was") from None

    async def among(self, which: str, external_id: str) -> list[Item]:
        """The records of `tickets` or `notes` as they came, for who looks for a mark in them."""
        return (await self._items(which, getattr(self._wiring.mapping, which), external_id))[1]

    async def _records(
        self, operation: str, how: Orders | Shipments | Tickets | Notes | None, external_id: str
    ) -> list[Read]:
        scope, items = await self._items(operation, how, external_id)
        watch = self._wiring.watch(operation)
        assert how is not None
        found = []
        for item in items:
            known = {"on": external_id} if operation == "notes" else {}
            try:
                kind = CANONICAL[operation]
                record = self._wiring.reader.read(kind, how.record, item.raw, scope.telling(), watch, known)
            except Unfit as problem:
                watch.drifted(f"record.{problem.field}", "unusable")
            else:
                found.append(Read(record, item.raw))
        return found

    async def _items(self, operation: str, how: Reading | None, external_id: str) -> tuple[Scope, list[Item]]:
        if how is None:
            raise CrmLacks(operation)
        scope = self._wiring.scope(operation, external_id=external_id)
        owner = external_id
        if needs_customer(how):
            seen = await self._customers.of(external_id)
            scope, owner = scope.having(**seen.names), seen.customer.source_id
        try:
            scope = await self._wiring.taken(operation, how.before, scope)
            items = await listed(self._wiring, operation, how, scope)
        except CantCarry:
            return scope, []  # this CRM can't have such a customer
        watch = self._wiring.watch(operation)
        return scope, self._sieve.kept_of(items, how.verify, "owner", owner, scope, watch)


def needs_customer(how: Reading) -> bool:
    """Whether the customer must be read first. `verify` without `equals` compares with their id in the CRM."""
    verify = how.verify
    compared = verify != "none" and (isinstance(verify, Expression) or verify.equals is None)
    return compared or any("customer" in part.roots or "record" in part.roots for part in parts_of(how))


def parts_of(how: Any) -> list[Expression]:
    """The expressions of all templates in a part of the file."""
    found: list[Expression] = []
    if hasattr(how, "parts"):
        found += [part for part in how.parts() if not isinstance(part, Secret)]
    elif isinstance(how, list | tuple):
        found += [one for below in how for one in parts_of(below)]
    elif isinstance(how, dict):
        found += [one for below in how.values() for one in parts_of(below)]
    elif hasattr(type(how), "model_fields"):
        found += [one for name in type(how).model_fields for one in parts_of(getattr(how, name))]
    return found
