"""How much work strangers may cause: checks per second from one source, and from all of them. Time is an argument."""

from collections import Counter

PER_SOURCE = 100  # an office behind one address has many parties, each with a handful of checks at its start
IN_ALL = 1_000  # about 5 % of a core
SOURCES = 4_096  # counted apart; those beyond share what one may


class Limits:
    """Counts whole seconds: what one may in a second is given out anew when the next begins."""

    def __init__(self, per_source: int = PER_SOURCE, in_all: int = IN_ALL, sources: int = SOURCES) -> None:
        self._per_source = per_source
        self._in_all = in_all
        self._sources = sources
        self._second = 0
        self._seen = Counter[str]()
        self._total = 0

    def allow(self, source: str, now: float) -> bool:
        """`now` is in seconds, of a clock that is never set."""
        if int(now) != self._second:
            self._second, self._total = int(now), 0
            self._seen.clear()
        if source not in self._seen and len(self._seen) >= self._sources:
            source = ""
        if self._total >= self._in_all or self._seen[source] >= self._per_source:
            return False
        self._seen[source] += 1
        self._total += 1
        return True
