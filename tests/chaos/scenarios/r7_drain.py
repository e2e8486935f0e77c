"""R7: a deploy: SIGTERM to a node full of sockets. Nobody sees 1006 or 1012, and they come back spread over time.

Long: 2,000 sockets on the node that goes; a few pairs talk meanwhile.
"""

import asyncio
import time

from tests.chaos.client import Pass
from tests.chaos.crowd import Crowd
from tests.chaos.flock import STEP
from tests.chaos.report import Report
from tests.chaos.stage import Stage

RESUMES = 4200


async def run(stage: Stage, report: Report, long: bool) -> None:
    count, pairs, per_s = (1_900, 50, 100.0) if long else (200, 5, 20.0)
    await stage.store()
    await stage.hub(nodes=1)
    old = stage.nodes[0]
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(stage.history, stage.ports, tasks)
        speakers = await crowd.pairs(pairs, stage.cookie, stage.customer)
        for number in range(0, count, STEP):
            for n in range(number, number + STEP):
                crowd.add(f"x{n}", Pass(stage.visitor(n)))
            await crowd.live(120.0)
        new = stage.add_node()
        new.start()
        await new.ready()
        talking = tasks.create_task(crowd.talk(speakers, per_s, 12.0 if long else 8.0))
        await asyncio.sleep(2.0)
        old.up = False  # the balancer is told first
        began = time.monotonic()
        code = await old.stop()
        report.goal("exit_code", abs(code), at_most=0)
        report.figure("drained_s", time.monotonic() - began)
        await crowd.live()
        await talking
        await crowd.settled()
        report.figure("sockets", len(crowd.clients))
        report.figure("closes", {str(code): times for code, times in crowd.closes.items()})
        report.goal("other_closes", sum(n for c, n in crowd.closes.items() if c != RESUMES), at_most=0)
        report.goal("given_up", len(crowd.failures), at_most=0)
        report.goal("busiest_to_mean", _busiest([at - began for at in crowd.resumed_at]), at_most=3.0)
        crowd.leave()
    report.judged(await stage.judge())


def _busiest(at: list[float]) -> float:
    """Of the seconds from the first to the last reconnect: the busiest one's count by the mean."""
    if not at:
        return float("inf")
    seconds = [int(moment) for moment in at]
    span = max(seconds) - min(seconds) + 1
    return max(seconds.count(second) for second in set(seconds)) / (len(seconds) / span)
