"""What the CRMs know about one conversation's customer, each asked under its deadline: a Context, whatever happens.

The conversation never waits for a CRM and never fails with it: a part that does not come in time is named as lacking.
The first connection says who it is. The others are asked by the same proven addresses, and by those that it has of its
customer; each looks the customer up for itself, so that the ids of one CRM never mean somebody in another.
"""

import asyncio
from collections.abc import Callable

from hub.crm.look import Found, Look
from hub.crm_connections import Connection, Connections, keys_of, wider
from hub.model.crm import Context, Order, Shipment, Source
from hub.model.identity import Identity

PARTS = ("orders", "tickets", "notes")


async def context_of(connections: Connections, identities: tuple[Identity, ...], clock: Callable[[], int]) -> Context:
    """The customer whom `identities` prove, with orders, tickets and notes; at the latest when every connection's
    deadline has passed.

    `detail` is a code: why it is unavailable (look.py: Why), or which parts are missing ("orders:timeout
    tickets:lacks"). `clock` gives epoch ms. Raises nothing; only being cancelled passes through.
    """
    began = clock()
    asking = Asking(connections, identities)
    answers = await asking.every()
    now = clock()
    context = _context(asking.profile, answers, proven=asking.proven)
    sources = tuple(_source(found, now) for found in answers)
    able = {"can": connections.can, "editable": _editable(connections, context)}
    return context.model_copy(update={"as_of": now, "took_ms": max(0, now - began), "sources": sources, **able})


class Asking:
    """All connections, asked about one customer."""

    def __init__(self, connections: Connections, identities: tuple[Identity, ...]) -> None:
        self.profile = connections.first("customer")
        self._keys = {each.name: keys_of(identities, each) for each in connections}
        self._others = [each for each in connections if each is not self.profile]
        self._first: asyncio.Future[Found] = asyncio.get_running_loop().create_future()

    @property
    def proven(self) -> bool:
        """Does anybody vouch for an address that could be asked for?"""
        return not all(keys.empty for keys in self._keys.values())

    async def every(self) -> list[Found]:
        """The answers, the profile's first. Who wrote is not known for sure: nobody is asked."""
        if self.profile is None or not self.proven:
            return []
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(self._profile(self.profile))
            rest = [tasks.create_task(self._other(each)) for each in self._others]
        return [first.result(), *(task.result() for task in rest)]

    async def _profile(self, connection: Connection) -> Found:
        look = Look(connection)
        found = await look.find(self._keys[connection.name])
        self._first.set_result(found)
        await look.fill(found)
        return found

    async def _other(self, connection: Connection) -> Found:
        """By what is proven; when that finds nobody, by the addresses of the profile, too."""
        look, keys = Look(connection), self._keys[connection.name]
        found = await look.find(keys)
        if found.outcome == "none":
            first = await self._first
            if first.customer and (more := wider(keys, first.customer)) != keys:
                found = await look.find(more)
        await look.fill(found)
        return found


def _context(profile: Connection | None, answers: list[Found], *, proven: bool) -> Context:
    if profile is None:
        return Context(crm="", outcome="none", as_of=0)
    if not proven:
        return Context(crm=profile.name, outcome="unproven", as_of=0)
    first = _customer_from(answers)
    if first.outcome == "several":
        return Context(crm=first.connection.name, outcome="several", as_of=0, candidates=first.candidates)
    if first.outcome == "found":
        lacking = _lacking(answers)
        detail = " ".join(f"{part}:{why}" for part, why in lacking.items())
    else:
        lacking, detail = {}, first.why
    return Context(
        crm=first.connection.name,
        outcome=first.outcome,
        as_of=0,
        detail=detail,
        customer=first.customer,
        orders=_orders(answers),
        tickets=tuple(sorted((t for found in answers for t in found.tickets), key=lambda t: -t.created_at)),
        notes=tuple(sorted((n for found in answers for n in found.notes), key=lambda n: -n.created_at)),
        lacks=tuple(lacking),
    )


def _customer_from(answers: list[Found]) -> Found:
    """The profile's answer; when it knows nobody or does not answer, that of the next connection for customers."""
    first = answers[0]
    if first.outcome in ("found", "several"):
        return first
    others = (found for found in answers if found.customer and found.connection.does("customer"))
    return next(others, first)


def _lacking(answers: list[Found]) -> dict[str, str]:
    """part -> why nobody gave it, for the parts that a panel shows."""
    given = {part for found in answers for part in found.parts}
    why: dict[str, str] = {}
    for part in PARTS:
        if part not in given:
            why[part] = next((found.missing[part] for found in answers if part in found.missing), "lacks")
    return why


def _orders(answers: list[Found]) -> tuple[Order, ...]:
    """Newest first, each with its shipments, also where a CRM keeps these apart."""
    parcels: dict[str, list[Shipment]] = {}
    for found in answers:
        for parcel in found.shipments:
            parcels.setdefault(parcel.order_ref, []).append(parcel)
    orders = [
        order if order.shipments else order.model_copy(update={"shipments": tuple(parcels.get(order.number, ()))})
        for found in answers
        for order in found.orders
    ]
    return tuple(sorted(orders, key=lambda order: -order.placed_at))


def _source(found: Found, now: int) -> Source:
    """`why`: as the context's detail, for this connection alone."""
    why = found.why or " ".join(f"{part}:{reason}" for part, reason in found.missing.items())
    return Source(
        crm=found.connection.name,
        parts=found.parts,
        outcome=found.outcome,
        why=why,
        as_of=now,
        took_ms=found.took_ms,
        breaker=found.connection.crm.breaker,
        external_id=found.customer.external_id if found.customer else "",
    )


def _editable(connections: Connections, context: Context) -> tuple[str, ...]:
    connection = connections.get(context.crm)
    able = context.customer is not None and connection is not None and connection.does("update_customer")
    return connection.crm.editable if able and connection else ()
