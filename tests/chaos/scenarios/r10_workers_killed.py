"""R10: workers are SIGKILLed while jobs and bot turns wait for them. Each has its effect, or its answer, exactly once.

Long: 20 kills during 10,000 jobs (a resolved session each) and 2,000 bot turns (a greeting and an answer each).
Effects are counted in the local CRM: a note's marker, and the note itself. Some jobs are poison: nobody carries them.
The short form kills during the bot's turns only: a job in a killed worker's hand waits for its lease, a minute.
"""

import asyncio
import json
import sqlite3
from collections import Counter
from typing import Any

from hub.crm.local import LocalCrm
from hub.model.crm import CrmCustomer
from hub.model.ids import derived
from hub.parts import now_ms
from hub.store.keys import Keys
from tests.chaos.client import Client, Pass
from tests.chaos.crowd import Crowd
from tests.chaos.place import Event
from tests.chaos.processes import Worker, commands
from tests.chaos.report import Report
from tests.chaos.scenarios.r1_serving_killed import RESTART_S
from tests.chaos.stage import SHARDS, Frames, Stage, final_frames

POISON = 3
AT_ONCE = 25
BATCH = 50


async def run(stage: Stage, report: Report, long: bool) -> None:
    customers, cycles, kills, every_s = (1_000, 10, 20, 8.0) if long else (20, 3, 2, 2.0)
    store = await stage.store()
    await seed(stage, customers)
    await stage.hub(nodes=1, workers=2, durability="fsync")
    await poison(stage)
    answered: dict[str, asyncio.Event] = {}
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(stage.history, stage.ports, tasks)
        crowd.on_shown = lambda client, event: _answer(answered, client, event)
        agents = [crowd.add(f"a{n}", Pass({"kind": "agent"}, stage.cookie)) for n in range(AT_ONCE)]
        await crowd.live()
        killing = tasks.create_task(kill_workers(stage.workers, kills, every_s))
        for first in range(0, customers, BATCH):
            some = [crowd.add(f"c{n}", Pass(stage.customer(n))) for n in range(first, min(first + BATCH, customers))]
            answered |= {customer.name: asyncio.Event() for customer in some}
            await crowd.live()
            await spoken_to(answered, some)
            for customer in some:
                answered[customer.name].clear()
                customer.say("Hello, what are your opening hours?")
            await spoken_to(answered, some)
            if not long:
                await killing
            await asyncio.gather(*(resolve(agents[n % AT_ONCE], c, cycles) for n, c in enumerate(some)))
        await killing
        report.figure("kills", sum(worker.starts - 1 for worker in stage.workers))
        await empty(store.url)
        await crowd.settled()
        crowd.leave()
    frames = await final_frames(store.url)
    turns, answers = bot_turns(frames)
    report.goal("bot_turns", turns, at_least=1_000 if long else 2 * customers)
    report.goal("turns_unanswered", turns - len(answers), at_most=0)
    report.goal("turns_answered_twice", sum(count > 1 for count in answers.values()), at_most=0)
    effects(stage, report, frames, customers * cycles)
    report.goal("dead_poison", await dead(store.url), at_least=POISON, at_most=POISON)
    report.judged(await stage.judge())


# --- before -----------------------------------------------------------------------------------------------


async def seed(stage: Stage, customers: int) -> None:
    """The CRM knows them all, or nothing would be written."""
    (stage.dir / "data").mkdir(exist_ok=True)
    crm = await LocalCrm.open(stage.dir / "data" / "crm.sqlite3", now_ms)
    await crm.load_customers(customer_of(n) for n in range(customers))
    await crm.close()


def customer_of(number: int) -> CrmCustomer:
    id = f"customer-{number}"
    return CrmCustomer(source="chaos", source_id=id, external_id=id, name=f"Customer {number}")


async def poison(stage: Stage) -> None:
    """Jobs of a kind that nobody carries, put where commit.lua puts them."""
    for number in range(POISON):
        prefix, id = Keys("ot", SHARDS).shard(number), f"poison:{number}"
        job = json.dumps({"kind": "crm.poison", "conversation": "none", "payload": {}})
        await commands(
            stage.url,
            ("HSET", f"{prefix}job:{id}", "job", job, "tries", 0),
            ("RPUSH", f"{prefix}lane:{id}", id),
            ("ZADD", f"{prefix}outbox", 0, id),
        )


# --- meanwhile --------------------------------------------------------------------------------------------


def _answer(answered: dict[str, asyncio.Event], client: Client, event: Event) -> None:
    mine = answered.get(client.name)
    if mine and event["type"] == "message.created" and event["by"]["kind"] == "bot":
        mine.set()


async def spoken_to(answered: dict[str, asyncio.Event], customers: list[Client]) -> None:
    """Until the bot has said a word to each: it greets, and it answers. Raises TimeoutError after a minute."""
    async with asyncio.timeout(60.0):
        for customer in customers:
            await answered[customer.name].wait()


async def resolve(agent: Client, customer: Client, cycles: int) -> None:
    """Take it and end it; then open it and end it again: each end is a job."""
    conversation = customer.place.conversation
    await _asked(agent, "conversation.assign", conversation, to="agent", agent="me")
    await _asked(agent, "conversation.resolve", conversation)
    for _ in range(cycles - 1):
        await _asked(agent, "conversation.reopen", conversation)
        await _asked(agent, "conversation.resolve", conversation)


async def _asked(who: Client, t: str, conversation: str, **d: Any) -> None:
    answer = await who.request(t, conversation=conversation, **d)
    if answer["t"] != "ack":
        raise RuntimeError(f"{t}: {answer}")


async def kill_workers(workers: list[Worker], kills: int, every_s: float) -> None:
    for turn in range(kills):
        await asyncio.sleep(every_s)
        worker = workers[turn % len(workers)]
        await worker.kill()
        await asyncio.sleep(RESTART_S)
        worker.start()


async def empty(url: str) -> None:
    """Until nothing waits in the outbox. Raises TimeoutError after 3 minutes."""
    keys = Keys("ot", SHARDS)
    async with asyncio.timeout(180.0):
        while any(await commands(url, *(("ZCARD", keys.outbox(shard)) for shard in range(SHARDS)))):
            await asyncio.sleep(0.2)


# --- afterwards -------------------------------------------------------------------------------------------


def bot_turns(frames: Frames) -> tuple[int, Counter[str]]:
    """How many turns there were, and in how many commits each was answered."""
    turns, answers = 0, Counter[str]()
    for conversation, log in frames.items():
        asked = {derived("bot", conversation, f["id"], str(f["seq"])) for _, f in log if _is_turn(f)}
        turns += len(asked)
        before = ""
        for _, frame in log:
            if frame["id"] in asked and frame["id"] != before:
                answers[frame["id"]] += 1
            before = frame["id"]
    return turns, answers


def _is_turn(frame: Event) -> bool:
    """A customer's first arrival, or what they wrote to the bot (here: all that they wrote)."""
    if frame["by"]["kind"] != "customer":
        return False
    arrived = frame["type"] == "customer.arrived" and frame["seq"] <= 5
    return bool(arrived or frame["type"] == "message.created")


def effects(stage: Stage, report: Report, frames: Frames, jobs: int) -> None:
    """Each resolved session: a transcript and a summary in the CRM, and the word of both in the log, once each."""
    wanted = {
        f"session:{conversation}:{frame['d']['session']}:{frame['id']}:{kind}"
        for conversation, log in frames.items()
        for _, frame in log
        if frame["type"] == "conversation.resolved"
        for kind in ("transcript", "summary")
    }
    crm = sqlite3.connect(stage.dir / "data" / "crm.sqlite3")
    marked = Counter(marker for (marker,) in crm.execute("SELECT marker FROM markers WHERE operation = 'add_note'"))
    [(notes,)] = crm.execute("SELECT count(*) FROM notes WHERE kind IN ('transcript', 'summary')").fetchall()
    crm.close()
    told = Counter(
        f["id"]
        for log in frames.values()
        for _, f in log
        if f["type"] == "crm.written" and f["d"]["what"] in ("transcript", "summary")
    )
    report.goal("jobs", len(wanted) // 2, at_least=jobs)
    report.goal("effects_lost", len(wanted - marked.keys()), at_most=0)
    report.goal("effects_doubled", notes - len(marked) + sum(count - 1 for count in marked.values()), at_most=0)
    report.goal("told_in_the_log", len(told), at_least=len(wanted), at_most=len(wanted))
    report.goal("told_twice", sum(count - 1 for count in told.values()), at_most=0)


async def dead(url: str) -> int:
    """How many were put aside, of those that had all five tries."""
    keys = Keys("ot", SHARDS)
    count = 0
    for shard in range(SHARDS):
        [ids] = await commands(url, ("LRANGE", keys.dead(shard), 0, -1))
        for id in ids:
            [tries] = await commands(url, ("HGET", f"{keys.shard(shard)}job:{id.decode()}", "tries"))
            count += int(tries) >= 5
    return count
