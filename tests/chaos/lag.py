"""How late event loops are: the harness's own, and a node's by its metrics. Who is slow, the hub or its clients?"""

import asyncio
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.crowd import quantile
from tests.chaos.processes import Node
from tests.chaos.websocket import ask

EVERY_S = 0.02


class Lag:
    """Milliseconds, p99, from entering `lag(...)` to leaving it. `nodes`: the worst node's, as a bucket's bound."""

    own = 0.0
    nodes = 0.0


@asynccontextmanager
async def lag(nodes: list[Node]) -> AsyncIterator[Lag]:
    found, late = Lag(), array("d")
    before = [await buckets(node) for node in nodes]
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(_watch(late))
        yield found
        watching.cancel()
    found.own = quantile(late, 0.99) * 1000
    after = [await buckets(node) for node in nodes]
    found.nodes = max(p99_between(b, a) * 1000 for b, a in zip(before, after, strict=True))


async def _watch(late: "array[float]") -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_S
        await asyncio.sleep(EVERY_S)
        late.append(loop.time() - due)


async def buckets(node: Node) -> dict[float, float]:
    """Upper bound in seconds -> how many up to there."""
    text = (await ask(node.admin, "GET", "/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith("onethread_loop_lag_seconds_bucket")]
    return {float(line.partition('le="')[2].partition('"')[0]): float(line.rpartition(" ")[2]) for line in lines}


def p99_between(before: dict[float, float], after: dict[float, float]) -> float:
    counts = {bound: count - before.get(bound, 0.0) for bound, count in after.items()}
    total = max(counts.values(), default=0.0)
    return min((bound for bound, count in counts.items() if count >= 0.99 * total), default=0.0)
