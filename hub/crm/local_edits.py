"""How an agent's edits reach a customer of the embedded CRM: all of them or none, and none over what changed since."""

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, update

from hub.crm.local_reads import customers_of
from hub.crm.local_tables import customers, emails, phones
from hub.crm.matching import email_key
from hub.model.crm import CrmCustomer, FieldChange
from hub.model.errors import BadRequest, CrmConflict
from hub.model.phones import e164

SCALARS = ("name", "company", "language", "address", "preferred_channel")
EDITABLE: tuple[str, ...] = ("name", "emails", "phones", "company", "language", "address", "preferred_channel")

Same = Callable[[str], str]


def edit(connection: Connection, external_id: str, changes: Sequence[FieldChange], at: int, region: str) -> CrmCustomer:
    """The customer after `changes`. Raises BadRequest, and CrmConflict with the names of all fields that moved on."""
    it = customers_of(connection, [external_id])[external_id]
    tidied = [_tidy(change, region) for change in changes]
    needed = [change for change in tidied if _to_write(it, change, region)]
    moved = [change.field for change in needed if not _as_it_was(it, change, region)]
    if moved:
        raise CrmConflict(" ".join(moved))
    for change in needed:
        _write(connection, it, change, region)
    if needed:
        connection.execute(update(customers).where(customers.c.external_id == external_id).values(updated_at=at))
    return customers_of(connection, [external_id])[external_id]


def _tidy(change: FieldChange, region: str) -> FieldChange:
    """As it is kept. Raises BadRequest for a field that can't be edited, a blank, and what is no address at all."""
    if change.field not in EDITABLE:
        raise BadRequest(f"field: {change.field} can't be edited")
    now = change.now.strip()
    if not now:
        raise BadRequest(f"now: {change.field} can't become blank")
    if change.field == "emails" and "@" not in now:
        raise BadRequest("now: no e-mail address")
    if change.field == "phones" and not e164(now, region):
        raise BadRequest("now: no phone number")
    return FieldChange(field=change.field, was=change.was.strip(), now=now)


def _values(it: CrmCustomer, field: str, region: str) -> tuple[list[str], Same]:
    """What the field holds, and how two of its values are compared."""
    match field:
        case "emails":
            return list(it.emails), email_key
        case "phones":
            return [phone.e164 or phone.raw for phone in it.phones], lambda number: e164(number, region) or number
        case _:
            return [getattr(it, field)], str


def _to_write(it: CrmCustomer, change: FieldChange, region: str) -> bool:
    held, same = _values(it, change.field, region)
    return same(change.now) not in map(same, held)


def _as_it_was(it: CrmCustomer, change: FieldChange, region: str) -> bool:
    held, same = _values(it, change.field, region)
    several = change.field not in SCALARS
    return (several and not change.was) or same(change.was) in map(same, held)


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
