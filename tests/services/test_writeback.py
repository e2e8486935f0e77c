"""What the CRM is told: a session's transcript and summary, tickets, leads. Each once, and about the right customer."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.crm.local import LocalCrm
from hub.crms import local_crms
from hub.model import commands as c
from hub.model.crm import Context, CrmCustomer, TicketDraft
from hub.model.decide.identities import taking_in
from hub.model.effects import Job
from hub.model.errors import CrmUnavailable
from hub.model.events import Insight
from hub.model.identity import Identity, IdentityKind, Proof
from hub.ports import Answer, Spoken, Turn
from hub.services.customers import Customers
from hub.services.effects import Effects, contact
from hub.services.transcripts import Transcripts
from hub.services.writeback import WriteBack
from hub.store.outbox import Claimed
from tests.services.acts import BOT, LI, Process, account, email, held_by, text

WANG = CrmCustomer(source="test", source_id="1", external_id="cust_wang", name="王芳", surname="王")
DRAFT = TicketDraft(subject="漏水", body="the kettle leaks")


class Summing:
    """A bot that only sums up."""

    async def answer(self, turn: Turn) -> Answer:
        return Answer()

    def summarize(self, transcript: tuple[Spoken, ...], insights: tuple[Insight, ...], locale: str) -> str:
        return f"{len(transcript)} lines, {len(insights)} insights, {locale}" if transcript else ""


@pytest.fixture
async def crm(tmp_path: Path, process: Process) -> AsyncIterator[LocalCrm]:
    opened = await LocalCrm.open(tmp_path / "crm.sqlite3", process.clock)
    await opened.load_customers([WANG])
    yield opened
    await opened.close()


def back(process: Process, crm: LocalCrm) -> WriteBack:
    customers = Customers(process.conversations, process.store.identities, lambda: "unused")
    connections = local_crms(crm).connections
    return WriteBack(process.conversations, customers, Transcripts(process.store.logs), connections, Summing())


def effects(process: Process, crm: LocalCrm) -> Effects:
    customers = Customers(process.conversations, process.store.identities, lambda: "unused")
    return Effects(process.conversations, customers, local_crms(crm).connections, process.store.outbox)


async def claimed(process: Process) -> list[Claimed]:
    outbox = process.store.outbox
    return [job for shard in await outbox.due([0, 1, 2, 3], 1) for job in await outbox.claim(shard, 1)]


async def session(process: Process) -> Claimed:
    """Someone asks, the bot answers, an agent notes something and says something; it is resolved."""
    said = await process.say("wang", "it leaks")
    await process.ask("wang", c.BotTurn(1, said.seq, (text("a moment"),), Insight(intent="repair")), BOT)
    await process.ask("wang", c.Assign(held_by(LI)), LI)
    await process.ask("wang", c.AddNote("a difficult customer"), LI)
    await process.ask("wang", c.PostMessage(text("we send a new one")), LI)
    await process.ask("wang", c.Resolve(), LI)
    [job] = await claimed(process)
    return job


def ticket(conversation: str = "wang") -> Claimed:
    job = Job("ticket:wang:9", "crm.ticket", "crm:wang", {"draft": DRAFT.model_dump(mode="json")})
    return Claimed(0, job.lane, job.id, job.kind, conversation, job.payload, 1)


async def known(process: Process) -> None:
    await process.arrive("wang", account("wang"), name="王芳")
    context = Context(crm="local", outcome="found", as_of=0, customer=WANG)
    await process.ask("wang", c.AttachContext(context))


def leads(tmp_path: Path) -> list[tuple[str, str, str]]:
    with sqlite3.connect(tmp_path / "crm.sqlite3") as file:
        rows = file.execute("select name, contact, interest from leads").fetchall()
    file.close()
    return [tuple(row) for row in rows]


async def written(process: Process) -> list[str]:
    return [e["d"]["what"] for e in await process.log("wang") if e["type"] == "crm.written"]


# --- a session ---------------------------------------------------------------------------------------------


async def test_a_session_becomes_a_transcript_and_a_summary_once(
    process: Process, other: Process, crm: LocalCrm
) -> None:
    await known(process)
    job = await session(process)
    for side in (process, other, process):  # its worker was killed twice before it could say so
        await back(side, crm).session(job)
    notes = {n.kind: n.body for n in await crm.notes("cust_wang")}
    assert len(await crm.notes("cust_wang")) == 2
    assert notes["summary"] == "3 lines, 1 insights, en"
    lines = notes["transcript"].splitlines()
    assert lines[0] == "OneThread session 1"
    assert [line.partition(": ")[2] for line in lines[1:]] == ["it leaks", "a moment", "we send a new one"]
    assert "difficult" not in notes["transcript"], "never a note"
    assert lines[3].startswith("[2026-") and "web · Li Ming" in lines[3]
    assert sorted(await written(process)) == ["summary", "transcript"]


async def test_a_crash_between_the_note_and_the_log_is_made_good(process: Process, crm: LocalCrm) -> None:
    await known(process)
    job = await session(process)
    await crm.add_note("cust_wang", "OneThread session 1\nas it was written", "transcript", f"{job.id}:transcript")
    await back(process, crm).session(job)
    assert sorted(n.kind for n in await crm.notes("cust_wang")) == ["summary", "transcript"]
    assert sorted(await written(process)) == ["summary", "transcript"]


async def test_what_a_guest_said_before_signing_in_is_in_the_transcript(process: Process, crm: LocalCrm) -> None:
    await process.say("guest", "is the kettle safe?")
    await process.ask("guest", c.MergeInto("wang", ()))
    await known(process)
    guest = await process.conversations.newest("guest")
    await process.ask("wang", taking_in(guest))
    await process.say("wang", "I am back")
    await process.ask("wang", c.Resolve(), LI)
    [job] = await claimed(process)
    await back(process, crm).session(job)
    body = next(n.body for n in await crm.notes("cust_wang") if n.kind == "transcript")
    assert [line.partition(": ")[2] for line in body.splitlines()[1:]] == ["is the kettle safe?", "I am back"]


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


async def test_a_customer_without_an_account_leaves_nothing_in_the_crm(process: Process, crm: LocalCrm) -> None:
    job = await session(process)
    await back(process, crm).session(job)
    assert await written(process) == []


async def test_a_signed_in_customer_whom_the_crm_does_not_know_leaves_nothing_in_it(
    process: Process, crm: LocalCrm
) -> None:
    """The site's id was taken for the CRM's: each of their sessions ended among the dead letters."""
    await process.arrive("wang", account("u-4711"))
    job = await session(process)
    await back(process, crm).session(job)
    assert await written(process) == []
    assert await crm.notes("cust_wang") == []


async def test_a_worker_that_lags_knows_whom_it_is_about(process: Process, other: Process, crm: LocalCrm) -> None:
    await process.arrive("wang", account("u-4711"))
    await other.conversations.state("wang")
    await known(process)
    await back(other, crm).session(await session(process))
    assert len(await crm.notes("cust_wang")) == 2


async def test_a_crm_that_is_away_is_tried_again(process: Process, crm: LocalCrm) -> None:
    class Away(LocalCrm):
        async def add_note(self, *_: object) -> object:  # type: ignore[override]
            raise CrmUnavailable

    await known(process)
    job = await session(process)
    with pytest.raises(CrmUnavailable):
        await back(process, Away(crm._file, process.clock)).session(job)
    assert await written(process) == []


# --- a ticket ---------------------------------------------------------------------------------------------


async def test_a_ticket_is_opened_once_and_told(process: Process, other: Process, crm: LocalCrm) -> None:
    await known(process)
    for side in (process, other):
        await effects(side, crm).ticket(ticket())
    [opened] = await crm.tickets("cust_wang")
    told = [e["d"] for e in await process.log("wang") if e["type"] == "ticket.opened"]
    assert [(t["number"], t["subject"]) for t in told] == [(opened.number, "漏水")]


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
