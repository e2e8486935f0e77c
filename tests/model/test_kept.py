"""Covers hub/model/kept.py: a part that a CRM could not give now stays as it was, with its age."""

import pytest

from hub.model.crm import Capability, Context, CrmCustomer, Kept, Order, Shipment, Source, Ticket
from hub.model.kept import keeping

HOUR = 3_600_000
THEN, NOW = 10 * HOUR, 10 * HOUR + 60_000
WANG = CrmCustomer(source="crm", source_id="1", external_id="17", name="王丽", points=99)
PARCEL = Shipment(number="S-1", carrier="SF", tracking="", status="in_transit", order_ref="A-1")


def order(number: str, source: str = "shop", *shipments: Shipment) -> Order:
    placed = int(number.partition("-")[2])
    return Order(
        source=source, source_id=number, number=number, placed_at=placed, status="shipped", shipments=shipments
    )


def ticket(number: str) -> Ticket:
    return Ticket(source="crm", source_id=number, number=number, subject="s")


def source(crm: str, *parts: Capability, as_of: int = NOW, why: str = "", external_id: str = "17") -> Source:
    return Source(crm=crm, parts=parts, outcome="found", why=why, as_of=as_of, external_id=external_id)


BEFORE = Context(
    crm="crm",
    outcome="found",
    as_of=THEN,
    customer=WANG,
    orders=(order("A-2"), order("A-1", "shop", PARCEL)),
    tickets=(ticket("T1"),),
    sources=(
        source("crm", "customer", "tickets", "points", as_of=THEN),
        source("shop", "orders", "shipments", as_of=THEN, external_id="b-9"),
    ),
)


def answer(*sources: Source, as_of: int = NOW, **more: object) -> Context:
    return Context.model_validate(
        {"crm": "crm", "outcome": "found", "as_of": as_of, "customer": WANG, "sources": sources, **more}
    )


def test_what_did_not_come_stays_with_its_age_and_why() -> None:
    late = answer(source("crm", "customer", why="tickets:timeout"), lacks=("tickets",), detail="tickets:timeout")
    shown = keeping(late, BEFORE, HOUR)
    assert shown.tickets == BEFORE.tickets
    assert shown.kept == (Kept(crm="crm", part="tickets", as_of=THEN, why="timeout"),)
    assert (shown.as_of, shown.lacks) == (NOW, ("tickets",)), "that it did not come is not forgotten"


def test_it_keeps_its_age_when_it_fails_again_and_is_gone_after_the_longest_time() -> None:
    late = answer(source("crm", "customer", why="tickets:refused"))
    again = keeping(late.model_copy(update={"as_of": NOW + 1}), keeping(late, BEFORE, HOUR), HOUR)
    assert (again.tickets, again.kept[0].as_of) == (BEFORE.tickets, THEN)
    gone = keeping(late.model_copy(update={"as_of": THEN + HOUR + 1}), again, HOUR)
    assert (gone.tickets, gone.kept) == ((), ())


def test_what_came_is_new_also_when_it_is_nothing() -> None:
    shown = keeping(answer(source("crm", "customer", "tickets")), BEFORE, HOUR)
    assert (shown.tickets, shown.kept) == ((), ())


def test_what_a_crm_does_not_have_any_more_is_not_kept() -> None:
    assert keeping(answer(source("crm", "customer", why="tickets:lacks")), BEFORE, HOUR).tickets == ()


def test_one_connection_that_fails_keeps_its_own_beside_the_others_new_ones() -> None:
    away = Source(crm="shop", outcome="unavailable", why="timeout", as_of=NOW)
    late = answer(source("crm", "customer", "orders", "tickets"), away, orders=(order("C-3", "crm"),))
    shown = keeping(late, BEFORE, HOUR)
    assert [it.number for it in shown.orders] == ["C-3", "A-2", "A-1"]
    assert [(it.crm, it.part) for it in shown.kept] == [("shop", "orders"), ("shop", "shipments")]
    assert shown.orders[2].shipments == (PARCEL,)


def test_shipments_stay_with_orders_that_came_without() -> None:
    late = answer(source("shop", "orders", why="shipments:timeout", external_id="b-9"), orders=(order("A-1"),))
    [shown] = keeping(late, BEFORE, HOUR).orders
    assert shown.shipments == (PARCEL,)


def test_points_stay_with_the_customer() -> None:
    late = answer(source("crm", "customer", why="points:failed"))
    late = late.model_copy(update={"customer": WANG.model_copy(update={"points": None})})
    shown = keeping(late, BEFORE, HOUR)
    assert shown.customer is not None and shown.customer.points == 99
    assert [it.part for it in shown.kept] == ["points"]


@pytest.mark.parametrize(
    "other",
    [
        {"customer": WANG.model_copy(update={"external_id": "18"})},
        {"customer": None, "outcome": "none"},
        {"customer": None, "outcome": "several", "candidates": (WANG, WANG)},
        {"crm": "shop"},
    ],
)
def test_nothing_of_somebody_else_is_kept(other: dict[str, object]) -> None:
    late = answer(source("crm", "customer", why="tickets:timeout")).model_copy(update=other)
    assert keeping(late, BEFORE, HOUR) == late


def test_nor_of_somebody_else_in_another_crm() -> None:
    late = answer(source("shop", why="orders:timeout", external_id="b-10"))
    assert keeping(late, BEFORE, HOUR) == late
