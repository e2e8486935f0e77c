"""Covers hub/services/visibility.py: what an agent may not see leaves nothing of itself, under no name."""

import pytest

from hub.model.crm import Context, CrmCustomer, Kept, Order, Phone
from hub.services.visibility import covered, reduced

SECRET = "SECRET"
WANG = CrmCustomer(
    source="crm",
    source_id="1",
    external_id="17",
    name="王丽",
    points=9,
    phones=(Phone(raw=SECRET, e164=SECRET),),
    address=SECRET,
    custom={"vip": SECRET, "since": 2019},
    raw={"x_vip": SECRET},
)
ORDER = Order(source="crm", source_id="1", number="A-1", placed_at=0, status="paid")
CONTEXT = Context(
    crm="crm", outcome="found", as_of=0, customer=WANG, orders=(ORDER,), editable=("name", "address", "custom.vip")
)


def test_nothing_is_hidden_unless_it_is_named() -> None:
    assert reduced(CONTEXT, ()) is CONTEXT


def test_what_is_hidden_is_nowhere() -> None:
    shown = reduced(CONTEXT, ("phones", "address", "custom.vip", "points"))
    assert SECRET not in shown.model_dump_json()
    assert shown.customer is not None
    assert (shown.customer.name, shown.customer.points, shown.customer.custom) == ("王丽", None, {"since": 2019})
    assert shown.editable == ("name",)
    assert shown.orders == (ORDER,)


def test_candidates_are_customers_too() -> None:
    several = CONTEXT.model_copy(update={"customer": None, "candidates": (WANG, WANG)})
    assert SECRET not in reduced(several, ("phones", "address", "custom")).model_dump_json()


def test_a_part_is_hidden_as_a_whole() -> None:
    kept = Kept(crm="crm", part="orders", as_of=0, why="timeout")
    shown = reduced(CONTEXT.model_copy(update={"kept": (kept,)}), ("orders",))
    assert (shown.orders, shown.kept) == ((), ())


@pytest.mark.parametrize(
    ("field", "hidden"), [("custom.vip", True), ("custom.other", False), ("name", False), ("points", True)]
)
def test_a_field_is_covered_by_its_name_or_its_whole(field: str, hidden: bool) -> None:
    assert covered(field, ("points", "custom.vip")) is hidden
    assert covered("custom.other", ("custom",))
