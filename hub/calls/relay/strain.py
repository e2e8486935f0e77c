"""Has this process enough to do? How late its loop is, how much of a core it uses, and whether packets wait.

Time is an argument.
"""

from collections import deque

LATE_S = 0.05  # of a timer: jitter buffers take about as much before it is heard
BUSY = 0.85  # of a core
BEHIND = 0.8  # of the looks at the socket left packets there: on a core that is shared it never gets busy
LOOKS = 8  # two seconds of them
SIGNS = 3


class Strain:
    """Too much = three of the last eight looks were bad: one stall is none, and it is over soon after it ends."""

    def __init__(self) -> None:
        self._bad = deque[bool](maxlen=LOOKS)
        self._before: tuple[float, float] | None = None
        self.late_s = 0.0
        self.busy = 0.0

    def note(self, late_s: float, used_s: float, behind: float, now: float) -> None:
        """`late_s`: of a timer just now; `used_s`: CPU time of the process so far; `behind`: share of the looks at the
        socket that left packets there; `now` in seconds."""
        before, self._before = self._before, (used_s, now)
        self.late_s = late_s
        self.busy = (used_s - before[0]) / (now - before[1]) if before and now > before[1] else 0.0
        self._bad.append(late_s > LATE_S or self.busy > BUSY or behind > BEHIND)

    @property
    def too_much(self) -> bool:
        return sum(self._bad) >= SIGNS
