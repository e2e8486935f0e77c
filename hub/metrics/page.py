"""The page that Prometheus reads: what each source says at this moment."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from hub.metrics.histogram import Histogram

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Source = Callable[[], Iterable[Metric]]


class Page(Collector):
    """Beside its sources it says how the process is: memory, CPU, descriptors, collector."""

    def __init__(self, *sources: Source) -> None:
        self._sources = list(sources)
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._registry.register(self)

    def add(self, *sources: Source) -> None:
        self._sources += sources

    def describe(self) -> Iterable[Metric]:
        return ()  # or it would be asked for everything when it is registered

    def collect(self) -> Iterator[Metric]:
        for source in self._sources:
            yield from source()

    def text(self) -> bytes:
        return generate_latest(self._registry)


def gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"onethread_{name}", about, value=value)


def gauges(name: str, about: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(f"onethread_{name}", about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def counter(name: str, about: str, value: float) -> Metric:
    return CounterMetricFamily(f"onethread_{name}", about, value=value)


def counters(name: str, about: str, labels: list[str], values: dict[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(f"onethread_{name}", about, labels=labels)
    for key, value in values.items():
        family.add_metric(list(key), value)
    return family


def histogram(name: str, about: str, held: Histogram) -> Metric:
    return HistogramMetricFamily(f"onethread_{name}", about, buckets=held.buckets(), sum_value=held.total)
