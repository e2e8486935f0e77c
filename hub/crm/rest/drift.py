"""Drift watch: is an answer still what the mapping expects? What changed is reported before agents notice.

What is expected follows from the mapping itself: each path that a field reads must be there (null may be its value),
unless the field is `optional`; what it gives must be of the field's kind.
"""

from collections.abc import Iterable
from typing import Any

from hub.crm.findings import Findings
from hub.crm.rest.expressions import Expression, ExpressionFailed, lacking

MOST = 100  # kinds of drift that one watch reports; a CRM that changed altogether says the same over and over


def problem_of(problem: Exception) -> str:
    """What is reported of it: a code of hub/model/drift.py, and its argument."""
    return f"expression: {problem}" if isinstance(problem, ExpressionFailed) else str(problem)


class Watch:
    """One look at one answer: each finding is reported once, however many records have it."""

    def __init__(self, operation: str, findings: Findings) -> None:
        self.operation = operation
        self._findings = findings
        self._seen: set[tuple[str, str]] = set()

    def expect(self, field: str, rules: Iterable[Expression], record: Any) -> None:
        for rule in rules:
            for path in rule.paths:
                if lacking(record, path):
                    self.drifted(f"{field}: {'.'.join(path)}", "missing")

    def drifted(self, path: str, problem: str) -> None:
        if (path, problem) in self._seen or len(self._seen) >= MOST:
            return
        self._seen.add((path, problem))
        self._findings.drift(self.operation, path, problem)

    def unmapped(self, field: str, value: str) -> None:
        self._findings.unmapped(self.operation, field, value[:80])
