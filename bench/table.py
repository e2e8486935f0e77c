"""The tables that `python -m bench` prints: figures, ratios to the peers, goals."""

from collections.abc import Iterable, Mapping, Sequence

from bench.goals import GOALS, Goal
from bench.result import Row
from bench.servers import PEER

QUIET_CORES = 0.1

_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("msg/s", "msg_s", ",.0f"),
    ("CPU s/100k: server", "server_cpu_s_per_100k", ".2f"),
    ("worker", "worker_cpu_s_per_100k", ".2f"),
    ("store", "store_cpu_s_per_100k", ".2f"),
    ("p50 ms", "p50_ms", ".2f"),
    ("p99 ms", "p99_ms", ".2f"),
    ("KB/idle socket", "kb_per_idle", ".1f"),
)
_RATIOS = ("msg_s", "server_cpu_s_per_100k", "p99_ms", "kb_per_idle")


def lay_out(lines: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first is words, the others are figures."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def shown(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def faults(row: Row) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in row.faults().items()) or "none"


def figures(rows: Iterable[Row]) -> str:
    head = ["server", "durability", *(title for title, _, _ in _COLUMNS), "faults"]
    lines = [
        [row.server, row.durability, *(shown(getattr(row, name), form) for _, name, form in _COLUMNS), faults(row)]
        for row in rows
    ]
    return lay_out([head, *lines])


def caution(rows: Iterable[Row]) -> str:
    """A word of warning when the machine was not quiet; empty when it was."""
    busy = {row.server: row.others_cpu for row in rows if row.others_cpu > QUIET_CORES}
    if not busy:
        return ""
    return (
        f"Other work used up to {max(busy.values()):.2f} cores meanwhile: "
        "msg/s, p50 and p99 say little; CPU per message is too high, though the ratios hold roughly."
    )


def ratios(rows: Mapping[str, Row], peer: str = PEER) -> str:
    """Every server's figures as multiples of the peer's; empty when the peer was not measured."""
    if peer not in rows:
        return ""
    head = [f"times {peer}", *(title for title, name, _ in _COLUMNS if name in _RATIOS)]
    lines = []
    for row in rows.values():
        pairs = [(getattr(row, name), getattr(rows[peer], name)) for _, name, _ in _COLUMNS if name in _RATIOS]
        lines.append(
            [
                row.server,
                *(shown(ours / theirs if ours is not None and theirs else None, ".2f") for ours, theirs in pairs),
            ]
        )
    return lay_out([head, *lines])


def verdict(goal: Goal, value: float) -> str:
    if not goal.met(value, goal.goal):
        return "missed"
    return "stretch met" if goal.stretch is not None and goal.met(value, goal.stretch) else "met"


def goals(rows: Mapping[str, Row]) -> str:
    """Goals whose servers were measured; empty when there are none."""
    lines = []
    for goal in GOALS:
        value = goal.figure(rows)
        if value is None:
            continue
        bound = f"{'<=' if goal.low else '>='} {goal.goal:g}"
        stretch = "" if goal.stretch is None else f"{goal.stretch:g}"
        lines.append([f"{goal.name}, {goal.unit}", bound, stretch, f"{value:,.2f}", verdict(goal, value)])
    return lay_out([["goal", "wanted", "stretch", "here", ""], *lines]) if lines else ""
