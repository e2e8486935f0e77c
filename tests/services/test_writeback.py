"""What the CRM is told when a session ends: transcript, summary, tags, facts. Each once, about the right customer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.crm.local import LocalCrm
from hub.crm_connections import Connection, Connections
from hub.crms import local_crms
from hub.model import call_commands as cc
from hub.model import commands as c
from hub.model.crm import Context, CrmCustomer, CustomerKeys, FieldChange, SessionInsight
from hub.model.decide.identities import taking_in
from hub.model.errors import CrmUnavailable
from hub.model.events import Insight
from hub.model.identity import Identity, IdentityKind, Proof
from hub.ports import Answer, Spoken, Turn
from hub.services.customers import Customers
from hub.services.transcripts import Transcripts
from hub.services.writeback import WriteBack
from hub.store.outbox import Claimed
from tests.services.acts import BOT, LI, SYSTEM, Process, account, customer, email, held_by, text

WANG = CrmCustomer(source="test", source_id="1", external_id="cust_wang", name="王芳", surname="王")


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


async def known(process: Process) -> None:
    await process.arrive("wang", account("wang"), name="王芳")
    context = Context(crm="local", outcome="found", as_of=0, customer=WANG)
    await process.ask("wang", c.AttachContext(context))


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


async def test_a_crm_that_takes_no_notes_is_told_nothing(process: Process, crm: LocalCrm) -> None:
    await known(process)
    job = await session(process)
    customers = Customers(process.conversations, process.store.identities, lambda: "unused")
    apart = Connections([Connection(crm, frozenset({"customer"}))])
    back = WriteBack(process.conversations, customers, Transcripts(process.store.logs), apart, Summing())
    await back.session(job)
    assert await crm.notes("cust_wang") == []


# --- insights ------------------------------------------------------------------------------------------------


async def noticed(process: Process, *insights: Insight) -> Claimed:
    """A session in which the bot notices these; what is to be written of them when it ends."""
    said = None
    for insight in insights:
        said = await process.say("wang", "hello")
        await process.ask("wang", c.BotTurn(1, said.seq, (text("yes?"),), insight), BOT)
    if said is None:
        await process.say("wang", "hello")
    jobs = await ended(process)
    return next(job for job in jobs if job.kind == "crm.insights")


async def test_what_the_bot_noticed_stands_at_the_customer_once_as_it_ended(
    process: Process, other: Process, crm: LocalCrm
) -> None:
    await known(process)
    angry = Insight(intent="repair", language="zh-CN", sentiment=-0.8, urgency="high")
    job = await noticed(process, angry, Insight(intent="thanks_bye", language="zh-CN", sentiment=0.4))
    for side in (process, other, process):
        await back(side, crm).insights(job)
    assert (await theirs(crm)).custom == {
        "onethread_intent": "repair",
        "onethread_sentiment": 0.4,
        "onethread_urgency": "high",
        "onethread_language": "zh-CN",
    }
    assert await written(process) == ["insights"]


async def test_a_session_without_insights_leaves_those_of_the_last(process: Process, crm: LocalCrm) -> None:
    await known(process)
    await crm.add_insight("cust_wang", SessionInsight(intent="repair"), "before")
    await back(process, crm).insights(await noticed(process))
    assert (await theirs(crm)).custom["onethread_intent"] == "repair"
    assert await written(process) == []


async def test_a_crm_without_a_place_for_insights_is_told_none(process: Process, crm: LocalCrm) -> None:
    await known(process)
    job = await noticed(process, Insight(intent="repair"))
    customers = Customers(process.conversations, process.store.identities, lambda: "unused")
    apart = Connections([Connection(crm, frozenset({"customer", "add_note"}))])
    await WriteBack(process.conversations, customers, Transcripts(process.store.logs), apart, Summing()).insights(job)
    assert (await theirs(crm)).custom == {}
    assert await written(process) == []


# --- tags and facts ------------------------------------------------------------------------------------------


async def ended(process: Process, *commands: c.Command) -> list[Claimed]:
    """A session in which an agent does this; all that is to be written when it ends, in the order of the lane."""
    await process.to_agent("wang")
    for command in commands:
        await process.ask("wang", command, LI)
    await process.ask("wang", c.Resolve(), LI)
    jobs: list[Claimed] = []
    while found := await claimed(process):
        jobs += found
        for job in found:
            await process.store.outbox.done(job)
    return jobs


async def theirs(crm: LocalCrm) -> CrmCustomer:
    [found] = await crm.find_customer(CustomerKeys(external_id="cust_wang"))
    return found


async def test_the_tags_of_a_session_are_added_to_the_customers(
    process: Process, other: Process, crm: LocalCrm
) -> None:
    await known(process)
    await crm.tag("cust_wang", ("老客户",), "before")
    jobs = await ended(process, c.AddTag("vip"), c.AddTag("漏水"), c.AddTag("slip"), c.RemoveTag("slip"))
    assert [job.kind for job in jobs] == ["crm.session", "crm.insights", "crm.tags"]
    for side in (process, other):
        await back(side, crm).tags(jobs[2])
    assert (await theirs(crm)).tags == ("老客户", "vip", "漏水")
    assert await written(process) == ["tags"]


async def test_addresses_that_were_proven_are_added_and_claims_are_not(process: Process, crm: LocalCrm) -> None:
    await known(process)
    await process.arrive("wang", email("new@x.cn", Proof.SIGNED), email("claim@x.cn"))
    word = Identity(kind=IdentityKind.PHONE, value="+8613900001111", proof=Proof.AGENT_WORD)
    jobs = await ended(process, c.VerifyIdentity(word))
    assert [job.kind for job in jobs] == ["crm.session", "crm.insights", "crm.facts"]
    for _ in range(2):
        await back(process, crm).facts(jobs[2])
    found = await theirs(crm)
    assert (found.emails, [phone.e164 for phone in found.phones]) == (("new@x.cn",), ["+8613900001111"])
    assert (found.name, found.surname) == ("王芳", "王")
    assert await written(process) == ["facts"]


async def test_what_the_crm_has_already_is_not_written(process: Process, crm: LocalCrm) -> None:
    await known(process)
    await crm.update_customer("cust_wang", (FieldChange(field="emails", now="New@x.cn"),), "before")
    await process.arrive("wang", email("new@x.cn", Proof.SIGNED))
    [*_, job] = await ended(process)
    await back(process, crm).facts(job)
    assert (await theirs(crm)).emails == ("new@x.cn",)
    assert await written(process) == []


async def test_of_a_stranger_nothing_is_written(process: Process, crm: LocalCrm) -> None:
    await process.arrive("wang", email("nobody@x.cn", Proof.SIGNED))
    jobs = await ended(process, c.AddTag("vip"))
    assert [job.kind for job in jobs] == ["crm.session", "crm.insights", "crm.tags", "crm.facts"]
    side = back(process, crm)
    for job in jobs:
        await side.kinds[job.kind](job)
    assert await written(process) == []


async def test_a_call_is_written_once_it_is_over_and_what_is_noted_later_too(process: Process, crm: LocalCrm) -> None:
    await known(process)
    await process.ask("wang", c.Assign(held_by(LI)), LI)
    await process.ask("wang", cc.RequestCall("video"), customer("wang"), "the-call")
    await process.ask("wang", cc.AcceptCall("the-call"), LI)
    await process.ask("wang", cc.NoteCall("the-call", "solved", "in the middle"), LI)
    await process.ask("wang", cc.HangUp("the-call"), LI)
    assert await claimed(process) == []  # not before it is known how it went
    await process.ask("wang", cc.MeasureCall("the-call", ()), SYSTEM)
    [job] = await claimed(process)
    await back(process, crm).call(job)
    await back(process, crm).call(job)  # a repeat is the same
    [note] = await crm.notes("cust_wang")
    assert note.kind == "call"
    assert note.body.startswith("Video call, 0 s")
    assert note.body.endswith(f"Outcome, by {LI.name}: solved: in the middle")
    assert (await process.log("wang"))[-1]["d"] == {"what": "call", "session": 1, "remote_id": note.source_id}
    await process.store.outbox.done(job)
    await process.ask("wang", cc.NoteCall("the-call", "follow_up", "afterwards"), LI)
    [later] = await claimed(process)
    await back(process, crm).call(later)
    bodies = [it.body for it in await crm.notes("cust_wang")]
    assert len(bodies) == 2
    assert any(it.endswith("follow up: afterwards") and "middle" not in it for it in bodies)


async def test_a_call_that_nobody_took_is_told_of(process: Process, crm: LocalCrm) -> None:
    await known(process)
    await process.ask("wang", c.Assign(held_by(LI)), LI)
    await process.ask("wang", cc.RequestCall("audio"), customer("wang"), "the-call")
    await process.ask("wang", cc.DeclineCall("the-call", "busy"), LI)
    [job] = await claimed(process)
    await back(process, crm).call(job)
    [note] = await crm.notes("cust_wang")
    assert note.body.endswith("Declined: busy")
