"""R4: one of many consumers reads 1 byte/s. It is closed with 4213 within 30 s; the others notice nothing.

Its conversation is a loud one: what the kernel takes for it must fill before the hub's own queue does.
"""

import asyncio
import time

from tests.chaos.client import Client, Pass
from tests.chaos.crowd import Crowd, quantile
from tests.chaos.proxy import Proxy
from tests.chaos.report import Report
from tests.chaos.stage import Stage
from tests.chaos.websocket import ask

LOUD = "慢" * 7_000  # 21 KB on the wire
LOUD_PER_S = 60.0


async def run(stage: Stage, report: Report, long: bool) -> None:
    pairs, per_s, rounds, calm_s, seconds = (249, 250.0, 3, 15.0, 25.0) if long else (10, 50.0, 1, 3.0, 12.0)
    await stage.store()
    await stage.hub()
    node = stage.nodes[0]
    async with Proxy(node.port, narrow=True) as proxy, asyncio.TaskGroup() as tasks:
        crowd = Crowd(stage.history, stage.ports, tasks)
        speakers = await crowd.pairs(pairs, stage.cookie, stage.customer)
        loud = crowd.add("loud", Pass(stage.customer(10_000)))
        crowd.add("slow", Pass(stage.customer(10_000)), socket_ports=lambda _: proxy.port)
        calm: list[float] = []
        strained: list[float] = []
        closed: list[float] = []
        before_kb = node.rss_kb
        for _ in range(rounds):
            await crowd.live()
            calm.append(await _p99(crowd, speakers, loud, per_s, calm_s))
            proxy.down.bytes_per_s = 1.0
            watching = tasks.create_task(_closed_after(node.admin))
            strained.append(await _p99(crowd, speakers, loud, per_s, seconds))
            if watching.done():
                closed.append(watching.result())
            watching.cancel()
            proxy.heal()
            proxy.reset()
        await crowd.settled()
        report.figure("sockets", len(crowd.clients))
        report.figure("p99_ms_calm", min(calm) * 1000)
        report.figure("p99_ms_with_it", min(strained) * 1000)
        if long:
            report.goal("p99_ratio", sorted(strained)[len(strained) // 2] / sorted(calm)[len(calm) // 2], at_most=1.2)
        report.goal("closed_4213", len(closed), at_least=rounds)
        report.goal("closed_after_s", max(closed, default=99.0), at_most=30.0)
        report.figure("rss_grew_mb", (node.rss_kb - before_kb) / 1024)
        crowd.leave()
    report.judged(await stage.judge())


async def _p99(crowd: Crowd, speakers: list[Client], loud: Client, per_s: float, seconds: float) -> float:
    first = len(crowd.latencies)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_shout(loud, seconds))
        await crowd.talk(speakers, per_s, seconds)
    return quantile(crowd.latencies[first:], 0.99)


async def _shout(loud: Client, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        loud.say(LOUD)
        await asyncio.sleep(1 / LOUD_PER_S)


async def _closed_after(admin: int) -> float:
    """Seconds until the node has closed one more slow consumer, by its own metrics."""
    began, before = time.monotonic(), await slow_closes(admin)
    while await slow_closes(admin) == before:
        await asyncio.sleep(0.2)
    return time.monotonic() - began


async def slow_closes(admin: int) -> float:
    text = (await ask(admin, "GET", "/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith("onethread_socket_closes_total")]
    return sum(float(line.rpartition(" ")[2]) for line in lines if 'reason="slow_consumer"' in line)
