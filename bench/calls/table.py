"""The table that `python -m bench.calls` prints: medians of the rounds, ratios to the peers, goals."""

from collections.abc import Iterable
from statistics import median

from bench.calls.run import Measured
from bench.table import lay_out, shown

OURS, RECORDING, DECODING = "OneThread relay", "the same, recording", "aiortc MediaRelay"
SFU, FLOOR = "Janus VideoRoom", "no relay"
_COLUMNS = (
    ("% of a core per call", "cpu_pct_per_call", ".3f"),
    ("us/packet", "us_per_packet", ".1f"),
    ("packets/s", "packets_s", ",.0f"),
    ("delivered", "delivered", ".5f"),
    ("p50 ms", "p50_ms", ".2f"),
    ("p95 ms", "p95_ms", ".2f"),
    ("refused", "refused", ",.0f"),
    ("others' cores", "others_cpu", ".2f"),
)


def _middle(rows: Iterable[Measured], name: str) -> float | None:
    found = [value for row in rows if (value := getattr(row, name)) is not None]
    return median(found) if found else None


def _of(rows: list[Measured], server: str, kind: str) -> list[Measured]:
    return [row for row in rows if (row.server, row.kind) == (server, kind)]


def ratio(rows: list[Measured], kind: str, server: str) -> float | None:
    """Our CPU per call over theirs."""
    ours, theirs = (_middle(_of(rows, who, kind), "cpu_pct_per_call") for who in (OURS, server))
    return ours / theirs if ours is not None and theirs else None


def recording_costs(rows: list[Measured], kind: str) -> float | None:
    """A recorded call's CPU over one's that is not."""
    theirs, ours = (_middle(_of(rows, who, kind), "cpu_pct_per_call") for who in (RECORDING, OURS))
    return theirs / ours if ours and theirs is not None else None


def added_p95_ms(rows: list[Measured], kind: str) -> float | None:
    """What the relay adds to the way from socket to socket."""
    ours, floor = (_middle(_of(rows, who, kind), "p95_ms") for who in (OURS, FLOOR))
    return ours - floor if ours is not None and floor is not None else None


def report(rows: list[Measured]) -> str:
    kinds = dict.fromkeys((row.server, row.kind, row.calls) for row in rows)
    lines = [["server", "kind", "calls", *(title for title, _, _ in _COLUMNS)]]
    for server, kind, calls in kinds:
        some = [row for row in rows if (row.server, row.kind, row.calls) == (server, kind, calls)]
        lines.append([server, kind, str(calls), *(shown(_middle(some, name), form) for _, name, form in _COLUMNS)])
    return "\n".join([lay_out(lines), "", *_goals(rows)])


def _goals(rows: list[Measured]) -> list[str]:
    goals = [
        ("CPU of a video call / MediaRelay's", ratio(rows, "video", DECODING), 1 / 40, ".4f"),
        ("CPU of an audio call / MediaRelay's", ratio(rows, "audio", DECODING), 1 / 30, ".4f"),
        ("CPU of a video call / Janus's", ratio(rows, "video", SFU), 0.67, ".2f"),
        ("CPU of an audio call / Janus's", ratio(rows, "audio", SFU), 0.5, ".2f"),
        ("CPU of a recorded video call / of one that is not", recording_costs(rows, "video"), 1.25, ".2f"),
        ("added p95 of 24 video calls, ms", added_p95_ms(rows, "video"), 5.0, ".2f"),
    ]
    lines = [
        f"{what}: {shown(value, form)} (goal at most {most:{form}}){_verdict(value, most)}"
        for what, value, most, form in goals
    ]
    delivered = _middle(_of(rows, OURS, "video"), "delivered")
    verdict = _verdict(-delivered, -0.999) if delivered is not None else ""
    return [*lines, f"delivered of 24 video calls: {shown(delivered, '.5f')} (goal at least 0.999){verdict}"]


def _verdict(value: float | None, most: float) -> str:
    return "" if value is None else " met" if value <= most else " MISSED"
