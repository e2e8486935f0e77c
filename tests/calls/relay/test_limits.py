"""Covers hub/calls/relay/limits.py."""

from hub.calls.relay.limits import Limits


def test_a_source_has_so_many_a_second() -> None:
    limits = Limits(per_source=3, in_all=100)
    assert [limits.allow("one", 10.0 + n / 10) for n in range(5)] == [True, True, True, False, False]
    assert limits.allow("other", 10.5)
    assert limits.allow("one", 11.0), "the next second begins anew"


def test_all_together_have_so_many() -> None:
    limits = Limits(per_source=3, in_all=5)
    assert sum(limits.allow(f"source {n}", 1.0) for n in range(50)) == 5


def test_what_is_remembered_is_bounded_and_latecomers_share() -> None:
    limits = Limits(per_source=2, in_all=1_000, sources=10)
    assert all(limits.allow(f"source {n}", 1.0) for n in range(10))
    assert [limits.allow(f"late {n}", 1.0) for n in range(4)] == [True, True, False, False]
    assert limits.allow("source 3", 1.0), "who was counted before has what it may"
    assert len(limits._seen) <= 11
