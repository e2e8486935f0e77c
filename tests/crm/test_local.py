"""Covers hub/crm/local.py and its reads and writes: what the contract leaves open."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.crm.local import LocalCrm
from hub.crm.local_reads import NEWEST
from hub.model.crm import (
    CrmCustomer,
    CustomerKeys,
    FieldChange,
    LeadDraft,
    Order,
    OwnedProduct,
    Phone,
    Shipment,
    TicketChange,
    TicketDraft,
    TrailStep,
)
from hub.model.errors import BadRequest, CrmConflict, NotFound

WANG = CrmCustomer(
    source="test",
    source_id="1",
    external_id="cust_wang",
    name="王丽",
    emails=("wang.li@example.com",),
    phones=(Phone(raw="138 0000 1234"),),
    wechat_id="wangli_0815",
    tags=("老客户",),
    consent={"email": True, "sms": False},
    custom={"seat": "靠窗"},
    products_owned=(OwnedProduct(name="电热水壶", model="K200S", sku="CL-K200S", bought_at=5, warranty_until=9),),
)
LIU = CrmCustomer(source="test", source_id="2", external_id="cust_liu", name="刘洋")
PARCEL = Shipment(
    number="S-1", carrier="顺丰速运", tracking="SF1", status="in_transit", trail=(TrailStep(at=1, text="已揽收"),)
)
ORDER = Order(source="test", source_id="A-1", number="A-1", placed_at=1, status="shipped", shipments=(PARCEL,))
DRAFT = TicketDraft(subject="漏水")


@pytest.fixture
async def shop(crm: LocalCrm) -> LocalCrm:
    """With two customers, one order."""
    await crm.load_customers([WANG, LIU])
    await crm.load_orders([("cust_wang", ORDER)])
    return crm


def rows(path: Path, table: str) -> int:
    """How many rows there really are, seen from outside."""
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute(f"select count(*) from {table}").fetchone()[0])
    finally:
        connection.close()


def tables(path: Path) -> Iterator[str]:
    connection = sqlite3.connect(path)
    try:
        yield from [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
    finally:
        connection.close()


async def test_what_was_written_is_there_after_reopening(shop: LocalCrm, path: Path) -> None:
    await shop.create_ticket("cust_wang", DRAFT, "m1")
    keys = CustomerKeys(external_id="cust_wang")
    before = await shop.find_customer(keys), await shop.orders("cust_wang"), await shop.tickets("cust_wang")
    await shop.close()
    again = await LocalCrm.open(path, lambda: 0)
    assert (
        await again.find_customer(keys),
        await again.orders("cust_wang"),
        await again.tickets("cust_wang"),
    ) == before
    assert (await again.create_ticket("cust_wang", DRAFT, "m1")) == before[2][0]
    await again.close()


async def test_a_customer_keeps_every_field(shop: LocalCrm, now: int) -> None:
    [found] = await shop.find_customer(CustomerKeys(wechat_id="wangli_0815"))
    stored = {"source": "local", "source_id": "cust_wang", "created_at": now, "updated_at": now}
    assert found == WANG.model_copy(update={**stored, "phones": (Phone(raw="138 0000 1234", e164="+8613800001234"),)})


@pytest.mark.parametrize("part", ["orders", "tickets", "notes"])
async def test_an_unknown_customer_is_named_as_such(shop: LocalCrm, part: str) -> None:
    assert await getattr(shop, part)("cust_liu") == []
    with pytest.raises(NotFound, match="cust_nobody"):
        await getattr(shop, part)("cust_nobody")


async def test_ticket_numbers_count_up_within_their_year(shop: LocalCrm) -> None:
    new_year = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp() * 1000)
    made = [
        await shop.create_ticket("cust_wang", DRAFT, "m1"),
        await shop.create_ticket("cust_liu", DRAFT, "m2"),
        await shop.at(new_year).create_ticket("cust_wang", DRAFT, "m3"),
        await shop.at(new_year - 1).create_ticket("cust_wang", DRAFT, "m4"),
    ]
    assert [ticket.number for ticket in made] == ["T2026-00001", "T2026-00002", "T2027-00001", "T2026-00003"]


async def test_a_refused_ticket_uses_no_number_and_no_marker(shop: LocalCrm, path: Path) -> None:
    with pytest.raises(BadRequest, match="subject"):
        await shop.create_ticket("cust_wang", TicketDraft(subject=" "), "m1")
    assert (rows(path, "markers"), rows(path, "tickets")) == (0, 0)
    assert (await shop.create_ticket("cust_wang", DRAFT, "m1")).number == "T2026-00001"


async def test_the_first_result_is_answered_whatever_happened_since(shop: LocalCrm) -> None:
    first = await shop.create_ticket("cust_wang", DRAFT, "m1")
    await shop.update_ticket("cust_wang", first.number, TicketChange(status="solved"), "m2")
    assert await shop.create_ticket("cust_wang", DRAFT, "m1") == first


async def test_a_comment_becomes_a_note_on_the_ticket(shop: LocalCrm) -> None:
    number = (await shop.create_ticket("cust_wang", DRAFT, "m1")).number
    await shop.update_ticket("cust_wang", number, TicketChange(comment="已换新底座"), "m2")
    await shop.update_ticket("cust_wang", number, TicketChange(comment="已换新底座"), "m2")
    await shop.update_ticket("cust_wang", number, TicketChange(status="pending", comment=" "), "m3")
    assert [(note.on, note.body) for note in await shop.notes("cust_wang")] == [(number, "已换新底座")]


async def test_one_cause_may_have_several_effects(shop: LocalCrm, path: Path) -> None:
    """The marker may be the id of the event that caused all of them: it counts per operation."""
    await shop.create_ticket("cust_wang", DRAFT, "event-1")
    await shop.add_note("cust_wang", "note", "note", "event-1")
    await shop.add_task("cust_wang", "回电", 1, "event-1")
    await shop.create_lead(LeadDraft(name="Ana", contact="ana@example.com", interest=""), "event-1")
    assert [rows(path, table) for table in ("tickets", "notes", "tasks", "leads", "markers")] == [1, 1, 1, 1, 4]


async def test_a_marker_is_not_for_two_customers(shop: LocalCrm) -> None:
    await shop.add_note("cust_wang", "hers", "note", "m1")
    with pytest.raises(BadRequest, match="marker"):
        await shop.add_note("cust_liu", "his", "note", "m1")
    assert await shop.notes("cust_liu") == []


async def test_a_marker_is_not_for_two_tickets(shop: LocalCrm) -> None:
    one, two = [(await shop.create_ticket("cust_wang", DRAFT, marker)).number for marker in ("m1", "m2")]
    await shop.update_ticket("cust_wang", one, TicketChange(status="solved"), "m3")
    with pytest.raises(BadRequest, match="marker"):
        await shop.update_ticket("cust_wang", two, TicketChange(status="solved"), "m3")


async def test_a_tag_that_is_there_stays_where_it_is(shop: LocalCrm) -> None:
    await shop.tag("cust_wang", ("a", "b"), "m1")
    await shop.tag("cust_wang", ("c", "b", "老客户"), "m2")
    [found] = await shop.find_customer(CustomerKeys(external_id="cust_wang"))
    assert found.tags == ("老客户", "a", "b", "c")


async def test_a_write_needs_a_marker(shop: LocalCrm) -> None:
    with pytest.raises(BadRequest, match="marker"):
        await shop.tag("cust_wang", ("VIP",), "")


async def test_what_says_nothing_is_refused(shop: LocalCrm) -> None:
    with pytest.raises(BadRequest, match="body"):
        await shop.add_note("cust_wang", " \n", "note", "m2")
    with pytest.raises(BadRequest, match="title"):
        await shop.add_task("cust_wang", "", 0, "m3")
    with pytest.raises(BadRequest, match="contact"):
        await shop.create_lead(LeadDraft(name="", contact=" ", interest="RV9"), "m4")


async def test_tasks_and_leads_are_answered_in_full(shop: LocalCrm, now: int) -> None:
    task = await shop.add_task("cust_wang", "明天 10 点回电", now + 1, "m1")
    lead = await shop.create_lead(LeadDraft(name="Ana", contact="ana@example.com", interest="RV9"), "m1")
    assert (task.title, task.due, task.status, task.on) == ("明天 10 点回电", now + 1, "open", "cust_wang")
    assert (lead.name, lead.contact, lead.interest, lead.status) == ("Ana", "ana@example.com", "RV9", "new")
    assert {task.source, lead.source} == {"local"}
    assert {task.created_at, lead.created_at} == {now}


async def test_an_address_is_replaced_where_it_stood_and_a_further_one_comes_last(shop: LocalCrm) -> None:
    changes = (
        FieldChange(field="emails", was="WANG.LI@example.com", now="Li@Example.com"),
        FieldChange(field="emails", now="second@example.com"),
        FieldChange(field="phones", was="+8613800001234", now="139 0000 9999"),
    )
    it = await shop.update_customer("cust_wang", changes, "m1")
    assert it.emails == ("li@example.com", "second@example.com")
    assert [phone.e164 for phone in it.phones] == ["+8613900009999"]
    assert (await shop.find_customer(CustomerKeys(phones=("13900009999",)))) == [it]


@pytest.mark.parametrize(
    ("field", "now"),
    [("emails", "nobody"), ("phones", "12"), ("tier", "gold"), ("points", "9"), ("custom.vip", "yes"), ("name", " ")],
)
async def test_what_is_no_value_of_a_field_is_refused(shop: LocalCrm, field: str, now: str) -> None:
    with pytest.raises(BadRequest):
        await shop.update_customer("cust_wang", (FieldChange(field=field, now=now),), "m1")


async def test_a_refused_edit_writes_nothing_at_all(shop: LocalCrm) -> None:
    keys = CustomerKeys(external_id="cust_wang")
    before = await shop.find_customer(keys)
    good, moved = FieldChange(field="company", was=WANG.company, now="New"), FieldChange(field="name", was="?", now="x")
    with pytest.raises(CrmConflict, match=r"^name$"):
        await shop.update_customer("cust_wang", (good, moved), "m1")
    assert await shop.find_customer(keys) == before


async def test_only_the_newest_are_shown(shop: LocalCrm) -> None:
    orders = [ORDER.model_copy(update={"number": f"N-{n:03}", "placed_at": n}) for n in range(NEWEST + 10)]
    await shop.load_orders(("cust_liu", order) for order in orders)
    shown = await shop.orders("cust_liu")
    assert [order.number for order in shown] == [f"N-{n:03}" for n in range(NEWEST + 9, 9, -1)]


async def test_a_customer_goes_with_everything_that_is_theirs(shop: LocalCrm, path: Path) -> None:
    """Erasure is one DELETE: no child table and no marker's copy may keep a trace."""
    number = (await shop.create_ticket("cust_wang", DRAFT, "m1")).number
    await shop.update_ticket("cust_wang", number, TicketChange(status="solved", comment="王丽 is happy"), "m2")
    await shop.add_note("cust_wang", "王丽", "transcript", "m3")
    await shop.add_task("cust_wang", "call 王丽", 1, "m4")
    await shop.close()
    connection = sqlite3.connect(path)
    connection.execute("pragma foreign_keys = on")
    connection.execute("delete from customers")
    connection.commit()
    connection.close()
    assert {table: rows(path, table) for table in tables(path) if rows(path, table)} == {"counters": 1}


async def test_reads_go_on_beside_writes(shop: LocalCrm) -> None:
    async with asyncio.TaskGroup() as tasks:
        for n in range(20):
            tasks.create_task(shop.add_note("cust_wang", str(n), "note", f"m{n}"))
            tasks.create_task(shop.find_customer(CustomerKeys(emails=("wang.li@example.com",))))
            tasks.create_task(shop.orders("cust_wang"))
    assert len(await shop.notes("cust_wang")) == 20
