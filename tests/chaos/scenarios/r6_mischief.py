"""R6: a proxy that duplicates, reorders and delays whole messages, 5 % each, both ways. Nothing is lost or doubled.

Each client has one message under way, as the SDK has: two that overtake each other on the wire have no order to keep.
Long: 100,000 sends.
"""

import asyncio

from tests.chaos.crowd import Crowd, quantile
from tests.chaos.mischief import Mischief
from tests.chaos.report import Report
from tests.chaos.stage import Stage


async def run(stage: Stage, report: Report, long: bool) -> None:
    pairs, per_s, seconds = (100, 560.0, 180.0) if long else (10, 120.0, 5.0)
    await stage.store()
    await stage.hub()
    async with Mischief(stage.nodes[0].port) as proxy, asyncio.TaskGroup() as tasks:
        crowd = Crowd(stage.history, stage.ports, tasks)
        speakers = await crowd.pairs(pairs, stage.cookie, stage.customer, socket_ports=lambda _: proxy.port)
        await crowd.talk(speakers, per_s, seconds)
        await crowd.settled(120.0)
        report.figure("sockets", len(speakers))
        for name, count in proxy.counts.items():
            report.figure(name, count)
        report.figure("reconnects", len(crowd.resumes))
        report.figure("p99_ms", quantile(crowd.latencies, 0.99) * 1000)
        report.goal("given_up", len(crowd.failures), at_most=0)
        crowd.leave()
    verdict = await stage.judge()
    report.judged(verdict)
    report.goal("sends", verdict.sent, at_least=100_000 if long else 500)
