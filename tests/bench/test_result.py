"""From the generator's reports to a row."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.result import FAULTS, fold, middle, per_100k

CLEAN = dict.fromkeys(FAULTS, 0)


def traffic(mode: str, **figures: Any) -> dict[str, Any]:
    report = {"mode": mode, "conversations": 200, "delivered_in_window": 50_000, "server_cpu_s": 2.0, "sent": 60_000}
    report |= {"others_cpu": 0.02, "stolen_cpu": 0.01}
    return {**CLEAN, **report, "msg_s": 10_000.0, "p50_ms": 0.5, "p99_ms": 2.0, **figures}


def idle(kb: float) -> dict[str, Any]:
    return {
        "mode": "idle",
        "conversations": 2500,
        "server_kb_per_socket": kb,
        "closed_sockets": 0,
        "others_cpu": 0.5,
        "stolen_cpu": 0.0,
    }


def test_a_row_takes_each_figure_from_its_own_mode() -> None:
    closed = traffic("closed", msg_s=12_000.0, p99_ms=40.0, store_cpu_s=0.5)
    row = fold("hub", "memory", [closed, traffic("open", msg_s=1000.0, p99_ms=1.5), idle(7.25)])
    assert (row.msg_s, row.p99_ms, row.kb_per_idle) == (12_000, 1.5, 7.25)
    assert (row.server_cpu_s_per_100k, row.store_cpu_s_per_100k) == (4.0, 1.0)
    assert row.conversations == 200


def test_rounds_meet_in_the_median() -> None:
    row = fold("hub", "memory", [traffic("closed", msg_s=v) for v in (9_000.0, 30_000.0, 10_000.0)])
    assert (row.msg_s, row.rounds) == (10_000, 3)


def test_faults_are_summed_over_modes_and_rounds_never_averaged_away() -> None:
    reports = [traffic("closed"), traffic("closed", lost=1), traffic("open", lost=2, doubled=3)]
    row = fold("hub", "memory", reports)
    assert row.faults() == {"lost": 3, "doubled": 3}
    assert row.sent == 180_000


def test_what_was_not_measured_is_none_and_not_zero() -> None:
    row = fold("nats", "memory", [traffic("closed")])
    assert row.store_cpu_s_per_100k is None  # no store of its own
    assert row.p99_ms is None
    assert row.kb_per_idle is None


def test_the_workers_cost_is_read_where_it_keeps_up() -> None:
    row = fold("hub", "memory", [traffic("closed", worker_cpu_s=0.2), traffic("open", worker_cpu_s=1.0)])
    assert row.worker_cpu_s_per_100k == 2.0


def test_a_busy_machine_is_part_of_the_row() -> None:
    assert fold("hub", "memory", [traffic("open"), idle(4.0), idle(4.0)]).others_cpu == 0.5


def test_no_delivery_gives_no_cpu_figure() -> None:
    assert per_100k(traffic("closed", delivered_in_window=0), "server") is None


def test_minus_one_is_no_sample() -> None:
    assert middle([{"p": -1.0}, {"p": 3.0}], lambda r: r["p"], 2) == 3.0
    assert middle([{"p": -1.0}], lambda r: r["p"], 2) is None


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="hub"):
        fold("hub", "memory", [])


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=9))
def test_a_median_is_between_the_extremes_in_any_order(values: list[float]) -> None:
    found = middle([{"p": v} for v in values], lambda r: r["p"], 6)
    again = middle([{"p": v} for v in reversed(values)], lambda r: r["p"], 6)
    assert found == again
    assert found is not None
    assert min(values) - 1e-6 <= found <= max(values) + 1e-6
