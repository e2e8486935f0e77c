"""How what one party sends arrives at the other, by what the two say in their RTCP reports. Time is an argument."""

from collections import OrderedDict

from hub.calls.relay.rtcp import Received, Sent

REMEMBERED = 32  # sender reports whose answer may still come: of two sources, those of the last minute


class Hearing:
    """`loss` is 0..1, the others ms; None as long as nothing was said. With several sources, the worst of them."""

    def __init__(self) -> None:
        self._passed: OrderedDict[tuple[int, int], float] = OrderedDict()
        self._latest: dict[int, Received] = {}
        self._jitter: dict[int, float] = {}
        self.rtt_ms: float | None = None

    def sent(self, report: Sent, now: float) -> None:
        """The sender's report passes by; `now` is in seconds."""
        self._passed[report.ssrc, report.stamp] = now
        if len(self._passed) > REMEMBERED:
            self._passed.popitem(last=False)

    def received(self, report: Received, clocks: dict[int, int], now: float) -> None:
        """The receiver's answer passes by. One about a source that was not announced is passed over."""
        rate = clocks.get(report.ssrc)
        if rate is None:
            return
        self._latest[report.ssrc] = report
        self._jitter[report.ssrc] = 1000 * report.jitter / rate
        passed = self._passed.get((report.ssrc, report.stamp))
        if passed is not None:
            self.rtt_ms = max(0.0, 1000 * (now - passed) - report.held_ms)

    @property
    def loss(self) -> float | None:
        return max((report.loss for report in self._latest.values()), default=None)

    @property
    def jitter_ms(self) -> float | None:
        return max(self._jitter.values(), default=None)
