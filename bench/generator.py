"""The load generator: compiles bench/load/*.c when it is out of date, runs it, reads its report."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE
from typing import Any

from bench.stage import OTHER_CORE, pinned, prefer

HERE = Path(__file__).parent
SOURCES = HERE / "load"
BUILD = HERE / "build"
BINARY = BUILD / "load"
_FLAGS = ("-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror")


class LoadFailed(Exception):
    """The generator gave up, or there is no compiler. The message says why."""


def build() -> Path:
    """Returns the binary's path. Raises LoadFailed without gcc (or `cc`), or when the code does not compile."""
    sources = sorted(SOURCES.glob("*.c"))
    newest = max(f.stat().st_mtime for f in SOURCES.iterdir())
    if BINARY.exists() and BINARY.stat().st_mtime > newest:
        return BINARY
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise LoadFailed("the load generator is written in C: please install gcc")
    BUILD.mkdir(exist_ok=True)
    fresh = BINARY.with_suffix(".new")
    done = subprocess.run(
        [compiler, *_FLAGS, "-o", str(fresh), *map(str, sources), "-lm"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LoadFailed(done.stderr)
    fresh.replace(BINARY)
    return BINARY


def run(arguments: Sequence[str], *, timeout_s: float, nice: int = 0) -> dict[str, Any]:
    """One run of the generator; returns its report, with what it complained of under `said`. Raises LoadFailed."""
    command = pinned([str(build()), *arguments], OTHER_CORE, nice)
    load = subprocess.Popen(command, stdout=PIPE, stderr=PIPE, text=True, errors="replace", start_new_session=True)
    prefer(load.pid, nice)
    try:
        printed, said = load.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired as late:
        raise LoadFailed(f"the generator was not done after {timeout_s:.0f} s") from late
    finally:
        load.kill()
    if load.returncode:
        raise LoadFailed(said.strip() or f"exit code {load.returncode}")
    report: dict[str, Any] = json.loads(printed)
    report["said"] = said.strip()
    return report
