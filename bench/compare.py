"""Two versions of the hub beside each other: `python -m bench.compare OTHER`, another checkout of this repository.

Both are up, and the generator turns from one to the other every few seconds: a machine's moods, which may last for
minutes, hit both alike. For steps of some per cent, which two runs of the whole bench would not show.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench import generator
from bench.plan import Plan
from bench.result import Report
from bench.rounds import groups
from bench.servers import HUB, SERVERS
from bench.servers.contract import Target
from bench.servers.onethread import OneThread
from bench.stage import Stage

Pair = tuple[Report, Report]  # this tree's window, the other one's


def window(target: Target, plan: Plan) -> Report:
    """Raises LoadFailed."""
    arguments = ["-P", "onethread", "-p", str(target.port), *groups(target), *target.arguments]
    return generator.run([*arguments, *plan.arguments("closed")], timeout_s=60.0 + plan.seconds, nice=plan.nice)


def cpu(report: Report, whose: str = "server") -> float:
    """Seconds per 100,000 delivered messages."""
    return float(report[f"{whose}_cpu_s"]) / float(report["delivered_in_window"]) * 1e5


def line(pair: Pair) -> str:
    here, there = (f"{it['msg_s']:7,.0f} msg/s {cpu(it):6.2f} s {cpu(it, 'store'):6.2f} s of the store" for it in pair)
    return f"{here}   other {there}   {cpu(pair[0]) / cpu(pair[1]):.2f}"


def summary(pairs: Sequence[Pair]) -> str:
    """Medians of the rounds' ratios, this tree to the other."""
    of_cpu = median(cpu(here) / cpu(there) for here, there in pairs)
    of_store = median(cpu(here, "store") / cpu(there, "store") for here, there in pairs)
    of_speed = median(here["msg_s"] / there["msg_s"] for here, there in pairs)
    return (
        f"this tree takes {of_cpu:.2f} of the CPU ({of_store:.2f} of the store's) for {of_speed:.2f} times the messages"
    )


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("other", type=Path, help="a checkout whose code runs in this environment, too")
    parser.add_argument(
        "--server", default=HUB, choices=[name for name, it in SERVERS.items() if type(it) is OneThread]
    )
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each window")
    parser.add_argument("--nice", type=int, default=0, help="below 0: before other work on this machine; takes root")
    options = parser.parse_args(words)
    this = SERVERS[options.server]
    assert isinstance(this, OneThread)
    plan = Plan((options.server,), seconds=options.seconds, warmup_s=1.0, nice=options.nice)
    pairs: list[Pair] = []
    with Stage(plan.nice) as stage, Stage(plan.nice) as another:
        here = this.start(stage, conversations=plan.conversations, nodes=1)
        there = replace(this, tree=options.other.resolve()).start(another, conversations=plan.conversations, nodes=1)
        window(here, plan), window(there, plan)  # what is done once is done
        for number in range(options.rounds):
            order = (here, there) if number % 2 else (there, here)
            found = {target.port: window(target, plan) for target in order}
            pairs.append((found[here.port], found[there.port]))
            print(line(pairs[-1]), flush=True)
    print(summary(pairs))


if __name__ == "__main__":
    main(sys.argv[1:])
