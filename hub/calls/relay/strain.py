"""Has this process enough to do? How late its loop is, and how much of a core it uses. Time is an argument."""

from collections import deque

LATE_S = 0.02  # of a timer: as much is added to a packet at the worst
BUSY = 0.85  # of a core: beyond, packets wait in the socket, where no timer sees them
LOOKS = 8  # two seconds of them
SIGNS = 3


class Strain:
    """Too much = three of the last eight looks were bad: one stall is none, and it is over soon after it ends."""

    def __init__(self) -> None:
        self._bad = deque[bool](maxlen=LOOKS)
        self._before: tuple[float, float] | None = None
        self.late_s = 0.0
        self.busy = 0.0

    def note(self, late_s: float, used_s: float, now: float) -> None:
        """`late_s`: of a timer just now; `used_s`: CPU time of the process so far; `now` in seconds."""
        before, self._before = self._before, (used_s, now)
        self.late_s = late_s
        self.busy = (used_s - before[0]) / (now - before[1]) if before and now > before[1] else 0.0
        self._bad.append(late_s > LATE_S or self.busy > BUSY)

    @property
    def too_much(self) -> bool:
        return sum(self._bad) >= SIGNS
