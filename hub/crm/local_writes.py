"""What is written into the embedded CRM, each effect once: the marker is kept in the transaction of its write."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from hub.crm.local_reads import SOURCE, exists, note_record, ticket_record
from hub.crm.local_tables import counters, customers, leads, markers, notes, tags, tasks, tickets
from hub.model.crm import CrmNote, Lead, LeadDraft, SessionInsight, Task, Ticket, TicketChange, TicketDraft
from hub.model.errors import BadRequest, NotFound
from hub.model.frozen import frozen
from hub.model.party import Value

AUTHOR = "OneThread"  # the port does not say who wrote it; the hub did

V = TypeVar("V", bound=Value)


@frozen
class Effect:
    """One write: which operation, by which marker, about what, and whose it is (None = a lead)."""

    operation: str
    marker: str
    on: str
    customer: str | None


class Tagged(Value):
    """The first result of `tag`."""

    tags: tuple[str, ...]


def once(connection: Connection, effect: Effect, at: int, kind: type[V], write: Callable[[], V]) -> V:
    """What `write` answers the first time; later the same again, and nothing is written.

    Raises BadRequest without a marker, or when it was used about something else.
    """
    if not effect.marker:
        raise BadRequest("marker: a write to the CRM needs one")
    first = _first(connection, effect)
    if first is not None:
        return kind.model_validate_json(first)
    result = write()
    row = {**asdict(effect), "result": result.model_dump_json(), "at": at}
    connection.execute(insert(markers).values(row))
    return result


def _first(connection: Connection, effect: Effect) -> str | None:
    query = select(markers.c.on, markers.c.result).where(
        markers.c.operation == effect.operation, markers.c.marker == effect.marker
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    if row["on"] != effect.on:
        raise BadRequest("marker: it was used for another customer or ticket")
    return str(row["result"])


def must_exist(connection: Connection, external_id: str) -> None:
    """Raises NotFound when no customer has this id."""
    if not exists(connection, external_id):
        raise NotFound(f"no customer {external_id}")


def _must_own(connection: Connection, external_id: str, number: str) -> None:
    """Raises NotFound: that it is somebody else's ticket is nothing to tell."""
    if connection.scalar(select(tickets.c.customer).where(tickets.c.number == number)) != external_id:
        raise NotFound(f"no ticket {number}")


def open_ticket(connection: Connection, external_id: str, draft: TicketDraft, at: int) -> Ticket:
    """Raises BadRequest without a subject."""
    if not draft.subject.strip():
        raise BadRequest("subject: a ticket needs one")
    number = _next_number(connection, datetime.fromtimestamp(at / 1000, UTC).year)
    told = draft.model_dump(include=set(TicketDraft.model_fields))
    row = {**told, "number": number, "customer": external_id, "status": "open"}
    connection.execute(insert(tickets).values(**row, created_at=at, updated_at=at))
    return _ticket(connection, number)


def change_ticket(connection: Connection, external_id: str, number: str, change: TicketChange, at: int) -> Ticket:
    """Raises NotFound for a ticket that is not this customer's."""
    _must_own(connection, external_id, number)
    changed = change.model_dump(include={"status", "priority"})
    told = {field: value for field, value in changed.items() if value}
    connection.execute(update(tickets).where(tickets.c.number == number).values(**told, updated_at=at))
    if change.comment.strip():
        write_note(connection, external_id, number, change.comment, at)
    return _ticket(connection, number)


def _next_number(connection: Connection, year: int) -> str:
    """T2026-00001, T2026-00002 ... gapless: the counter is in the ticket's own transaction."""
    name = f"T{year}"
    bump = upsert(counters).values(name=name, value=1)
    bump = bump.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1})
    nth = connection.scalar(bump.returning(counters.c.value))
    return f"{name}-{nth:05d}"


def _ticket(connection: Connection, number: str) -> Ticket:
    rows = connection.execute(select(tickets).where(tickets.c.number == number))
    return ticket_record(rows.mappings().one())


def write_note(connection: Connection, customer: str, on: str, body: str, at: int, *, kind: str = "note") -> CrmNote:
    """`on` is the customer or one of their tickets. Raises BadRequest for a blank body."""
    if not body.strip():
        raise BadRequest("body: a note needs one")
    row = {"customer": customer, "on": on, "body": body, "kind": kind, "internal": True, "author": AUTHOR}
    query = insert(notes).values(**row, created_at=at).returning(*notes.c)
    return note_record(connection.execute(query).mappings().one())


def write_task(connection: Connection, external_id: str, title: str, due: int, assignee: str, at: int) -> Task:
    """Raises BadRequest without a title."""
    if not title.strip():
        raise BadRequest("title: a task needs one")
    row = {"customer": external_id, "title": title, "due": due, "status": "open", "assignee": assignee}
    key = connection.scalar(insert(tasks).values(**row, created_at=at).returning(tasks.c.id))
    record = {"source": SOURCE, "source_id": str(key), "on": external_id, "created_at": at, "updated_at": at}
    return Task.model_validate({**row, **record})


def write_lead(connection: Connection, draft: LeadDraft, at: int) -> Lead:
    """Raises BadRequest when there is neither a name nor a contact."""
    if not (draft.name.strip() or draft.contact.strip()):
        raise BadRequest("contact: a lead needs a name or a contact")
    told = draft.model_dump(include={"name", "contact", "interest", "value"})
    row = {**told, "origin": draft.source or AUTHOR, "status": "new"}
    key = connection.scalar(insert(leads).values(**row, created_at=at).returning(leads.c.id))
    record = {"source": SOURCE, "source_id": str(key), "created_at": at, "updated_at": at}
    return Lead.model_validate({**row, **record})


def write_tags(connection: Connection, external_id: str, wanted: Sequence[str]) -> Tagged:
    """Blank tags are nothing; one that is there already stays where it is."""
    new = list(dict.fromkeys(tag.strip() for tag in wanted if tag.strip()))
    last = connection.scalar(select(func.max(tags.c.position)).where(tags.c.customer == external_id))
    first = 0 if last is None else last + 1
    rows = [{"customer": external_id, "tag": tag, "position": first + n} for n, tag in enumerate(new)]
    if rows:
        connection.execute(upsert(tags).on_conflict_do_nothing(), rows)
    return Tagged(tags=tuple(new))


def write_insight(connection: Connection, external_id: str, insight: SessionInsight, at: int) -> SessionInsight:
    """Over that of an earlier session. A field that nothing was noticed of stays as it was."""
    mine = customers.c.external_id == external_id
    held = connection.scalar(select(customers.c.custom).where(mine)) or {}
    told = insight.model_dump(include={"intent", "sentiment", "urgency", "language"})
    new = {f"onethread_{field}": value for field, value in told.items() if value != ""}
    connection.execute(update(customers).where(mine).values(custom={**held, **new}, updated_at=at))
    return insight
