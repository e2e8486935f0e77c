"""Spans for whoever traces the hub: what waits for something outside, or may take long. Ids, never people's words.

A message from socket to socket has none: it takes less time than writing one down (docs/operations.md, Metrics).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode

from hub.model.errors import OneThreadError

_tracer = trace.get_tracer("onethread")


@contextmanager
def span(name: str, **ids: str | int) -> Iterator[None]:
    """One piece of work, under the one that it is part of. Costs next to nothing while nobody traces.

    It fails with the error's code or type: an exception's own words may quote what people wrote.
    """
    with _tracer.start_as_current_span(
        name,
        attributes={f"onethread.{name}": value for name, value in ids.items()},
        record_exception=False,
        set_status_on_exception=False,
    ) as it:
        try:
            yield
        except BaseException as problem:
            code = problem.code if isinstance(problem, OneThreadError) else type(problem).__name__
            it.set_status(Status(StatusCode.ERROR, code))
            raise
