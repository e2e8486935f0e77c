"""What becomes of a process's commits: how long they take until they are durable, how they end, what is in them."""

from collections import Counter

from hub.metrics.histogram import Histogram
from hub.model.events import MessageCreated
from hub.store.commits import Appended, Outcome

MESSAGE = b'"type":"' + MessageCreated.type.encode() + b'"'
ENVELOPE = 300  # the type stands in front of anything that people wrote (hub/model/codec.py)


class CommitTally:
    def __init__(self) -> None:
        self.latency = Histogram()
        self.outcomes: Counter[type] = Counter()
        self.events = 0
        self.messages = 0

    def ended(self, outcome: Outcome, seconds: float, entries: list[tuple[int, str, bytes]]) -> None:
        """hub/services/conversations.py: OnEnded."""
        kind = type(outcome)
        self.outcomes[kind] += 1
        self.latency.observe(seconds)
        if kind is Appended:
            self.events += len(entries)
            for _, _, frame in entries:
                if frame.find(MESSAGE, 0, ENVELOPE) > 0:
                    self.messages += 1
