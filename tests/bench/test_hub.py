"""Two seconds of the generator against two nodes of the hub itself: its real protocol, none of its promises broken."""

import pytest

from bench.plan import Plan
from bench.result import FAULTS
from bench.rounds import measure
from bench.servers import SERVERS

pytestmark = pytest.mark.long

SHORT = Plan((), seconds=2.0, warmup_s=0.2, conversations=20, in_flight=16, duplicates=0.1, nodes=2)
PROMISES = (*FAULTS, "unacked", "acked_and_lost", "strange")


def test_the_hub_keeps_its_promises_under_load() -> None:
    """Customers on one node, agents on the other; every tenth message is sent twice; every ack is on disk."""
    found = measure(SERVERS["onethread-fsync"], SHORT, "closed")
    assert {name: found[name] for name in PROMISES} == dict.fromkeys(PROMISES, 0), found["said"]
    assert found["sent"] > 200
    assert min(found["server_cpu_s"], found["store_cpu_s"]) > 0
    assert "worker_cpu_s" in found
