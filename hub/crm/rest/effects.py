"""The writes of the port, but for edits of the customer: tickets, notes, tasks, leads, tags, insights."""

from contextlib import suppress
from typing import Any, TypeVar

from hub.crm.rest.answers import Exists
from hub.crm.rest.customers import Customers, Seen
from hub.crm.rest.drift import Watch, problem_of
from hub.crm.rest.expressions import ExpressionFailed
from hub.crm.rest.format import Tag, UpdateTicket
from hub.crm.rest.format_records import Part
from hub.crm.rest.marks import mark
from hub.crm.rest.names import Names
from hub.crm.rest.readings import Read, Readings, parts_of
from hub.crm.rest.records import Unfit
from hub.crm.rest.templates import Scope
from hub.crm.rest.values import texts
from hub.crm.rest.wiring import Silent, Wiring
from hub.crm.rest.writes import Made, Turn, Writes
from hub.model.crm import CrmNote, Lead, LeadDraft, NoteKind, SessionInsight, Task, Ticket, TicketChange, TicketDraft
from hub.model.errors import BadRequest, CrmLacks, CrmRefused, NotFound
from hub.model.party import Value
from hub.model.phones import e164

CHANGES = frozenset({"status", "priority", "comment"})
T = TypeVar("T")
V = TypeVar("V", bound=Value)


class Tagged(Value):
    """The first result of `tag`."""

    tags: tuple[str, ...]


class Effects:
    """Each raises CrmLacks, CrmUnavailable, CrmRefused, BadRequest, and NotFound for an unknown customer."""

    def __init__(self, wiring: Wiring, customers: Customers, readings: Readings, names: Names, writes: Writes) -> None:
        self._wiring = wiring
        self._customers = customers
        self._readings = readings
        self._names = names
        self._writes = writes

    async def create_ticket(self, external_id: str, draft: TicketDraft, marker: str) -> Ticket:
        how = _mapped(self._wiring.mapping.create_ticket, "create_ticket")
        _needed("subject", draft.subject)

        async def write(turn: Turn) -> Ticket:
            seen = await self._customers.of(external_id)
            scope = self._wiring.scope("create_ticket", **draft.model_dump())
            made = await self._writes.create(turn, how, scope, seen)
            known = {**draft.model_dump(), "status": "open"}
            tickets = self._wiring.mapping.tickets
            rules = tickets.record if tickets else None
            told = self._told(Ticket, rules, made, turn, seen, known)
            if told is None:  # the answer does not say its number; the record does
                there = await self._writes.found(turn, how, scope, seen) or made
                told = self._told(Ticket, rules, there, turn, seen, known)
            return told or self._sure(Ticket, made, {**known, "number": made.id or mark(marker)})

        return await self._writes.once("create_ticket", marker, external_id, Ticket, write)

    async def update_ticket(self, external_id: str, number: str, change: TicketChange, marker: str) -> Ticket:
        how = _mapped(self._wiring.mapping.update_ticket, "update_ticket")

        async def write(turn: Turn) -> Ticket:
            seen = await self._customers.of(external_id)
            found = await self._ticket(external_id, number)
            ticket = found.record.model_dump() | {"id": found.record.source_id or number, "record": found.raw}
            scope = self._wiring.scope("update_ticket", **change.model_dump(), ticket=ticket)
            await self._changed(turn, how, scope.having(**seen.names, external_id=external_id), change, seen)
            return (await self._ticket(external_id, number)).record  # type: ignore[no-any-return]

        return await self._writes.once("update_ticket", marker, external_id, Ticket, write)

    async def _changed(self, turn: Turn, how: UpdateTicket, scope: Scope, change: TicketChange, seen: Seen) -> None:
        asked = {part for part in CHANGES if getattr(change, part).strip()}
        if lacking := asked - changeable(how):
            raise CrmLacks(f"update_ticket: {' '.join(sorted(lacking))}")
        comment_inside = how.comment is None and "comment" in asked
        if comment_inside and turn.begun.state != "new":
            raise CrmRefused("update_ticket: the comment may have been written, and can't be looked for")
        if asked - {"comment"} or comment_inside:
            await self._set(how, scope)
        if how.comment is not None and "comment" in asked:
            await self._writes.create(turn, [how.comment], scope, seen)

    async def _set(self, how: UpdateTicket, scope: Scope) -> None:
        if how.request is None or not (how.when is None or how.when.holds(scope.names, scope.functions)):
            return
        scope = await self._names.resolved(how.resolve, scope)
        scope = await self._wiring.taken("update_ticket", how.before, scope, writing=True)
        await self._wiring.client.write("update_ticket", how.request, scope, how.answers)

    async def _ticket(self, external_id: str, number: str) -> Read:
        """Among the customer's own: somebody else's ticket is not found."""
        for read in await self._readings.tickets(external_id):
            if read.record.number == number:
                return read
        raise NotFound("this customer has no such ticket")

    async def add_note(self, external_id: str, body: str, kind: NoteKind, marker: str) -> CrmNote:
        how = _mapped(self._wiring.mapping.add_note, "add_note")
        _needed("body", body)

        async def write(turn: Turn) -> CrmNote:
            seen = await self._customers.of(external_id)
            made = await self._writes.create(turn, how, self._wiring.scope("add_note", body=body, kind=kind), seen)
            notes = self._wiring.mapping.notes
            known = {"body": body, "kind": kind, "on": external_id}
            told = self._told(CrmNote, notes.record if notes else None, made, turn, seen, known)
            return told or self._sure(CrmNote, made, known)

        return await self._writes.once("add_note", marker, external_id, CrmNote, write)

    async def add_task(self, external_id: str, title: str, due: int, marker: str, assignee: str = "") -> Task:
        how = _mapped(self._wiring.mapping.add_task, "add_task")
        _needed("title", title)

        async def write(turn: Turn) -> Task:
            seen = await self._customers.of(external_id)
            fields = {"title": title, "due": due, "assignee": assignee}
            made = await self._writes.create(turn, how, self._wiring.scope("add_task", **fields), seen)
            record = how[0].record
            known = {**fields, "on": external_id}
            return self._told(Task, record, made, turn, seen, known) or self._sure(Task, made, known)

        return await self._writes.once("add_task", marker, external_id, Task, write)

    async def create_lead(self, draft: LeadDraft, marker: str) -> Lead:
        how = _mapped(self._wiring.mapping.create_lead, "create_lead")
        _needed("contact", draft.name or draft.contact)

        async def write(turn: Turn) -> Lead:
            scope = self._wiring.scope("create_lead", **draft.model_dump(), **self._address(draft.contact))
            made = await self._writes.create(turn, how, scope, None)
            record = how[0].record
            known = {**draft.model_dump(exclude={"source"}), "origin": draft.source}
            return self._told(Lead, record, made, turn, None, known) or self._sure(Lead, made, known)

        return await self._writes.once("create_lead", marker, "", Lead, write)

    def _address(self, contact: str) -> dict[str, str]:
        """What a lead's contact is: an e-mail address, a number, or just words."""
        if "@" in contact:
            return {"email": contact}
        number = e164(contact, self._wiring.mapping.region)
        return {"phone": number} if number else {}

    async def tag(self, external_id: str, tags: tuple[str, ...], marker: str) -> None:
        how = _mapped(self._wiring.mapping.tag, "tag")
        wanted = texts(list(tags))

        async def write(_turn: Turn) -> Tagged:
            seen = await self._customers.of(external_id, anew=True)  # the set is read, changed and written
            new = [one for one in wanted if one not in seen.customer.tags]
            if new:
                await self._tagged(how, new, seen)
                self._customers.stale(external_id)
            return Tagged(tags=wanted)

        await self._writes.once("tag", marker, external_id, Tagged, write)

    async def _tagged(self, how: Tag, new: list[str], seen: Seen) -> None:
        scope = self._wiring.scope("tag", external_id=seen.customer.external_id, **seen.names)
        scope = await self._wiring.taken("tag", how.before, scope)
        sent: list[Any] = await self._names.ids(how.names, new, scope) if how.names else list(new)
        if how.mode == "replace":
            sent = [*(one for one in self._current(how, seen, scope) if one not in sent), *sent]
        for some in [[one] for one in sent] if how.each else [sent]:
            below = scope.having(tags=some, tag=some[0], new=new)
            with suppress(Exists):  # then it has this tag
                await self._wiring.client.write("tag", how.request, below, how.answers)

    def _current(self, how: Tag, seen: Seen, scope: Scope) -> list[Any]:
        """The tags that are there; without them, sending the new ones would take them away."""
        assert how.current is not None
        try:
            given = how.current.on(seen.raw, scope.functions)
        except ExpressionFailed as problem:
            self._wiring.findings.drift("tag", "current", problem_of(problem))
            raise CrmRefused(
                "tag: the tags that are there can't be read; sending others would take them away"
            ) from None
        several = given if isinstance(given, list) else [] if given is None else [given]
        return [one for one in several if one not in ("", None)]

    async def add_insight(self, external_id: str, insight: SessionInsight, marker: str) -> None:
        how = _mapped(self._wiring.mapping.add_insight, "add_insight")

        async def write(turn: Turn) -> SessionInsight:
            seen = await self._customers.of(external_id)
            scope = self._wiring.scope("add_insight", **insight.model_dump(mode="json"))
            await self._writes.create(turn, how, scope, seen)
            self._customers.stale(external_id)
            return insight

        await self._writes.once("add_insight", marker, external_id, SessionInsight, write)

    # --------------------------------------------------------------------------------------------------------

    def _told(
        self, kind: type[V], rules: Part | None, made: Made, turn: Turn, seen: Seen | None, known: dict[str, Any]
    ) -> V | None:
        """What was written, as the answer tells it, and what was sent for what it does not tell. None: too little."""
        if not isinstance(made.raw, dict) or rules is None:
            return None
        scope = self._wiring.scope(turn.key.operation, **(seen.names if seen else {}))
        watch = Watch(turn.key.operation, Silent())
        try:
            return self._wiring.reader.read(kind, rules, made.raw, scope, watch, self._fields(made, known))
        except Unfit:
            return None

    def _sure(self, kind: type[V], made: Made, known: dict[str, Any]) -> V:
        return kind.model_validate({**self._fields(made, known), "source": self._wiring.name})

    def _fields(self, made: Made, known: dict[str, Any]) -> dict[str, Any]:
        return {"source_id": made.id, "created_at": self._wiring.clock(), **known}


def changeable(how: UpdateTicket) -> frozenset[str]:
    """What of a ticket can be changed: what a template uses."""
    told = {root for part in parts_of([how.request, how.before]) for root in part.roots}
    return CHANGES & (told | ({"comment"} if how.comment is not None else set()))


def _mapped(how: T | None, operation: str) -> T:
    if how is None:
        raise CrmLacks(operation)
    return how


def _needed(name: str, value: str) -> None:
    if not value.strip():
        raise BadRequest(f"{name}: it can't be blank")
