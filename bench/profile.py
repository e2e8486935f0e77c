"""Where the hub's time goes: `python -m bench.profile` samples one server under the closed loop, by function.

Uses the py-spy of BENCH_PY_SPY or of the PATH, or installs one into bench/build/py-spy: the project does not need it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
import venv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench import generator
from bench.plan import Plan
from bench.rounds import groups
from bench.servers import HUB, SERVERS
from bench.stage import Stage

_PY_SPY = "py-spy==0.4.1"
_RATE = 400  # samples per second
_CONNECTED_S = 8.0  # by then the sockets are connected and the server is warm


def py_spy() -> str:
    """The path of a py-spy that runs."""
    found = os.environ.get("BENCH_PY_SPY") or shutil.which("py-spy")
    if found:
        return found
    place = generator.BUILD / "py-spy"
    if not (place / "bin" / "py-spy").exists():
        venv.create(place, with_pip=True)
        subprocess.run([place / "bin" / "pip", "install", "-q", _PY_SPY], check=True)
    return str(place / "bin" / "py-spy")


def count(folded: Iterable[str]) -> tuple[Counter[str], Counter[str], int]:
    """Own and inclusive samples by function, and all samples, from lines `outer;inner;innermost 12`.

    Threads that serve an executor are left out: they wait, and py-spy can't always tell.
    """
    own: Counter[str] = Counter()
    inclusive: Counter[str] = Counter()
    total = 0
    for line in folded:
        stack, _, samples = line.rpartition(" ")
        frames = stack.split(";")
        if any(frame.removeprefix("Thread.").startswith("_bootstrap") for frame in frames):
            continue
        own[frames[-1]] += int(samples)
        for frame in set(frames):
            inclusive[frame] += int(samples)
        total += int(samples)
    return own, inclusive, total


def table(title: str, counted: Counter[str], total: int, rows: int) -> str:
    lines = [f"  {100 * samples / total:5.1f} %  {frame}" for frame, samples in counted.most_common(rows)]
    return "\n".join([title, *lines])


def record(pid: int, seconds: int, into: Path, *, native: bool) -> None:
    command = [py_spy(), "record", "--function", "-d", str(seconds), "-r", str(_RATE)]
    command += ["-f", "raw", "-o", str(into), "--pid", str(pid), *(["--native"] if native else [])]
    subprocess.run(command, check=True, capture_output=True)


def sample(server: str, seconds: int, *, worker: bool, native: bool) -> list[str]:
    """Folded stacks of the server's first process (or its worker) while 64 messages are in flight."""
    plan = Plan((server,), seconds=seconds + _CONNECTED_S)
    py_spy()
    with Stage() as stage:
        target = SERVERS[server].start(stage, conversations=plan.conversations, nodes=1)
        arguments = ["-P", SERVERS[server].protocol, "-p", str(target.port), *groups(target), *target.arguments]
        load = threading.Thread(
            target=generator.run, args=([*arguments, *plan.arguments("closed")],), kwargs={"timeout_s": 120.0}
        )
        load.start()
        time.sleep(_CONNECTED_S)
        pids = target.worker_pids if worker else target.server_pids
        record(pids[0], seconds, stage.dir / "folded", native=native)
        load.join()
        return (stage.dir / "folded").read_text().splitlines()


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("server", nargs="?", default=HUB, choices=sorted(SERVERS))
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--native", action="store_true", help="C functions, too (slower)")
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--worker", action="store_true", help="the hub's working process instead of the serving one")
    options = parser.parse_args(words)
    own, inclusive, total = count(sample(options.server, options.seconds, worker=options.worker, native=options.native))
    print(table(f"{options.server}: {total} samples, own time", own, total, options.rows))
    print(table("\nwith what it calls", inclusive, total, options.rows))


if __name__ == "__main__":
    main(sys.argv[1:])
