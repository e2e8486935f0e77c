"""`python -m bench.calls`: the relay next to its peers. Prints a table; --keep writes bench/results/calls-DATE.json."""

import argparse
import datetime
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import uvloop

from bench.calls.network import Network, network
from bench.calls.run import Measured, floor, measure, saturate
from bench.calls.servers.anchored import anchored, recording
from bench.calls.servers.contract import Server
from bench.calls.servers.janus import can_run, janus
from bench.calls.servers.mediarelay import mediarelay
from bench.calls.table import report
from bench.generator import HERE
from bench.machine import commit, facts
from bench.stage import prefer

Open = Callable[[Network], AbstractAsyncContextManager[Server]]
CALLS = {"video": 24, "audio": 24}
DECODED = {"video": 1, "audio": 4}  # more would be too much for MediaRelay on a core
MOST = 250


@asynccontextmanager
async def _opened(open_it: Open, where: Network) -> AsyncIterator[Server]:
    async with open_it(where) as server:
        yield server


async def _rows(where: Network, rounds: int, seconds: float) -> list[Measured]:
    rows: list[Measured] = []

    async def one(open_it: Open, kind: str, calls: int) -> None:
        async with open_it(where) as server:
            rows.append(await measure(server, kind, calls, seconds))
            _say(rows[-1])

    for _ in range(rounds):
        for kind, calls in CALLS.items():
            rows.append(await floor(where.parties, kind, calls, seconds / 2))
            await one(anchored, kind, calls)
            await one(recording, kind, calls)
            if can_run(where):
                await one(janus, kind, calls)
            await one(mediarelay, kind, DECODED[kind])
    async with anchored(where) as server:
        rows.append(await saturate(server, 8, seconds, MOST))
        _say(rows[-1])
    return rows


def _say(row: Measured) -> None:
    now = datetime.datetime.now().strftime("%H:%M:%S")
    print(f"  {now} {row.server} {row.kind} x{row.calls}: {row.cpu_pct_per_call} % per call", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.calls", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="how often each is measured, one after the other")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    parser.add_argument("--keep", action="store_true", help="write bench/results/calls-DATE.json")
    parser.add_argument("--nice", type=int, default=0, help="below 0 (root) other work on the machine matters less")
    chosen = parser.parse_args()
    os.nice(chosen.nice)
    prefer(os.getpid(), chosen.nice)
    with network() as where:
        rows = uvloop.run(_rows(where, chosen.rounds, chosen.seconds))
        machine: dict[str, Any] = facts() | {"network": "veth between namespaces" if where.apart else "loopback"}
    print(report(rows))
    if chosen.keep:
        day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        kept = {"date": day, "commit": commit(), "machine": machine, "rows": [row.row() for row in rows]}
        path = HERE / "results" / f"calls-{day}.json"
        path.write_text(json.dumps(kept, indent=1) + "\n")
        print(f"written to {path.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
