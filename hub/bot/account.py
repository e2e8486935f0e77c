"""What may be shown of this customer's CRM records, and the look-ups in them. Nobody else's data is reachable here."""

from typing import Self

from hub.model.crm import Context, CrmCustomer, Order, OwnedProduct, Shipment, Ticket
from hub.model.frozen import frozen
from hub.ports import Turn

OPEN_STATUSES = ("pending", "paid", "packed", "shipped")
_ARRIVED = ("delivered", "returned")
_SUFFIX = 4


@frozen
class Account:
    """`problem` is the key of the text that says why nothing can be shown, "" when the customer was found."""

    problem: str = ""
    customer: CrmCustomer | None = None
    orders: tuple[Order, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    lacks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, turn: Turn) -> Self:
        """Only for a proven customer whom the CRM found; otherwise empty, whatever the context holds."""
        return cls.known(turn.proven, turn.context)

    @classmethod
    def known(cls, proven: bool, context: Context | None) -> Self:
        problem = _problem(proven, context)
        if problem or context is None or context.customer is None:
            return cls(problem=problem)
        return cls(
            customer=context.customer,
            orders=tuple(sorted(context.orders, key=lambda o: o.placed_at, reverse=True)),
            tickets=tuple(sorted(context.tickets, key=touched, reverse=True)),
            lacks=frozenset(context.lacks),
        )

    def problem_with(self, part: str) -> str:
        """The key of the text to say instead of `part` ("orders", "tickets", "points"), "" when it can be shown."""
        return self.problem or (f"account.lacks_{part}" if part in self.lacks else "")

    @property
    def open_orders(self) -> tuple[Order, ...]:
        """Not delivered yet, newest first; those with a parcel before those without, unpaid ones last."""
        still = [o for o in self.orders if is_open(o)]
        return tuple(sorted(still, key=lambda o: (not o.shipments, o.status == "pending")))

    def order(self, number: str) -> Order | None:
        """By its number, a parcel's or tracking number; letters' case does not matter."""
        wanted = number.strip().lower()
        return next((o for o in self.orders if wanted and wanted in numbers_of(o)), None)

    def order_named_in(self, folded: str) -> Order | None:
        """The order whose number, tracking number, or last digits stand in `folded` text."""
        for order in self.orders:
            if any(len(n) >= _SUFFIX and _stands_in(n, folded) for n in numbers_of(order)):
                return order
        runs = [r for r in _digit_runs(folded) if _SUFFIX <= len(r) <= 9]
        ends = [o for o in self.orders if any(o.number.lower().endswith(r) for r in runs)]
        return ends[0] if len(ends) == 1 else None

    @property
    def products(self) -> tuple[OwnedProduct, ...]:
        """What the customer has at home: owned products, then what was delivered."""
        owned = list(self.customer.products_owned) if self.customer else []
        models = {p.model for p in owned}
        for order in self.orders:
            for item in order.items if order.status == "delivered" else ():
                if item.model and item.model not in models:
                    models.add(item.model)
                    owned.append(OwnedProduct(name=item.name, model=item.model, sku=item.sku))
        return tuple(owned)


def _problem(proven: bool, context: Context | None) -> str:
    if not proven:
        return "account.guest"
    if context is None or context.outcome == "unavailable":
        return "account.unavailable"
    outcomes = {"none": "account.unknown", "several": "account.several", "unproven": "account.guest"}
    return outcomes.get(context.outcome, "" if context.customer else "account.unknown")


def numbers_of(order: Order) -> frozenset[str]:
    parcels = (n for s in order.shipments for n in (s.number, s.tracking))
    return frozenset(n.lower() for n in (order.number, *parcels) if n)


def is_open(order: Order) -> bool:
    if order.status not in OPEN_STATUSES:
        return False
    return not order.shipments or any(s.status not in _ARRIVED for s in order.shipments)


def current_parcel(order: Order) -> Shipment | None:
    """The parcel that is still to come, else the one with the newest step."""
    coming = [s for s in order.shipments if s.status not in _ARRIVED]
    parcels = coming or list(order.shipments)
    return max(parcels, key=lambda s: s.trail[0].at if s.trail else 0, default=None)


def delivered_at(order: Order) -> int:
    """Epoch ms of the last parcel's delivery; when unknown, of the order."""
    steps = [s.trail[0].at for s in order.shipments if s.status == "delivered" and s.trail]
    return max(steps, default=order.placed_at)


def touched(ticket: Ticket) -> int:
    return ticket.updated_at or ticket.created_at


def _stands_in(number: str, folded: str) -> bool:
    """As a whole: 1001 does not stand in 21001."""
    at = folded.find(number)
    end = at + len(number)
    around = folded[max(0, at - 1) : at] + folded[end : end + 1]
    return at >= 0 and not any(c.isascii() and c.isalnum() for c in around)


def _digit_runs(text: str) -> list[str]:
    return "".join(c if c.isascii() and c.isdecimal() else " " for c in text).split()
