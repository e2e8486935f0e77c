"""Covers hub/transport/rate.py: how fast one may ask, by a clock that the test holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.transport.rate import Bucket


def test_a_burst_up_to_the_limit_then_at_the_pace() -> None:
    bucket = Bucket(3, 10.0, now_s=100.0)
    assert [bucket.take(100.0) for _ in range(3)] == [0.0] * 3
    wait_s = bucket.take(100.0)
    assert wait_s == pytest.approx(10 / 3)
    assert bucket.take(100.0 + wait_s - 0.01) > 0
    assert bucket.take(100.0 + wait_s + 0.001) == 0.0


def test_asking_too_early_does_not_make_one_wait_longer() -> None:
    patient, pushing = Bucket(1, 1.0, 0.0), Bucket(1, 1.0, 0.0)
    assert patient.take(0.0) == pushing.take(0.0) == 0.0
    assert all(pushing.take(n / 100) for n in range(99))
    assert patient.take(1.0001) == pushing.take(1.0001) == 0.0


def test_a_long_silence_saves_up_one_burst_and_no_more() -> None:
    bucket = Bucket(5, 10.0, 0.0)
    taken = [bucket.take(1_000_000.0) for _ in range(6)]
    assert taken[:5] == [0.0] * 5
    assert taken[5] > 0


@given(st.integers(1, 20), st.floats(0.5, 60), st.lists(st.floats(0, 5), max_size=80))
def test_never_more_than_a_burst_and_the_pace_allow(most: int, window_s: float, gaps: list[float]) -> None:
    bucket, now, granted = Bucket(most, window_s, 0.0), 0.0, 0
    for gap in gaps:
        now += gap
        granted += bucket.take(now) == 0.0
        assert granted <= most + now * most / window_s + 1e-6


@given(st.integers(1, 20), st.floats(0.5, 60), st.floats(0, 5))
def test_after_the_time_it_named_one_may(most: int, window_s: float, began: float) -> None:
    bucket = Bucket(most, window_s, began)
    for _ in range(most):
        assert bucket.take(began) == 0.0
    wait_s = bucket.take(began)
    assert 0 < wait_s <= window_s * (1 + 1e-9)
    assert bucket.take(began + wait_s * 1.001) == 0.0
