"""Traces by OpenTelemetry, where a collector is named. What is traced, and what never is: hub/services/spans.py."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry import trace

from hub.model.errors import OneThreadError


class TracingMissing(OneThreadError):
    code = "tracing_missing"
    sentence = "A collector is set (otlp_url), but what sends traces is not installed: pip install 'onethread[otel]'."
    retry = False


@contextmanager
def tracing(otlp_url: str, process: str) -> Iterator[None]:
    """Spans of this process go to the collector at `otlp_url` (OTLP over HTTP), from a thread of their own; "" = none.

    What is left is sent at the end. A collector that is away costs nothing but its traces. Raises TracingMissing.
    """
    if not otlp_url:
        yield
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as missing:
        raise TracingMissing from missing
    resource = Resource.create(
        {
            "service.name": f"onethread-{process}",
            "service.version": version("onethread"),
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
        }
    )
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{otlp_url.rstrip('/')}/v1/traces", timeout=5)))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()
