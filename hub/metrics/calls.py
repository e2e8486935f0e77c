"""Metrics of calls: how well they are heard, and what the relay of a media process does."""

from collections.abc import Callable, Iterator
from typing import Protocol

from prometheus_client.core import Metric

from hub.metrics.histogram import Histogram
from hub.metrics.page import Source, counter, gauge, histogram

# Mean opinion scores: above 4 nobody minds, below 3.1 nearly everybody does (ITU-T G.107, Annex B).
SCORES = (1.5, 2.0, 2.6, 3.1, 3.6, 4.0, 4.2, 4.3)


class Passed(Protocol):
    packets: int
    bytes: int
    drops: int


class Strained(Protocol):
    busy: float
    late_s: float


class Relays(Protocol):
    """As hub/calls/relay/relay.py: what a relay says of itself."""

    most: int
    taken: int
    refused: int

    @property
    def strain(self) -> Strained: ...
    @property
    def calls(self) -> tuple[str, ...]: ...
    @property
    def legs(self) -> int: ...
    @property
    def full(self) -> bool: ...
    def totals(self) -> Passed: ...


class Answers(Protocol):
    """As hub/calls/voice/worker.py."""

    most: int
    taken: int

    @property
    def calls(self) -> int: ...


def of_calls(sitting: Callable[[], int], scores: Histogram) -> Source:
    def families() -> Iterator[Metric]:
        yield gauge("call_connections", "Connections of this process that sit in a call.", sitting())
        yield histogram("call_mos", "Estimated opinion of each report of a line, 1 bad to 5 excellent.", scores)

    return families


def of_relay(relay: Relays) -> Source:
    def families() -> Iterator[Metric]:
        passed = relay.totals()
        yield gauge("media_calls", "Calls that this process carries.", len(relay.calls))
        yield gauge("media_calls_max", "The most that it takes (setting media_calls).", relay.most)
        yield gauge("media_legs", "Peer connections of these calls.", relay.legs)
        yield gauge("media_full", "1 while it takes no call: as many as it may, or strained.", relay.full)
        yield gauge("media_busy", "Share of a core that it used of late.", relay.strain.busy)
        yield counter("media_calls_taken", "Calls that it was given.", relay.taken)
        yield counter("media_calls_refused", "Calls that it had no room for.", relay.refused)
        yield counter("media_packets", "Packets passed on.", passed.packets)
        yield counter("media_bytes", "Bytes passed on.", passed.bytes)
        yield counter("media_drops", "Packets that could not be passed on: forged, or nobody there.", passed.drops)

    return families


def of_voice(bot: Answers) -> Source:
    def families() -> Iterator[Metric]:
        yield gauge("voice_calls", "Calls in which the bot of this process is.", bot.calls)
        yield gauge("voice_calls_max", "The most that it takes (setting voice_calls).", bot.most)
        yield counter("voice_calls_taken", "Calls that it took, also of one that died.", bot.taken)

    return families
