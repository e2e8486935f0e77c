"""Bringing customers and orders into the embedded CRM: newer over older, never a blank over a value."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, delete, insert
from sqlalchemy.dialects.sqlite import insert as upsert

from hub.crm.local_reads import batched, customers_of, known, orders_by_number, owners
from hub.crm.local_tables import (
    customers,
    emails,
    order_items,
    orders,
    phones,
    products_owned,
    shipments,
    tags,
    trail,
)
from hub.crm.matching import email_key
from hub.model.crm import CrmCustomer, Order, Phone, Record, Shipment
from hub.model.errors import BadRequest, NotFound
from hub.model.frozen import frozen
from hub.model.party import Value
from hub.model.phones import e164

_TIMES = frozenset({"created_at", "updated_at", "placed_at", "eta"})  # 0 = not said
_NOT_STORED = frozenset({"source", "source_id", "raw", "updated_at"})

V = TypeVar("V", bound=Value)
R = TypeVar("R", bound=Record)
Row = dict[str, Any]


@frozen
class Loaded:
    """How many records a load added, changed, and found as they were."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(self.added + other.added, self.changed + other.changed, self.unchanged + other.unchanged)


def over(old: V, new: V) -> V:
    """`new`, with the values of `old` where `new` is blank or was never told."""
    kept = {name: getattr(old, name) for name in type(old).model_fields if not _told(new, name)}
    return new.model_copy(update=kept)


def _told(it: Value, name: str) -> bool:
    value = getattr(it, name)
    blank = value is None or value in ("", (), {}) or (name in _TIMES and value == 0)
    return name in it.model_fields_set and not blank


def load_customers(connection: Connection, given: Iterable[CrmCustomer], at: int, region: str) -> Loaded:
    """Add or update; tags, consents and custom fields are added to what is there."""
    total = Loaded()
    for chunk in batched({it.external_id: _tidy(it, region) for it in given}.values()):
        old = customers_of(connection, [it.external_id for it in chunk])
        new = [_newer_customer(old.get(it.external_id), it) for it in chunk]
        changed = [it for it in new if _differs(old.get(it.external_id), it)]
        _write_customers(connection, [_stamped(it, at) for it in changed])
        total += _counted(len(chunk), len(chunk) - len(old), len(changed))
    return total


def load_orders(connection: Connection, given: Iterable[tuple[str, Order]], at: int) -> Loaded:
    """Add or update orders, each with the external id of its customer.

    Raises NotFound for an unknown customer, BadRequest when the order is another customer's: moving it would
    show one customer what the other bought.
    """
    total = Loaded()
    for chunk in batched({order.number: (owner, order) for owner, order in given}.values()):
        _check_owners(connection, chunk)
        old = orders_by_number(connection, [order.number for _, order in chunk])
        new = [(owner, _newer_order(old.get(order.number), order)) for owner, order in chunk]
        changed = [(owner, order) for owner, order in new if _differs(old.get(order.number), order)]
        _write_orders(connection, [(owner, _stamped(order, at)) for owner, order in changed])
        total += _counted(len(chunk), len(chunk) - len(old), len(changed))
    return total


def _tidy(it: CrmCustomer, region: str) -> CrmCustomer:
    """Addresses as they are compared; each address and tag once."""
    numbers = (Phone(raw=phone.raw, e164=phone.e164 or e164(phone.raw, region)) for phone in it.phones)
    tidied = {
        "emails": tuple(dict.fromkeys(email_key(address) for address in it.emails if address.strip())),
        "phones": tuple({number.raw: number for number in numbers if number.raw.strip()}.values()),
        "tags": tuple(dict.fromkeys(tag.strip() for tag in it.tags if tag.strip())),
    }
    return it.model_copy(update={name: value for name, value in tidied.items() if name in it.model_fields_set})


def _newer_customer(old: CrmCustomer | None, new: CrmCustomer) -> CrmCustomer:
    if old is None:
        return new
    added = {
        "tags": tuple(dict.fromkeys((*old.tags, *new.tags))),
        "consent": {**old.consent, **new.consent},
        "custom": {**old.custom, **new.custom},
    }
    return over(old, new).model_copy(update=added)


def _newer_order(old: Order | None, new: Order) -> Order:
    """Shipments are known by their number: one that is not named again stays, and so does a trail."""
    parcels = {it.number: it for it in old.shipments} if old else {}
    for it in new.shipments:
        parcels[it.number] = _newest_first(over(parcels.get(it.number, it), it))
    newer = over(old, new) if old else new
    return newer.model_copy(update={"shipments": tuple(parcels.values())})


def _newest_first(it: Shipment) -> Shipment:
    return it.model_copy(update={"trail": tuple(sorted(it.trail, key=lambda step: -step.at))})


def _differs(old: Record | None, new: Record) -> bool:
    exclude = set(_NOT_STORED)
    return old is None or old.model_dump(exclude=exclude) != new.model_dump(exclude=exclude)


def _stamped(it: R, at: int) -> R:
    return it.model_copy(update={"created_at": it.created_at or at, "updated_at": at})


def _counted(all_of: int, added: int, written: int) -> Loaded:
    return Loaded(added=added, changed=written - added, unchanged=all_of - written)


def _check_owners(connection: Connection, given: Sequence[tuple[str, Order]]) -> None:
    there = known(connection, {owner for owner, _ in given})
    held = owners(connection, [order.number for _, order in given])
    for owner, order in given:
        if owner not in there:
            raise NotFound(f"no customer {owner}")
        if held.get(order.number, owner) != owner:
            raise BadRequest(f"order {order.number} belongs to another customer")


def _write_customers(connection: Connection, changed: Sequence[CrmCustomer]) -> None:
    _put(connection, customers, [_row(it) for it in changed])
    for table, field in ((emails, "emails"), (phones, "phones"), (tags, "tags"), (products_owned, "products_owned")):
        rows = [
            {"customer": it.external_id, "position": place, **_child(value, table)}
            for it in changed
            for place, value in enumerate(getattr(it, field))
        ]
        _replace(connection, table, "customer", [it.external_id for it in changed], rows)


def _write_orders(connection: Connection, changed: Sequence[tuple[str, Order]]) -> None:
    numbers = [order.number for _, order in changed]
    _put(connection, orders, [{"customer": owner, **_row(order)} for owner, order in changed])
    for table, field in ((order_items, "items"), (shipments, "shipments")):
        rows = [
            {"order": order.number, "position": place, **_child(value, table)}
            for _, order in changed
            for place, value in enumerate(getattr(order, field))
        ]
        _replace(connection, table, "order", numbers, rows)
    _replace(connection, trail, "order", numbers, [row for _, order in changed for row in _steps(order)])


def _steps(order: Order) -> Iterator[Row]:
    for shipment in order.shipments:
        for place, step in enumerate(shipment.trail):
            yield {"order": order.number, "shipment": shipment.number, "position": place, **_row(step)}


def _child(value: Value | str, table: Table) -> Row:
    if isinstance(value, Value):
        return _row(value)
    return {"address" if table is emails else "tag": value}


def _row(it: Value) -> Row:
    return it.model_dump()


def _put(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert, or update the row with the same key. Not REPLACE: that deletes first, and children with it."""
    if not rows:
        return
    query = upsert(table)
    rest = {column.key: query.excluded[column.key] for column in table.c if not column.primary_key}
    connection.execute(
        query.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest),
        [_fitting(table, row) for row in rows],
    )


def _replace(connection: Connection, table: Table, key: str, keys: Sequence[str], rows: Sequence[Row]) -> None:
    if keys:
        connection.execute(delete(table).where(table.c[key].in_(keys)))
    if rows:
        connection.execute(insert(table), [_fitting(table, row) for row in rows])


def _fitting(table: Table, row: Row) -> Row:
    return {name: value for name, value in row.items() if name in table.c}
