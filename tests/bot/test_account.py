"""Covers hub/bot/account.py: what may be shown, and finding orders."""

import pytest

from hub.bot.account import Account, current_parcel, delivered_at, is_open
from hub.model.crm import Context
from hub.ports import Turn
from tests.bot.talk import DAY, KETTLE, NOW, RICE, WANG, found, order, parcel


def account(context: Context | None, proven: bool = True) -> Account:
    return Account.of(Turn("c", 1, "message", "zh", NOW, (), (), context, proven, True))


def test_nothing_is_there_for_somebody_unproven() -> None:
    guest = account(found(), proven=False)
    assert guest == Account(problem="account.guest")


@pytest.mark.parametrize(
    ("kind", "problem"),
    [("unavailable", "unavailable"), ("none", "unknown"), ("several", "several"), ("unproven", "guest")],
)
def test_why_nothing_can_be_shown(kind: str, problem: str) -> None:
    context = found().model_copy(update={"outcome": kind, "customer": None, "candidates": (WANG,)})
    assert account(context) == Account(problem=f"account.{problem}")
    assert account(None).problem == "account.unavailable"


def test_an_order_is_found_by_number_parcel_tracking_and_last_digits() -> None:
    mine = account(found())
    for text in (f"订单{RICE}", f"s{RICE}", f"sf16{RICE[-10:]}", "尾号0017的", f"no. {RICE}?"):
        named = mine.order_named_in(text)
        assert named and named.number == RICE
    assert mine.order_named_in(f"9{RICE}") is None and mine.order_named_in("尾号9999") is None


def test_last_digits_that_fit_two_orders_name_none() -> None:
    two = (order("1110017", "paid", 1, "X", "x"), order("2220017", "paid", 2, "Y", "y"))
    assert account(found(orders=two)).order_named_in("尾号0017") is None


def test_open_orders_put_parcels_on_their_way_first_and_unpaid_ones_last() -> None:
    orders = (
        order("3", "pending", 0.1, "A", "a"),
        order("4", "paid", 0.2, "B", "b"),
        order("5", "shipped", 3, "C", "c", parcel("5", "in_transit")),
        order("6", "shipped", 9, "D", "d", parcel("6", "delivered")),
        order("7", "cancelled", 1, "E", "e"),
    )
    assert [o.number for o in account(found(orders=orders)).open_orders] == ["5", "4", "3"]
    assert not is_open(orders[3])


def test_of_two_parcels_the_one_still_to_come_is_shown() -> None:
    both = order("8", "shipped", 3, "A", "a", parcel("81", "delivered", hours=1), parcel("82", "in_transit", hours=9))
    shown = current_parcel(both)
    assert shown and shown.number == "S82"
    assert current_parcel(order("9", "paid", 1, "A", "a")) is None


def test_when_it_was_delivered() -> None:
    arrived = order("1", "delivered", 9, "A", "a", parcel("1", "delivered", hours=48))
    assert delivered_at(arrived) == NOW - 2 * DAY
    assert delivered_at(order("2", "delivered", 9, "A", "a")) == NOW - 9 * DAY


def test_products_are_what_is_owned_and_what_was_delivered() -> None:
    delivered = order("1", "delivered", 9, "CM15", "咖啡机")
    assert [p.model for p in account(found(orders=(delivered,))).products] == ["K200S", "CM15"]
    assert KETTLE in {o.number for o in account(found()).orders}
