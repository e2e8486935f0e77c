"""Runs the plan: every server in every mode in each round, in changing order, so that a bad minute hits all alike."""

import random
import time
from collections.abc import Callable, Iterator, Sequence

from bench import generator
from bench.plan import Mode, Plan
from bench.result import Report
from bench.servers import SERVERS, Server, Target
from bench.stage import Stage, StartFailed

Say = Callable[[str], None]
_CONNECTING_S = 130.0


def schedule(plan: Plan) -> Iterator[tuple[int, str, Mode]]:
    """(round, server, mode). Memory per socket hardly varies: it is read in the first round only."""
    for number in range(plan.rounds):
        order = list(plan.servers)
        random.Random(number).shuffle(order)
        for mode in plan.modes:
            if mode != "idle" or number == 0:
                yield from ((number, server, mode) for server in order)


def groups(target: Target) -> Sequence[str]:
    """The generator's words for whose CPU and memory to read."""
    listed = {"server": target.server_pids, "worker": target.worker_pids, "store": target.store_pids}
    return [word for name, pids in listed.items() if pids for word in ("-k", f"{name}={','.join(map(str, pids))}")]


def measure(server: Server, plan: Plan, mode: Mode) -> Report:
    """A fresh server, a fresh store, one run of the generator. Raises StartFailed, LoadFailed."""
    with Stage(plan.nice) as stage:
        target = server.start(stage, conversations=plan.count(mode), nodes=plan.nodes)
        arguments = ["-P", server.protocol, "-p", str(target.port), "-q", str(target.agent_port)]
        arguments += [*groups(target), *target.arguments, *plan.arguments(mode)]
        try:
            report = generator.run(arguments, timeout_s=_CONNECTING_S + 3 * plan.seconds + plan.idle_s, nice=plan.nice)
        except generator.LoadFailed as failed:
            raise generator.LoadFailed(f"{failed}\n{stage.tails()}") from failed
        return {**report, "server": server.name, "nodes": plan.nodes, "at": time.time()}


def run(plan: Plan, say: Say) -> dict[str, list[Report]]:
    """server -> its reports. A server that fails is left out from then on, and said so."""
    reports: dict[str, list[Report]] = {name: [] for name in plan.servers}
    failed: set[str] = set()
    for number, name, mode in schedule(plan):
        if name in failed:
            continue
        try:
            report = measure(SERVERS[name], plan, mode)
        except (StartFailed, generator.LoadFailed, NotImplementedError) as why:
            failed.add(name)
            say(f"{name}: {why}")
            continue
        reports[name].append(report)
        say(f"round {number + 1}  {name:16} {line(report)}")
    return {name: found for name, found in reports.items() if found}


def line(report: Report) -> str:
    """One report in one line, with what makes it less trustworthy."""
    parts = [f"{report['mode']:6}"]
    if report["mode"] == "idle":
        parts.append(f"{report['server_kb_per_socket']:.1f} KB per socket of {report['sockets']:,}")
    else:
        parts.append(f"{report['msg_s']:7,.0f} msg/s  p50 {report['p50_ms']:6.2f}  p99 {report['p99_ms']:6.2f} ms")
        parts.append(f"server {report['server_cpu_s'] / report['seconds']:.2f} cores")
        parts.append(f"generator {report['generator_cpu']:.2f}")
    busy = report["others_cpu"] + report["stolen_cpu"]
    if busy > 0.1:
        parts.append(f"others {busy:.2f}")
    if report["said"]:
        parts.append(f"\n  {report['said']}")
    return "  ".join(parts)
