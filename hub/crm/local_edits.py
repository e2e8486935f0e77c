"""How an agent's edits reach a customer of the embedded CRM: all of them or none, and none over what changed since."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, update

from hub.crm.changes import tidied, to_write
from hub.crm.local_reads import customers_of
from hub.crm.local_tables import customers, emails, phones
from hub.crm.matching import email_key
from hub.model.crm import CrmCustomer, FieldChange
from hub.model.phones import e164

EDITABLE: tuple[str, ...] = ("name", "emails", "phones", "company", "language", "address", "preferred_channel")


def edit(connection: Connection, external_id: str, changes: Sequence[FieldChange], at: int, region: str) -> CrmCustomer:
    """The customer after `changes`. Raises BadRequest, and CrmConflict with the names of all fields that moved on."""
    it = customers_of(connection, [external_id])[external_id]
    needed = to_write(it, tidied(changes, EDITABLE, region), region)
    for change in needed:
        _write(connection, it, change, region)
    if needed:
        connection.execute(update(customers).where(customers.c.external_id == external_id).values(updated_at=at))
    return customers_of(connection, [external_id])[external_id]


def _write(connection: Connection, it: CrmCustomer, change: FieldChange, region: str) -> None:
    match change.field:
        case "emails":
            row = {"address": email_key(change.now)}
            _replace(connection, emails, it.external_id, emails.c.address == email_key(change.was), row)
        case "phones":
            row = {"raw": change.now, "e164": e164(change.now, region)}
            _replace(connection, phones, it.external_id, phones.c.e164 == e164(change.was, region), row)
        case field:
            mine = customers.c.external_id == it.external_id
            connection.execute(update(customers).where(mine).values({field: change.now}))


def _replace(
    connection: Connection, table: Table, customer: str, old: ColumnElement[bool], row: dict[str, str]
) -> None:
    """An address in the place of the old one; a further one comes last."""
    mine = table.c.customer == customer
    place = connection.scalar(select(table.c.position).where(mine & old).limit(1))
    if place is None:
        last = connection.scalar(select(func.max(table.c.position)).where(mine))
        place = 0 if last is None else last + 1
    connection.execute(delete(table).where(mine & old))
    connection.execute(insert(table).values(customer=customer, position=place, **row))
