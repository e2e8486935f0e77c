"""Covers tests/chaos/results.py and report.py: docs/reliability.md shows exactly what is kept, and a miss is a miss."""

import json
from typing import Any

import pytest

from tests.chaos import results
from tests.chaos.__main__ import found
from tests.chaos.checker import Verdict
from tests.chaos.report import Report


def test_the_page_is_current() -> None:
    old = results.PAGE.read_text()
    assert results.page(old, results.kept()) == old, "run `.venv/bin/python -m tests.chaos.results`"


def test_the_page_names_every_scenario() -> None:
    text = results.PAGE.read_text()
    assert [id for id in found() if f"| {id} |" not in text] == []


def test_there_are_twelve() -> None:
    assert list(found()) == [f"R{number}" for number in range(1, 13)]


@pytest.mark.parametrize("file", sorted(results.KEPT.glob("*.json")), ids=lambda file: file.stem)
def test_what_is_kept_says_when_where_and_of_which_commit(file: Any) -> None:
    for form, line in json.loads(file.read_text()).items():
        assert (line["id"], line["form"]) == (file.stem, form)
        assert all(line[name] for name in ("date", "commit", "machine"))
        assert line["ok"] == (not line["missed"])


def test_a_miss_is_said_in_the_table() -> None:
    report = Report("R1", "long")
    report.judged(Verdict(acked=10, lost=1))
    report.goal("resume_p99_s", 3.5, at_most=3.0)
    assert report.missed == ["lost 1 > 0", "resume_p99_s 3.5 > 3"]
    row = results.table([{**report.line(), "date": "2026-11-23", "commit": "abc", "machine": "m"}]).splitlines()[2]
    assert "lost 1" in row
    assert "**no**: lost 1 > 0; resume_p99_s 3.5 > 3" in row


def test_a_run_without_a_verdict_is_not_ok_unless_it_was_skipped() -> None:
    report = Report("R9", "short")
    assert not report.ok
    report.skipped("no root")
    assert report.ok
    report.failed("it broke")
    assert not report.ok


def test_verdicts_of_one_run_add_up() -> None:
    report = Report("R2", "short")
    report.judged(Verdict(acked=10, seen=5))
    report.judged(Verdict(acked=7, seen=1))
    assert (report.line()["acked"], report.line()["seen"], report.ok) == (17, 6, True)
