"""What a connector notices about its CRM while it works, for whoever looks after the connection."""

from typing import Protocol


class Findings(Protocol):
    """Given to connectors; both return at once and never raise. `operation` is a method of the port, and neither
    `path` nor `problem` holds what a customer is called or wrote.
    """

    def drift(self, operation: str, path: str, problem: str) -> None:
        """An answer is not as the mapping expects: at `path` a field vanished or has another type. `problem`: see
        hub/model/drift.py."""
        ...

    def unmapped(self, operation: str, field: str, value: str) -> None:
        """The CRM's `value` of `field` has no counterpart of ours; the mapping's default stands in."""
        ...
