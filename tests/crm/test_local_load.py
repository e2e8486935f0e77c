"""Covers hub/crm/local_load.py: newer over older, never a blank over a value."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.crm.local import LocalCrm
from hub.crm.local_load import Loaded, over
from hub.model.crm import CrmCustomer, CustomerKeys, Order, OrderItem, OwnedProduct, Phone, Shipment, TrailStep
from hub.model.errors import BadRequest, NotFound

CUSTOMER = {"source": "test", "source_id": "1", "external_id": "cust_wang", "name": "王丽"}
FULL = CrmCustomer(
    **CUSTOMER,
    surname="王",
    title="ms",
    emails=("wang@example.com",),
    phones=(Phone(raw="13800001234", e164="+8613800001234"),),
    wechat_id="w",
    tier="gold",
    tags=("a", "b"),
    company="Co",
    language="zh-CN",
    address="上海",
    preferred_channel="web",
    consent={"email": True},
    points=5,
    products_owned=(OwnedProduct(name="壶", model="K200S"),),
    custom={"k": 1},
)
BLANK: dict[str, Any] = {
    "surname": "",
    "title": "",
    "emails": (),
    "phones": (),
    "wechat_id": None,
    "tier": "",
    "tags": (),
    "company": "",
    "language": "",
    "address": "",
    "preferred_channel": "",
    "consent": {},
    "points": None,
    "products_owned": (),
    "custom": {},
}


def order(number: str = "A-1", **fields: Any) -> Order:
    return Order.model_validate(
        {"source": "test", "source_id": "1", "number": number, "placed_at": 1, "status": "paid", **fields}
    )


async def stored(crm: LocalCrm) -> CrmCustomer:
    [found] = await crm.find_customer(CustomerKeys(external_id="cust_wang"))
    return found


@given(st.sets(st.sampled_from(sorted(BLANK))))
def test_no_blank_ever_goes_over_a_value(blanks: set[str]) -> None:
    newer = FULL.model_copy(update={name: BLANK[name] for name in blanks})
    assert over(FULL, newer) == FULL


def test_what_was_never_told_is_kept_though_its_default_is_no_blank() -> None:
    assert over(order(currency="EUR"), order(status="shipped")) == order(currency="EUR", status="shipped")


def test_a_zero_is_a_value_where_it_means_something() -> None:
    assert over(FULL, FULL.model_copy(update={"points": 0})).points == 0
    assert over(order(placed_at=5), order(placed_at=0)).placed_at == 5


async def test_the_same_again_changes_nothing(crm: LocalCrm, now: int) -> None:
    assert await crm.load_customers([FULL]) == Loaded(added=1)
    assert await crm.at(now + 1).load_customers([FULL]) == Loaded(unchanged=1)
    assert (await stored(crm)).updated_at == now


async def test_a_change_is_dated(crm: LocalCrm, now: int) -> None:
    await crm.load_customers([FULL])
    assert await crm.at(now + 1).load_customers([CrmCustomer(**CUSTOMER, tier="platinum")]) == Loaded(changed=1)
    after = await stored(crm)
    assert (after.tier, after.surname, after.emails) == ("platinum", "王", ("wang@example.com",))
    assert (after.created_at, after.updated_at) == (now, now + 1)


async def test_tags_consents_and_custom_fields_are_added(crm: LocalCrm) -> None:
    await crm.load_customers([FULL])
    await crm.tag("cust_wang", ("VIP",), "m1")
    await crm.load_customers([CrmCustomer(**CUSTOMER, tags=("c",), consent={"sms": False}, custom={"j": 2})])
    after = await stored(crm)
    assert after.tags == ("a", "b", "VIP", "c")
    assert (after.consent, after.custom) == ({"email": True, "sms": False}, {"k": 1, "j": 2})


async def test_new_addresses_replace_the_old(crm: LocalCrm) -> None:
    await crm.load_customers([FULL])
    await crm.load_customers([CrmCustomer(**CUSTOMER, emails=("New@Example.com", "new@example.com"))])
    assert (await stored(crm)).emails == ("new@example.com",)
    assert await crm.find_customer(CustomerKeys(emails=("wang@example.com",))) == []


async def test_a_customer_keeps_what_hangs_on_them(crm: LocalCrm) -> None:
    """REPLACE INTO would delete the row first, and with it every order and note."""
    await crm.load_customers([FULL])
    await crm.load_orders([("cust_wang", order())])
    await crm.add_note("cust_wang", "x", "note", "m1")
    await crm.load_customers([FULL.model_copy(update={"tier": "silver"})])
    assert (len(await crm.orders("cust_wang")), len(await crm.notes("cust_wang"))) == (1, 1)


async def test_an_order_gains_what_is_new_and_keeps_its_trail(crm: LocalCrm) -> None:
    step = TrailStep(at=5, text="已揽收")
    shipped = Shipment(number="S-1", carrier="顺丰", tracking="SF1", status="in_transit", trail=(step,))
    await crm.load_customers([FULL])
    await crm.load_orders([("cust_wang", order(items=[OrderItem(sku="x", name="X")], shipments=[shipped]))])
    delivered = Shipment(number="S-1", carrier="", tracking="", status="delivered")
    second = Shipment(number="S-2", carrier="中通", tracking="ZT1", status="packed")
    assert await crm.load_orders([("cust_wang", order(shipments=[delivered, second]))]) == Loaded(changed=1)
    [after] = await crm.orders("cust_wang")
    assert after.items == (OrderItem(sku="x", name="X"),)
    assert after.shipments == (shipped.model_copy(update={"status": "delivered"}), second)


async def test_what_is_said_twice_is_kept_once(crm: LocalCrm) -> None:
    number = Phone(raw="13800001234")
    twice = {"emails": ("a@b.example", " A@B.example"), "phones": (number, number), "tags": ("VIP", "VIP ", " ")}
    await crm.load_customers([CrmCustomer(**{**CUSTOMER, "name": "first"}), CrmCustomer(**CUSTOMER, **twice)])
    after = await stored(crm)
    assert (after.name, after.emails, len(after.phones), after.tags) == ("王丽", ("a@b.example",), 1, ("VIP",))
    parcel = Shipment(number="S-1", carrier="顺丰", tracking="SF1", status="packed")
    shipped = parcel.model_copy(update={"status": "in_transit"})
    await crm.load_orders([("cust_wang", order(shipments=[parcel, shipped]))])
    assert (await crm.orders("cust_wang"))[0].shipments == (shipped,)


async def test_an_order_does_not_change_hands(crm: LocalCrm) -> None:
    await crm.load_customers([FULL, FULL.model_copy(update={"external_id": "cust_liu", "emails": ()})])
    await crm.load_orders([("cust_wang", order())])
    with pytest.raises(BadRequest, match="A-1"):
        await crm.load_orders([("cust_liu", order("A-2")), ("cust_liu", order())])
    assert await crm.orders("cust_liu") == []  # all or nothing


async def test_an_order_needs_its_customer(crm: LocalCrm) -> None:
    with pytest.raises(NotFound, match="cust_wang"):
        await crm.load_orders([("cust_wang", order())])


async def test_a_load_larger_than_one_statement(crm: LocalCrm) -> None:
    many = [FULL.model_copy(update={"external_id": f"c{n}", "emails": (f"c{n}@example.com",)}) for n in range(1_201)]
    assert await crm.load_customers(many) == Loaded(added=1_201)
    assert await crm.load_customers(many[:-1]) == Loaded(unchanged=1_200)
    assert len(await crm.known([it.external_id for it in many] + ["nobody"])) == 1_201
