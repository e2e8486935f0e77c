"""One measurement: so many calls through a server for so long, and what it cost and did."""

import asyncio
import os
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.calls.clip import clip
from bench.calls.party import Party
from bench.calls.pump import Pump
from bench.calls.servers.contract import Flow, Server
from hub.model.errors import MediaFull

WARM_S = 3.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Measured:
    """`cpu_pct_per_call` is of one core. `delivered` 0..1. `p50_ms` and `p95_ms` from sending to arrival, with the
    generator's own share (see the run "no relay"); None where packets do not arrive as they were sent."""

    server: str
    kind: str
    calls: int
    seconds: float
    cpu_pct_per_call: float
    us_per_packet: float
    packets_s: int
    delivered: float
    p50_ms: float | None
    p95_ms: float | None
    generator_cpu: float
    generator_late_ms: float
    others_cpu: float
    refused: int = 0

    def row(self) -> dict[str, Any]:
        return asdict(self)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def machine_s() -> float:
    """CPU seconds that all processes used so far."""
    fields = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / _TICKS


def quantile(sorted_s: list[float], share: float) -> float | None:
    return round(1_000 * sorted_s[int(share * (len(sorted_s) - 1))], 3) if sorted_s else None


class _Meter:
    """What has been used and counted since it was set."""

    def __init__(self, pid: int, flows: list[Flow]) -> None:
        self._pid, self._flows = pid, flows
        self._cpu, self._machine, self._own = self._now()
        self._at = time.monotonic()
        self._sent, self._received = self._counts()
        for flow in flows:
            flow.receiver.late.clear()

    def _now(self) -> tuple[float, float, float]:
        own = resource.getrusage(resource.RUSAGE_SELF)
        return cpu_s(self._pid) if self._pid else 0.0, machine_s(), own.ru_utime + own.ru_stime

    def _counts(self) -> tuple[int, int]:
        return sum(f.sender.sent for f in self._flows), sum(f.receiver.received for f in self._flows)

    def read(self, server: str, kind: str, calls: int, same: bool, late_s: float) -> Measured:
        seconds = time.monotonic() - self._at
        cpu, machine, own = (
            now - then for now, then in zip(self._now(), (self._cpu, self._machine, self._own), strict=True)
        )
        sent, received = (now - then for now, then in zip(self._counts(), (self._sent, self._received), strict=True))
        waits = sorted(wait for flow in self._flows for wait in flow.receiver.late) if same else []
        return Measured(
            server,
            kind,
            calls,
            round(seconds, 1),
            round(100 * cpu / seconds / calls, 3),
            round(1e6 * cpu / max(1, received), 1),
            round(received / seconds),
            round(received / max(1, sent), 5),
            quantile(waits, 0.5),
            quantile(waits, 0.95),
            round(own / seconds, 2),
            round(1_000 * late_s, 1),
            round(max(0.0, machine - cpu - own) / seconds, 2),
        )


async def measure(server: Server, kind: str, calls: int, seconds: float) -> Measured:
    flows: list[Flow] = []
    for first in range(0, calls, server.abreast):
        some = range(first, min(calls, first + server.abreast))
        made = await asyncio.gather(*(_connected(server, f"{kind}-{n}", kind == "video") for n in some))
        flows += [flow for pair in made for flow in pair]
    return await _pumped(flows, server.name, server.pid, server.same, kind, calls, seconds)


async def _connected(server: Server, call: str, video: bool) -> list[Flow]:
    """A server that is strained by the handshakes before, on a machine that has other work, is asked again."""
    for _ in range(60):
        try:
            return await server.connect(call, video)
        except MediaFull:
            await asyncio.sleep(0.5)
    raise MediaFull


async def _pumped(
    flows: list[Flow], name: str, pid: int, same: bool, kind: str, calls: int, seconds: float
) -> Measured:
    pump = Pump(clip())
    for flow in flows:
        flow.receiver.expects = flow.sender
    for party in _parties(flows):
        pump.add(party, sends=any(party is flow.sender for flow in flows))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(pump.run())
        await asyncio.sleep(WARM_S)
        pump.late_s = 0.0
        meter = _Meter(pid, flows)
        await asyncio.sleep(seconds)
        measured = meter.read(name, kind, calls, same, pump.late_s)
        running.cancel()
    for party in _parties(flows):
        await party.leave()
    return measured


def _parties(flows: list[Flow]) -> list[Party]:
    return list(dict.fromkeys(party for flow in flows for party in (flow.sender, flow.receiver)))


async def floor(host: str, kind: str, calls: int, seconds: float) -> Measured:
    """The same packets from socket to socket with nothing in between: the generator's share of what is measured."""
    flows: list[Flow] = []
    for _ in range(calls):
        one, other = Party(host, kind == "video"), Party(host, kind == "video")
        one.meet(other)
        flows += [Flow(one, other), Flow(other, one)]
    return await _pumped(flows, "no relay", 0, True, kind, calls, seconds)


async def saturate(server: Server, step: int, seconds: float, most: int) -> Measured:
    """Video calls, `step` more each second, until it takes no more; it is asked on. Those of the first second count."""
    pump, probes, calls, refused = Pump(clip()), list[Flow](), 0, 0
    everyone: list[Party] = []
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(pump.run())
        while refused < 5 * step and calls < most:
            for _ in range(step):
                try:
                    flows = await server.connect(f"more-{calls}-{refused}", True)
                except MediaFull:
                    refused += 1
                    continue
                calls += 1
                for flow in flows:
                    if calls <= step:
                        flow.receiver.expects = flow.sender
                    else:
                        flow.receiver.stop_counting()
                    pump.add(flow.sender)
                    everyone.append(flow.sender)
                probes += flows if calls <= step else []
            await asyncio.sleep(1)
        pump.late_s = 0.0
        meter = _Meter(server.pid, probes)
        await asyncio.sleep(seconds)
        measured = meter.read(server.name, "saturated", calls, server.same, pump.late_s)
        running.cancel()
    measured.refused = refused
    for party in everyone:
        await party.leave()
    return measured
