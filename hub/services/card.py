"""What of a customer's card a guest is shown: the parts that were ticked, and nothing to reach the customer by."""

from collections.abc import Callable
from typing import Any

from hub.model.call import CardPart
from hub.model.crm import Context

MOST = 5  # of each list, the newest


def card(context: Context, parts: tuple[CardPart, ...]) -> dict[str, Any]:
    """By part. No addresses, numbers, prices, notes, or what people wrote."""
    return {part: found for part in parts if (found := _PARTS[part](context))}


def _customer(context: Context) -> dict[str, str]:
    it = context.customer
    return {"name": it.name, "company": it.company, "language": it.language, "tier": it.tier} if it else {}


def _orders(context: Context) -> list[dict[str, Any]]:
    return [
        {
            "number": it.number,
            "placed_at": it.placed_at,
            "status": it.status,
            # Where it is by now, as agents read it: "shipped" says less.
            "parcel": it.shipments[0].status if it.status == "shipped" and it.shipments else "",
            "items": [{"name": each.name, "model": each.model, "qty": each.qty} for each in it.items],
        }
        for it in context.orders[:MOST]
    ]


def _products(context: Context) -> list[dict[str, Any]]:
    owned = context.customer.products_owned if context.customer else ()
    return [{"name": it.name, "model": it.model} for it in owned[:MOST]]


def _tickets(context: Context) -> list[dict[str, str]]:
    return [{"number": it.number, "subject": it.subject, "status": it.status} for it in context.tickets[:MOST]]


_PARTS: dict[CardPart, Callable[[Context], Any]] = {
    "customer": _customer,
    "orders": _orders,
    "products": _products,
    "tickets": _tickets,
}
