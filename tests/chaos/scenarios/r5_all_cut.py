"""R5: thousands of clients are cut at once. All are back within 30 s, and who stayed hardly notices.

Long: 5,000 visitors, in a process of their own; 50 others go on talking.
"""

import asyncio
from array import array

from tests.chaos.crowd import Crowd, quantile
from tests.chaos.flock import flock
from tests.chaos.lag import lag
from tests.chaos.report import Report
from tests.chaos.stage import Stage


async def run(stage: Stage, report: Report, long: bool) -> None:
    count, pairs, per_s, greeting_s = (5_000, 25, 50.0, 10.0) if long else (200, 5, 20.0, 1.0)
    await stage.store()
    await stage.hub(nodes=2)
    theirs = stage.dir / "flock.jsonl"
    async with asyncio.TaskGroup() as tasks, flock(theirs, count, stage.ports()) as visitors:
        steady = Crowd(stage.history, stage.ports, tasks)
        speakers = await steady.pairs(pairs, stage.cookie, stage.customer)
        await visitors.told()
        await asyncio.sleep(greeting_s)  # the bot greets them all
        steady.latencies = array("d")
        talking = tasks.create_task(steady.talk(speakers, per_s, 3_600.0))
        await asyncio.sleep(1.0)
        async with lag(stage.nodes) as late:
            await visitors.cut()
            back = await visitors.told()
        talking.cancel()
        await steady.settled()
        report.figure("sockets", count)
        report.goal("all_back_s", back["back_s"], at_most=30.0)
        report.figure("resume_p50_s", back["p50_s"])
        report.goal("given_up", back["given_up"] + len(steady.failures), at_most=0)
        report.goal("live_p99_ms", quantile(steady.latencies, 0.99) * 1000, at_most=1000.0)
        report.figure("harness_lag_p99_ms", late.own)
        report.figure("node_lag_p99_ms", late.nodes)
        steady.leave()
        await visitors.leave()
    report.judged(await stage.judge(more=theirs))
