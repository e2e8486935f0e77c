"""Covers hub/crm/rest/writes.py: one effect per marker, whatever dies between the write and its answer."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from hub.crm.rest.references import LEASE_MS, Key, References
from hub.model.crm import CustomerKeys, LeadDraft, TicketChange, TicketDraft
from hub.model.errors import BadRequest, CrmRefused, CrmUnavailable
from tests.crm.rest.acts import NOW
from tests.crm.rest.conftest import Connect
from tests.crm.rest.server import Crm

DRAFT = TicketDraft(subject="漏水 O'Neil", body="base leaks")


def quick(text: str) -> str:
    return text.replace("currency: CNY", "currency: CNY\nlimits: {timeout_s: 2}")


@pytest.mark.parametrize("mischief", ["5xx after the write", "hangs after the write", "no id"])
@pytest.mark.parametrize("name", ["challenge", "rest"])
async def test_a_ticket_whose_answer_was_lost_is_found_and_not_written_again(
    connect: Connect, crm: Crm, name: str, mischief: str
) -> None:
    it = await connect(name, lambda text: quick(text).replace("{per_s: 200}", "{per_s: 200, timeout_s: 2}"))
    await it.find_customer(CustomerKeys(external_id="cust_wang"))
    crm.once = [mischief]
    try:
        made = await it.create_ticket("cust_wang", DRAFT, "m1")
    except CrmUnavailable:
        made = await it.create_ticket("cust_wang", DRAFT, "m1")
    assert [row["ticket_no"] for row in crm.tables["HelpDesk"]] == [made.number] == ["TT1"]
    assert await it.create_ticket("cust_wang", DRAFT, "m1") == made


@pytest.mark.parametrize("mischief", ["5xx after the write", "no id"])
async def test_the_same_for_notes_tasks_leads_and_comments(connect: Connect, crm: Crm, mischief: str) -> None:
    ticks = count(NOW, 6_000)  # the search for leads may lag 5 s
    it = await connect("rest", clock=lambda: next(ticks))
    ticket = await it.create_ticket("cust_wang", DRAFT, "m0")
    calls = {
        "ModComments": lambda: it.add_note("cust_wang", "body", "summary", "m1"),
        "Tasks": lambda: it.add_task("cust_wang", "call back", NOW, "m2"),
        "Leads": lambda: it.create_lead(LeadDraft(name="Ana", contact="ana@example.com"), "m3"),
    }
    for table, call in calls.items():
        crm.once = [mischief]
        try:
            made = await call()
        except CrmUnavailable:
            made = await call()
        assert [row["id"] for row in crm.tables[table]] == [made.source_id]
    change = TicketChange(status="pending", comment="half done")
    crm.on_write = lambda: crm.once.append("5xx after the write")  # of the comment, not of the status before it
    with pytest.raises(CrmUnavailable):
        await it.update_ticket("cust_wang", ticket.number, change, "m4")
    crm.on_write = None
    assert (await it.update_ticket("cust_wang", ticket.number, change, "m4")).status == "pending"
    assert len([row for row in crm.tables["ModComments"] if "half done" in row["commentcontent"]]) == 1


async def test_what_never_arrived_is_simply_sent_again(connect: Connect, crm: Crm) -> None:
    it = await connect("challenge")
    await it.find_customer(CustomerKeys(external_id="cust_wang"))
    crm.once = ["5xx before the write"]
    with pytest.raises(CrmUnavailable):
        await it.create_ticket("cust_wang", DRAFT, "m1")
    await it.create_ticket("cust_wang", DRAFT, "m1")
    assert len(crm.tables["HelpDesk"]) == 1


async def test_what_was_refused_may_be_tried_anew_when_its_cause_is_gone(connect: Connect, crm: Crm) -> None:
    it = await connect("challenge")
    crm.once = []
    crm.mischief.add("refuses writes")
    with pytest.raises(CrmRefused):
        await it.create_ticket("cust_wang", DRAFT, "m1")
    crm.mischief.clear()
    await it.create_ticket("cust_wang", DRAFT, "m1")
    assert len(crm.tables["HelpDesk"]) == 1


async def test_a_search_that_lags_is_waited_for(connect: Connect, crm: Crm) -> None:
    """HubSpot's search sees a new record seconds later: who looks at once would write it again."""
    now = NOW
    it = await connect("rest", clock=lambda: now)
    draft = LeadDraft(name="Ana", contact="ana@example.com")
    crm.once, crm.lag = ["5xx after the write"], 1
    with pytest.raises(CrmUnavailable):
        await it.create_lead(draft, "m1")
    with pytest.raises(CrmUnavailable) as soon:
        await it.create_lead(draft, "m1")
    assert soon.value.retry_after == 5
    crm.lag, now = 0, NOW + 5_000
    assert (await it.create_lead(draft, "m1")).source_id == crm.tables["Leads"][0]["id"]
    assert len(crm.tables["Leads"]) == 1


async def test_a_conflict_is_our_own_record_when_it_bears_our_mark(connect: Connect, crm: Crm) -> None:
    it = await connect("rest")
    draft = LeadDraft(name="Ana", contact="ana@example.com")
    crm.once = ["409"]
    with pytest.raises(CrmUnavailable):  # there, says the CRM, and its search may lag
        await it.create_lead(draft, "m1")
    first = await it.create_ticket("cust_wang", DRAFT, "t1")
    await it.wiring.references.lose(Key(it.name, "create_ticket", "t1"))
    crm.once = ["409"]
    assert (await it.create_ticket("cust_wang", DRAFT, "t1")).number == first.number


async def test_a_create_that_can_not_be_looked_for_is_not_repeated(connect: Connect, crm: Crm) -> None:
    edit = lambda text: text.replace("  find: {among: tickets, mark: description}\n", "", 1)  # noqa: E731
    it = await connect("challenge", edit)
    await it.find_customer(CustomerKeys(external_id="cust_wang"))
    crm.once = ["5xx after the write"]
    with pytest.raises(CrmUnavailable):
        await it.create_ticket("cust_wang", DRAFT, "m1")
    with pytest.raises(CrmRefused, match="may have been written"):
        await it.create_ticket("cust_wang", DRAFT, "m1")
    assert len(crm.tables["HelpDesk"]) == 1


async def test_somebody_elses_record_with_our_mark_in_the_wrong_place_is_not_ours(connect: Connect, crm: Crm) -> None:
    crm.mischief.add("ignores filters")
    it = await connect("rest")
    crm.tables["Leads"] = [{"id": f"L{n}", "description": f"lead {n}", "name": "x"} for n in range(3)]
    made = await it.create_lead(LeadDraft(name="Ana", contact="ana@example.com"), "m1")
    await it.wiring.references.lose(Key(it.name, "create_lead", "m1"))
    assert (await it.create_lead(LeadDraft(name="Ana", contact="ana@example.com"), "m1")).source_id == made.source_id
    assert len(crm.tables["Leads"]) == 4


async def test_a_customer_who_got_another_id_is_found_again_once(connect: Connect, crm: Crm) -> None:
    it = await connect("challenge")
    await it.find_customer(CustomerKeys(emails=("wang.li@example.com",)))
    crm.tables["Contacts"][0]["id"] = "12x77"  # merged into another record
    note = await it.add_note("cust_wang", "body", "note", "m1")
    assert note.source_id
    assert [row["related_to"] for row in crm.tables["ModComments"]] == ["12x77"]


async def test_a_customer_whose_account_id_is_gone_is_found_by_their_addresses(
    connect: Connect, crm: Crm, references: References
) -> None:
    it = await connect("challenge")
    await it.find_customer(CustomerKeys(emails=("wang.li@example.com",)))
    crm.tables["Contacts"][0] |= {"id": "12x78", "cf_account": "cust_wang_2"}
    another = await connect("challenge")  # another process: nothing in memory
    await another.add_note("cust_wang", "body", "note", "m1")
    assert [row["related_to"] for row in crm.tables["ModComments"]] == ["12x78"]


async def test_a_tag_is_never_lost_where_the_crm_replaces_them_all(connect: Connect, crm: Crm) -> None:
    it = await connect("rest")
    await it.tag("cust_wang", ("VIP", "brand new"), "m1")
    names = {row["id"]: row["name"] for row in crm.tables["Tags"]}
    assert [names[one] for one in crm.tables["Contacts"][0]["tags"]] == ["老客户", "VIP", "brand new"]
    await it.tag("cust_wang", ("brand new",), "m2")
    assert Counter(row["name"] for row in crm.tables["Tags"])["brand new"] == 1


async def test_a_marker_is_needed_and_belongs_to_one_customer(connect: Connect) -> None:
    it = await connect("challenge")
    with pytest.raises(BadRequest, match="marker"):
        await it.create_ticket("cust_wang", DRAFT, " ")
    await it.create_ticket("cust_wang", DRAFT, "m1")
    with pytest.raises(BadRequest, match="another customer"):
        await it.create_ticket("cust_liu", DRAFT, "m1")


# --- several processes --------------------------------------------------------------------------------------


def worker(url: str, folder: Path, now: int, first: int, last: int) -> subprocess.Popen[bytes]:
    database = f"sqlite:///{folder}/references.sqlite3"
    argv = [sys.executable, "-m", "tests.crm.rest.worker", url, database, str(now), str(first), str(last)]
    return subprocess.Popen(argv, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[3])


@pytest.mark.long
async def test_a_worker_killed_between_the_write_and_its_note_of_it_doubles_nothing(
    crm: Crm, url: str, tmp_path: Path
) -> None:
    """SIGKILL right after the CRM has the row, before the worker can know; three times, at another write each."""
    done, now = 0, NOW
    for die_at in (1, 3, 6):
        process = worker(url, tmp_path, now, 0, 8)

        def kill(pid: int = process.pid, at: int = die_at) -> None:
            if len(crm.tables["HelpDesk"]) == at:
                os.kill(pid, signal.SIGKILL)

        crm.on_write = kill
        assert await asyncio.to_thread(process.wait, 200) == -signal.SIGKILL
        assert len(crm.tables["HelpDesk"]) == die_at > done
        done, now = die_at, now + LEASE_MS + 1
    crm.on_write = None
    process = worker(url, tmp_path, now, 0, 8)
    assert await asyncio.to_thread(process.wait, 200) == 0
    assert sorted(row["ticket_title"] for row in crm.tables["HelpDesk"]) == [f"s{nth}" for nth in range(8)]


@pytest.mark.long
async def test_two_workers_with_the_same_jobs_have_one_effect_each(crm: Crm, url: str, tmp_path: Path) -> None:
    """The one that comes second is told that the other is at it, or is given its result."""
    both = [worker(url, tmp_path, NOW, 0, 10) for _ in range(2)]
    codes = await asyncio.gather(*(asyncio.to_thread(process.wait, 200) for process in both))
    assert 0 in codes or set(codes) == {1}  # CrmUnavailable ends such a worker; the outbox would come again
    again = worker(url, tmp_path, NOW + LEASE_MS + 1, 0, 10)
    assert await asyncio.to_thread(again.wait, 200) == 0
    assert sorted(row["ticket_title"] for row in crm.tables["HelpDesk"]) == sorted(f"s{nth}" for nth in range(10))
