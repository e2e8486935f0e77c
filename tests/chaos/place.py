"""Where a client stands in its conversation: what is shown now, what was before, what waits for a gap to fill."""

from collections.abc import Callable
from typing import Any

Event = dict[str, Any]


class Place:
    """`show` is called with each event once, in order."""

    def __init__(self, conversation: str, show: Callable[[Event], None]) -> None:
        self.conversation = conversation
        self.epoch = ""
        self.seq = 0
        self._show = show
        self._held: dict[int, Event] = {}

    @property
    def point(self) -> dict[str, Any]:
        """As `resume` says it."""
        return {"epoch": self.epoch, "seq": self.seq}

    @property
    def gap(self) -> bool:
        """Something is missing before what is held."""
        return bool(self._held)

    def event(self, frame: Event, *, live: bool) -> None:
        """In a replay hidden events leave holes that are none; live, `next` tells of them, and a hole is a gap."""
        if frame["seq"] <= self.seq:
            return  # it was shown
        if live and frame["seq"] > self.seq + 1:
            self._held[frame["seq"]] = frame
            return
        self._take(frame)
        while held := self._held.pop(self.seq + 1, None):
            self._take(held)

    def next(self, seq: int) -> None:
        """Nothing but what is held comes up to `seq`."""
        for held in sorted(s for s in self._held if s <= seq):
            self._take(self._held.pop(held))
        self.seq = max(self.seq, seq)

    def reset(self, epoch: str) -> None:
        self.epoch, self.seq = epoch, 0
        self._held.clear()

    def interrupted(self) -> None:
        """The next connection brings it all again."""
        self._held.clear()

    def _take(self, frame: Event) -> None:
        self.seq = frame["seq"]
        self._show(frame)
