"""R9: the disk under the store is full. Writes are refused by name, nothing acked is lost; it mends without a restart.

On a tmpfs of 64 MiB, which takes root to mount. Twice: appendfsync everysec, where Valkey refuses writes; and the
embedded store at `fsync`, where Valkey ends itself and is started again when there is room (hub/store/embedded.py).
"""

import asyncio
import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.store.embedded import EmbeddedStore
from tests.chaos.crowd import Crowd
from tests.chaos.report import Report
from tests.chaos.stage import Stage, open_stage

SIZE = "64m"
ALLOWED = {"store_unavailable", "not_durable"}


async def run(stage: Stage, report: Report, long: bool) -> None:
    if os.geteuid():
        report.skipped("a tmpfs can only be mounted by root")
        return
    with tmpfs(stage.dir / "store0") as disk:
        await stage.store("everysec")
        await fill_and_free(stage, report, long, disk, "everysec")
        await stage.close()
    async with open_stage() as another:
        with tmpfs(another.dir / "embedded") as disk:
            await _with_embedded(another, report, long, disk)


async def _with_embedded(stage: Stage, report: Report, long: bool, disk: Path) -> None:
    """The store belongs to us, as it belongs to `onethread up`."""
    embedded = EmbeddedStore(disk, "fsync")
    stage.url = await embedded.start()
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(embedded.keep(lambda _: None))
        await fill_and_free(stage, report, long, disk, "embedded")
        await stage.close()
        keeping.cancel()
    await embedded.stop()


async def fill_and_free(stage: Stage, report: Report, long: bool, disk: Path, name: str) -> None:
    pairs, per_s, full_s = (25, 100.0, 20.0) if long else (5, 30.0, 3.0)
    await stage.hub(durability="fsync")
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(stage.history, stage.ports, tasks)
        speakers = await crowd.pairs(pairs, stage.cookie, stage.visitor)
        talking = tasks.create_task(crowd.talk(speakers, per_s, full_s + (8.0 if long else 5.0)))
        await asyncio.sleep(2.0)
        ballast = _fill(disk)
        await asyncio.sleep(full_s)
        last_ack_s = time.monotonic() - crowd.acked_at
        freed = time.monotonic()
        ballast.unlink()
        while crowd.acked_at < freed:
            await asyncio.sleep(0.05)
            if time.monotonic() - freed > 30.0:
                raise TimeoutError("no ack 30 s after there was room again")
        report.goal(f"back_s_{name}", crowd.acked_at - freed, at_most=10.0)
        report.figure(f"refused_for_s_{name}", last_ack_s)
        await talking
        await crowd.settled()
        report.figure(f"refusals_{name}", dict(crowd.refusals))
        report.goal(f"refused_{name}", sum(crowd.refusals[code] for code in ALLOWED), at_least=1)
        report.goal(f"other_refusals_{name}", sum(n for c, n in crowd.refusals.items() if c not in ALLOWED), at_most=0)
        report.goal(f"given_up_{name}", len(crowd.failures), at_most=0)
        report.goal(f"restarts_{name}", sum(p.starts - 1 for p in (*stage.nodes, *stage.workers)), at_most=0)
        crowd.leave()
    report.judged(await stage.judge())


def _fill(disk: Path) -> Path:
    """To the last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16) if _free(disk) >= 1 << 16 else bytes(1 << 12))
    return ballast


def _free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


@contextmanager
def tmpfs(place: Path) -> Iterator[Path]:
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
