"""R12: from sending a message to the other side having it: 1,000 sockets on one node, every ack on disk.

Long: 500 pairs, 500 messages a second for a minute. The clients are measured along: they are one Python process.
The short form's bounds are wide: a CI machine's disk has its moods.
"""

import asyncio

from tests.chaos.crowd import Crowd, quantile
from tests.chaos.report import Report
from tests.chaos.stage import Stage


async def run(stage: Stage, report: Report, long: bool) -> None:
    pairs, per_s, seconds = (500, 500.0, 60.0) if long else (50, 100.0, 5.0)
    await stage.store("always")
    await stage.hub(durability="fsync")
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(stage.history, stage.ports, tasks)
        speakers = await crowd.pairs(pairs, stage.cookie, stage.customer)
        await crowd.talk(speakers, per_s, seconds)
        await crowd.settled()
        report.figure("sockets", len(speakers))
        report.figure("msg_s", per_s)
        report.goal("p50_ms", quantile(crowd.latencies, 0.5) * 1000, at_most=10.0 if long else 100.0)
        report.goal("p99_ms", quantile(crowd.latencies, 0.99) * 1000, at_most=50.0 if long else 1_000.0)
        report.figure("ack_p99_ms", quantile(crowd.acks, 0.99) * 1000)
        report.goal("disconnects", sum(crowd.closes.values()), at_most=0)
        crowd.leave()
    report.judged(await stage.judge())
