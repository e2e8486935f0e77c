"""How well a call was heard and seen: what the parties' browsers measured, and what people would have said of it."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from hub.model.frozen import frozen
from hub.model.party import Name, Value

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Mos = Annotated[float, Field(ge=1, le=5, allow_inf_nan=False)]

CODEC_MS = 10  # what encoding and decoding add to the delay


@frozen
class Measured:
    """What arrives at one party, as its browser counts it. `loss` is a share 0..1, times are ms, `kbps` is received."""

    loss: float
    jitter_ms: float
    rtt_ms: float
    kbps: float


def mos(loss: float, jitter_ms: float, rtt_ms: float) -> float:
    """The mean opinion score (1 bad .. 5 excellent) that people would give to speech over such a line; an estimate.

    The E-model (ITU-T G.107) in the short form of Cole and Rosenbluth (2001): a delay of more than 160 ms and each
    percent of loss take from a factor R, and Annex B of G.107 turns R into a score. Jitter counts twice, as the buffer
    that hides it.
    """
    delay = rtt_ms / 2 + 2 * jitter_ms + CODEC_MS
    r = 93.2 - (delay / 40 if delay < 160 else (delay - 120) / 10) - 250 * loss
    if r <= 0:
        return 1.0
    return round(min(5.0, max(1.0, 1 + 0.035 * r + 0.000007 * r * (r - 60) * (100 - r))), 2)


class Line(Value):
    """A party's line over a whole call: means of its `reports`, and the worst score among them. 0 reports: unknown."""

    party: Annotated[str, Field(max_length=80)]
    name: Name = ""
    reports: Annotated[int, Field(ge=0)] = 0
    loss: Share = 0.0
    jitter_ms: Amount = 0.0
    rtt_ms: Amount = 0.0
    kbps: Amount = 0.0
    mos: Mos = 1.0
    worst: Mos = 5.0

    def with_report(self, it: Measured) -> "Line":
        score = mos(it.loss, it.jitter_ms, it.rtt_ms)
        return _joined(self, Line(party=self.party, name=self.name, reports=1, **asdict(it), mos=score, worst=score))


def whole(lines: Iterable[Line]) -> tuple[Line, ...]:
    """One line for each party: who moved to another tab or node in mid-call was counted in several."""
    found: dict[str, Line] = {}
    for line in lines:
        found[line.party] = _joined(found[line.party], line) if line.party in found else line
    return tuple(
        line.model_copy(
            update={name: round(getattr(line, name), 4) for name in ("loss", "jitter_ms", "rtt_ms", "kbps", "mos")}
        )
        for line in found.values()
    )


def _joined(a: Line, b: Line) -> Line:
    reports = a.reports + b.reports
    if not a.reports or not b.reports:
        return a if a.reports else b

    def mean(name: str) -> float:
        return float(getattr(a, name) * a.reports + getattr(b, name) * b.reports) / reports

    means = {name: mean(name) for name in ("loss", "jitter_ms", "rtt_ms", "kbps", "mos")}
    return Line(party=a.party, name=b.name or a.name, reports=reports, worst=min(a.worst, b.worst), **means)
