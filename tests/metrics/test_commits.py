"""Covers hub/metrics/commits.py: what a commit took, how it ended, what it brought."""

import pytest

from hub.metrics.commits import CommitTally
from hub.metrics.families import of_commits
from hub.model.errors import StoreUnavailable
from hub.model.events import QueueWaited
from hub.settings import Settings
from hub.store.commits import Appended, Lagging
from hub.store.resp import Lost
from tests.services.acts import Clock, a_process
from tests.store.acts import frame


def test_commits_are_timed_and_counted() -> None:
    tally = CommitTally()
    tally.ended(Appended(3), 0.002, [(n, "e", frame("wang", n)) for n in (1, 2, 3)])
    tally.ended(Lagging(), 0.001, [(1, "e", frame("wang", 1))])
    assert tally.outcomes == {Appended: 1, Lagging: 1}
    assert (tally.events, tally.messages) == (3, 3)
    assert (sum(tally.latency.counts), tally.latency.total) == (2, pytest.approx(0.003))


def test_what_is_no_message_is_not_counted_as_one() -> None:
    """Also not one whose words look like a message's type."""
    tally = CommitTally()
    other = frame("wang", 1, event=QueueWaited(seconds=60))
    tally.ended(Appended(1), 0.001, [(1, "e", other + b" " * 400 + b'"type":"message.created"')])
    assert (tally.events, tally.messages) == (1, 0)


def test_ends_of_one_code_are_one_count() -> None:
    tally = CommitTally()
    for problem in (StoreUnavailable(), Lost(), Lost()):
        tally.ended(problem, 0.1, [])
    [commits] = (family for family in of_commits(tally)() if family.name == "onethread_commits")
    counts = {sample.labels["outcome"]: sample.value for sample in commits.samples}
    assert counts["store_unavailable"] == 3
    assert counts["appended"] == 0


async def test_each_commit_of_a_process_is_told_of(settings: Settings) -> None:
    tally = CommitTally()
    async with a_process(settings, Clock(), ended=tally.ended) as process:
        await process.say("wang")
        await process.say("wang")
    assert tally.outcomes == {Appended: 2}
    assert tally.messages == 2
    assert 0 < tally.latency.total < 60
