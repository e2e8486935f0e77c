"""Covers hub/crm/samples.py and samples.toml: the demo's customers, always fresh, never doubled."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from hub.crm.context import context_of
from hub.crm.local import LocalCrm
from hub.crm.samples import SHANGHAI, Samples, moment, samples, seed
from hub.crm_connections import Connection, Connections
from hub.model.crm import Context, CrmCustomer, CustomerKeys, Order, TicketChange
from hub.model.identity import Identity, IdentityKind, Proof

DAY = 86_400_000
SHOP = samples()
KEYS = [it.key for it in SHOP.customers]


@pytest.fixture
async def demo(crm: LocalCrm, now: int) -> LocalCrm:
    await seed(crm, now)
    return crm


async def context(crm: LocalCrm, key: str) -> Context:
    account = Identity(kind=IdentityKind.ACCOUNT, value=f"shop/cust_{key}", proof=Proof.SIGNED)
    found = await context_of(Connections([Connection(crm, crm.can, deadline_s=5.0)]), (account,), lambda: 0)
    return found.model_copy(update={"sources": ()})  # they say how long it took


async def everything(crm: LocalCrm) -> list[Context]:
    return [await context(crm, key) for key in KEYS]


async def customer(crm: LocalCrm, key: str) -> CrmCustomer:
    [found] = await crm.find_customer(CustomerKeys(external_id=f"cust_{key}"))
    return found


def test_the_switchers_keys_are_there() -> None:
    assert {"wang", "smith", "chen", "garcia", "ouyang", "oneil"} <= set(KEYS)
    assert len(KEYS) == len(set(KEYS)) == 10
    assert all(it.external_id == f"cust_{it.key}" for it in SHOP.customers)


def test_the_catalogue() -> None:
    assert len(SHOP.products) == len({it.sku for it in SHOP.products}) == len({it.model for it in SHOP.products}) == 12
    assert {"K200S", "RC40", "CM15", "AP500", "RV9"} <= {it.model for it in SHOP.products}
    assert all(Decimal(it.price) > 0 and it.price[-3] == "." for it in SHOP.products)


@pytest.mark.parametrize("part", ["name", "description", "category"])
def test_every_product_is_told_in_both_languages(part: str) -> None:
    def chinese(text: str) -> bool:
        return any("\u4e00" <= sign <= "\u9fff" for sign in text)

    words = [getattr(it, part) for it in SHOP.products]
    assert all(chinese(it.zh) and it.en and not chinese(it.en) for it in words)


async def test_wang_li(demo: LocalCrm, now: int) -> None:
    wang = await customer(demo, "wang")
    assert (wang.name, wang.surname, wang.title, wang.tier, wang.language) == ("王丽", "王", "ms", "gold", "zh-CN")
    assert (wang.points, wang.emails) == (2380, ("wang.li@example.com",))
    assert [(it.raw, it.e164) for it in wang.phones] == [("+8613800001234", "+8613800001234")]
    assert [it.model for it in wang.products_owned] == ["K200S"]
    orders = await demo.orders("cust_wang")
    assert (orders[0].number, orders[0].placed_at, len(orders)) == ("2026112200017", now - 3 * DAY, 3)


async def test_her_parcel_comes_today(demo: LocalCrm, now: int) -> None:
    [parcel] = (await demo.orders("cust_wang"))[0].shipments
    assert parcel.status == "out_for_delivery"
    assert parcel.eta == int(datetime(2026, 11, 25, 18, tzinfo=SHANGHAI).timestamp() * 1000)
    assert (parcel.trail[0].place, parcel.trail[-1].place) == ("上海浦东", "杭州")
    assert "派送" in parcel.trail[0].text


async def test_the_others_are_in_the_state_that_the_demo_shows(demo: LocalCrm) -> None:
    smith, chen, garcia = [await customer(demo, key) for key in ("smith", "chen", "garcia")]
    assert (smith.name, smith.tier, smith.language) == ("James Smith", "silver", "en")
    assert (await demo.orders("cust_smith"))[0].shipments[0].status == "in_transit"
    assert (chen.name, chen.tier, "VIP" in chen.tags) == ("陈建国", "platinum", True)
    assert (garcia.name, garcia.tier, garcia.language) == ("María García", "standard", "en")
    assert [it.status for it in await demo.orders("cust_garcia")] == ["delivered"]
    assert [it.status for it in await demo.tickets("cust_garcia")] == ["open"]
    assert (await customer(demo, "ouyang")).name == "欧阳·娜娜"
    assert (await customer(demo, "oneil")).name == "Siobhán O'Neil"


async def test_names_of_things_are_in_the_customers_language(demo: LocalCrm) -> None:
    assert (await demo.orders("cust_smith"))[0].items[0].name == "CM15 Espresso Machine"
    assert (await demo.orders("cust_wang"))[0].items[0].name == "RC40 IH 电饭煲 4 L"


async def test_every_phone_is_a_number_that_finds_its_customer(demo: LocalCrm) -> None:
    for it in SHOP.customers:
        for number in it.phones:
            found = await demo.find_customer(CustomerKeys(phones=(number,)))
            assert it.external_id in [who.external_id for who in found]


async def test_a_couple_shares_the_phone_at_home(demo: LocalCrm) -> None:
    found = await demo.find_customer(CustomerKeys(phones=("+862168881234",)))
    assert [it.name for it in found] == ["刘洋", "周晓雯"]


def consistent(order: Order, now: int) -> bool:
    """Nothing happens before it was ordered or after now; the state is the trail's; the total adds up."""
    steps = [step.at for it in order.shipments for step in it.trail]
    totals = sum(Decimal(item.price) * item.qty for item in order.items)
    states = {"delivered": {"delivered"}, "returned": {"returned"}, "packed": {"packed"}}
    shipped = {"in_transit", "out_for_delivery", "exception"}
    return (
        all(order.placed_at < at < now for at in steps)
        and steps == sorted(steps, reverse=True)
        and Decimal(order.total) == totals
        and {it.status for it in order.shipments} <= states.get(order.status, shipped)
        and all(it.eta == 0 or it.eta > now for it in order.shipments)
    )


async def test_the_orders_make_sense(demo: LocalCrm, now: int) -> None:
    orders = [order for it in await everything(demo) for order in it.orders]
    assert len(orders) == 17
    assert [order.number for order in orders if not consistent(order, now)] == []


async def test_tickets_are_about_orders_that_exist(demo: LocalCrm, now: int) -> None:
    for it in await everything(demo):
        assert {ticket.order_ref for ticket in it.tickets} <= {order.number for order in it.orders}
        assert all(ticket.created_at < now for ticket in it.tickets)
        assert all(note.created_at < now for note in it.notes)


async def test_seeding_twice_doubles_nothing(demo: LocalCrm, now: int) -> None:
    before = await everything(demo)
    await seed(demo, now)
    assert await everything(demo) == before


async def test_seeding_on_a_later_day_keeps_the_demo_fresh_and_what_was_done_in_it(demo: LocalCrm, now: int) -> None:
    [ticket] = await demo.tickets("cust_garcia")
    await demo.update_ticket("cust_garcia", ticket.number, TicketChange(status="solved"), "by an agent")
    await demo.tag("cust_garcia", ("kind",), "by an agent")
    await seed(demo, now + 7 * DAY)
    garcia = await context(demo, "garcia")
    assert [it.status for it in garcia.tickets] == ["solved"]
    assert garcia.customer is not None
    assert garcia.customer.tags == ("kind",)
    assert garcia.customer.updated_at == now + 7 * DAY
    assert (await demo.orders("cust_wang"))[0].placed_at == now + 4 * DAY


@pytest.mark.parametrize("hour", range(24))
def test_a_parcel_for_today_is_always_still_to_come(hour: int) -> None:
    now = int(datetime(2026, 11, 25, hour, 40, tzinfo=UTC).timestamp() * 1000)
    due = moment("18:00", now)
    assert 0 < due - now <= DAY + 1_800_000
    assert datetime.fromtimestamp(due / 1000, SHANGHAI).strftime("%H:%M") == "18:00"


def test_relative_times() -> None:
    assert (moment("-2d4h30m", 10 * DAY), moment("+1h", 0), moment("", 5)) == (10 * DAY - 189_000_000, 3_600_000, 0)
    with pytest.raises(ValueError, match="yesterday"):
        moment("yesterday", 0)


def test_a_sku_that_is_not_sold() -> None:
    with pytest.raises(KeyError):
        SHOP.product("CL-NONE")


def test_reading_the_file_gives_the_same_each_time() -> None:
    assert isinstance(SHOP, Samples)
    assert samples() == SHOP
