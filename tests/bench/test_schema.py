"""The kept files are what schema.json says, those in the repository too."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bench.__main__ import RESULTS, document
from bench.plan import Plan
from bench.result import fold
from bench.servers import HUB
from tests.bench.test_result import idle, traffic

SCHEMA = json.loads((RESULTS / "schema.json").read_text())
KEPT = sorted(
    path for path in RESULTS.glob("*.json") if path.name != "schema.json" and not path.name.startswith("calls-")
)
COMMON = {
    "server": HUB,
    "at": 1.0,
    "seconds": 6.0,
    "generator_cpu": 0.3,
    "said": "",
}


def kept() -> dict[str, Any]:
    reports = [{**report, **COMMON} for report in (traffic("closed"), traffic("open"), idle(4.0))]
    made = document(Plan((HUB,)), [fold(HUB, "memory", reports)], {HUB: reports}, ["--rounds", "1"])
    return json.loads(json.dumps(made))  # type: ignore[no-any-return]


def test_what_a_run_keeps_is_valid() -> None:
    jsonschema.validate(kept(), SCHEMA)


@pytest.mark.parametrize("broken", [{"rows": [{"server": HUB}]}, {"runs": [{"mode": "fast"}]}, {"command": "made up"}])
def test_the_schema_refuses_what_is_wrong(broken: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**kept(), **broken}, SCHEMA)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_the_repositorys_results_are_valid(path: Path) -> None:
    jsonschema.validate(json.loads(path.read_text()), SCHEMA)
