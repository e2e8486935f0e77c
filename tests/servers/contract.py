"""All that the store promises, as tests that run on whichever server a module's `valkey` names."""

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from tests.store import (
    test_agents,
    test_commits,
    test_contexts,
    test_feeds,
    test_identities,
    test_leases,
    test_logins,
    test_logs,
    test_outbox,
    test_places,
    test_positions,
    test_presence,
    test_throttle,
    test_tickets,
    test_whispers,
)

CONTRACT = (
    test_agents,
    test_commits,
    test_contexts,
    test_feeds,
    test_identities,
    test_leases,
    test_logins,
    test_logs,
    test_outbox,
    test_places,
    test_positions,
    test_presence,
    test_throttle,
    test_tickets,
    test_whispers,
)


def of_the_store(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Its tests that ask for a `store`, and so run on whichever server there is."""
    for name, test in vars(module).items():
        if name.startswith("test_") and "store" in inspect.signature(test).parameters:
            yield f"{module.__name__.rpartition('.')[2]}_{name.removeprefix('test_')}", test


def contract() -> dict[str, Callable[..., Any]]:
    """The store's own tests once more, to be made a module's. Were they renamed, or given another fixture, it would
    say nothing: hence the counts.
    """
    counts = {module.__name__: len(list(of_the_store(module))) for module in CONTRACT}
    assert all(counts.values()), counts
    assert sum(counts.values()) > 60
    return dict(pair for module in CONTRACT for pair in of_the_store(module))
