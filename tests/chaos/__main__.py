"""`python -m tests.chaos [R1 ...] [--long] [--keep]`: each scenario ends in one JSON line on stdout."""

import argparse
import asyncio
import importlib
import pkgutil
import resource
import sys
import time
import traceback
from types import ModuleType

import orjson
import uvloop

from tests.chaos import results, scenarios
from tests.chaos.report import Report
from tests.chaos.stage import open_stage, say

TIMES_OUT_S = {"short": 120.0, "long": 1_800.0}


def found() -> dict[str, ModuleType]:
    """R1 ... R12 by id, in that order."""
    names = [module.name for module in pkgutil.iter_modules(scenarios.__path__)]
    by_id = {name.partition("_")[0].upper(): name for name in names}
    ordered = sorted(by_id, key=lambda id: int(id[1:]))
    return {id: importlib.import_module(f"{scenarios.__name__}.{by_id[id]}") for id in ordered}


async def perform(id: str, scenario: ModuleType, form: str) -> Report:
    report = Report(id, form)
    began = time.monotonic()
    say(f"{id} {form}: {(scenario.__doc__ or '').splitlines()[0]}")
    try:
        async with asyncio.timeout(TIMES_OUT_S[form]), open_stage() as stage:
            await scenario.run(stage, report, form == "long")
            if not report.ok:
                raise NotReached
    except NotReached:
        pass
    except Exception as problem:  # whatever it was, the line is printed and says so
        say(traceback.format_exc())
        report.failed(f"{type(problem).__name__}: {problem}".splitlines()[0][:300])
    report.figure("took_s", round(time.monotonic() - began, 1))
    return report


class NotReached(Exception):
    """A goal was missed: so that the stage is kept."""


def main(arguments: list[str]) -> int:
    known = found()
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("ids", nargs="*", default=list(known), metavar="R1", help="; ".join(known))
    parser.add_argument("--long", action="store_true", help="the long form, as in reliability.md")
    parser.add_argument("--keep", action="store_true", help="keep the result for docs/reliability.md")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.ids) - set(known):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    all_ok = True
    for id in asked.ids:
        commit = results.commit()
        report = uvloop.run(perform(id, known[id], "long" if asked.long else "short"))
        print(orjson.dumps(report.line()).decode(), flush=True)
        all_ok &= report.ok
        if asked.keep:
            results.keep(report.line(), commit)
    return 0 if all_ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
