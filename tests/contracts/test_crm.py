"""The contract of the `Crm` port. A new adapter joins by a line in ADAPTERS: a way to open it with `CUSTOMERS` in it.

A CRM that lacks something says CrmLacks: for the tests that `where_possible` names, and nowhere else, that will do.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial, wraps
from itertools import count
from pathlib import Path
from typing import ParamSpec

import pytest

from hub.crm.counted import CountedCrm
from hub.crm.local import LocalCrm
from hub.crm.rest.connector import RestCrm
from hub.crm.rest.load import load
from hub.crm.rest.references import References
from hub.crm.vitals import Vitals
from hub.model.crm import (
    Capability,
    CrmCustomer,
    CustomerKeys,
    FieldChange,
    LeadDraft,
    Order,
    OrderItem,
    Phone,
    SessionInsight,
    Shipment,
    TicketChange,
    TicketDraft,
    TrailStep,
)
from hub.model.errors import BadRequest, CrmConflict, CrmLacks, NotFound
from hub.model.party import Value
from hub.ports import Crm
from tests.crm.rest.acts import HERE, Noted, secrets
from tests.crm.rest.server import running, stocked

MAPPINGS = HERE / "mappings"

P = ParamSpec("P")

DAY = 86_400_000
NOW = 1_795_572_000_000  # 2026-11-25 02:00 UTC
INJECTION = "' or 1=1 --"

CUSTOMERS = (
    CrmCustomer(
        source="test",
        source_id="1",
        external_id="cust_wang",
        name="王丽",
        surname="王",
        tier="gold",
        emails=("Wang.Li@Example.com",),
        phones=(Phone(raw="138 0000 1234"), Phone(raw="(021) 6888 1234")),
        tags=("老客户",),
        points=2380,
    ),
    CrmCustomer(
        source="test",
        source_id="2",
        external_id="cust_liu",
        name="刘洋",
        emails=("liu@example.com",),
        phones=(Phone(raw="021-68881234"),),
    ),
    CrmCustomer(
        source="test", source_id="3", external_id="cust_oneil", name="Siobhán O'Neil", emails=("s.o'neil@example.com",)
    ),
    CrmCustomer(
        source="test", source_id="4", external_id="cust_ouyang", name="欧阳·娜娜", emails=("nana@example.com",)
    ),
)


def parcel(number: str) -> Shipment:
    trail = (
        TrailStep(at=NOW - 2 * DAY, text="快件离开【杭州转运中心】", place="杭州"),
        TrailStep(at=NOW - DAY, text="快件正在派送", place="上海浦东"),
    )
    return Shipment(number=number, carrier="顺丰速运", tracking="SF1", status="out_for_delivery", eta=NOW, trail=trail)


def order(number: str, placed_at: int, *shipments: Shipment) -> Order:
    item = OrderItem(sku="CL-RC40", name="RC40 IH 电饭煲", model="RC40", qty=2, price="699.00")
    return Order(
        source="test",
        source_id=number,
        number=number,
        placed_at=placed_at,
        status="shipped",
        total="1398.00",
        items=(item,),
        shipments=shipments,
    )


ORDERS = (
    ("cust_wang", order("A-1", NOW - 90 * DAY)),
    ("cust_wang", order("A-3", NOW - 3 * DAY, parcel("S-3"))),
    ("cust_wang", order("A-2", NOW - 30 * DAY, parcel("S-2"))),
    ("cust_liu", order("B-1", NOW - DAY)),
)


@asynccontextmanager
async def local(folder: Path) -> AsyncIterator[Crm]:
    ticks = count(NOW, 1000)
    crm = await LocalCrm.open(folder / "crm.sqlite3", lambda: next(ticks))
    await crm.load_customers(CUSTOMERS)
    await crm.load_orders(ORDERS)
    try:
        yield crm
    finally:
        await crm.close()


@asynccontextmanager
async def counted(folder: Path) -> AsyncIterator[Crm]:
    async with local(folder) as crm:
        yield CountedCrm(crm, Vitals("local", lambda: NOW))


@asynccontextmanager
async def rest(folder: Path, mapping: str) -> AsyncIterator[Crm]:
    """The rest connector to a CRM that a test server plays, for real on a port."""
    ticks = count(NOW, 10)
    clock = lambda: next(ticks)  # noqa: E731
    references = await References.open(f"sqlite:///{folder}/references.sqlite3")
    with running(stocked(CUSTOMERS, ORDERS)) as url:
        crm = await RestCrm.open(load(MAPPINGS / mapping), secrets(url), Noted(), references, clock, name="rest")
        try:
            yield crm
        finally:
            await crm.close()
            await references.close()


ADAPTERS: dict[str, Callable[[Path], AbstractAsyncContextManager[Crm]]] = {
    "local": local,
    "counted": counted,
    "rest": partial(rest, mapping="rest.yaml"),
    "rest, of the challenge kind": partial(rest, mapping="challenge.yaml"),
}


@pytest.fixture(params=sorted(ADAPTERS))
async def crm(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crm]:
    async with ADAPTERS[request.param](tmp_path) as opened:
        yield opened


def where_possible(test: Callable[P, Awaitable[None]]) -> Callable[P, Awaitable[None]]:
    """A CRM that lacks what the test is about keeps this promise (that it says so is promised below)."""

    @wraps(test)
    async def tried(*args: P.args, **kwargs: P.kwargs) -> None:
        with suppress(CrmLacks):
            await test(*args, **kwargs)

    return tried


async def ids(crm: Crm, **keys: object) -> list[str]:
    return [it.external_id for it in await crm.find_customer(CustomerKeys.model_validate(keys))]


# --- who it is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    [
        {"external_id": "cust_wang"},
        {"emails": ("wang.li@example.com",)},
        {"emails": (" WANG.LI@example.COM ",)},
        {"phones": ("+8613800001234",)},
        {"phones": ("0086 138-0000-1234",)},
        {"emails": ("nobody@example.com",), "phones": ("138 0000 1234",)},
        {"external_id": "cust_unknown", "emails": ("wang.li@example.com",)},
        {"emails": ("wang.li@example.com", "WANG.LI@EXAMPLE.COM"), "phones": ("+8613800001234",)},
    ],
)
async def test_a_customer_is_found_by_any_of_their_addresses(crm: Crm, keys: dict[str, object]) -> None:
    assert await ids(crm, **keys) == ["cust_wang"]


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"external_id": " ", "emails": ("", " "), "phones": ("", "no number")},
        {"external_id": "cust_"},
        {"external_id": "CUST_WANG"},
        {"external_id": "王丽"},
        {"emails": ("li@example.com",)},
        {"emails": ("%@example.com", "wang.li@example.com.evil.example")},
        {"phones": ("13800001235", "0000 1234", "+1 138 0000 1234")},
        {"external_id": INJECTION, "emails": (INJECTION,), "phones": (INJECTION,), "wechat_id": INJECTION},
    ],
)
async def test_nobody_is_found_by_what_is_not_theirs(crm: Crm, keys: dict[str, object]) -> None:
    assert await ids(crm, **keys) == []


async def test_all_who_share_an_address_are_found(crm: Crm) -> None:
    assert sorted(await ids(crm, phones=("+862168881234",))) == ["cust_liu", "cust_wang"]


async def test_addresses_of_two_customers_find_both(crm: Crm) -> None:
    found = await ids(crm, emails=("liu@example.com",), phones=("13800001234",))
    assert sorted(found) == ["cust_liu", "cust_wang"]


async def test_a_known_external_id_decides(crm: Crm) -> None:
    assert await ids(crm, external_id="cust_liu", phones=("+862168881234", "13800001234")) == ["cust_liu"]


@pytest.mark.parametrize(
    ("email", "name"), [("S.O'Neil@example.com", "Siobhán O'Neil"), ("nana@example.com", "欧阳·娜娜")]
)
async def test_unusual_names_come_through_unharmed(crm: Crm, email: str, name: str) -> None:
    [found] = await crm.find_customer(CustomerKeys(emails=(email,)))
    assert found.name == name


async def test_a_customer_comes_with_what_the_crm_knows(crm: Crm) -> None:
    [found] = await crm.find_customer(CustomerKeys(external_id="cust_wang"))
    assert (found.source, bool(found.source_id)) == (crm.name, True)
    assert (found.surname, found.tier, found.points) == ("王", "gold", 2380)
    assert found.emails == ("wang.li@example.com",)
    assert [phone.e164 for phone in found.phones] == ["+8613800001234", "+862168881234"]


# --- what they bought ---------------------------------------------------------------------------------------


async def test_orders_come_newest_first_and_are_the_customers_own(crm: Crm) -> None:
    orders = await crm.orders("cust_wang")
    assert [it.number for it in orders] == ["A-3", "A-2", "A-1"]
    assert [it.number for it in await crm.orders("cust_liu")] == ["B-1"]


async def test_an_order_comes_with_its_items_and_shipments(crm: Crm) -> None:
    newest = (await crm.orders("cust_wang"))[0]
    assert (newest.source, newest.total, newest.currency) == (crm.name, "1398.00", "CNY")
    assert (newest.items[0].model, newest.items[0].qty) == ("RC40", 2)
    [shipment] = newest.shipments
    assert (shipment.number, shipment.status, shipment.eta) == ("S-3", "out_for_delivery", NOW)


async def test_the_newest_step_of_a_trail_comes_first(crm: Crm) -> None:
    newest = (await crm.orders("cust_wang"))[0]
    assert [step.place for step in newest.shipments[0].trail] == ["上海浦东", "杭州"]


@pytest.mark.parametrize("external_id", ["cust_unknown", INJECTION, "", "cust_%"])
@pytest.mark.parametrize("part", ["orders", "tickets", "notes"])
async def test_an_unknown_customer_has_nothing_of_anybody_elses(crm: Crm, part: str, external_id: str) -> None:
    await crm.create_ticket("cust_wang", TicketDraft(subject="hers"), "m1")
    await crm.add_note("cust_wang", "hers", "note", "m1")
    with suppress(NotFound):
        assert await getattr(crm, part)(external_id) == []


# --- what is written back, once each --------------------------------------------------------------------------

NEW_COMPANY = FieldChange(field="company", now="晨光科技 O'Neil & Co")

NOTICED = SessionInsight(intent="repair", intents=("faq", "repair"), sentiment=-0.6, urgency="high", language="zh-CN")

Write = Callable[[Crm, str, str], Awaitable[Value | None]]

WRITES: dict[str, Write] = {
    "create_ticket": lambda crm, who, marker: crm.create_ticket(
        who, TicketDraft(subject="漏水", body="O'Neil"), marker
    ),
    "add_note": lambda crm, who, marker: crm.add_note(who, "transcript 你好", "transcript", marker),
    "add_task": lambda crm, who, marker: crm.add_task(who, "明天 10 点回电", NOW + DAY, marker),
    "create_lead": lambda crm, who, marker: crm.create_lead(
        LeadDraft(name="Ana", contact="ana@example.com", interest="RV9"), marker
    ),
    "tag": lambda crm, who, marker: crm.tag(who, ("VIP",), marker),
    "add_insight": lambda crm, who, marker: crm.add_insight(who, NOTICED, marker),
    "update_customer": lambda crm, who, marker: crm.update_customer(who, (NEW_COMPANY,), marker),
}


async def effects(crm: Crm) -> tuple[int, int, int]:
    """How much there is of what the port can read back."""
    [customer] = await crm.find_customer(CustomerKeys(external_id="cust_wang"))
    return len(await crm.tickets("cust_wang")), len(await crm.notes("cust_wang")), len(customer.tags)


@pytest.mark.parametrize("operation", WRITES)
@where_possible
async def test_the_same_marker_again_changes_nothing(crm: Crm, operation: str) -> None:
    write = partial(WRITES[operation], crm, "cust_wang")
    first = await write("m1")
    after = await effects(crm)
    assert await write("m1") == first
    assert await effects(crm) == after


@pytest.mark.parametrize("operation", WRITES)
@where_possible
async def test_one_marker_used_at_the_same_time_has_one_effect(crm: Crm, operation: str) -> None:
    before = await effects(crm)
    results = await asyncio.gather(*(WRITES[operation](crm, "cust_wang", "m1") for _ in range(8)))
    assert all(result == results[0] for result in results)
    assert sum(await effects(crm)) - sum(before) <= 1


@pytest.mark.parametrize("operation", ["create_ticket", "add_note", "add_task", "create_lead"])
@where_possible
async def test_another_marker_is_another_effect(crm: Crm, operation: str) -> None:
    one, two = [await WRITES[operation](crm, "cust_wang", marker) for marker in ("m1", "m2")]
    assert getattr(one, "source_id", 1) != getattr(two, "source_id", 1)


async def test_markers_used_at_the_same_time_each_have_their_effect(crm: Crm) -> None:
    draft = TicketDraft(subject="s")
    tickets = await asyncio.gather(*(crm.create_ticket("cust_wang", draft, f"m{n}") for n in range(8)))
    assert len({ticket.number for ticket in tickets}) == 8
    assert len(await crm.tickets("cust_wang")) == 8


@pytest.mark.parametrize(
    "operation", ["create_ticket", "add_note", "add_task", "tag", "add_insight", "update_customer"]
)
@where_possible
async def test_a_write_for_an_unknown_customer_is_refused(crm: Crm, operation: str) -> None:
    with pytest.raises(NotFound):
        await WRITES[operation](crm, "cust_unknown", "m1")


@where_possible
async def test_what_was_noticed_in_a_session_stands_at_its_customer(crm: Crm) -> None:
    """In fields of the hub's own, or as a record of its own."""
    await crm.add_insight("cust_wang", NOTICED, "m1")
    await crm.add_insight("cust_wang", NOTICED, "m1")
    [customer] = await crm.find_customer(CustomerKeys(external_id="cust_wang"))
    kept = [note.body for note in await crm.notes("cust_wang") if note.kind == "insight"]
    fields = {name.removeprefix("onethread_"): str(value) for name, value in customer.custom.items()}
    wanted = {"intent": "repair", "sentiment": "-0.6", "urgency": "high", "language": "zh-CN"}
    assert fields == wanted or kept == ["faq, repair / high / zh-CN"]
    assert (customer.tags, customer.points) == (("老客户",), 2380)


async def test_a_ticket_is_kept_as_it_was_written(crm: Crm) -> None:
    draft = TicketDraft(
        subject="漏水 " + INJECTION, body="底座\nleaks", type="repair", priority="high", order_ref="A-3"
    )
    made = await crm.create_ticket("cust_wang", draft, "m1")
    [kept] = await crm.tickets("cust_wang")
    assert kept == made
    assert TicketDraft.model_validate(kept.model_dump()) == draft
    assert (kept.status, kept.source, bool(kept.number), kept.created_at > 0) == ("open", crm.name, True, True)


async def test_the_newest_ticket_comes_first(crm: Crm) -> None:
    numbers = [(await WRITES["create_ticket"](crm, "cust_wang", f"m{n}")).number for n in range(3)]  # type: ignore[union-attr]
    assert [ticket.number for ticket in await crm.tickets("cust_wang")] == numbers[::-1]


async def test_a_tickets_status_changes_once_per_marker(crm: Crm) -> None:
    number = (await crm.create_ticket("cust_wang", TicketDraft(subject="s"), "m0")).number
    assert (await crm.update_ticket("cust_wang", number, TicketChange(status="solved"), "m1")).status == "solved"
    assert (await crm.update_ticket("cust_wang", number, TicketChange(status="open"), "m2")).status == "open"
    assert (await crm.update_ticket("cust_wang", number, TicketChange(status="solved"), "m1")).number == number
    assert [ticket.status for ticket in await crm.tickets("cust_wang")] == ["open"]


async def test_a_blank_changes_nothing_of_a_ticket(crm: Crm) -> None:
    made = await crm.create_ticket("cust_wang", TicketDraft(subject="s", body="b"), "m0")
    await crm.update_ticket("cust_wang", made.number, TicketChange(status="pending"), "m1")
    kept = await crm.update_ticket("cust_wang", made.number, TicketChange(), "m2")
    assert (kept.status, kept.subject, kept.body) == ("pending", "s", "b")


async def test_somebody_elses_ticket_is_not_there(crm: Crm) -> None:
    made = await crm.create_ticket("cust_liu", TicketDraft(subject="his"), "m0")
    change = TicketChange(status="closed", comment="not mine")
    with pytest.raises(NotFound):
        await crm.update_ticket("cust_wang", made.number, change, "m1")
    assert [ticket.status for ticket in await crm.tickets("cust_liu")] == ["open"]
    assert await crm.tickets("cust_wang") == []


async def test_a_tickets_priority_changes_and_its_status_stays(crm: Crm) -> None:
    made = await crm.create_ticket("cust_wang", TicketDraft(subject="s"), "m0")
    changed = await crm.update_ticket("cust_wang", made.number, TicketChange(priority="urgent"), "m1")
    assert (changed.priority, changed.status) == ("urgent", "open")


async def test_an_unknown_ticket_is_refused(crm: Crm) -> None:
    with pytest.raises(NotFound):
        await crm.update_ticket("cust_wang", "T0000-00000", TicketChange(status="solved"), "m1")


@pytest.mark.parametrize("kind", ["note", "transcript", "summary", "task", "call"])
async def test_a_note_is_kept_as_it_was_written(crm: Crm, kind: str) -> None:
    body = "王丽: 我的订单到哪了？\nSiobhán: O'Neil " + INJECTION
    made = await crm.add_note("cust_wang", body, kind, "m1")  # type: ignore[arg-type]
    assert await crm.notes("cust_wang") == [made]
    assert (made.body, made.kind, made.internal) == (body, kind, True)
    assert await crm.notes("cust_liu") == []


async def test_tags_are_added_and_none_is_lost(crm: Crm) -> None:
    await crm.tag("cust_wang", ("VIP", "老客户", "", "VIP"), "m1")
    await crm.tag("cust_wang", (), "m2")
    [found] = await crm.find_customer(CustomerKeys(external_id="cust_wang"))
    assert found.tags == ("老客户", "VIP")


# --- what an agent edits ------------------------------------------------------------------------------------


async def test_an_edit_is_written_and_answered(crm: Crm) -> None:
    edited = await crm.update_customer("cust_wang", (NEW_COMPANY,), "m1")
    [found] = await crm.find_customer(CustomerKeys(external_id="cust_wang"))
    assert (edited.external_id, edited.company, found.company) == ("cust_wang", NEW_COMPANY.now, NEW_COMPANY.now)
    assert (found.name, found.emails) == ("王丽", ("wang.li@example.com",))


async def test_a_value_that_changed_since_is_not_written_over(crm: Crm) -> None:
    await crm.update_customer("cust_wang", (NEW_COMPANY,), "m1")
    late = FieldChange(field="company", was="", now="too late")
    with pytest.raises(CrmConflict, match="company"):
        await crm.update_customer("cust_wang", (late,), "m2")
    [found] = await crm.find_customer(CustomerKeys(external_id="cust_wang"))
    assert found.company == NEW_COMPANY.now


async def test_two_who_write_the_same_are_of_one_mind(crm: Crm) -> None:
    for marker in ("m1", "m2"):
        assert (await crm.update_customer("cust_wang", (NEW_COMPANY,), marker)).company == NEW_COMPANY.now


async def test_no_value_becomes_blank_and_nothing_else_than_editable_fields_changes(crm: Crm) -> None:
    for change in (FieldChange(field="name", was="王丽", now=" "), FieldChange(field="external_id", now="cust_liu")):
        with pytest.raises(BadRequest):
            await crm.update_customer("cust_wang", (change,), "m1")
    assert await ids(crm, external_id="cust_wang") == ["cust_wang"]


# --- what it says of itself ---------------------------------------------------------------------------------


CALLS: dict[Capability, Callable[[Crm], Awaitable[object]]] = {
    "customer": lambda crm: crm.find_customer(CustomerKeys(external_id="cust_wang")),
    "orders": lambda crm: crm.orders("cust_wang"),
    "shipments": lambda crm: crm.shipments("cust_wang"),
    "points": lambda crm: crm.points("cust_wang"),
    "tickets": lambda crm: crm.tickets("cust_wang"),
    "notes": lambda crm: crm.notes("cust_wang"),
    "create_ticket": lambda crm: WRITES["create_ticket"](crm, "cust_wang", "m1"),
    "update_ticket": lambda crm: crm.update_ticket("cust_wang", "T0", TicketChange(status="solved"), "m1"),
    "add_note": lambda crm: WRITES["add_note"](crm, "cust_wang", "m1"),
    "add_task": lambda crm: WRITES["add_task"](crm, "cust_wang", "m1"),
    "create_lead": lambda crm: WRITES["create_lead"](crm, "cust_wang", "m1"),
    "tag": lambda crm: WRITES["tag"](crm, "cust_wang", "m1"),
    "update_customer": lambda crm: WRITES["update_customer"](crm, "cust_wang", "m1"),
}


async def test_it_lacks_exactly_what_it_does_not_say_it_can(crm: Crm) -> None:
    lacking = set()
    for capability, call in CALLS.items():
        try:
            await call(crm)
        except CrmLacks:
            lacking.add(capability)
        except NotFound:  # of a ticket that nobody opened
            assert capability == "update_ticket"
    assert lacking == set(CALLS) - crm.can
    assert ("update_customer" in crm.can) == bool(crm.editable)


@where_possible
async def test_shipments_that_are_kept_apart_name_their_order(crm: Crm) -> None:
    parcels = await crm.shipments("cust_wang")
    assert {(it.number, it.order_ref) for it in parcels} == {("S-3", "A-3"), ("S-2", "A-2")}


@where_possible
async def test_points_that_are_kept_apart_are_the_customers(crm: Crm) -> None:
    assert await crm.points("cust_wang") == 2380


async def test_closing_twice_is_fine(crm: Crm) -> None:
    await crm.close()
    await crm.close()
