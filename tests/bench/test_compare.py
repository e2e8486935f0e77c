"""Two checkouts beside each other: what is printed of what was measured, and that both are really run."""

import shutil
from pathlib import Path

import pytest

from bench import compare
from bench.result import Report

ROOT = Path(__file__).parents[2]


def report(msg_s: float, server_s: float, store_s: float) -> Report:
    return {"msg_s": msg_s, "server_cpu_s": server_s, "store_cpu_s": store_s, "delivered_in_window": 20_000}


def test_a_round_shows_both_and_the_end_the_middle_of_the_ratios() -> None:
    pairs = [(report(8_000, 2.0, 1.0), report(6_000, 2.5, 1.0)), (report(7_000, 2.4, 1.2), report(7_000, 2.4, 1.0))]
    pairs.append((report(9_000, 1.0, 0.9), report(6_000, 2.0, 1.0)))
    assert compare.line(pairs[0]) == (
        "  8,000 msg/s  10.00 s   5.00 s of the store   other   6,000 msg/s  12.50 s   5.00 s of the store   0.80"
    )
    assert compare.summary(pairs) == "this tree takes 0.80 of the CPU (1.00 of the store's) for 1.33 times the messages"


@pytest.mark.long
def test_both_are_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The other one tells on itself when it is loaded."""
    other = tmp_path / "other"
    for part in ("hub", "channels", "static"):
        shutil.copytree(ROOT / part, other / part, symlinks=True)
    told = tmp_path / "told"
    with (other / "hub" / "main.py").open("a") as main:
        main.write(f"\nfrom pathlib import Path\nPath({str(told)!r}).write_text('here')\n")
    compare.main([str(other), "--rounds", "1", "--seconds", "0.5"])
    assert told.read_text() == "here"
    assert "this tree takes" in capsys.readouterr().out
