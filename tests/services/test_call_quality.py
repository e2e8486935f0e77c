"""Covers hub/services/call_quality.py: what a connection reports is kept for the call that it is in, and no other."""

from hub.model.quality import Measured
from hub.services.call_quality import CallQuality
from tests.services.acts import Process

BAD, GOOD = Measured(0.5, 100, 900, 10), Measured(0.0, 2, 30, 900)


async def test_a_socket_that_goes_on_to_another_call_begins_anew_there(process: Process) -> None:
    told: list[float] = []
    quality, kept = CallQuality(process.store.qualities, told.append), process.store.qualities
    await quality.heard("wang", "c1", "agent:li", "Li", "socket", BAD)
    await quality.heard("chen", "c2", "agent:li", "Li", "socket", GOOD)
    await quality.heard("chen", "c2", "agent:li", "Li", "socket", GOOD)
    (first,), (second,) = await kept.of("wang", "c1"), await kept.of("chen", "c2")
    assert (first.reports, first.loss) == (1, 0.5)
    assert (second.reports, second.loss, second.name) == (2, 0.0, "Li")
    assert second.worst == second.mos
    assert len(told) == 3
    assert await kept.now("c2") == {"agent:li": {"loss": 0.0, "jitter_ms": 2.0, "rtt_ms": 30.0, "kbps": 900.0}}


async def test_who_comes_back_on_another_socket_is_the_same_line(process: Process) -> None:
    quality = CallQuality(process.store.qualities, lambda score: None)
    await quality.heard("wang", "c1", "customer", "", "one", GOOD)
    quality.left("one")
    await quality.heard("wang", "c1", "customer", "", "two", GOOD)
    (line,) = await process.store.qualities.of("wang", "c1")
    assert line.reports == 2
