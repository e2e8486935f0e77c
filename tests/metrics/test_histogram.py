"""Covers hub/metrics/histogram.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.metrics.histogram import LATENCY_S, Histogram


@given(st.lists(st.floats(min_value=0, max_value=100)))
def test_each_bucket_counts_what_is_up_to_its_bound(values: list[float]) -> None:
    held = Histogram()
    for value in values:
        held.observe(value)
    assert held.buckets() == [
        *((str(bound), sum(v <= bound for v in values)) for bound in LATENCY_S),
        ("+Inf", len(values)),
    ]
    assert held.total == pytest.approx(sum(values))  # which is more exact from Python 3.12 on
