"""`python -m bench`: brings up the hub and its peers, measures them in turn, prints and keeps the figures."""

import argparse
import datetime
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import machine, rounds, table
from bench.generator import HERE, LoadFailed, build
from bench.plan import MODES, Plan
from bench.result import Report, Row, fold
from bench.servers import DEFAULT, SERVERS
from bench.servers.contract import Unavailable

RESULTS = HERE / "results"


def read_options(words: list[str]) -> argparse.Namespace:
    default = Plan(DEFAULT)
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--servers", nargs="+", choices=sorted(SERVERS), default=list(DEFAULT))
    parser.add_argument("--quick", action="store_true", help="one short round: a first figure in under 4 minutes")
    parser.add_argument("--rounds", type=int, help=f"default {default.rounds}")
    parser.add_argument("--seconds", type=float, help=f"of each measured window; default {default.seconds:g}")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--conversations", type=int, default=default.conversations)
    parser.add_argument("--in-flight", type=int, default=default.in_flight)
    parser.add_argument("--rate", type=float, default=default.rate, help="messages per second of the open loop")
    parser.add_argument("--idle-conversations", type=int, help="two sockets each")
    parser.add_argument("--duplicates", type=float, default=0.0, help="share of messages sent twice with one id")
    parser.add_argument(
        "--nodes", type=int, choices=(1, 2), default=1, help="2: every message crosses to the other node"
    )
    parser.add_argument("--nice", type=int, default=0, help="below 0: before other work on this machine; takes root")
    parser.add_argument("--out", type=Path, help="where the JSON goes; default bench/results/DATE.json")
    return parser.parse_args(words)


def make_plan(options: argparse.Namespace) -> Plan:
    """Explicit options win over --quick."""
    base = Plan(tuple(options.servers))
    base = base.quick() if options.quick else base
    given = {
        name: value
        for name in (
            "rounds",
            "seconds",
            "conversations",
            "in_flight",
            "rate",
            "idle_conversations",
            "duplicates",
            "nodes",
            "nice",
        )
        if (value := getattr(options, name)) is not None
    }
    return replace(base, **given, modes=tuple(options.modes))


def result_path(options: argparse.Namespace, today: datetime.date) -> Path:
    """Only a whole run of the standard work has the plain name."""
    if options.out is not None:
        return Path(options.out)
    standard = Plan(DEFAULT)
    asked = replace(make_plan(options), rounds=standard.rounds, seconds=standard.seconds, nice=0)
    suffix = "-quick" if options.quick else "" if asked == standard else "-part"
    return RESULTS / f"{today.isoformat()}{suffix}.json"


def prepared(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that can be measured here; says what the others lack."""
    able = []
    for name in names:
        try:
            SERVERS[name].prepare()
        except Unavailable as lack:
            print(f"{name} is left out: {lack}", file=sys.stderr)
        else:
            able.append(name)
    return tuple(able)


def document(plan: Plan, rows: list[Row], reports: dict[str, list[Report]], words: list[str]) -> dict[str, Any]:
    """What is kept: bench/results/schema.json describes it."""
    return {
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": " ".join(["python -m bench", *words]),
        "commit": machine.commit(),
        "machine": machine.facts(),
        "versions": {name: SERVERS[name].version() for name in reports},
        "plan": {**vars(plan), "servers": list(plan.servers), "modes": list(plan.modes)},
        "rows": [row.as_json() for row in rows],
        "runs": [run for found in reports.values() for run in found],
    }


def main(words: list[str]) -> int:
    options = read_options(words)
    plan = make_plan(options)
    try:
        build()
    except LoadFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    plan = replace(plan, servers=prepared(plan.servers))
    reports = rounds.run(plan, lambda line: print(line, flush=True))
    rows = {name: fold(name, SERVERS[name].durability, found) for name, found in reports.items()}
    path = result_path(options, datetime.date.today())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(plan, list(rows.values()), reports, words), indent=1) + "\n")
    parts = (
        table.figures(rows.values()) if rows else "",
        table.ratios(rows),
        table.goals(rows),
        table.caution(rows.values()),
        f"kept in {path}",
    )
    print("\n" + "\n\n".join(part for part in parts if part))
    return 0 if len(rows) == len(options.servers) and not any(r.faults() for r in rows.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
