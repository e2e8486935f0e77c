"""Two seconds of the generator against the hub itself: its real protocol, and none of its promises broken."""

import pytest

from bench.plan import Plan
from bench.result import FAULTS
from bench.rounds import measure
from bench.servers import SERVERS

SHORT = Plan((), seconds=2.0, warmup_s=0.2, conversations=20, in_flight=16, rate=200.0, duplicates=0.1)


@pytest.mark.parametrize(("server", "nodes"), [("onethread-fsync", 1), ("onethread", 2)])
def test_the_hub_keeps_its_promises_under_load(server: str, nodes: int) -> None:
    plan = Plan(**{**vars(SHORT), "nodes": nodes})
    found = measure(SERVERS[server], plan, "closed" if nodes == 1 else "open")
    assert {name: found[name] for name in (*FAULTS, "unacked", "acked_and_lost", "strange")} == dict.fromkeys(
        (*FAULTS, "unacked", "acked_and_lost", "strange"), 0
    ), found["said"]
    assert found["sent"] > 200
    assert found["server_cpu_s"] > 0
    assert found["store_cpu_s"] > 0
    assert "worker_cpu_s" in found
