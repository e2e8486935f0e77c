"""Covers hub/services/card.py: only what was ticked, and nothing to reach the customer by."""

from itertools import combinations
from typing import get_args

import pytest

from hub.model.call import CardPart
from hub.model.crm import Context, CrmCustomer, Order, OrderItem, OwnedProduct, Phone, Shipment, Ticket
from hub.services.card import MOST, card

OF = {"source": "shop", "source_id": "1"}
WANG = CrmCustomer(
    **OF,
    external_id="secret-id",
    name="Wang Li",
    company="Kettles",
    emails=("secret@example.com",),
    phones=(Phone(raw="+86 138", e164="+8613800000000"),),
    address="secret street",
    points=7,
    custom={"x": "secret"},
    products_owned=(OwnedProduct(name="Kettle", model="K200S"),),
)
CONTEXT = Context(
    crm="shop",
    outcome="found",
    as_of=1,
    customer=WANG,
    orders=tuple(
        Order(**OF, number=f"o{n}", placed_at=n, status="paid", total="99", items=(OrderItem(sku="s", name="Lid"),))
        for n in range(9)
    ),
    tickets=(Ticket(**OF, number="t1", subject="Lid leaks", body="secret words"),),
)
PARTS = get_args(CardPart)


@pytest.mark.parametrize("ticked", [each for n in range(5) for each in combinations(PARTS, n)], ids=str)
def test_only_what_was_ticked(ticked: tuple[CardPart, ...]) -> None:
    shown = card(CONTEXT, ticked)
    assert set(shown) == set(ticked)
    told = str(shown)
    for secret in ("secret", "+86", "99", "points"):
        assert secret not in told


def test_the_newest_of_each() -> None:
    assert [it["number"] for it in card(CONTEXT, ("orders",))["orders"]] == [f"o{n}" for n in range(MOST)]


def test_of_a_customer_whom_nobody_knows_there_is_nothing() -> None:
    assert card(Context(crm="shop", outcome="none", as_of=1), PARTS) == {}


@pytest.mark.parametrize(("status", "told"), [("shipped", "out_for_delivery"), ("delivered", ""), ("returned", "")])
def test_of_an_order_that_was_shipped_where_its_newest_parcel_is(status: str, told: str) -> None:
    last, first = (
        Shipment(number=n, carrier="SF", tracking="secret", status=at)
        for n, at in (("s2", "out_for_delivery"), ("s1", "delivered"))
    )
    order = Order(**OF, number="o", placed_at=1, status=status, total="9", shipments=(last, first))
    found = card(CONTEXT.model_copy(update={"orders": (order,)}), ("orders",))
    assert found["orders"][0]["parcel"] == told
    assert "secret" not in str(found)
