"""R11: a soak: pairs talk, connections come and go. Memory does not grow, no descriptor, thread or task stays behind.

Long: 10 minutes, the first 3 of them to warm up. The slope is a least-squares line through what follows, per hour.
"""

import asyncio
import time
from collections.abc import Sequence

from tests.chaos.client import Client
from tests.chaos.crowd import Crowd
from tests.chaos.processes import Node, Process
from tests.chaos.report import Report
from tests.chaos.stage import Stage
from tests.chaos.websocket import ask

PER_HOUR = 3600.0
CUT_EVERY_S = 0.5


async def run(stage: Stage, report: Report, long: bool) -> None:
    pairs, per_s, warm_s, seconds, every_s = (50, 100.0, 180.0, 420.0, 5.0) if long else (10, 50.0, 2.0, 6.0, 0.5)
    await stage.store()
    await stage.hub()
    processes: list[Process] = [*stage.nodes, *stage.workers]
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(stage.history, stage.ports, tasks)
        speakers = await crowd.pairs(pairs, stage.cookie, stage.visitor)
        before = await counts(stage)
        churning = tasks.create_task(churn(speakers))
        talking = tasks.create_task(crowd.talk(speakers, per_s, warm_s + seconds))
        await asyncio.sleep(warm_s)
        samples = await sample(processes, seconds, every_s)
        churning.cancel()
        await talking
        await crowd.settled()
        await asyncio.sleep(1.0)
        after = await counts(stage)
        for process, line in zip(processes, samples, strict=True):
            grows = slope(line) * PER_HOUR / line[0][1] * 100
            report.figure(f"rss_mb_{process.name}", line[-1][1] / 1024)
            if long:
                report.goal(f"rss_percent_per_h_{process.name}", grows, at_most=1.0)
        for name, count in after.items():
            report.figure(name, count)
            report.goal(f"{name}_more", count - before[name], at_most=4)
        report.figure("reconnects", len(crowd.resumes))
        report.goal("given_up", len(crowd.failures), at_most=0)
        crowd.leave()
    report.judged(await stage.judge())


async def churn(clients: Sequence[Client]) -> None:
    turn = 0
    while True:
        await asyncio.sleep(CUT_EVERY_S)
        clients[turn % len(clients)].lose()
        turn += 1


async def sample(processes: Sequence[Process], seconds: float, every_s: float) -> list[list[tuple[float, float]]]:
    """(second, RSS in KiB) of each."""
    lines: list[list[tuple[float, float]]] = [[] for _ in processes]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for process, line in zip(processes, lines, strict=True):
            line.append((time.monotonic(), float(process.rss_kb)))
        await asyncio.sleep(every_s)
    return lines


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the least-squares line."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    across = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / across if across else 0.0


async def counts(stage: Stage) -> dict[str, int]:
    found: dict[str, int] = {}
    for process in (*stage.nodes, *stage.workers):
        found[f"descriptors_{process.name}"] = process.descriptors
        found[f"threads_{process.name}"] = process.threads
    for node in stage.nodes:
        tasks = await tasks_of(node)
        if tasks is not None:
            found[f"tasks_{node.name}"] = tasks
    return found


async def tasks_of(node: Node) -> int | None:
    """By its metrics; None when they do not tell."""
    text = (await ask(node.admin, "GET", "/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith("onethread_tasks ")]
    return int(float(lines[0].rpartition(" ")[2])) if lines else None
