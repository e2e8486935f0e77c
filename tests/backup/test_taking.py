"""Covers hub/backup/taking.py: a backup of a store in which people go on talking."""

import asyncio
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from hub.backup.file import Line
from hub.backup.taking import scan
from hub.backup.verifying import verify
from hub.model import commands as c
from hub.model.effects import Job
from hub.model.errors import StoreUnavailable
from hub.settings import Settings
from hub.store.outbox import TRIES
from tests.backup.acts import empty_store, lines, take
from tests.services.acts import LI, Process, held_by, running
from tests.store.acts import commit, outcome

MEANWHILE = 2_000  # things that people do during one backup


def last(path: Path) -> dict[str, list[list[str]]]:
    """The last log of each conversation."""
    found: dict[str, list[list[str]]] = {}
    at = ""
    for line in lines(path):
        if line["k"] == "conversation":
            at = line["id"]
            found[at] = []
        elif line["k"] == "log":
            found[at] += line["entries"]
    return found


async def test_everything_is_in_it(process: Process, backup: Path) -> None:
    found = verify(backup)
    assert found.problems == []
    assert (found.conversations, found.agents, found.identities, found.jobs) == (5, 1, 2, 2)
    assert {line["k"] for line in lines(backup)} == {
        "onethread",
        "agents",
        "login",
        "conversation",
        "log",
        "shard",
        "identity",
    }
    for conversation, entries in last(backup).items():
        assert [frame.encode() for _, frame in entries] == [
            e.frame for e in await process.store.logs.after(conversation, 0)
        ]


async def test_a_login_is_there_and_a_ticket_is_not(process: Process, backup: Path) -> None:
    held = str(lines(backup))
    assert "login" in held
    for fleeting in ("ticket", "lease", "presence", "throttle"):
        assert fleeting not in held


@pytest.mark.long
async def test_people_go_on_meanwhile(process: Process, tmp_path: Path) -> None:
    """Each shard is as it was at one moment: nothing acked before is missing, no job without its event."""
    leave = asyncio.Semaphore(0)  # to say something: without a bound, people outrun the one who writes it all down

    async def talk(conversation: str) -> None:
        await process.to_agent(conversation)
        for n in count():
            await leave.acquire()
            await process.say(conversation, f"{n}")
            if n % 7 == 6:
                await process.ask(conversation, c.Resolve("solved"), LI)
                await process.say(conversation, "again")
                await process.ask(conversation, c.Assign(held_by(LI)), LI)

    async def newcomers() -> None:
        for n in count():
            await leave.acquire()
            await process.to_queue(f"new{n}")

    path = tmp_path / "busy.backup"
    async with running(*(talk(f"busy{n}") for n in range(8)), newcomers()):
        for _ in range(3):
            for _ in range(MEANWHILE):
                leave.release()
            acked = {f"busy{n}": (await process.conversations.newest(f"busy{n}")).seq for n in range(8)}
            taken = await take(process.store, path)
            found = verify(path)
            assert found.problems == []
            assert found.conversations > len(last(path)), "some changed meanwhile, or this test shows nothing"
            for conversation, seq in acked.items():
                assert len(last(path)[conversation]) >= seq
            assert taken.conversations == found.conversations


def shards(path: Path) -> list[Line]:
    return [line for line in lines(path) if line["k"] == "shard"]


async def test_jobs_that_wait_and_those_put_aside_are_in_it(process: Process, tmp_path: Path) -> None:
    store = process.store
    jobs = [Job(f"j{n}", "crm.ticket", "lane", {"n": n}) for n in range(3)]
    await outcome(store.committer, commit("jobs", jobs=jobs))
    for _ in range(TRIES):
        [job] = await store.outbox.claim(shard_of(process, "jobs"), 10**15)
        await store.outbox.failed(job, "no answer", 0)
    await take(store, tmp_path / "a")
    cut = shards(tmp_path / "a")[shard_of(process, "jobs")]
    assert (cut["lanes"]["lane"], cut["dead"]) == (["j1", "j2"], ["j0"])
    assert cut["jobs"]["j0"]["why"] == "no answer"


def shard_of(process: Process, conversation: str) -> int:
    keys = process.store.keys
    return next(s for s in range(keys.shards) if keys.shard(s) == keys.of(conversation))


async def test_what_was_not_reacted_to_is_named(process: Process, tmp_path: Path) -> None:
    shard = shard_of(process, "long")
    tip = (await process.store.feeds.tips([shard]))[shard]
    await process.store.positions.put(shard, tip)
    said = [(await process.say("long", words)).seq for words in "ab"]
    await take(process.store, tmp_path / "a")
    cut = shards(tmp_path / "a")[shard]
    assert cut["reacted"] == tip
    assert [(conversation, seq) for _, conversation, seq in cut["pending"]] == [("long", seq) for seq in said]


async def test_a_prefix_with_signs_of_a_pattern_finds_its_own(process: Process, settings: Settings) -> None:
    """Two hubs in one store: `a*` must not take the conversations of `ab` along."""
    async with empty_store(settings, key_prefix=process.store.keys.prefix[:-1] + "*") as other:
        for shard in range(other.keys.shards):
            assert [keys async for keys in scan(other, shard, "") if keys] == []


async def test_a_failover_in_the_middle_is_noticed(process: Process, settings: Settings) -> None:
    """A cursor means nothing to another server: it could pass over conversations in silence."""

    class Other:
        def __init__(self) -> None:
            self.runs = 0

        async def run(self, *words: Any) -> Any:
            self.runs += 1
            return [b"7" if self.runs == 1 else b"0", [], b"server %d" % self.runs]

    with pytest.raises(StoreUnavailable, match="another server"):
        async for _ in scan(replace(process.store, client=Other()), 0, ""):  # type: ignore[arg-type]
            pass
