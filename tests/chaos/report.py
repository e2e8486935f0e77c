"""One run's result: counts of the judge, figures, and which goals were missed. It ends as one JSON line."""

from dataclasses import asdict
from typing import Any

from tests.chaos.checker import Verdict

COUNTS = ("acked", "lost", "doubled", "reordered", "gaps", "holes", "behind", "leaked", "phantoms", "ghosts")


class Report:
    """`ok` is: a verdict was given, it is clean, and no goal was missed."""

    def __init__(self, id: str, form: str) -> None:
        self.id = id
        self.form = form
        self.missed: list[str] = []
        self._figures: dict[str, Any] = {}
        self._counts: dict[str, int] = {}

    def figure(self, name: str, value: Any) -> None:
        self._figures[name] = round(value, 4) if isinstance(value, float) else value

    def goal(self, name: str, value: float, *, at_most: float | None = None, at_least: float | None = None) -> None:
        """A figure that must be within bounds."""
        self.figure(name, value)
        if at_most is not None and value > at_most:
            self.missed.append(f"{name} {value:.4g} > {at_most:g}")
        if at_least is not None and value < at_least:
            self.missed.append(f"{name} {value:.4g} < {at_least:g}")

    def judged(self, verdict: Verdict) -> None:
        """Several verdicts of one run add up."""
        counts = asdict(verdict)
        for name in COUNTS:
            self._counts[name] = self._counts.get(name, 0) + counts[name]
        self.figure("seen", self._figures.get("seen", 0) + verdict.seen)
        self.figure("unknown", self._figures.get("unknown", 0) + verdict.unknown)
        self.missed += [f"{name} {count} > 0" for name, count in verdict.faults.items() if count]

    def skipped(self, why: str) -> None:
        """It can't be shown on this machine, which is said and is no failure."""
        self.figure("skipped", why)

    def failed(self, why: str) -> None:
        self.missed.append(why)

    @property
    def ok(self) -> bool:
        return not self.missed and ("skipped" in self._figures or bool(self._counts))

    def line(self) -> dict[str, Any]:
        counts = {name: self._counts.get(name, 0) for name in COUNTS}
        return {"id": self.id, "form": self.form, **counts, **self._figures, "missed": self.missed, "ok": self.ok}
