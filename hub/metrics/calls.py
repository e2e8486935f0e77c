"""Metrics of calls: how well they are heard, and what the relay of a media process does."""

from collections.abc import Callable, Iterator

from prometheus_client.core import Metric

from hub.metrics.histogram import Histogram
from hub.metrics.page import Source, gauge, histogram

# Mean opinion scores: above 4 nobody minds, below 3.1 nearly everybody does (ITU-T G.107, Annex B).
SCORES = (1.5, 2.0, 2.6, 3.1, 3.6, 4.0, 4.2, 4.3)


def of_calls(sitting: Callable[[], int], scores: Histogram) -> Source:
    def families() -> Iterator[Metric]:
        yield gauge("call_connections", "Connections of this process that sit in a call.", sitting())
        yield histogram("call_mos", "Estimated opinion of each report of a line, 1 bad to 5 excellent.", scores)

    return families
