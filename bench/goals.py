"""The goals: what the hub should reach beside its peers, in the same run. From the design's performance page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.result import Row
from bench.servers import HUB, PEER

CPU = "server_cpu_s_per_100k"
WORKER = "worker_cpu_s_per_100k"
FSYNC, NATS = "onethread-fsync", "nats"
Rows = Mapping[str, Row]
Figure = Callable[[Rows], float | None]


@dataclass(frozen=True)
class Goal:
    """`low`: the figure should be at most the goal; else at least."""

    name: str
    unit: str
    goal: float
    stretch: float | None
    figure: Figure
    low: bool = True

    def met(self, value: float, bound: float) -> bool:
        return value <= bound if self.low else value >= bound


def plain(server: str, field: str) -> Figure:
    def figure(rows: Rows) -> float | None:
        value: float | None = getattr(rows[server], field) if server in rows else None
        return value

    return figure


def ratio(server: str, peer: str, field: str) -> Figure:
    """How many times the peer's figure; None unless both were measured."""

    def figure(rows: Rows) -> float | None:
        ours, theirs = plain(server, field)(rows), plain(peer, field)(rows)
        return ours / theirs if ours is not None and theirs else None

    return figure


def whole(rows: Rows) -> float | None:
    """Serving and reacting together, as a multiple of the peer, which has nothing to react with."""
    serving, working, theirs = plain(HUB, CPU)(rows), plain(HUB, WORKER)(rows), plain(PEER, CPU)(rows)
    return None if serving is None or working is None or not theirs else (serving + working) / theirs


GOALS = (
    Goal("server CPU per message", "x Socket.IO", 0.5, None, ratio(HUB, PEER, CPU)),
    Goal("the same with reactions", "x Socket.IO", 0.5, None, whole),
    Goal("stretch: server CPU per message", "x NATS", 1.0, None, ratio(HUB, NATS, CPU)),
    Goal("throughput", "x Socket.IO", 2.0, None, ratio(HUB, PEER, "msg_s"), low=False),
    Goal("stretch: throughput", "x NATS", 1.0, None, ratio(HUB, NATS, "msg_s"), low=False),
    Goal("throughput", "msg/s", 20_000, None, plain(HUB, "msg_s"), low=False),
    Goal("throughput, acks on disk", "x Socket.IO", 1.5, 2.0, ratio(FSYNC, PEER, "msg_s"), low=False),
    Goal("p99 in the open loop", "ms", 2.0, 1.0, plain(HUB, "p99_ms")),
    Goal("p99, acks on disk", "ms", 4.0, 2.0, plain(FSYNC, "p99_ms")),
    Goal("memory per idle socket", "KB", 8.0, 4.0, plain(HUB, "kb_per_idle")),
)
