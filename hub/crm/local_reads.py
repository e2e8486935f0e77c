"""What the embedded CRM is asked: rows -> canonical records. Bound parameters everywhere."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, RowMapping, Select, Table, select

from hub.crm.local_tables import (
    customers,
    emails,
    notes,
    order_items,
    orders,
    phones,
    products_owned,
    shipments,
    tags,
    tickets,
    trail,
)
from hub.model.crm import (
    CrmCustomer,
    CrmNote,
    CustomerKeys,
    Order,
    OrderItem,
    OwnedProduct,
    Phone,
    Shipment,
    Ticket,
    TrailStep,
)

SOURCE = "local"
PART = 500  # values per statement
NEWEST = 50  # orders, tickets and notes of one customer that are shown

T = TypeVar("T")
Rows = dict[str, list[RowMapping]]


def customers_with(connection: Connection, asked: CustomerKeys) -> list[CrmCustomer]:
    """Those whom `asked` (normalised) names, best key first."""
    ids = _candidates(connection, asked)
    found = customers_of(connection, ids)
    return [found[key] for key in ids]


def _candidates(connection: Connection, asked: CustomerKeys) -> list[str]:
    """Their external ids. A known external id alone decides: it *is* the record; a phone may be shared."""
    if asked.external_id and exists(connection, asked.external_id):
        return [asked.external_id]
    found: list[str] = []
    for query in _lookups(asked):
        found += connection.execute(query).scalars()
    return list(dict.fromkeys(found))


def _lookups(asked: CustomerKeys) -> Iterable[Select[Any]]:
    by_email = select(emails.c.customer).where(emails.c.address.in_(asked.emails))
    by_phone = select(phones.c.customer).where(phones.c.e164.in_(asked.phones))
    by_wechat = select(customers.c.external_id).where(customers.c.wechat_id == asked.wechat_id)
    if asked.emails:
        yield by_email.order_by(emails.c.customer)
    if asked.phones:
        yield by_phone.order_by(phones.c.customer)
    if asked.wechat_id:
        yield by_wechat.order_by(customers.c.external_id)


def exists(connection: Connection, external_id: str) -> bool:
    query = select(customers.c.external_id).where(customers.c.external_id == external_id)
    return connection.execute(query).first() is not None


def known(connection: Connection, external_ids: Collection[str]) -> frozenset[str]:
    """Those of `external_ids` that are customers."""
    return frozenset(_grouped(connection, customers, customers.c.external_id, external_ids))


def customers_of(connection: Connection, external_ids: Collection[str]) -> dict[str, CrmCustomer]:
    """The customers with these ids, by id; ids that nobody has are left out."""
    found = _grouped(connection, customers, customers.c.external_id, external_ids)
    children = [
        _grouped(connection, table, table.c.customer, external_ids) for table in (emails, phones, tags, products_owned)
    ]
    return {key: _customer(rows[0], *(of.get(key, []) for of in children)) for key, rows in found.items()}


def _customer(
    row: RowMapping,
    addresses: Sequence[RowMapping],
    numbers: Sequence[RowMapping],
    tagged: Sequence[RowMapping],
    owned: Sequence[RowMapping],
) -> CrmCustomer:
    return CrmCustomer.model_validate(
        {
            **row,
            "source": SOURCE,
            "source_id": row["external_id"],
            "emails": [address["address"] for address in addresses],
            "phones": [Phone(raw=number["raw"], e164=number["e164"]) for number in numbers],
            "tags": [tag["tag"] for tag in tagged],
            "products_owned": [OwnedProduct.model_validate(dict(product)) for product in owned],
        }
    )


def orders_of(connection: Connection, external_id: str) -> list[Order]:
    """The newest orders of one customer, newest first."""
    query = select(orders.c.number).where(orders.c.customer == external_id)
    newest = query.order_by(orders.c.placed_at.desc(), orders.c.number.desc()).limit(NEWEST)
    numbers = list(connection.execute(newest).scalars())
    found = orders_by_number(connection, numbers)
    return [found[number] for number in numbers]


def orders_by_number(connection: Connection, numbers: Collection[str]) -> dict[str, Order]:
    found = _grouped(connection, orders, orders.c.number, numbers)
    items = _grouped(connection, order_items, order_items.c.order, numbers)
    parcels = _grouped(connection, shipments, shipments.c.order, numbers)
    steps = _grouped(connection, trail, trail.c.order, numbers)
    return {
        number: _order(rows[0], items.get(number, []), parcels.get(number, []), steps.get(number, []))
        for number, rows in found.items()
    }


def _order(
    row: RowMapping,
    items: Sequence[RowMapping],
    parcels: Sequence[RowMapping],
    steps: Sequence[RowMapping],
) -> Order:
    return Order.model_validate(
        {
            **row,
            "source": SOURCE,
            "source_id": row["number"],
            "items": [OrderItem.model_validate(dict(item)) for item in items],
            "shipments": [_shipment(parcel, steps) for parcel in parcels],
        }
    )


def _shipment(row: RowMapping, steps: Sequence[RowMapping]) -> Shipment:
    own = [TrailStep.model_validate(dict(step)) for step in steps if step["shipment"] == row["number"]]
    return Shipment.model_validate({**row, "trail": own})


def owners(connection: Connection, numbers: Collection[str]) -> dict[str, str]:
    """Order number -> external id of its customer, for those of `numbers` that exist."""
    found = _grouped(connection, orders, orders.c.number, numbers)
    return {number: str(rows[0]["customer"]) for number, rows in found.items()}


def tickets_of(connection: Connection, external_id: str) -> list[Ticket]:
    query = select(tickets).where(tickets.c.customer == external_id)
    newest = query.order_by(tickets.c.created_at.desc(), tickets.c.number.desc()).limit(NEWEST)
    return _all(connection, newest, ticket_record)


def notes_of(connection: Connection, external_id: str) -> list[CrmNote]:
    """Notes on the customer and on their tickets, newest first."""
    query = select(notes).where(notes.c.customer == external_id)
    newest = query.order_by(notes.c.created_at.desc(), notes.c.id.desc()).limit(NEWEST)
    return _all(connection, newest, note_record)


def ticket_record(row: RowMapping) -> Ticket:
    return Ticket.model_validate({**row, "source": SOURCE, "source_id": row["number"]})


def note_record(row: RowMapping) -> CrmNote:
    written = row["created_at"]
    return CrmNote.model_validate({**row, "source": SOURCE, "source_id": str(row["id"]), "updated_at": written})


def _all(connection: Connection, query: Select[Any], record: Callable[[RowMapping], T]) -> list[T]:
    return [record(row) for row in connection.execute(query).mappings()]


def _grouped(connection: Connection, table: Table, column: Column[str], values: Collection[str]) -> Rows:
    """Rows of `table` by their `column`, which is one of `values`, each group in its own order."""
    groups: Rows = defaultdict(list)
    for part in batched(values):
        query = select(table).where(column.in_(part))
        if "position" in table.c:
            query = query.order_by(table.c.position)
        for row in connection.execute(query).mappings():
            groups[row[column]].append(row)
    return dict(groups)


def batched(values: Collection[T]) -> Iterator[list[T]]:
    """`values` in parts that fit one statement: SQLite binds at most 32,766 values."""
    rest = list(values)
    for start in range(0, len(rest), PART):
        yield rest[start : start + PART]
