"""R1: SIGKILL a serving process every few seconds, while pairs talk. Nothing acked is lost, doubled or reordered.

Long: 2 of them, one killed every 10 s for 5 minutes, 200 sockets, 500 messages a second.
"""

import asyncio

from tests.chaos.crowd import Crowd, quantile
from tests.chaos.processes import Node
from tests.chaos.report import Report
from tests.chaos.stage import Stage

RESTART_S = 0.2  # as hub/supervise.py does


async def run(stage: Stage, report: Report, long: bool) -> None:
    pairs, per_s, seconds, every_s = (100, 505.0, 300.0, 10.0) if long else (20, 100.0, 8.0, 2.5)
    await stage.store()
    await stage.hub(nodes=2)
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(stage.history, stage.ports, tasks)
        speakers = await crowd.pairs(pairs, stage.cookie, stage.customer)
        killing = tasks.create_task(kill_in_turn(stage.nodes, every_s, tasks))
        await crowd.talk(speakers, per_s, seconds)
        killing.cancel()
        await asyncio.wait([killing])
        for node in stage.nodes:
            await node.ready()
        await crowd.settled()
        report.figure("sockets", len(speakers))
        report.figure("kills", sum(node.starts - 1 for node in stage.nodes))
        report.figure("reconnects", len(crowd.resumes))
        report.figure("resume_p50_s", quantile(crowd.resumes, 0.5))
        report.goal("resume_p99_s", quantile(crowd.resumes, 0.99), at_most=3.0 if long else 10.0)
        report.goal("given_up", len(crowd.failures), at_most=0)
        report.figure("p99_ms", quantile(crowd.latencies, 0.99) * 1000)
        crowd.leave()
    verdict = await stage.judge()
    report.judged(verdict)
    report.goal("acked_messages", verdict.acked, at_least=150_000 if long else 300)


async def kill_in_turn(nodes: list[Node], every_s: float, tasks: asyncio.TaskGroup) -> None:
    turn = 0
    while True:
        await asyncio.sleep(every_s)
        node = nodes[turn % len(nodes)]
        await node.kill()
        tasks.create_task(again(node))
        turn += 1


async def again(node: Node) -> None:
    await asyncio.sleep(RESTART_S)
    node.start()
    await node.ready()
