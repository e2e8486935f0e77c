"""R3: Sentinel, `replicated`: the primary is killed; then cut off from its replicas while writers still reach it.

Nothing acked is lost, and the hub follows to the new primary by itself. After the partition the old primary comes back
as a replica and forgets what nobody else had: none of that was acked.
"""

import asyncio
import time

from tests.chaos.crowd import Crowd
from tests.chaos.report import Report
from tests.chaos.stage import Stage
from tests.clusters import SentinelSetup, sentinel_setup

UNAVAILABLE_S = 10.0


async def run(stage: Stage, report: Report, long: bool) -> None:
    pairs, per_s, rounds, apart_s = (50, 200.0, 3, 8.0) if long else (8, 40.0, 1, 4.0)
    async with sentinel_setup(replicas=3) as setup:
        stage.url = setup.url
        await stage.hub(nodes=2, workers=1, durability="replicated", replicas="1")
        async with asyncio.TaskGroup() as tasks:
            crowd = Crowd(stage.history, stage.ports, tasks)
            speakers = await crowd.pairs(pairs, stage.cookie, stage.visitor)
            talking = tasks.create_task(crowd.talk(speakers, per_s, 3600.0))
            pauses = tasks.create_task(longest_pause(crowd))
            for _ in range(rounds):
                await asyncio.sleep(2.0)
                await killed(setup, crowd)
                if long:
                    await whole(setup)
                await asyncio.sleep(2.0)
                await cut_off(setup, crowd, apart_s)
                if long:
                    await whole(setup)
            await asyncio.sleep(2.0)
            talking.cancel()
            await crowd.settled()
            pauses.cancel()
            report.figure("failovers", 2 * rounds)
            report.goal("unavailable_s", crowd.longest_pause_s, at_most=UNAVAILABLE_S)
            report.figure("refusals", dict(crowd.refusals))
            report.goal("given_up", len(crowd.failures), at_most=0)
            report.goal("restarts", sum(p.starts - 1 for p in (*stage.nodes, *stage.workers)), at_most=0)
            crowd.leave()
        report.judged(await stage.judge((await setup.primary()).url))


async def killed(setup: SentinelSetup, crowd: Crowd) -> None:
    """The primary is gone; when another has taken over and acks flow, it comes back as a replica."""
    primary = await setup.primary()
    at = time.monotonic()
    await primary.kill()
    while await setup.primary() is primary or crowd.acked_at < at + 1.0:
        await asyncio.sleep(0.1)
    await primary.start()


async def cut_off(setup: SentinelSetup, crowd: Crowd, apart_s: float) -> None:
    """Replicas and sentinels can't reach the primary any more; the hub can. Then the network heals."""
    primary = await setup.primary()
    at = time.monotonic()
    await primary.cut_off()
    while await setup.primary() is primary or crowd.acked_at < at + 1.0:
        await asyncio.sleep(0.1)
    await asyncio.sleep(max(0.0, at + apart_s - time.monotonic()))
    await primary.join()


async def whole(setup: SentinelSetup) -> None:
    """Until every other is a replica of the primary again: Sentinel takes ten seconds to turn one round."""
    while await setup.replicas() < len(setup.members) - 1:
        await asyncio.sleep(0.1)


async def longest_pause(crowd: Crowd) -> None:
    """Of acks, by all clients together; kept in `crowd.longest_pause_s`."""
    while True:
        await asyncio.sleep(0.05)
        crowd.longest_pause_s = max(crowd.longest_pause_s, time.monotonic() - crowd.acked_at)
