"""What is printed: figures, ratios, goals."""

from bench import table
from bench.goals import GOALS
from bench.result import Row


def row(server: str, **figures: float) -> Row:
    return Row(server, "memory", nodes=1, conversations=200, rounds=3, **figures)  # type: ignore[arg-type]


PEER = row("socketio-pubsub", msg_s=10_000, server_cpu_s_per_100k=8.0, p50_ms=0.6, p99_ms=9.0, kb_per_idle=16.0)
HUB = row("onethread", msg_s=25_000, server_cpu_s_per_100k=2.0, p50_ms=0.4, p99_ms=0.9, kb_per_idle=5.0)
ROWS = {r.server: r for r in (HUB, PEER)}


def cells(text: str, first: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(first)).split()


def test_figures_show_thousands_and_gaps() -> None:
    shown = cells(table.figures([HUB, row("nats", msg_s=27_000)]), "nats")
    assert shown == ["nats", "memory", "27,000", *["-"] * 6, "none"]


def test_faults_are_named_in_the_row() -> None:
    text = table.figures([row("onethread", lost=2, reordered=1_000)])
    assert text.endswith("2 lost, 1,000 reordered")


def test_ratios_are_multiples_of_the_peer() -> None:
    assert cells(table.ratios(ROWS), "onethread") == ["onethread", "2.50", "0.25", "0.10", "0.31"]
    assert cells(table.ratios(ROWS), "socketio") == ["socketio-pubsub", "1.00", "1.00", "1.00", "1.00"]


def test_without_the_peer_there_are_no_ratios() -> None:
    assert table.ratios({"onethread": HUB}) == ""


def test_goals_are_judged_both_ways() -> None:
    verdicts = {line.split("  ")[0]: line.rsplit("  ", 1)[-1].strip() for line in table.goals(ROWS).splitlines()}
    assert verdicts["server CPU per message, x Socket.IO"] == "met"  # 0.25 <= 0.5
    assert verdicts["throughput, msg/s"] == "met"  # 25,000 >= 20,000
    assert verdicts["p99 in the open loop, ms"] == "stretch met"  # 0.9 <= 1
    assert verdicts["memory per idle socket, KB"] == "met"  # 5 <= 8, but not 4


def test_a_missed_goal_says_so() -> None:
    slow = {**ROWS, "onethread": row("onethread", msg_s=15_000)}
    assert "missed" in next(line for line in table.goals(slow).splitlines() if line.startswith("throughput, x"))


def test_goals_of_servers_that_were_not_measured_are_left_out() -> None:
    assert "NATS" not in table.goals(ROWS)
    assert table.goals({"nats": row("nats", msg_s=1)}) == ""


def test_a_stretch_is_never_easier_than_its_goal() -> None:
    assert all(g.met(g.stretch, g.goal) for g in GOALS if g.stretch is not None)


def test_a_busy_machine_is_said_and_a_quiet_one_is_not() -> None:
    assert "1.25 cores" in table.caution([HUB, row("nats", others_cpu=1.25)])
    assert table.caution([HUB, PEER]) == ""


def test_the_worker_counts_in_the_whole_hubs_cpu() -> None:
    rows = {**ROWS, "onethread": row("onethread", server_cpu_s_per_100k=2.0, worker_cpu_s_per_100k=4.0)}
    verdict = next(line for line in table.goals(rows).splitlines() if line.startswith("the same with reactions"))
    assert "0.75" in verdict
    assert verdict.endswith("missed")


def test_columns_line_up() -> None:
    lines = table.lay_out([["a", "figure"], ["longer", "1"]]).splitlines()
    assert lines == ["a       figure", "longer       1"]
