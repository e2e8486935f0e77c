"""The outbox: lanes in order, leases that bring a killed worker's job back, back-off, and what is put aside."""

import pytest

from hub.model.effects import Job
from hub.store.outbox import LEASE_MS, TRIES, Claimed, Dead
from hub.store.store import Store
from tests.store.acts import commit, everything, outcome

SHARDS = [0, 1, 2, 3]


async def queued(store: Store, *ids: str, lane: str = "crm", conversation: str = "wang") -> int:
    """Commit jobs; the shard that they are in."""
    jobs = [Job(id, "k", lane, {"n": n}) for n, id in enumerate(ids)]
    expected = (await store.logs.position(conversation))[1]
    await outcome(store.committer, commit(conversation, expected, jobs=jobs))
    return next(s for s in SHARDS if store.keys.shard(s) == store.keys.of(conversation))


async def claimed(store: Store, shard: int, now: int) -> Claimed:
    [job] = await store.outbox.claim(shard, now)
    return job


async def test_a_lane_is_carried_one_job_after_the_other(store: Store) -> None:
    shard = await queued(store, "j1", "j2")
    first = await claimed(store, shard, 100)
    assert (first.id, first.lane, first.kind, first.payload, first.tries) == ("j1", "crm", "k", {"n": 0}, 1)
    assert await store.outbox.claim(shard, 100) == [], "the head is in hand"
    await store.outbox.done(first)
    second = await claimed(store, shard, 100)
    assert (second.id, second.tries) == ("j2", 1)
    await store.outbox.done(second)
    assert await store.outbox.due(SHARDS, 2**52) == []
    assert await store.outbox.waiting() == 0


async def test_lanes_do_not_wait_for_each_other(store: Store) -> None:
    shard = await queued(store, "a1", "a2", lane="a")
    await queued(store, "b1", lane="b")
    assert {j.id for j in await store.outbox.claim(shard, 1)} == {"a1", "b1"}


async def test_no_more_than_asked_for_is_claimed(store: Store) -> None:
    shard = 0
    for n in range(5):
        shard = await queued(store, f"j{n}", lane=f"l{n}")
    assert len(await store.outbox.claim(shard, 1, 3)) == 3
    assert len(await store.outbox.claim(shard, 1, 3)) == 2
    assert await store.outbox.waiting() == 5


async def test_a_job_that_fails_is_tried_again_later_and_those_behind_it_wait(store: Store) -> None:
    """Order is kept when the head fails: the note of a session must not overtake the ticket that it speaks of."""
    shard = await queued(store, "j1", "j2")
    now = 1_000
    for tries, pause in ((1, 1_000), (2, 2_000), (3, 4_000), (4, 8_000)):
        job = await claimed(store, shard, now)
        assert (job.id, job.tries) == ("j1", tries)
        assert not await store.outbox.failed(job, "CRM is away", now)
        assert await store.outbox.claim(shard, now + pause - 1) == []
        now += pause
    job = await claimed(store, shard, now)
    assert job.tries == TRIES
    assert await store.outbox.failed(job, "x" * 400, now), "the fifth try was the last"
    assert (await claimed(store, shard, now)).id == "j2"
    [dead] = await store.outbox.dead(shard)
    assert dead == Dead(shard, "crm", "j1", "k", "wang", {"n": 0}, TRIES, now, "x" * 300)
    assert await store.outbox.every_dead() == [dead]


async def test_a_dead_job_is_replayed_with_all_its_tries(store: Store) -> None:
    shard = await queued(store, "j1", "j2")
    for _ in range(TRIES):
        await store.outbox.failed(await claimed(store, shard, 2**40), "no", 0)
    assert await store.outbox.replay(shard, "j1")
    assert await store.outbox.dead(shard) == []
    assert not await store.outbox.replay(shard, "j1"), "once"
    assert not await store.outbox.replay(shard, "nosuch")
    second = await claimed(store, shard, 2**40)
    assert second.id == "j2", "it takes its place behind what came meanwhile"
    await store.outbox.done(second)
    again = await claimed(store, shard, 2**40)
    assert (again.id, again.tries, again.payload) == ("j1", 1, {"n": 0})


async def test_what_was_decided_and_how_often_it_was_replayed_comes_with_the_job(store: Store) -> None:
    shard = await queued(store, "j1")
    first = await claimed(store, shard, 1)
    assert (first.round, first.decided) == (0, "")
    await store.outbox.decide(first, "lead")
    await store.outbox.failed(first, "no", 0, tries=0)
    await store.outbox.replay(shard, "j1")
    again = await claimed(store, shard, 2**40)
    assert (again.tries, again.round, again.decided) == (1, 1, "lead")


async def test_the_pause_grows_to_a_minute_and_no_further(store: Store) -> None:
    shard, now, pauses = await queued(store, "j1"), 0, []
    for _ in range(9):
        job = await claimed(store, shard, now)
        assert not await store.outbox.failed(job, "away", now, tries=100)
        score = await store.client.do("ZSCORE", store.keys.outbox(shard), "crm")
        pauses.append(int(float(score)) - now)
        now += pauses[-1]
    assert pauses == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]


async def test_several_of_a_lane_are_replayed_in_its_order(store: Store) -> None:
    shard = await queued(store, "j1", "j2", "j3")
    for _ in range(3 * TRIES):
        await store.outbox.failed(await claimed(store, shard, 2**40), "no", 0)
    dead = await store.outbox.every_dead()
    assert [d.id for d in dead] == ["j1", "j2", "j3"]
    for each in dead:
        assert await store.outbox.replay(each.shard, each.id)
    for wanted in ("j1", "j2", "j3"):
        job = await claimed(store, shard, 2**40)
        assert (job.id, job.tries) == (wanted, 1)
        await store.outbox.done(job)


async def test_what_is_dropped_is_gone_for_good(store: Store) -> None:
    shard = await queued(store, "j1", "j2")
    for _ in range(TRIES):
        await store.outbox.failed(await claimed(store, shard, 2**40), "no", 0)
    assert not await store.outbox.drop(shard, "j2"), "only what was put aside"
    assert await store.outbox.drop(shard, "j1")
    assert not await store.outbox.drop(shard, "j1")
    assert not await store.outbox.replay(shard, "j1")
    assert await store.outbox.every_dead() == []
    assert not any(b"job:j1" in key for key in await everything(store))
    assert (await claimed(store, shard, 2**40)).id == "j2"


async def test_replay_wakes_an_empty_lane(store: Store) -> None:
    shard = await queued(store, "j1")
    for _ in range(TRIES):
        await store.outbox.failed(await claimed(store, shard, 2**40), "no", 0)
    assert await store.outbox.due(SHARDS, 2**52) == []
    await store.outbox.replay(shard, "j1")
    assert await store.outbox.due(SHARDS, 1) == [shard]


async def test_the_job_of_a_killed_worker_comes_back_when_its_lease_ends(store: Store) -> None:
    shard = await queued(store, "j1")
    lost = await claimed(store, shard, 100)
    assert await store.outbox.claim(shard, 100 + LEASE_MS - 1) == []
    found = await claimed(store, shard, 100 + LEASE_MS)
    assert (found.id, found.tries) == ("j1", 2)
    await store.outbox.done(found)
    await store.outbox.done(lost)
    assert await store.outbox.waiting() == 0


@pytest.mark.parametrize("late", ["done", "retry", "dead"])
async def test_a_late_word_about_a_job_changes_nothing(store: Store, late: str) -> None:
    """Its worker was thought dead; by now another one has carried it, and the next job is the head."""
    shard = await queued(store, "j1", "j2")
    slow = await claimed(store, shard, 1)
    await store.outbox.done(await claimed(store, shard, 1 + LEASE_MS))
    if late == "done":
        await store.outbox.done(slow)
    else:
        tries = TRIES if late == "dead" else 1
        await store.outbox.failed(Claimed(shard, "crm", "j1", "k", "wang", {}, tries), "late", 2**40)
    assert await store.outbox.dead(shard) == []
    assert (await claimed(store, shard, 2)).id == "j2"


async def test_a_job_that_stands_twice_in_its_lane_is_carried_once(store: Store) -> None:
    """An id without a job made every claim of the shard fail, for every worker, for ever."""
    shard = await queued(store, "j1", "j2")
    await store.client.do("RPUSH", f"{store.keys.shard(shard)}lane:crm", "j1", "j2")
    for wanted in ("j1", "j2"):
        job = await claimed(store, shard, 2**40)
        assert job.id == wanted
        await store.outbox.done(job)
    assert await store.outbox.claim(shard, 2**41) == []
    assert await store.outbox.waiting() == 0
