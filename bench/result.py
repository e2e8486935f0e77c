"""What the generator's reports amount to: one row per server, medians over rounds, faults summed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

FAULTS = ("lost", "doubled", "reordered", "gaps", "mismatched", "refused", "closed_sockets")

Report = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One server. CPU in seconds per 100,000 delivered messages; None: not measured."""

    server: str
    durability: str
    nodes: int
    conversations: int
    rounds: int
    msg_s: float | None = None  # closed loop
    server_cpu_s_per_100k: float | None = None  # closed loop
    worker_cpu_s_per_100k: float | None = None  # open loop: there it keeps up, so it is the cost of each message
    store_cpu_s_per_100k: float | None = None  # closed loop
    p50_ms: float | None = None  # open loop
    p99_ms: float | None = None  # open loop
    kb_per_idle: float | None = None
    others_cpu: float = 0.0  # cores that everybody else used meanwhile; above 0.1 msg/s and ms say little
    sent: int = 0  # in all loops, all rounds; so are the faults
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    gaps: int = 0
    mismatched: int = 0
    refused: int = 0
    closed_sockets: int = 0

    def faults(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in FAULTS if getattr(self, name)}

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def per_100k(report: Report, group: str) -> float | None:
    """CPU seconds of a group of processes per 100,000 messages delivered in the window."""
    used, delivered = report.get(f"{group}_cpu_s"), report["delivered_in_window"]
    return used * 100_000 / delivered if used is not None and delivered else None


def middle(reports: Iterable[Report], figure: Callable[[Report], float | None], digits: int) -> float | None:
    """The median over rounds of what `figure` finds. -1 is the generator's word for "no sample"."""
    found = [value for report in reports if (value := figure(report)) is not None and value >= 0]
    return round(median(found), digits) if found else None


def fold(server: str, durability: str, reports: Sequence[Report]) -> Row:
    """All reports of one server (each tells its mode) into its row. Raises ValueError without any."""
    if not reports:
        raise ValueError(f"no report of {server}")
    by_mode = {mode: [r for r in reports if r["mode"] == mode] for mode in ("closed", "open", "idle")}
    traffic = by_mode["closed"] + by_mode["open"]
    return Row(
        server=server,
        durability=durability,
        nodes=reports[0].get("nodes", 1),
        conversations=(traffic or reports)[0]["conversations"],
        rounds=max(len(of_mode) for of_mode in by_mode.values()),
        msg_s=middle(by_mode["closed"], lambda r: r["msg_s"], 0),
        server_cpu_s_per_100k=middle(by_mode["closed"], lambda r: per_100k(r, "server"), 3),
        worker_cpu_s_per_100k=middle(by_mode["open"], lambda r: per_100k(r, "worker"), 3),
        store_cpu_s_per_100k=middle(by_mode["closed"], lambda r: per_100k(r, "store"), 3),
        p50_ms=middle(by_mode["open"], lambda r: r["p50_ms"], 3),
        p99_ms=middle(by_mode["open"], lambda r: r["p99_ms"], 3),
        kb_per_idle=middle(by_mode["idle"], lambda r: r.get("server_kb_per_socket"), 2),
        others_cpu=round(median(r["others_cpu"] + r["stolen_cpu"] for r in reports), 2),
        sent=sum(r["sent"] for r in traffic),
        **{name: sum(r.get(name, 0) for r in reports) for name in FAULTS},
    )
