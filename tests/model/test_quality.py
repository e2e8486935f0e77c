"""Covers hub/model/quality.py: what a line would be thought of, and a party's lines as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.quality import Line, Measured, mos, whole

shares = st.floats(0, 1)
times = st.floats(0, 10_000)
reports = st.builds(Measured, shares, times, times, times)


@pytest.mark.parametrize(
    ("loss", "jitter_ms", "rtt_ms", "least", "most"),
    [
        (0.0, 0, 20, 4.35, 4.45),  # G.107's best for speech without wide band is 4.41
        (0.0, 20, 300, 4.0, 4.35),
        (0.05, 10, 100, 3.8, 4.2),
        (0.2, 10, 100, 1.5, 2.5),
        (0.0, 0, 1_200, 2.0, 3.2),
        (1.0, 0, 0, 1.0, 1.0),
    ],
)
def test_scores_are_those_of_the_e_model(
    loss: float, jitter_ms: float, rtt_ms: float, least: float, most: float
) -> None:
    assert least <= mos(loss, jitter_ms, rtt_ms) <= most


@given(reports, reports)
def test_a_worse_line_is_never_thought_better_of(one: Measured, other: Measured) -> None:
    worse = Measured(
        max(one.loss, other.loss), max(one.jitter_ms, other.jitter_ms), max(one.rtt_ms, other.rtt_ms), one.kbps
    )
    assert 1 <= mos(worse.loss, worse.jitter_ms, worse.rtt_ms) <= mos(one.loss, one.jitter_ms, one.rtt_ms) <= 4.5


@given(st.lists(reports, min_size=1, max_size=20), st.integers(0, 20))
def test_however_the_reports_are_split_the_line_is_the_same(told: list[Measured], cut: int) -> None:
    def line(part: list[Measured]) -> Line:
        found = Line(party="customer")
        for report in part:
            found = found.with_report(report)
        return found

    (one,), (two,) = whole([line(told)]), whole([line(told[:cut]), line(told[cut:])])
    assert one.reports == two.reports == len(told)
    assert one.worst == two.worst
    assert one.loss == pytest.approx(two.loss, abs=1e-3)
    assert one.kbps == pytest.approx(two.kbps, abs=0.01)


def test_parties_stay_apart() -> None:
    lines = [Line(party="customer"), Line(party="agent:li").with_report(Measured(0.1, 5, 40, 900))]
    assert [(line.party, line.reports) for line in whole(lines)] == [("customer", 0), ("agent:li", 1)]
