"""What was asked of the CRM: each effect once, about the right customer, and how it ended is told."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hub.crm.local import LocalCrm
from hub.crm_connections import Connection, Connections, chosen
from hub.crms import EVERYTHING, local_crms
from hub.model import commands as c
from hub.model.asks import CrmAsk, EditAsk, LeadAsk, TaskAsk, TicketAsk, TicketUpdateAsk
from hub.model.crm import Context, CrmCustomer, CrmNote, CustomerKeys, FieldChange, LeadDraft, TicketChange, TicketDraft
from hub.model.decide.identities import taking_in
from hub.model.effects import Job
from hub.model.errors import CrmConflict, CrmLacks, CrmRefused, CrmUnavailable, NotFound
from hub.model.identity import Identity, IdentityKind, Proof
from hub.services.carrier import REFUSED
from hub.services.customers import Customers
from hub.services.effects import CALL_BACK_MS, Effects, contact, task_note
from hub.store.outbox import Claimed
from tests.services.acts import LI, T0, Process, account, email

WANG = CrmCustomer(source="test", source_id="1", external_id="cust_wang", name="王芳", surname="王", emails=("w@x.cn",))
LIU = CrmCustomer(source="test", source_id="2", external_id="cust_liu", name="刘洋")
DRAFT = TicketDraft(subject="漏水", body="the kettle leaks")


@pytest.fixture
async def crm(tmp_path: Path, process: Process) -> AsyncIterator[LocalCrm]:
    opened = await LocalCrm.open(tmp_path / "crm.sqlite3", process.clock)
    await opened.load_customers([WANG, LIU])
    yield opened
    await opened.close()


def effects(process: Process, crm: LocalCrm, connections: Connections | None = None) -> Effects:
    customers = Customers(process.conversations, process.store.identities, lambda: "unused")
    found = connections or local_crms(crm).connections
    store = process.store
    return Effects(process.conversations, customers, found, store.outbox, store.crm_people)


def ticket(conversation: str = "wang") -> Claimed:
    job = Job("ticket:wang:9", "crm.ticket", "crm:wang", {"draft": DRAFT.model_dump(mode="json")})
    return Claimed(0, job.lane, job.id, job.kind, conversation, job.payload, 1)


async def known(process: Process) -> None:
    await process.arrive("wang", account("wang"), name="王芳")
    context = Context(crm="local", outcome="found", as_of=0, customer=WANG)
    await process.ask("wang", c.AttachContext(context))


async def asked(process: Process, ask: CrmAsk, crm: str = "local") -> Claimed:
    """The job that an agent's request brings along."""
    await process.ask("wang", c.AskCrm(ask, crm), LI)
    outbox = process.store.outbox
    [job] = [job for shard in await outbox.due([0, 1, 2, 3], 1) for job in await outbox.claim(shard, 1)]
    return job


def rows(tmp_path: Path, columns: str, table: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(tmp_path / "crm.sqlite3") as file:
        found = file.execute(f"select {columns} from {table}").fetchall()
    file.close()
    return [tuple(row) for row in found]


def leads(tmp_path: Path) -> list[tuple[Any, ...]]:
    return rows(tmp_path, "name, contact, interest", "leads")


async def told(process: Process, *types: str) -> list[dict[str, Any]]:
    return [e["d"] for e in await process.log("wang") if e["type"] in types]


async def written(process: Process) -> list[str]:
    return [d["what"] for d in await told(process, "crm.written")]


# --- each kind, once --------------------------------------------------------------------------------------------


async def test_a_ticket_of_an_agents_is_opened_once_and_named_by_its_request(
    process: Process, other: Process, crm: LocalCrm
) -> None:
    await known(process)
    job = await asked(process, TicketAsk(draft=DRAFT))
    for side in (process, other, process):  # its worker was killed twice before it could say so
        await effects(side, crm).effect(job)
    [opened] = await crm.tickets("cust_wang")
    [requested] = await told(process, "effect.requested")
    [done] = await told(process, "effect.done")
    assert (done["effect"], done["ref"], done["degraded"]) == (requested["effect"], opened.number, "")
    assert [d["number"] for d in await told(process, "ticket.opened")] == [opened.number]


async def test_a_ticket_is_changed_and_the_customer_learns_its_status(process: Process, crm: LocalCrm) -> None:
    await known(process)
    number = (await crm.create_ticket("cust_wang", DRAFT, "before")).number
    change = TicketChange(status="solved", priority="low", comment="sent a new one")
    job = await asked(process, TicketUpdateAsk(number=number, change=change))
    for _ in range(2):
        await effects(process, crm).effect(job)
    [kept] = await crm.tickets("cust_wang")
    assert (kept.status, kept.priority) == ("solved", "low")
    assert [n.body for n in await crm.notes("cust_wang")] == ["sent a new one"]
    assert await told(process, "ticket.changed") == [{"number": number, "status": "solved", "subject": "漏水"}]


async def test_a_comment_alone_is_nothing_for_the_customer(process: Process, crm: LocalCrm) -> None:
    await known(process)
    number = (await crm.create_ticket("cust_wang", DRAFT, "before")).number
    await effects(process, crm).effect(
        await asked(process, TicketUpdateAsk(number=number, change=TicketChange(comment="x")))
    )
    assert await told(process, "ticket.changed") == []
    assert [d["kind"] for d in await told(process, "effect.done")] == ["ticket_update"]


async def test_somebody_elses_ticket_is_not_touched(process: Process, crm: LocalCrm) -> None:
    await known(process)
    foreign = (await crm.create_ticket("cust_liu", DRAFT, "his")).number
    job = await asked(process, TicketUpdateAsk(number=foreign, change=TicketChange(status="closed")))
    with pytest.raises(NotFound):
        await effects(process, crm).effect(job)
    assert [t.status for t in await crm.tickets("cust_liu")] == ["open"]


async def test_a_to_do_is_added_once(process: Process, crm: LocalCrm, tmp_path: Path) -> None:
    await known(process)
    job = await asked(process, TaskAsk(title="明天 10 点回电", due=2**50, assignee="Li"))
    for _ in range(2):
        await effects(process, crm).effect(job)
    assert rows(tmp_path, "customer, title, due, assignee", "tasks") == [("cust_wang", "明天 10 点回电", 2**50, "Li")]
    assert [d["degraded"] for d in await told(process, "effect.done")] == [""]


async def test_where_there_are_no_to_dos_it_becomes_a_note_and_says_so(process: Process, crm: LocalCrm) -> None:
    await known(process)
    without = Connections([Connection(crm, EVERYTHING - {"add_task"})])
    ask = TaskAsk(title="call back", due=T0 + 60_000)
    job = await asked(process, ask)
    for _ in range(2):
        await effects(process, crm, without).effect(job)
    [note] = await crm.notes("cust_wang")
    assert (note.kind, note.body) == ("task", task_note(ask))
    assert note.body == "To do by 2026-11-25 02:01 UTC: call back"
    assert [d["degraded"] for d in await told(process, "effect.done")] == ["note"]


async def test_a_lead_is_made_once(process: Process, crm: LocalCrm, tmp_path: Path) -> None:
    await process.say("wang")
    job = await asked(process, LeadAsk(draft=LeadDraft(name="Ana", contact="a@x.cn", interest="RV9")))
    for _ in range(2):
        await effects(process, crm).effect(job)
    assert leads(tmp_path) == [("Ana", "a@x.cn", "RV9")]


async def theirs(crm: LocalCrm) -> CrmCustomer:
    [found] = await crm.find_customer(CustomerKeys(external_id="cust_wang"))
    return found


def company(was: str, now: str) -> EditAsk:
    return EditAsk(changes=(FieldChange(field="company", was=was, now=now),))


async def test_of_two_who_edit_one_field_the_second_is_told_and_nothing_is_lost(
    process: Process, crm: LocalCrm
) -> None:
    await known(process)
    first = await asked(process, company("", "first"))
    await effects(process, crm).effect(first)
    await process.store.outbox.done(first)
    job = await asked(process, company("", "second"))
    with pytest.raises(CrmConflict, match="company"):
        await effects(process, crm).effect(job)
    await effects(process, crm).failed(job, "crm_conflict", "company", kept=False)
    assert (await theirs(crm)).company == "first"
    [failed] = await told(process, "effect.failed")
    assert (failed["why"], failed["detail"], failed["kind"], failed["kept"]) == (
        "crm_conflict",
        "company",
        "edit",
        False,
    )


# --- whose it is -------------------------------------------------------------------------------------------------


async def test_a_key_that_the_crm_no_longer_knows_is_looked_up_again(process: Process, crm: LocalCrm) -> None:
    """Two records were joined over there: ours was the one that went."""
    await process.arrive("wang", email("w@x.cn", Proof.SIGNED))
    gone = WANG.model_copy(update={"external_id": "cust_gone"})
    await process.ask("wang", c.AttachContext(Context(crm="local", outcome="found", as_of=0, customer=gone)))
    await effects(process, crm).effect(await asked(process, TicketAsk(draft=DRAFT)))
    assert [t.subject for t in await crm.tickets("cust_wang")] == [DRAFT.subject]


async def test_of_several_who_could_be_meant_none_is_written_to_until_one_is_chosen(
    process: Process, crm: LocalCrm, tmp_path: Path
) -> None:
    """It is kept meanwhile: a transcript that was thrown away could not be written once the agent has chosen."""
    await crm.load_customers([LIU.model_copy(update={"emails": ("w@x.cn",)})])
    await process.arrive("wang", email("w@x.cn", Proof.SIGNED))
    job = await asked(process, TicketAsk(draft=DRAFT))
    with pytest.raises(CrmRefused, match="several") as refused:
        await effects(process, crm).effect(job)
    assert (rows(tmp_path, "*", "tickets"), leads(tmp_path)) == ([], [])
    assert isinstance(refused.value, REFUSED), "put aside, to be replayed"
    await process.ask("wang", c.VerifyIdentity(chosen("local", "cust_wang")), LI)
    await effects(process, crm).effect(job)
    assert rows(tmp_path, "customer, subject", "tickets") == [("cust_wang", "漏水")]


async def test_a_lead_stays_a_lead_if_the_customer_becomes_known_before_the_effect_is_noted(
    process: Process, crm: LocalCrm, tmp_path: Path
) -> None:
    """The worker was killed after the lead; by the next try it was a customer, who got a ticket, too."""
    await process.arrive("wang", email("late@x.cn", Proof.SIGNED), name="王芳")
    job = await asked(process, TicketAsk(draft=DRAFT))

    class Killed(LocalCrm):
        async def create_lead(self, draft: LeadDraft, marker: str) -> Any:
            await super().create_lead(draft, marker)
            raise CrmUnavailable

    with pytest.raises(CrmUnavailable):
        await effects(process, Killed(crm._file, process.clock)).effect(job)
    await crm.load_customers([WANG.model_copy(update={"external_id": "cust_late", "emails": ("late@x.cn",)})])
    await process.store.outbox.failed(job, "killed", 0)
    [again] = await process.store.outbox.claim(job.shard, 2**50)
    await effects(process, crm).effect(again)
    assert len(leads(tmp_path)) == 1
    assert await crm.tickets("cust_late") == []
    assert [d["degraded"] for d in await told(process, "effect.done")] == ["lead"]


def callback() -> Claimed:
    return Claimed(0, "crm:wang", "callback:wang:9", "crm.callback", "wang", {"at": T0}, 1)


async def test_a_call_back_is_a_to_do_that_says_whom_and_by_when(
    process: Process, crm: LocalCrm, tmp_path: Path
) -> None:
    await known(process)
    for _ in range(2):
        await effects(process, crm).callback(callback())
    assert rows(tmp_path, "title, due", "tasks") == [("Call back 王芳", T0 + CALL_BACK_MS)]
    assert [(d["kind"], d["degraded"]) for d in await told(process, "effect.done")] == [("task", "")]


async def test_a_call_back_of_somebody_unknown_is_a_lead(process: Process, crm: LocalCrm, tmp_path: Path) -> None:
    await process.arrive("wang", email("late@x.cn", Proof.SIGNED), name="Late")
    await effects(process, crm).callback(callback())
    assert leads(tmp_path) == [("Late", "late@x.cn", "Call back Late late@x.cn")]
    assert [(d["kind"], d["degraded"]) for d in await told(process, "effect.done")] == [("task", "lead")]


async def test_a_connection_that_is_not_in_the_settings_any_more(process: Process, crm: LocalCrm) -> None:
    await known(process)
    job = await asked(process, TicketAsk(draft=DRAFT), crm="sold")
    with pytest.raises(CrmLacks, match="sold"):
        await effects(process, crm).effect(job)
    assert await crm.tickets("cust_wang") == [], "it was asked for over there, and may be there already"


async def test_another_crm_knows_them_by_the_addresses_of_the_first(
    process: Process, crm: LocalCrm, tmp_path: Path
) -> None:
    class Desk(LocalCrm):
        name = "desk"

        async def add_note(self, external_id: str, body: str, kind: Any, marker: str) -> CrmNote:
            raise AssertionError("not asked for")

    desk = await Desk.open(tmp_path / "desk.sqlite3", process.clock)
    await desk.load_customers(
        [WANG.model_copy(update={"external_id": "17"}), LIU.model_copy(update={"external_id": "wang"})]
    )
    both = Connections([Connection(crm, EVERYTHING), Connection(desk, EVERYTHING, account_ids=False)])
    await known(process)
    await effects(process, crm, both).effect(await asked(process, TicketAsk(draft=DRAFT), crm="desk"))
    assert [t.subject for t in await desk.tickets("17")] == [DRAFT.subject]
    assert (await crm.tickets("cust_wang"), await desk.tickets("wang")) == ([], [])
    await desk.close()


# --- what is told of a failure ------------------------------------------------------------------------------------


async def test_each_time_that_it_is_given_up_is_told_once(process: Process, other: Process, crm: LocalCrm) -> None:
    await known(process)
    outbox, job = process.store.outbox, await asked(process, TicketAsk(draft=DRAFT))
    for side in (process, other):
        await effects(side, crm).failed(job, "crm_refused", "", kept=True)
    assert len(await told(process, "effect.failed")) == 1
    await outbox.failed(job, "crm_refused", 0, tries=0)
    await outbox.replay(job.shard, job.id)
    [again] = await outbox.claim(job.shard, 2**50)
    await effects(process, crm).failed(again, "crm_refused", "", kept=True)
    assert len(await told(process, "effect.failed")) == 2


@pytest.mark.parametrize(
    ("kind", "named"),
    [("crm.session", "session"), ("crm.tags", "tags"), ("crm.insights", "insights"), ("crm.facts", "facts")],
)
async def test_so_is_what_nobody_asked_for(process: Process, crm: LocalCrm, kind: str, named: str) -> None:
    await known(process)
    job = Claimed(0, "crm:wang", f"{kind}:wang:1:ID", kind, "wang", {"session": 1}, 5)
    await effects(process, crm).failed(job, "failed", "", kept=True)
    [failed] = await told(process, "effect.failed")
    assert (failed["kind"], failed["effect"], failed["kept"]) == (named, "ID", True)


# --- the bot's tickets ---------------------------------------------------------------------------------------------


async def test_a_ticket_asked_for_as_a_guest_is_opened_for_who_they_turned_out_to_be(
    process: Process, crm: LocalCrm
) -> None:
    """The guest's log had ended: its ticket was opened, and nobody ever read the number."""
    await process.say("guest", "it leaks")
    await process.ask("guest", c.MergeInto("wang", ()))
    await known(process)
    await process.ask("wang", taking_in(await process.conversations.newest("guest")))
    for _ in range(2):
        await effects(process, crm).ticket(ticket("guest"))
    assert [t.subject for t in await crm.tickets("cust_wang")] == [DRAFT.subject]
    opened = [e for e in await process.log("wang") if e["type"] == "ticket.opened"]
    assert [e["d"]["subject"] for e in opened] == [DRAFT.subject]


async def test_a_ticket_is_opened_once_and_told(process: Process, other: Process, crm: LocalCrm) -> None:
    await known(process)
    for side in (process, other):
        await effects(side, crm).ticket(ticket())
    [opened] = await crm.tickets("cust_wang")
    assert [(t["number"], t["subject"]) for t in await told(process, "ticket.opened")] == [(opened.number, "漏水")]
    assert [t["effect"] for t in await told(process, "effect.done")] == ["9"]


@pytest.mark.parametrize("identities", [(), (account("u-4711"),)])
async def test_for_somebody_unknown_to_the_crm_a_ticket_is_a_lead(
    process: Process, other: Process, crm: LocalCrm, tmp_path: Path, identities: tuple[Identity, ...]
) -> None:
    """Of a signed-in customer too: their ticket died, though they had been told that it was on its way."""
    await process.arrive("wang", *identities, email("w@x.cn"), name="王芳")
    for side in (process, other):
        await effects(side, crm).ticket(ticket())
    assert leads(tmp_path) == [("王芳", "w@x.cn", "漏水\nthe kettle leaks")]
    assert await written(process) == ["lead"]
    assert "ticket.opened" not in await process.types("wang")


def test_the_best_address_that_somebody_left() -> None:
    phone = Identity(kind=IdentityKind.PHONE, value="+8613800001234")
    assert contact((email("w@x.cn", Proof.SIGNED), phone)) == "+8613800001234"
    assert contact((account("wang"), email("w@x.cn"))) == "w@x.cn"
    assert contact((account("wang"),)) == ""
