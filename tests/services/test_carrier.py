"""The carrier: every job leaves, in the order of its lane, again when it failed, and aside when it always does."""

import asyncio
import re
from collections.abc import Callable

import pytest

from hub.model.effects import Job
from hub.model.errors import (
    BadRequest,
    CrmConflict,
    CrmLacks,
    CrmRefused,
    CrmUnavailable,
    Gone,
    NotFound,
    OneThreadError,
)
from hub.services import carrier
from hub.services.carrier import AT_ONCE, Carrier, named
from hub.store.outbox import LEASE_MS, TRIES, Claimed
from tests.services.acts import Process, running, true, until
from tests.store.acts import commit, outcome

EVERY = frozenset(range(4))


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "EVERY_S", 0.01)


class Crm:
    """Where jobs go. `problem` says what goes wrong with a job, if anything."""

    def __init__(self, problem: Callable[[Claimed], Exception | None] = lambda job: None) -> None:
        self.problem = problem
        self.tried: list[str] = []
        self.done: list[str] = []
        self.hangs: set[str] = set()

    async def carry(self, job: Claimed) -> None:
        self.tried.append(job.id)
        if job.id in self.hangs:
            await asyncio.get_running_loop().create_future()
        if problem := self.problem(job):
            raise problem
        self.done.append(job.id)


def carrying(process: Process, crm: Crm) -> Carrier:
    return Carrier(process.store.outbox, {"k": crm.carry}, process.clock)


async def queued(process: Process, *ids: str, lane: str = "crm", kind: str = "k", conversation: str = "wang") -> int:
    jobs = [Job(id, kind, lane, {}) for id in ids]
    expected = (await process.store.logs.position(conversation))[1]
    await outcome(process.store.committer, commit(conversation, expected, jobs=jobs))
    return shard_of(process, conversation)


def shard_of(process: Process, conversation: str = "wang") -> int:
    return next(s for s in EVERY if process.store.keys.shard(s) == process.store.keys.of(conversation))


async def test_jobs_leave_in_the_order_of_their_lane(process: Process) -> None:
    crm = Crm()
    await queued(process, *(f"a{n}" for n in range(20)), lane="a")
    await queued(process, *(f"b{n}" for n in range(20)), lane="b")
    async with running(carrying(process, crm).carry(lambda: EVERY)):
        await true(lambda: len(crm.done) == 40)

        async def empty() -> bool:
            return await process.store.outbox.waiting() == 0

        await until(empty)
    for lane in "ab":
        assert [id for id in crm.done if id[0] == lane] == [f"{lane}{n}" for n in range(20)]


class Told:
    """Hears what was given up."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str, bool]] = []

    async def give_up(self, job: Claimed, why: str, detail: str, *, kept: bool) -> None:
        self.heard.append((job.id, why, detail, kept))


async def test_who_is_away_is_waited_for_a_day_and_no_job_is_put_aside(process: Process) -> None:
    """The CRM was restarted: sixteen seconds later all that had been asked of it was among the dead letters."""
    crm, told = Crm(lambda job: CrmUnavailable() if job.id == "j1" and job.tries < 40 else None), Told()
    shard = await queued(process, "j1", "j2")
    carrier = Carrier(process.store.outbox, {"k": crm.carry}, process.clock, told.give_up)
    async with running(carrier.carry(lambda: EVERY)):
        for tries in range(1, 40):
            await true(lambda tries=tries: crm.tried.count("j1") == tries)
            process.clock.skip(60_000)
        await true(lambda: crm.done == ["j1", "j2"])
    assert (await process.store.outbox.dead(shard), told.heard) == ([], [])


async def test_it_is_tried_again_when_the_other_side_said(process: Process) -> None:
    crm = Crm(lambda job: CrmUnavailable(retry_after=30.0) if job.id == "j1" and job.tries == 1 else None)
    await queued(process, "j1")
    async with running(carrying(process, crm).carry(lambda: EVERY)):
        await true(lambda: crm.tried == ["j1"])
        process.clock.skip(29_000)
        await queued(process, "other", lane="other")
        await true(lambda: crm.done == ["other"])
        process.clock.skip(1_000)
        await true(lambda: crm.done == ["other", "j1"])


@pytest.mark.parametrize("problem", [CrmConflict("name"), NotFound("no ticket T1"), BadRequest("subject")])
async def test_what_this_request_can_not_get_is_over_and_told(process: Process, problem: OneThreadError) -> None:
    crm, told = Crm(lambda job: problem if job.id == "j1" else None), Told()
    shard = await queued(process, "j1", "j2")
    carrier = Carrier(process.store.outbox, {"k": crm.carry}, process.clock, told.give_up)
    async with running(carrier.carry(lambda: EVERY)):
        await true(lambda: carrier.jobs == {"refused": 1, "done": 1})
    assert (crm.tried, crm.done) == (["j1", "j2"], ["j2"]), "asked once"
    assert told.heard == [("j1", problem.code, problem.detail, False)]
    assert await process.store.outbox.dead(shard) == []


@pytest.mark.parametrize("problem", [CrmRefused("no such pipeline"), CrmLacks("there is no connection sold")])
async def test_what_the_crm_refuses_is_put_aside_at_once_and_told(process: Process, problem: OneThreadError) -> None:
    crm, told = Crm(lambda job: problem if job.id == "j1" else None), Told()
    shard = await queued(process, "j1", "j2")
    async with running(
        Carrier(process.store.outbox, {"k": crm.carry}, process.clock, told.give_up).carry(lambda: EVERY)
    ):
        await true(lambda: crm.done == ["j2"])
    [dead] = await process.store.outbox.dead(shard)
    assert (dead.id, dead.tries, dead.why) == ("j1", 1, f"{problem.code}: {problem.detail}")
    assert told.heard == [("j1", problem.code, problem.detail, True)]


async def test_that_nobody_is_left_to_be_told_is_no_reason_to_keep_it(process: Process) -> None:
    async def gone(job: Claimed, why: str, detail: str, *, kept: bool) -> None:
        raise Gone

    crm = Crm(lambda job: NotFound() if job.id == "j1" else None)
    await queued(process, "j1", "j2")
    async with running(Carrier(process.store.outbox, {"k": crm.carry}, process.clock, gone).carry(lambda: EVERY)):
        await true(lambda: crm.done == ["j2"])


async def test_a_head_that_fails_is_tried_again_after_a_while_and_keeps_its_place(process: Process) -> None:
    crm = Crm(lambda job: CrmUnavailable() if job.id == "j1" and job.tries < 3 else None)
    await queued(process, "j1", "j2")
    await queued(process, "other", lane="other")
    async with running(carrying(process, crm).carry(lambda: EVERY)):
        await true(lambda: crm.done == ["other"])
        for tries, pause in ((1, 1_000), (2, 2_000)):
            await true(lambda tries=tries: crm.tried.count("j1") == tries)
            process.clock.skip(pause)
        await true(lambda: crm.done == ["other", "j1", "j2"])


async def test_after_five_tries_it_is_put_aside_and_may_be_replayed(process: Process) -> None:
    broken = {"j1"}
    crm = Crm(lambda job: ValueError("a bug of ours") if job.id in broken else None)
    shard = await queued(process, "j1", "j2")
    async with running(carrying(process, crm).carry(lambda: EVERY)):
        for tries in range(1, TRIES + 1):
            await true(lambda tries=tries: crm.tried.count("j1") == tries)
            process.clock.skip(16_000)
        await true(lambda: crm.done == ["j2"])
        [dead] = await until(lambda: process.store.outbox.dead(shard))
        assert (dead.id, dead.tries, dead.at) == ("j1", TRIES, process.clock() - 16_000)
        assert re.fullmatch(r"ValueError at test_carrier\.py:\d+", dead.why), "never its words: they may quote people"
        broken.clear()
        assert await process.store.outbox.replay(shard, "j1")
        await true(lambda: crm.done == ["j2", "j1"])
    assert crm.tried.count("j1") == TRIES + 1


async def test_a_job_that_nobody_carries_is_put_aside(process: Process) -> None:
    shard = await queued(process, "j1", kind="of a newer hub")
    async with running(carrying(process, Crm()).carry(lambda: EVERY)):

        async def aside() -> object:
            process.clock.skip(16_000)
            return await process.store.outbox.dead(shard)

        [dead] = await until(aside)  # type: ignore[misc]
    assert dead.why == "nobody carries of a newer hub"


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        (CrmUnavailable("crm.sqlite3 is busy"), "crm_unavailable: crm.sqlite3 is busy"),
        (CrmUnavailable(), "crm_unavailable"),
        (KeyError("13800001234"), "KeyError"),
    ],
)
def test_a_failure_is_named_and_quotes_nobody(problem: Exception, why: str) -> None:
    assert named(problem) == why


async def test_a_job_that_hangs_counts_as_failed(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "JOB_S", 0.05)
    crm = Crm()
    crm.hangs.add("j1")
    await queued(process, "j1")
    async with running(carrying(process, crm).carry(lambda: EVERY)):
        await true(lambda: crm.tried == ["j1"])
        crm.hangs.clear()

        async def done() -> bool:
            process.clock.skip(1_000)
            return crm.done == ["j1"]

        await until(done)


async def test_one_that_hangs_holds_up_no_other_lane(process: Process) -> None:
    """Whatever came after it waited for its end, up to 30 s, in all lanes of all shards."""
    crm = Crm()
    crm.hangs.add("a1")
    await queued(process, "a1", "a2", lane="a")
    async with running(carrying(process, crm).carry(lambda: EVERY)):
        await true(lambda: crm.tried == ["a1"])
        for n in range(3):
            await queued(process, f"b{n}", lane="b")
            await true(lambda n=n: crm.done[-1:] == [f"b{n}"])
    assert "a2" not in crm.tried, "it waits for its turn"


async def test_so_many_are_under_way_and_no_more(process: Process) -> None:
    crm = Crm()
    names = [f"j{n:02}" for n in range(AT_ONCE + 5)]
    crm.hangs |= {*names}
    for name in names:
        await queued(process, name, lane=name)
    async with running(carrying(process, crm).carry(lambda: EVERY)):
        await true(lambda: len(crm.tried) == AT_ONCE)
        waiting = await process.store.outbox.claim(shard_of(process), process.clock(), 100)
        assert len(waiting) == 5, "what there is no room for was not claimed: another worker may have it"
    assert len(crm.tried) == AT_ONCE


async def test_who_ends_makes_room_for_the_next(process: Process) -> None:
    crm = Crm()
    held = [f"j{n:02}" for n in range(AT_ONCE - 1)]
    crm.hangs |= {*held}
    for name in held:
        await queued(process, name, lane=name)
    async with running(carrying(process, crm).carry(lambda: EVERY)):
        await true(lambda: len(crm.tried) == AT_ONCE - 1)
        for n in range(20):
            await queued(process, f"k{n:02}", lane=f"k{n:02}")
        await true(lambda: len(crm.done) == 20)
    assert not set(crm.done) & set(held)


async def test_shards_take_turns_for_the_last_place(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrier, "AT_ONCE", 1)
    crm = Crm()
    for conversation in ("wang", "c1", "c2", "c3", "c4"):
        for n in range(6):
            await queued(process, f"{conversation}-{n}", lane=f"{conversation}-{n}", conversation=conversation)
    shards = {c: shard_of(process, c) for c in ("wang", "c1", "c2", "c3", "c4")}
    assert len({*shards.values()}) > 1
    async with running(carrying(process, crm).carry(lambda: EVERY)):
        await true(lambda: len(crm.done) == 30)
    served = [shards[id.partition("-")[0]] for id in crm.done]
    turn = len({*shards.values()})
    assert {*served[:turn]} == {*shards.values()}, "none had to wait for another to be empty"


async def test_it_ends_with_what_is_under_way(process: Process, other: Process) -> None:
    """Cancelled, it leaves no task behind, and its jobs come back when their leases end."""
    crm, after = Crm(), Crm()
    crm.hangs.add("j1")
    await queued(process, "j1")
    async with running(carrying(process, crm).carry(lambda: EVERY)):
        await true(lambda: crm.tried == ["j1"])
    process.clock.skip(LEASE_MS)
    async with running(carrying(other, after).carry(lambda: EVERY)):
        await true(lambda: after.done == ["j1"])


async def test_a_killed_workers_job_is_carried_by_another_when_its_lease_ends(process: Process, other: Process) -> None:
    first, second = Crm(), Crm()
    first.hangs.add("j1")
    await queued(process, "j1", "j2")
    async with running(carrying(process, first).carry(lambda: EVERY)):
        await true(lambda: first.tried == ["j1"])
    async with running(carrying(other, second).carry(lambda: EVERY)):
        await queued(process, "j3", lane="other")
        await true(lambda: second.done == ["j3"])
        assert second.tried == ["j3"], "the job may still be under way elsewhere"
        process.clock.skip(LEASE_MS)
        await true(lambda: second.done == ["j3", "j1", "j2"])


async def test_two_carriers_share_the_work(process: Process, other: Process) -> None:
    one, two = Crm(), Crm()
    for n in range(30):
        await queued(process, f"j{n}", lane=f"l{n % 6}")
    async with running(carrying(process, one).carry(lambda: EVERY), carrying(other, two).carry(lambda: EVERY)):
        await true(lambda: len(one.done) + len(two.done) == 30)
    assert len(set(one.done + two.done)) == 30


async def test_only_the_shards_in_hand(process: Process) -> None:
    crm = Crm()
    shard = await queued(process, "j1")
    held = set(EVERY - {shard})
    async with running(carrying(process, crm).carry(lambda: frozenset(held))):
        expected = (await process.store.logs.position("c1"))[1]
        await outcome(process.store.committer, commit("c1", expected, jobs=[Job("elsewhere", "k", "l", {})]))
        if process.store.keys.of("c1") != process.store.keys.of("wang"):
            await true(lambda: crm.done == ["elsewhere"])
        held.add(shard)
        await true(lambda: "j1" in crm.done)
