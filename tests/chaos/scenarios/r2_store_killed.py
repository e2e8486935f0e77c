"""R2: SIGKILL and restart the store, with appendfsync everysec and always. Nothing acked is lost; it is back at once.

The kill of a process is no power cut: what Valkey wrote survives in the page cache. What is shown is that an ack waits
for the write and that every process of the hub finds its way back; that it waits for the *disk* is WAITAOF's word
(tests/store/test_commits.py).
"""

import asyncio
import time

from tests.chaos.crowd import Crowd
from tests.chaos.processes import Valkey
from tests.chaos.report import Report
from tests.chaos.stage import Stage, open_stage

AWAY_S = 0.5


async def run(stage: Stage, report: Report, long: bool) -> None:
    await one(stage, report, long, "everysec")
    async with open_stage() as another:
        await one(another, report, long, "always")


async def one(stage: Stage, report: Report, long: bool, appendfsync: str) -> None:
    pairs, per_s, kills, every_s = (50, 200.0, 6, 6.0) if long else (10, 50.0, 1, 2.0)
    store = await stage.store(appendfsync)
    await stage.hub(nodes=2, durability="fsync")
    backs: list[float] = []
    loads: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(stage.history, stage.ports, tasks)
        speakers = await crowd.pairs(pairs, stage.cookie, stage.customer)
        talking = tasks.create_task(crowd.talk(speakers, per_s, (kills + 0.5) * every_s))
        for _ in range(kills):
            await asyncio.sleep(every_s / 2)
            load_s, back_s = await kill_and_wait(store, crowd)
            loads.append(load_s)
            backs.append(back_s)
            await asyncio.sleep(max(0.0, every_s / 2 - AWAY_S - load_s - back_s))
        await talking
        await crowd.settled()
        report.figure(f"load_s_{appendfsync}", max(loads))
        report.goal(f"back_s_{appendfsync}", max(backs), at_most=5.0)
        report.goal(f"given_up_{appendfsync}", len(crowd.failures), at_most=0)
        report.figure(f"refusals_{appendfsync}", dict(crowd.refusals))
        crowd.leave()
    report.judged(await stage.judge())


async def kill_and_wait(store: Valkey, crowd: Crowd) -> tuple[float, float]:
    """Seconds until it had loaded its log, and from then until the next ack."""
    await store.kill()
    await asyncio.sleep(AWAY_S)
    started = time.monotonic()
    store.start()
    await store.ready()
    loaded = time.monotonic()
    while crowd.acked_at < started:
        await asyncio.sleep(0.01)
        if time.monotonic() - loaded > 30.0:
            raise TimeoutError("no ack 30 s after the store was back")
    return loaded - started, max(0.0, crowd.acked_at - loaded)
