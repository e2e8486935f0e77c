"""Commits against a real Valkey: all or nothing, once, on the newest state, and acked only when they are durable."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from hub.model.effects import Job
from hub.model.errors import NotDurable, StoreUnavailable
from hub.store.client import Client, Nodes
from hub.store.commit import Commit
from hub.store.commits import Appended, Lagging, Outcome, Repeated
from hub.store.store import Store
from hub.store.topology import still
from tests.store.acts import commit, everything, outcome, own_valkey, store_at, tcp_port, until

FULL = {
    "place": "queue",
    "score": 7,
    "dues": {"bot": 1_000, "queue": 2_000},
    "jobs": [Job("j1", "crm.session", "crm:wang", {"session": 1})],
    "snapshot": b"{}",
}


async def members(store: Store, place: str) -> list[str]:
    return await store.places.members(place)


# --- one commit -------------------------------------------------------------------------------------------


async def test_a_commit_writes_log_feed_state_place_dues_and_outbox(store: Store) -> None:
    tips = await store.feeds.tips(list(range(4)))
    undone = await store.todo.tips(list(range(4)))
    assert await outcome(store.committer, commit(count=2, new_tenure=1, todo=[2], **FULL)) == Appended(2)
    assert [e.seq for e in await store.logs.after("wang", 0)] == [1, 2]
    fed = await store.feeds.read(tips)
    logged = await store.logs.after("wang", 0)
    assert [(e.conversation, e.seq, e.audience, e.frame) for e in fed] == [
        ("wang", e.seq, str(e.audience), e.frame) for e in logged
    ]
    assert [(e.conversation, e.seq, e.frame) for e in await store.todo.read(undone)] == [("wang", 2, logged[1].frame)]
    assert await store.logs.position("wang") == ("e1", 2)
    assert await members(store, "queue") == ["wang"]
    overdue = await store.places.overdue(list(range(4)), 5_000)
    assert {(kind, conversation) for _, kind, conversation in overdue} == {("bot", "wang"), ("queue", "wang")}
    [shard] = await store.outbox.due(list(range(4)), 1)
    [job] = await store.outbox.claim(shard, 1)
    assert (job.id, job.kind, job.conversation, job.payload) == ("j1", "crm.session", "wang", {"session": 1})


@pytest.mark.parametrize(
    "late",
    [
        pytest.param({"expected": 0, "tenure": 3}, id="another came first"),
        pytest.param({"expected": 2, "tenure": 3}, id="decided on a seq that never was"),
        pytest.param({"expected": 1, "tenure": 2}, id="it changed hands"),
        pytest.param({"expected": 1, "tenure": 3, "epoch": "e2"}, id="the log was reborn"),
    ],
)
async def test_a_late_commit_changes_nothing_at_all(store: Store, late: dict[str, object]) -> None:
    assert await outcome(store.committer, commit(new_tenure=3, place="bot", score=1)) == Appended(1)
    before = await everything(store)
    refused = commit(count=2, **{**FULL, **late, "new_tenure": 9, "refs": {"x": 2, "y": 3}})
    assert await outcome(store.committer, refused) == Lagging()
    assert await everything(store) == before


async def test_an_answer_prepared_under_an_old_tenure_is_refused_by_the_script_itself(store: Store) -> None:
    """The bot must not talk over a human, even if a process did decide wrongly."""
    await outcome(store.committer, commit(new_tenure=1))
    await outcome(store.committer, commit(expected=1, tenure=1, new_tenure=2))
    bots = commit(expected=2, tenure=1, new_tenure=1, refs={"bot": 3})
    assert await outcome(store.committer, bots) == Lagging()
    assert await outcome(store.committer, commit(expected=2, tenure=2, new_tenure=2)) == Appended(3)


# --- once -------------------------------------------------------------------------------------------------


async def test_the_same_ref_again_gets_the_first_answer(store: Store) -> None:
    await outcome(store.committer, commit())
    await outcome(store.committer, commit(expected=1))
    before = await everything(store)
    again = commit(expected=2, refs={"r1": 3}, **FULL)
    assert await outcome(store.committer, again) == Repeated({"r1": 1})
    after = await everything(store)
    hash = store.keys.conversation("wang").encode()
    assert {k for k in after if after[k] != before.get(k)} == {hash}, "only the count of repeats moved"
    assert await store.logs.position("wang") == ("e1", 2)


async def test_one_repeat_among_several_holds_all_of_them_back(store: Store) -> None:
    await outcome(store.committer, commit(count=3))
    mixed = commit(expected=3, count=3, refs={"r2": 4, "new": 5, "r3": 6})
    assert await outcome(store.committer, mixed) == Repeated({"r2": 2, "r3": 3})
    assert await store.logs.position("wang") == ("e1", 3)
    assert await outcome(store.committer, commit(expected=3, refs={"new": 4})) == Appended(4)


async def test_a_repeat_counts_even_when_the_sender_is_behind(store: Store) -> None:
    """The first answer beats the conflict: who lost an ack has an old seq."""
    await outcome(store.committer, commit(new_tenure=1))
    assert await outcome(store.committer, commit(epoch="e0", tenure=5)) == Repeated({"r1": 1})


async def test_asking_writes_nothing(store: Store) -> None:
    before = await everything(store)
    assert await outcome(store.committer, commit(count=0, refs={"x": 0})) == Appended(0)
    assert await everything(store) == before
    await outcome(store.committer, commit())
    before = await everything(store)
    assert await outcome(store.committer, commit(expected=1, count=0, refs={"x": 0})) == Appended(1)
    assert await outcome(store.committer, commit(expected=0, count=0, refs={"x": 0})) == Lagging()
    assert await everything(store) == before
    assert await outcome(store.committer, commit(expected=0, count=0, refs={"x": 0, "r1": 0})) == Repeated({"r1": 1})
    assert await outcome(store.committer, commit(expected=1, refs={"x": 0, "y": 2})) == Appended(2)
    assert await outcome(store.committer, commit(expected=2, refs={"x": 3})) == Appended(3), "x was only asked about"


# --- what else a commit keeps ------------------------------------------------------------------------------


async def test_a_conversation_stands_in_one_place(store: Store) -> None:
    seq = 0

    async def move(place: str | None, score: int = 0) -> None:
        nonlocal seq
        assert await outcome(store.committer, commit(expected=seq, place=place, score=score)) == Appended(seq + 1)
        seq += 1

    await move("queue", 5)
    await move("agent:li", 6)
    await move(None)
    assert await store.places.counts(["queue", "agent:li"]) == {"queue": 0, "agent:li": 1}
    await move("")
    assert await store.places.counts(["queue", "agent:li"]) == {"queue": 0, "agent:li": 0}
    await move("queue", 7)
    assert await members(store, "queue") == ["wang"]


async def test_dues_are_set_moved_and_taken_back(store: Store) -> None:
    every = list(range(4))
    await outcome(store.committer, commit(dues={"bot": 100, "snooze": 200}))
    await outcome(store.committer, commit(expected=1, dues={"bot": 300}))
    assert await store.places.overdue(every, 150) == []
    await outcome(store.committer, commit(expected=2, dues={"snooze": 0}))
    assert [kind for _, kind, _ in await store.places.overdue(every, 999)] == ["bot"]


async def test_a_lane_keeps_its_order_and_its_back_off(store: Store) -> None:
    jobs = [Job(f"j{n}", "k", "lane", {}) for n in (1, 2)]
    await outcome(store.committer, commit(jobs=jobs))
    [shard] = await store.outbox.due(list(range(4)), 10)
    [first] = await store.outbox.claim(shard, 10)
    await store.outbox.failed(first, "no", 10)
    await outcome(store.committer, commit(expected=1, jobs=[Job("j3", "k", "lane", {})]))
    assert await store.outbox.due(list(range(4)), 500) == [], "a new job does not wake a lane that backs off"
    for wanted in ("j1", "j2", "j3"):
        [job] = await store.outbox.claim(shard, 5_000)
        assert job.id == wanted
        await store.outbox.done(job)


async def test_seqs_are_gapless_and_refs_are_kept_when_many_write_at_once(store: Store) -> None:
    """Six writers, no lock: each decides on what it last saw, and the store keeps the order."""

    async def write(name: str) -> list[int]:
        seq, mine = 0, list[int]()
        while len(mine) < 12:
            ref = f"{name}{len(mine)}"
            match await outcome(store.committer, commit(expected=seq, refs={ref: seq + 1})):
                case Appended(at):
                    seq = at
                    mine.append(at)
                case Lagging():
                    _, seq = await store.logs.position("wang")
        return mine

    written = await asyncio.gather(*(write(name) for name in "abcdef"))
    assert sorted(seq for mine in written for seq in mine) == list(range(1, 73))
    assert [e.seq for e in await store.logs.after("wang", 0)] == list(range(1, 73))


# --- the store forgets its scripts, or breaks off ----------------------------------------------------------


async def test_scripts_that_the_store_forgot_are_loaded_again(store: Store) -> None:
    await outcome(store.committer, commit())
    await store.client.each("SCRIPT", "FLUSH")
    assert isinstance(await outcome(store.committer, commit(expected=1)), StoreUnavailable)

    async def again() -> bool:
        try:
            return await outcome(store.committer, commit(expected=1)) == Appended(2)
        except StoreUnavailable:
            return False

    assert await until(again)


async def test_every_submit_has_exactly_one_outcome_whatever_happens_to_the_connection(tmp_path: Path) -> None:
    """The check of a batch could be sent when its commands were lost: then nobody was told, and all waited for ever."""
    async with own_valkey(tmp_path, "memory") as embedded, store_at(embedded) as store:
        told: Counter[int] = Counter()
        loop, sent = asyncio.get_running_loop(), 0
        refused = 0
        until_s = loop.time() + 1.0
        while loop.time() < until_s:
            for _ in range(3):
                sent += 1
                try:
                    store.committer.submit(commit(f"c{sent}", refs={}), lambda _, n=sent: told.update([n]))
                except StoreUnavailable:
                    refused += 1
                    told[sent] += 1
            if sent % 60 == 0:
                await store.client.do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            await asyncio.sleep(0)

        async def all_told() -> bool:
            return len(told) == sent

        await until(all_told)
        assert set(told.values()) == {1}
        assert refused < sent, "it was up now and then"


# --- durable -----------------------------------------------------------------------------------------------


async def calls(store: Store, command: str) -> int:
    """How often the server was asked `command`."""
    stats = (await store.client.do("INFO", "commandstats")).decode()
    line = next((part for part in stats.splitlines() if part.startswith(f"cmdstat_{command}:")), "")
    return int(line.partition("calls=")[2].partition(",")[0] or 0)


async def burst(store: Store, count: int) -> list[Outcome]:
    """`count` conversations committed in one loop turn."""
    return await asyncio.gather(*(outcome(store.committer, commit(f"c{n}")) for n in range(count)))


async def test_a_store_that_always_fsyncs_needs_no_check(tmp_path: Path) -> None:
    async with own_valkey(tmp_path, "fsync") as embedded, store_at(embedded) as store:
        assert await burst(store, 20) == [Appended(1)] * 20
        assert await calls(store, "waitaof") == 0


async def test_one_waitaof_serves_all_commits_of_a_loop_turn(tmp_path: Path) -> None:
    async with own_valkey(tmp_path, "memory") as embedded, store_at(embedded) as store:
        assert await burst(store, 50) == [Appended(1)] * 50
        assert await calls(store, "waitaof") == 1


async def test_memory_asks_for_nothing(tmp_path: Path) -> None:
    async with own_valkey(tmp_path, "memory") as embedded, store_at(embedded, durability="memory") as store:
        assert await burst(store, 5) == [Appended(1)] * 5
        assert await calls(store, "waitaof") == 0


async def test_what_can_not_reach_the_disk_is_not_acked(tmp_path: Path) -> None:
    async with own_valkey(tmp_path, "memory") as embedded, store_at(embedded, durable_timeout_s=0.2) as store:
        await store.client.do("CONFIG", "SET", "appendonly", "no")
        assert isinstance(await outcome(store.committer, commit()), NotDurable)
        assert isinstance(await outcome(store.committer, commit()), NotDurable), "nor is its repeat"
        assert await outcome(store.committer, commit(expected=0, refs={"x": 1})) == Lagging(), "nothing was promised"


async def test_a_weak_store_becomes_known_at_the_next_connection(tmp_path: Path) -> None:
    """Somebody set appendfsync back while we were away: from the next connect on it is asked."""
    async with own_valkey(tmp_path, "fsync") as embedded, store_at(embedded) as store:
        await outcome(store.committer, commit())
        await store.client.do("CONFIG", "SET", "appendfsync", "everysec")
        await store.client.do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

        async def asked() -> bool:
            try:
                await outcome(store.committer, commit("other"))
            except StoreUnavailable:
                return False
            return await calls(store, "waitaof") > 0

        assert await until(asked)


async def test_replicated_without_a_replica_is_not_durable(tmp_path: Path) -> None:
    replicated = {"durability": "replicated", "durable_timeout_s": 0.1}
    async with own_valkey(tmp_path) as embedded, store_at(embedded, **replicated) as store:
        assert isinstance(await outcome(store.committer, commit()), NotDurable)
        assert isinstance(await outcome(store.committer, commit()), NotDurable)


async def test_replicated_means_that_the_replica_has_it(tmp_path: Path) -> None:
    replicated = {"durability": "replicated", "durable_timeout_s": 0.3}
    async with (
        own_valkey(tmp_path / "primary") as embedded,
        store_at(embedded, **replicated) as store,
        own_valkey(tmp_path / "replica") as second,
    ):
        await store.client.do("CONFIG", "SET", "repl-diskless-sync-delay", 0)
        replica = Client(Nodes(still(second.url)))
        await replica.do("REPLICAOF", "127.0.0.1", await tcp_port(store))

        async def acked() -> bool:
            return await outcome(store.committer, commit()) in (Appended(1), Repeated({"r1": 1}))

        await until(acked)
        assert await outcome(store.committer, commit(expected=1)) == Appended(2)
        assert await replica.do("HGET", store.keys.conversation("wang"), "seq") == b"2"
        await replica.close()
        await second.stop()
        assert isinstance(await outcome(store.committer, commit(expected=2)), NotDurable)


# --- what travels ------------------------------------------------------------------------------------------


async def test_bodies_are_opaque_to_the_store(store: Store) -> None:
    """Anything may stand in a body: only the envelope is read."""
    body = json.dumps({"t": "event", "words": "\x00\r\n$5\r\n王🙂"}).encode()
    raw = Commit("wang", 0, "e1", 0, 0, {"a:b c": 1}, [(1, "s", body)], jobs=[Job("王", "k", "l 1", {"t": "🙂\n"})])
    assert await outcome(store.committer, raw) == Appended(1)
    [entry] = await store.logs.after("wang", 0)
    assert (entry.frame, str(entry.audience)) == (body, "s")
    [shard] = await store.outbox.due(list(range(4)), 1)
    [job] = await store.outbox.claim(shard, 1)
    assert (job.id, job.lane, job.payload) == ("王", "l 1", {"t": "🙂\n"})
