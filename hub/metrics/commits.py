"""The committer with a stopwatch: how long a commit takes until it is durable, and how commits end."""

from collections import Counter
from collections.abc import Callable
from time import perf_counter

from hub.metrics.histogram import Histogram
from hub.model.errors import StoreUnavailable
from hub.model.events import MessageCreated
from hub.store.commits import Appended, Commit, Committer, OnOutcome, Outcome

MESSAGE = b'"type":"' + MessageCreated.type.encode() + b'"'
ENVELOPE = 300  # the type stands in front of anything that people wrote (hub/model/codec.py)


class TimedCommits:
    """In a Committer's place. Seconds from submit to outcome, both ends in this process."""

    def __init__(self, committer: Committer, clock: Callable[[], float] = perf_counter) -> None:
        self._committer = committer
        self._clock = clock
        self.latency = Histogram()
        self.outcomes: Counter[type] = Counter()
        self.events = 0
        self.messages = 0

    def submit(self, commit: Commit, done: OnOutcome) -> None:
        """As Committer.submit."""
        began = self._clock()

        def settled(outcome: Outcome) -> None:
            self.latency.observe(self._clock() - began)
            self.outcomes[type(outcome)] += 1
            if type(outcome) is Appended:
                self._count(commit)
            done(outcome)

        try:
            self._committer.submit(commit, settled)
        except StoreUnavailable:
            self.outcomes[StoreUnavailable] += 1
            raise

    def _count(self, commit: Commit) -> None:
        self.events += len(commit.entries)
        for _, frame in commit.entries:
            if frame.find(MESSAGE, 0, ENVELOPE) > 0:
                self.messages += 1
