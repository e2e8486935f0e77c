"""How well the calls go that are held through this process: a running figure for each connection, kept in the store."""

from collections.abc import Callable
from contextlib import suppress

from hub.model.errors import StoreUnavailable
from hub.model.quality import Line, Measured, mos
from hub.store.qualities import Qualities


class CallQuality:
    def __init__(self, qualities: Qualities, scored: Callable[[float], None]) -> None:
        """`scored` is told the mean opinion score of each report: for whoever counts."""
        self._qualities = qualities
        self._scored = scored
        self._lines: dict[str, tuple[str, Line]] = {}  # by connection: the call that it is in, and its line there

    async def heard(self, conversation: str, call: str, party: str, name: str, connection: str, it: Measured) -> None:
        """A report of `connection`. Never raises: what the store did not take is in the next one."""
        before, line = self._lines.get(connection, ("", Line(party=party, name=name)))
        if before != call:
            line = Line(party=party, name=name)  # a console's socket outlives many calls
        line = line.with_report(it)
        self._lines[connection] = call, line
        self._scored(mos(it.loss, it.jitter_ms, it.rtt_ms))
        with suppress(StoreUnavailable):
            await self._qualities.put(conversation, call, connection, line, it)

    def left(self, connection: str) -> None:
        self._lines.pop(connection, None)
