"""Covers hub/metrics/commits.py on a real store: what a commit took, how it ended, what it brought."""

import pytest

from hub.metrics.commits import TimedCommits
from hub.model.errors import StoreUnavailable
from hub.model.events import QueueWaited
from hub.store.commits import Appended, Commit, Lagging, OnOutcome, Repeated
from hub.store.store import Store
from tests.store.acts import commit, frame, outcome


async def test_commits_are_timed_and_counted(store: Store) -> None:
    ticks = iter(range(100))
    timed = TimedCommits(store.committer, lambda: next(ticks) / 1_000)
    assert isinstance(await outcome(timed, commit(count=3)), Appended)  # type: ignore[arg-type]
    assert isinstance(await outcome(timed, commit(expected=9)), Lagging)  # type: ignore[arg-type]
    assert isinstance(await outcome(timed, commit(count=3)), Repeated)  # type: ignore[arg-type]
    assert timed.outcomes == {Appended: 1, Lagging: 1, Repeated: 1}
    assert (timed.events, timed.messages) == (3, 3)
    assert (sum(timed.latency.counts), timed.latency.total) == (3, pytest.approx(0.003))


async def test_what_is_no_message_is_not_counted_as_one(store: Store) -> None:
    """Also not one whose words look like a message's type."""
    timed = TimedCommits(store.committer)
    other = frame("wang", 1, event=QueueWaited(seconds=60))
    await outcome(timed, commit(entries=[("e", other + b" " * 400 + b'"type":"message.created"')]))  # type: ignore[arg-type]
    assert (timed.events, timed.messages) == (1, 0)


class Away:
    def submit(self, commit: Commit, done: OnOutcome) -> None:
        raise StoreUnavailable


async def test_a_commit_that_could_not_leave_counts_too() -> None:
    timed = TimedCommits(Away())  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable):
        timed.submit(commit(), print)
    assert timed.outcomes == {StoreUnavailable: 1}
