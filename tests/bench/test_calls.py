"""Covers bench/calls: what is sent, what is counted, and the figures of a run against the real media process."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.__main__ import RESULTS
from bench.calls.clip import Clip, clip
from bench.calls.network import LOOPBACK
from bench.calls.run import Measured, floor, measure, saturate
from bench.calls.servers.anchored import anchored
from bench.calls.table import DECODING, FLOOR, OURS, SFU, added_p95_ms, ratio, report

FIELDS = set(Measured.__dataclass_fields__)
KEPT = sorted(RESULTS.glob("calls-*.json"))


def row(server: str, kind: str = "video", **more: Any) -> Measured:
    figures: dict[str, Any] = {
        "calls": 24,
        "seconds": 5.0,
        "cpu_pct_per_call": 1.0,
        "us_per_packet": 30.0,
        "packets_s": 8_000,
        "delivered": 1.0,
        "p50_ms": 0.5,
        "p95_ms": 2.0,
        "generator_cpu": 0.5,
        "generator_late_ms": 3.0,
        "others_cpu": 0.1,
    }
    return Measured(server, kind, **(figures | more))


@pytest.fixture
def short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clip:
    """A clip of one second, quick to encode."""
    made = clip(tmp_path / "clip.pickle", 1)
    monkeypatch.setattr("bench.calls.run.clip", lambda: made)
    monkeypatch.setattr("bench.calls.run.WARM_S", 0.2)
    return made


def test_the_clip_is_what_it_says(short: Clip) -> None:
    assert (len(short.video), len(short.audio)) == (30, 50)
    assert max(len(part) for frame in short.video for part in frame) < 1_400
    assert short.video[0][0][0] & 0x10, "it starts with the first partition of a frame"


@pytest.mark.long
async def test_calls_through_the_real_process_arrive_and_are_counted(short: Clip) -> None:
    async with anchored(LOOPBACK) as server:
        got = await measure(server, "audio", 1, 1.0)
    assert (got.server, got.kind, got.calls, got.refused) == (OURS, "audio", 1, 0)
    assert 0.9 < got.delivered <= 1.1  # what is under way at either end counts at one of them
    assert 50 < got.packets_s < 150
    assert got.p50_ms is not None and 0 < got.p50_ms < 1_000


@pytest.mark.long
async def test_without_a_relay_it_is_the_generators_own_share(short: Clip) -> None:
    got = await floor("127.0.0.1", "video", 1, 1.0)
    assert (got.server, got.cpu_pct_per_call) == (FLOOR, 0.0)
    assert got.delivered > 0.9


@pytest.mark.long
async def test_a_full_relay_is_asked_on_and_its_calls_go_on(short: Clip) -> None:
    async with anchored(LOOPBACK, most=1) as server:
        got = await saturate(server, 1, 1.0, most=5)
    assert (got.calls, got.refused >= 5) == (1, True)
    assert got.delivered > 0.9


def test_ratios_are_of_medians() -> None:
    rows = [row(OURS, cpu_pct_per_call=c) for c in (1.0, 1.2, 9.0)] + [row(DECODING, calls=1, cpu_pct_per_call=60.0)]
    assert ratio(rows, "video", DECODING) == pytest.approx(0.02)
    assert ratio(rows, "video", SFU) is None
    assert added_p95_ms([*rows, row(FLOOR, p95_ms=0.5)], "video") == pytest.approx(1.5)


def test_goals_are_told_as_met_or_missed() -> None:
    rows = [row(OURS), row(DECODING, calls=1, cpu_pct_per_call=30.0, p95_ms=None), row(SFU, cpu_pct_per_call=2.0)]
    told = report(rows)
    assert "CPU of a video call / MediaRelay's: 0.0333 (goal at most 0.0250) MISSED" in told
    assert "CPU of a video call / Janus's: 0.50 (goal at most 0.67) met" in told
    assert "delivered of 24 video calls: 1.00000 (goal at least 0.999) met" in told
    assert "CPU of an audio call / Janus's: - (goal at most 0.50)\n" in told


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_the_repositorys_results_have_every_figure(path: Path) -> None:
    kept = json.loads(path.read_text())
    assert {"date", "commit", "machine", "rows"} <= set(kept)
    assert all(set(each) == FIELDS for each in kept["rows"])
