"""R8: clocks jump an hour ahead. Order is unaffected, no owner changes; tickets and tokens tolerate 60 s of skew.

With libfaketime (Debian: libfaketime), on one of two serving processes and on the worker that works all along. Their
monotonic clocks stay: as NTP would do it. The worker starts an hour ahead, too.
"""

import asyncio
import time
from collections import Counter
from pathlib import Path

from tests.chaos.client import Client, Pass
from tests.chaos.crowd import Crowd
from tests.chaos.place import Event
from tests.chaos.processes import Node
from tests.chaos.report import Report
from tests.chaos.stage import Stage

PLACES = ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib")
HOUR_S, SKEW_S = 3_600, 55


async def run(stage: Stage, report: Report, long: bool) -> None:
    pairs, per_s, seconds = (50, 100.0, 10.0) if long else (5, 20.0, 1.5)
    library = _library()
    if library is None:
        report.skipped("libfaketime is not installed")
        return
    clock = stage.dir / "clock"
    await stage.store()
    await stage.hub(nodes=1, workers=0)
    faked = _faked(library, clock)
    _set(clock, HOUR_S)
    worker = stage.add_worker(**faked)
    worker.start()
    await worker.ready()
    _set(clock, 0)
    skewed = stage.add_node(**faked)
    skewed.start()
    await skewed.ready()
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(stage.history, stage.ports, tasks)
        speakers = await crowd.pairs(pairs, stage.cookie, stage.visitor)
        changes: Counter[str] = Counter()
        crowd.on_shown = lambda client, event: _count(changes, client, event)
        for ahead_s in (0, HOUR_S, 0):
            _set(clock, ahead_s)
            await crowd.talk(speakers, per_s, seconds)
            for client in speakers[::3]:
                client.lose()  # tickets and resumes, too, are made under this clock
            await crowd.talk(speakers, per_s, seconds)
        await crowd.settled()
        report.figure("ahead_s_seen", changes.pop("ahead_s", 0))
        report.goal("owner_changes", sum(changes.values()), at_most=0)
        report.goal("given_up", len(crowd.failures), at_most=0)
        crowd.leave()
    await _tolerates(stage, report, skewed, clock)
    report.judged(await stage.judge())


def _faked(library: Path, clock: Path) -> dict[str, str]:
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def _library() -> Path | None:
    places = (Path(place, "faketime", "libfaketime.so.1") for place in PLACES)
    return next((place for place in places if place.exists()), None)


def _set(clock: Path, ahead_s: int) -> None:
    fresh = clock.with_suffix(".new")
    fresh.write_text(f"+{ahead_s}\n")
    fresh.replace(clock)


def _count(changes: Counter[str], client: Client, event: Event) -> None:
    if event["type"] == "owner.changed":
        changes[event["d"]["reason"]] += 1
    changes["ahead_s"] = max(changes["ahead_s"], event["at"] // 1000 - int(time.time()))


async def _tolerates(stage: Stage, report: Report, skewed: Node, clock: Path) -> None:
    """A token that has just run out by the clock of a node that is ahead; a ticket of that node, used at the other."""
    _set(clock, SKEW_S)
    await asyncio.sleep(1.5)
    async with asyncio.TaskGroup() as tasks:
        late = Crowd(stage.history, lambda: [skewed.port], tasks)
        late.add("late", Pass({**stage.customer(1), "token": stage.token("late", 2.0)}))
        early = Crowd(stage.history, lambda: [stage.nodes[0].port], tasks)
        early.add("early", Pass({**stage.customer(2), "token": stage.token("early", HOUR_S + SKEW_S)}))
        mixed = Crowd(stage.history, lambda: [skewed.port], tasks)
        mixed.add("mixed", Pass(stage.visitor(3)), socket_ports=lambda _: stage.nodes[0].port)
        for crowd, name in ((late, "late_token"), (early, "early_token"), (mixed, "ticket_of_the_other")):
            try:
                await crowd.live(5.0)
                await crowd.settled()
            except TimeoutError:
                report.failed(f"{name} refused: {crowd.failures}")
            crowd.leave()
    report.figure("skew_s", SKEW_S)
