"""What every shipped mapping file has to do, against whatever CRM it is for: live servers (live/) and fronts (fronts/).

The tests there take these functions over. Each asks the connector, and then the CRM itself.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from hub.crm.rest.connector import RestCrm
from hub.crm.rest.load import preset
from hub.model.asks import TaskAsk
from hub.model.crm import CustomerKeys, FieldChange, LeadDraft, SessionInsight, TicketChange, TicketDraft
from hub.model.errors import CrmConflict, CrmLacks, NotFound
from hub.services.effects import task_note
from tests.crm.asked import Asked, Noticed, connected
from tests.crm.cast import LIU, ODD, WANG
from tests.crm.conftest import NOW

T = TypeVar("T")
WANGS = WANG["external_id"]
LIUS = LIU["external_id"]
NUMBERS = itertools.count(10_000)
INJECTION = "'; DROP TABLE customers; --"


def new_person() -> dict[str, str]:
    """Somebody whom no test has written to yet."""
    number = next(NUMBERS)
    person = {"external_id": f"cust_{number}", "name": "李娜", "surname": "李", "given": "娜"}
    return person | {"email": f"li.na.{number}@example.com", "phone": f"+86138111{number}"}


@pytest.fixture
def her(asked: Asked) -> str:
    """A customer of this test's own."""
    person = new_person()
    asked.add_person(person)
    return person["external_id"]


async def possible(call: Awaitable[T]) -> T:
    try:
        return await call
    except CrmLacks as lack:
        pytest.skip(f"lacking: {lack}")


async def found(crm: RestCrm, **keys: object) -> list[str]:
    return [it.external_id for it in await crm.find_customer(CustomerKeys.model_validate(keys))]


# --- who it is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    [
        {"external_id": WANGS},
        {"emails": (WANG["email"],)},
        {"emails": ("Wang.Li@Example.COM",)},
        {"phones": ("+8613800001234",)},
        {"phones": ("138 0000 1234",)},
        {"phones": ("0086 138-0000-1234",)},
        {"phones": ("+86 (138) 0000 1234",)},
        {"phones": ("8613800001234",)},
        {"external_id": "cust_unknown", "emails": ("nobody@example.com",), "phones": ("13800001234",)},
    ],
)
async def test_a_customer_is_found_however_the_address_is_spelt(crm: RestCrm, keys: dict[str, object]) -> None:
    assert await found(crm, **keys) == [WANGS]


@pytest.mark.parametrize(
    "keys",
    [
        {"external_id": "cust_unknown"},
        {"external_id": "%"},
        {"external_id": "cust_wan"},
        {"external_id": INJECTION, "emails": (INJECTION,), "phones": (INJECTION,)},
        {"emails": ("nobody@example.com",)},
        {"emails": ("ang.li@example.com",)},
        {"emails": ("wang_li@example.com", "%@example.com")},
        {"phones": ("+8613800001235",)},
        {"phones": ("0000 1234",)},
        {"phones": ("+1 138 0000 1234",)},
    ],
)
async def test_who_is_unknown_finds_nobody_elses_data(crm: RestCrm, keys: dict[str, object]) -> None:
    assert await found(crm, **keys) == []


async def test_a_customer_comes_with_what_the_crm_knows(crm: RestCrm, noticed: Noticed) -> None:
    [her] = await crm.find_customer(CustomerKeys(external_id=WANGS))
    assert (her.name, her.emails, [phone.e164 for phone in her.phones]) == (
        WANG["name"],
        (WANG["email"],),
        [WANG["phone"]],
    )
    assert WANG["address"]["street"] in her.address and WANG["address"]["city"] in her.address
    assert (her.source, bool(her.source_id), her.created_at > 0) == (crm.name, True, True)
    assert (noticed.drifts, noticed.values) == ([], [])


@pytest.mark.parametrize("person", ODD, ids=["quote", "dot", "injection"])
async def test_odd_names_and_addresses_go_through_unharmed(crm: RestCrm, asked: Asked, person: dict[str, str]) -> None:
    asked.add_person(person)
    for keys in (
        {"emails": (person["email"],)},
        {"phones": (person["phone"],)},
        {"external_id": person["external_id"]},
    ):
        [one] = await crm.find_customer(CustomerKeys.model_validate(keys))
        assert (one.name, one.external_id, one.emails) == (person["name"], person["external_id"], (person["email"],))
    assert await possible(crm.orders(person["external_id"])) == []
    await crm.add_note(
        person["external_id"], f'{person["name"]}: "it\'s" <b>\\here\\</b> & 好', "note", f"odd-{person['name']}"
    )
    [note] = await crm.notes(person["external_id"])
    assert note.body == f'{person["name"]}: "it\'s" <b>\\here\\</b> & 好'


async def test_filters_that_the_crm_ignores_show_no_strangers(asked: Asked, her: str, tmp_path: Path) -> None:
    async with connected(asked, tmp_path, text=asked.filterless(preset(asked.name).read_text(), "customer")) as crm:
        assert await found(crm, external_id=her) == [her]
        assert await found(crm, emails=(f"li.na.{her.removeprefix('cust_')}@example.com",)) == [her]
        assert await found(crm, emails=("nobody@example.com",), phones=("+8613800009999",)) == []
        assert await found(crm, external_id="cust_unknown") == []
    async with connected(asked, tmp_path, text=asked.filterless(preset(asked.name).read_text(), "orders")) as crm:
        assert [order.number for order in await crm.orders(WANGS)] == [asked.orders[WANGS]]
        assert await crm.orders(her) == []


# --- what they bought -------------------------------------------------------------------------------------------


async def test_orders_are_the_customers_own(crm: RestCrm, asked: Asked, noticed: Noticed) -> None:
    for who, person in ((WANGS, WANG), (LIUS, LIU)):
        [order] = await possible(crm.orders(who))
        assert (order.number, order.placed_at > 0, len(order.currency)) == (asked.orders[who], True, 3)
        assert order.total in ("79.80", "79.8") if person is WANG else order.total in ("39.90", "39.9")
    assert (noticed.drifts, noticed.values) == ([], [])


async def test_a_shipment_names_its_order(crm: RestCrm, asked: Asked) -> None:
    [shipment] = await possible(crm.shipments(WANGS))
    assert (shipment.order_ref, shipment.status, bool(shipment.number)) == (asked.orders[WANGS], "pending", True)


@pytest.mark.parametrize("part", ["orders", "shipments", "tickets", "notes"])
@pytest.mark.parametrize("who", ["cust_unknown", INJECTION, "", "%"])
async def test_nobody_has_nothing(crm: RestCrm, part: str, who: str) -> None:
    with contextlib.suppress(NotFound):
        assert await possible(getattr(crm, part)(who)) == []


# --- what is written back, and is there once --------------------------------------------------------------------


async def twice(write: Callable[[], Awaitable[T]]) -> T:
    """The same write again, and once more at the same time."""
    first = await possible(write())
    assert await asyncio.gather(write(), write()) == [first, first]
    return first


async def test_a_ticket_is_opened_and_updated_once(crm: RestCrm, asked: Asked, her: str) -> None:
    draft = TicketDraft(subject="漏水 O'Neil", body="底座\nit's leaking", type="repair", priority="high")
    made = await twice(lambda: crm.create_ticket(her, draft, f"{her}-ticket-1"))
    assert [subject for subject, _ in asked.tickets(her)] == ["漏水 O'Neil"]
    [kept] = await crm.tickets(her)
    assert (kept.number, kept.subject, kept.status) == (made.number, "漏水 O'Neil", "open")

    change = TicketChange(status="pending", comment="waiting for O'Neil's photo")
    changed = await twice(lambda: crm.update_ticket(her, made.number, change, f"{her}-ticket-2"))
    assert (changed.number, changed.status) == (made.number, "pending")
    [comment] = asked.comments(her)
    assert "waiting for O'Neil's photo" in comment
    assert (
        await crm.update_ticket(her, made.number, TicketChange(status="solved"), f"{her}-ticket-3")
    ).status == "solved"
    assert (await crm.update_ticket(her, made.number, TicketChange(status="open"), f"{her}-ticket-4")).status == "open"
    assert len(asked.tickets(her)) == 1 and asked.tickets(LIUS) == []


async def test_two_tickets_may_be_about_the_same(crm: RestCrm, asked: Asked, her: str) -> None:
    made = [await possible(crm.create_ticket(her, TicketDraft(subject="漏水"), f"{her}-same-{n}")) for n in range(2)]
    assert len({ticket.number for ticket in made}) == 2
    assert [subject for subject, _ in asked.tickets(her)] == ["漏水", "漏水"]
    assert [ticket.subject for ticket in await crm.tickets(her)] == ["漏水", "漏水"]


async def test_the_longest_texts_go_through(crm: RestCrm, asked: Asked, her: str) -> None:
    """As long as the hub lets them be."""
    draft = TicketDraft(subject="长" * 200, body="x" * 4_000, type="repair", priority="urgent", order_ref="WEB-1")
    await possible(crm.create_ticket(her, draft, f"{her}-long-1"))
    await crm.add_note(her, "10:02 王丽: 你好\n" * 5_000, "transcript", f"{her}-long-2")
    lead = LeadDraft(
        name="N" * 120, contact=f"{her}@example.com", interest="i" * 4_500, source="s" * 120, value="199.00"
    )
    await crm.create_lead(lead, f"{her}-long-3")
    assert (len(asked.tickets(her)), len(asked.notes(her))) == (1, 1)


async def test_nobody_changes_somebody_elses_ticket(crm: RestCrm, asked: Asked, her: str) -> None:
    made = await possible(crm.create_ticket(her, TicketDraft(subject="hers"), f"{her}-ticket-5"))
    before = asked.tickets(her)
    with pytest.raises(NotFound):
        await crm.update_ticket(LIUS, made.number, TicketChange(status="solved", comment="his?"), f"{her}-ticket-6")
    assert (asked.tickets(her), asked.comments(her)) == (before, [])


async def test_transcript_and_summary_are_there_once_each(crm: RestCrm, asked: Asked, her: str) -> None:
    transcript = "10:02 王丽: 我的订单到哪了？\n10:03 O'Neil: on its way <soon> & safe"
    await twice(lambda: crm.add_note(her, transcript, "transcript", f"{her}-session-1-transcript"))
    await twice(lambda: crm.add_note(her, "问到货时间；已答复。", "summary", f"{her}-session-1-summary"))
    assert len(asked.notes(her)) == 2 and asked.notes(LIUS) == []
    notes = {note.kind: note.body for note in await crm.notes(her)}
    assert notes == {"transcript": transcript, "summary": "问到货时间；已答复。"}


async def test_what_was_noticed_is_there_once(crm: RestCrm, asked: Asked, her: str) -> None:
    noticed = SessionInsight(
        intent="repair", intents=("order_status", "repair"), sentiment=-0.6, urgency="high", language="zh-CN"
    )
    before = (asked.tags(her), len(asked.tickets(her)))
    await twice(lambda: crm.add_insight(her, noticed, f"{her}-session-1-insight"))
    [about, *rest] = asked.noticed(her)
    assert about in ("repair", "order_status, repair") and rest == ["-0.6", "high", "zh-CN"]
    assert (asked.tags(her), len(asked.tickets(her)), asked.noticed(LIUS)) == (*before, [])
    assert await found(crm, external_id=her) == [her], "nothing else of the record is lost"


async def test_a_to_do_is_there_once(crm: RestCrm, asked: Asked, her: str) -> None:
    """In a CRM that has none, the hub makes it a note: hub/services/effects.py."""
    ask = TaskAsk(title="明天 10 点回电", due=NOW + 86_400_000, assignee="Siobhán O'Neil")
    if "add_task" in crm.can:
        await twice(lambda: crm.add_task(her, ask.title, ask.due, f"{her}-task-1", ask.assignee))
        assert asked.tasks(her) == [ask.title]
    else:
        with pytest.raises(CrmLacks):
            await crm.add_task(her, ask.title, ask.due, f"{her}-task-0")
        await twice(lambda: crm.add_note(her, task_note(ask), "task", f"{her}-task-1"))
        [note] = asked.notes(her)
        assert ask.title in note and ask.assignee in note
        assert [one.kind for one in await crm.notes(her)] == ["task"]


@pytest.mark.parametrize("contact", ["lead-{}@example.com", "+86135111{}"])
@pytest.mark.parametrize("name", ["Siobhán O'Neil", "欧阳·娜娜", "' or 1=1 --"])
async def test_a_lead_is_there_once(crm: RestCrm, asked: Asked, name: str, contact: str) -> None:
    contact = contact.format(next(NUMBERS))
    draft = LeadDraft(name=name, contact=contact, interest='RV9 "robot"', source="web")
    made = await twice(lambda: crm.create_lead(draft, f"lead-{name}-{contact}"))
    assert (made.name, made.contact, bool(made.source_id)) == (name, contact, True)
    assert asked.leads(name, contact) == 1


async def test_tags_are_added_and_none_is_lost(crm: RestCrm, asked: Asked, her: str) -> None:
    await possible(crm.tag(her, ("VIP", "Gold"), f"{her}-tag-0"))
    before = asked.tags(her)
    await twice(lambda: crm.tag(her, ("老客户", "VIP"), f"{her}-tag-1"))
    assert sorted(asked.tags(her)) == sorted(["Gold", "VIP", "老客户"]) and sorted(before) == ["Gold", "VIP"]
    assert asked.tags(LIUS) == []


async def test_an_edit_changes_what_the_agent_saw_and_nothing_else(crm: RestCrm, asked: Asked, her: str) -> None:
    [before] = await crm.find_customer(CustomerKeys(external_id=her))
    field = asked.edited
    was = {"name": before.name, "company": "", "emails": before.emails[0]}[field]
    now, other = ("changed@example.com", "other@example.com") if field == "emails" else ("Clearwater O'Neil", "Other")
    changed = await possible(crm.update_customer(her, (FieldChange(field=field, was=was, now=now),), f"{her}-edit-1"))
    assert now in str(changed.model_dump()[field])
    with pytest.raises(CrmConflict):
        await crm.update_customer(her, (FieldChange(field=field, was=was, now=other),), f"{her}-edit-2")
    [one] = await crm.find_customer(CustomerKeys(external_id=her))
    assert now in str(one.model_dump()[field])


async def test_another_hub_process_writes_nothing_twice(crm: RestCrm, asked: Asked, her: str, tmp_path: Path) -> None:
    """Each process has a connector of its own; they share the references."""
    async with connected(asked, tmp_path) as other:
        writes = [one.add_note(her, "once", "note", f"{her}-shared-1") for one in (crm, other, crm, other)]
        done = await asyncio.gather(*writes, return_exceptions=True)
        first = [note for note in done if not isinstance(note, BaseException)]
        assert first and all(note == first[0] for note in first)
        assert await other.add_note(her, "once", "note", f"{her}-shared-1") == first[0]
    assert len(asked.notes(her)) == 1
