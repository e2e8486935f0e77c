"""Covers hub/backup/verifying.py and folding.py: whatever is planted in a backup is found, and named without words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.backup.file import Line
from hub.backup.verifying import MOST, Verified, verify
from tests.backup.acts import lines, rewrite

Plant = Callable[[list[Line]], Any]


def of(its: list[Line], kind: str, **fields: Any) -> Line:
    return next(line for line in its if line["k"] == kind and fields.items() <= line.items())


def log_of(its: list[Line], conversation: str) -> Line:
    at = its.index(of(its, "conversation", id=conversation))
    return its[at + 1]


def holding(its: list[Line], place: str) -> Line:
    return next(line for line in its if line["k"] == "shard" and place in line["places"])


def a_gap(its: list[Line]) -> None:
    del log_of(its, "long")["entries"][7]


def a_swap(its: list[Line]) -> None:
    entries = log_of(its, "long")["entries"]
    entries[7], entries[8] = entries[8], entries[7]


def a_lost_end(its: list[Line]) -> None:
    log_of(its, "long")["entries"].pop()


def a_lost_log(its: list[Line]) -> None:
    its.remove(log_of(its, "long"))


def a_lost_start(its: list[Line]) -> None:
    log = log_of(its, "long")
    log["first"], log["entries"] = 2, log["entries"][1:]


def another_snapshot(its: list[Line]) -> None:
    head = of(its, "conversation", id="held")
    head["snap"] = head["snap"].replace('"open"', '"x"').replace("Li Ming", "Li Hong")


def another_tenure(its: list[Line]) -> None:
    of(its, "conversation", id="held")["tenure"] = "99"


def another_place(its: list[Line]) -> None:
    of(its, "conversation", id="held")["place"] = "queue"


def out_of_the_queue(its: list[Line]) -> None:
    holding(its, "queue")["places"]["queue"].clear()


def another_turn(its: list[Line]) -> None:
    holding(its, "queue")["places"]["queue"]["queued"] += 1


def in_nobodys_queue(its: list[Line]) -> None:
    holding(its, "queue")["places"]["queue"]["nobody"] = 1


def a_lost_deadline(its: list[Line]) -> None:
    cut = holding(its, "queue")
    del cut["due"]["queue:queued"]


def a_lost_job(its: list[Line]) -> None:
    next(line for line in its if line["k"] == "shard" and line["jobs"])["jobs"].popitem()


PLANTS: list[tuple[Plant, str]] = [
    (a_gap, "conversation long: seq 8 is not what its frame says"),
    (a_swap, "conversation long: seq 8 is not what its frame says"),
    (a_lost_end, "conversation long: the log ends at"),
    (a_lost_log, "conversation long: the log ends at 0 and"),
    (a_lost_start, "conversation long: seq 2 follows 0"),
    (another_snapshot, "conversation held: the snapshot at"),
    (another_tenure, "conversation held: tenure 99, the log says"),
    (another_place, "conversation held: stands in 'queue'"),
    (out_of_the_queue, "conversation queued: the index of places"),
    (another_turn, "conversation queued: the index of places"),
    (in_nobodys_queue, "conversation nobody: the index of places"),
    (a_lost_deadline, "conversation queued: deadlines queue are not"),
    (a_lost_job, "1 jobs are queued or kept"),
]


@pytest.mark.parametrize(("plant", "words"), PLANTS, ids=lambda it: getattr(it, "__name__", ""))
async def test_what_is_planted_is_found(backup: Path, plant: Plant, words: str) -> None:
    assert verify(backup).problems == []
    found = verify(rewrite(backup, plant))
    assert words in "\n".join(found.problems)
    assert "message 7" not in str(found.problems)


async def test_only_the_last_reading_of_a_conversation_counts_for_the_indexes(backup: Path) -> None:
    """It was read while it was with the bot, and again when it had gone to the queue."""

    def earlier(its: list[Line]) -> None:
        head, log = of(its, "conversation", id="queued"), log_of(its, "queued")
        first = {**head, "seq": 2, "place": "", "tenure": "", "snap": ""}
        its[its.index(head) : its.index(head)] = [first, {**log, "entries": log["entries"][:2]}]

    found = verify(rewrite(backup, earlier))
    assert [problem for problem in found.problems if "index" in problem] == []
    assert found.conversations == verify(backup).conversations + 1


async def test_a_snapshot_of_another_version_is_no_problem(backup: Path) -> None:
    """The log tells it all again, in the hub as well."""

    def unreadable(its: list[Line]) -> None:
        of(its, "conversation", id="held")["snap"] = "{"

    assert verify(rewrite(backup, unreadable)).problems == []


def test_many_problems_are_counted_and_not_all_told() -> None:
    found = Verified()
    found.wrong(*(str(n) for n in range(MOST + 3)))
    assert (len(found.problems), found.more) == (MOST, 3)


async def test_nobody_waits_twice(backup: Path) -> None:
    """Without this, a plant above could pass by a place that was not there."""
    assert holding(lines(backup), "queue")["places"]["queue"].keys() == {"queued"}
