"""R5: thousands of clients are cut at once. All are back within 30 s, and who stayed hardly notices.

Long: 5,000 customers; 50 others go on talking.
"""

import asyncio
import time
from array import array

from tests.chaos.client import Pass
from tests.chaos.crowd import Crowd, quantile
from tests.chaos.lag import lag
from tests.chaos.report import Report
from tests.chaos.stage import Stage

STEP = 100


async def run(stage: Stage, report: Report, long: bool) -> None:
    count, pairs, per_s = (5_000, 25, 50.0) if long else (200, 5, 20.0)
    await stage.store()
    await stage.hub(nodes=2, workers=1)
    async with asyncio.TaskGroup() as tasks:
        steady = Crowd(stage.history, stage.ports, tasks)
        speakers = await steady.pairs(pairs, stage.cookie, stage.customer)
        cut = Crowd(stage.history, stage.ports, tasks)
        for number in range(0, count, STEP):
            for n in range(number, number + STEP):
                cut.add(f"x{n}", Pass(stage.visitor(n)))
            await cut.live(120.0)
        await asyncio.sleep(10.0 if long else 2.0)  # the bot greets them all
        steady.latencies = array("d")
        cut.resumes, cut.failures = array("d"), []
        talking = tasks.create_task(steady.talk(speakers, per_s, 35.0 if long else 5.0))
        await asyncio.sleep(1.0)
        async with lag(stage.nodes) as late:
            began = time.monotonic()
            for client in cut.clients:
                client.lose()
            await asyncio.sleep(0.1)
            await cut.live(60.0)
            report.figure("sockets", count)
            report.goal("all_back_s", time.monotonic() - began, at_most=30.0)
        report.figure("harness_lag_p99_ms", late.own)
        report.figure("node_lag_p99_ms", late.nodes)
        report.figure("resume_p50_s", quantile(cut.resumes, 0.5))
        report.goal("given_up", len(cut.failures) + len(steady.failures), at_most=0)
        await talking
        await steady.settled()
        report.goal("live_p99_ms", quantile(steady.latencies, 0.99) * 1000, at_most=1000.0)
        steady.leave()
        cut.leave()
    report.judged(await stage.judge())
