"""How one connection does, as this process sees it: its calls, what it is wrong about, and what its mapping lacks.

A connector reports here (findings.py), a CountedCrm does of every call; hub/services/integrations.py brings it to the
store, where all processes' come together.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

KEPT = 100  # different findings of a kind; a CRM may have any number of values that nobody mapped
CHARS = 200


@dataclass
class Delta:
    """What happened since the last one was taken. Times are epoch ms, 0 = it did not."""

    ok: int = 0
    failed: int = 0
    last_ok: int = 0
    last_error: tuple[int, str, str] | None = None  # when, an error's code, the call
    unmapped: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # operation, field, value
    drift: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # operation, path, problem

    @property
    def empty(self) -> bool:
        return not (self.ok or self.failed or self.unmapped or self.drift)


class Vitals:
    """Implements Findings. `calls`: (call, "ok" or the error's code) -> how many, since the process began."""

    def __init__(self, name: str, clock: Callable[[], int]) -> None:
        self.name = name
        self.calls: Counter[tuple[str, str]] = Counter()
        self.findings: Counter[str] = Counter()  # unmapped, drift
        self._clock = clock
        self._delta = Delta()

    def ended(self, call: str, outcome: str, *, healthy: bool) -> None:
        """A call ended. `healthy`: the CRM did its part, also when it said no."""
        self.calls[call, outcome] += 1
        if healthy:
            self._delta.ok += 1
            self._delta.last_ok = self._clock()
        else:
            self._delta.failed += 1
            self._delta.last_error = self._clock(), outcome, call

    def drift(self, operation: str, path: str, problem: str) -> None:
        self._note("drift", self._delta.drift, (operation, path, problem))

    def unmapped(self, operation: str, field: str, value: str) -> None:
        self._note("unmapped", self._delta.unmapped, (operation, field, value))

    def _note(self, kind: str, into: Counter[tuple[str, str, str]], what: tuple[str, str, str]) -> None:
        self.findings[kind] += 1
        cut = (what[0][:CHARS], what[1][:CHARS], what[2][:CHARS])
        if cut in into or len(into) < KEPT:
            into[cut] += 1

    def take(self) -> Delta:
        """What is new; the next one begins here."""
        taken, self._delta = self._delta, Delta()
        return taken

    def give_back(self, delta: Delta) -> None:
        """It could not be stored: it is new still."""
        now = self._delta
        now.ok += delta.ok
        now.failed += delta.failed
        now.last_ok = now.last_ok or delta.last_ok
        now.last_error = now.last_error or delta.last_error
        now.unmapped.update(delta.unmapped)
        now.drift.update(delta.drift)
