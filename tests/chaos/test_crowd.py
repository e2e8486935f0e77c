"""Covers tests/chaos/client.py and crowd.py against a hub in this process: talk, a cut, a resume; all of it clean."""

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

from tests.chaos.checker import check
from tests.chaos.client import STABLE_S, Pass
from tests.chaos.crowd import Crowd, quantile
from tests.chaos.history import History, read
from tests.chaos.lag import p99_between
from tests.chaos.stage import entries_of, final_frames
from tests.running import Hub


async def test_customers_talk_are_cut_and_come_back(hub: Hub, tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    port = urlsplit(hub.url).port or 0
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(history, lambda: [port], tasks, origin=hub.url)
        clients = [crowd.add(f"c{n}", Pass({"kind": "visitor", "site": "demo"})) for n in range(3)]
        await crowd.live()
        ids = [client.say("Hello") for client in clients]
        await crowd.talk(clients, 60.0, 0.5)
        clients[0].lose()
        clients[0].say("while away")
        await crowd.settled()
        crowd.leave()
    history.close()
    logs = entries_of(await final_frames(hub.settings.redis_url, hub.settings.key_prefix))
    verdict = check(read(history.path), logs)
    assert verdict.clean, verdict.examples
    assert verdict.acked == verdict.sent >= len(ids) + 2
    assert list(crowd.closes) == [1006]
    assert len(crowd.resumes) == 1
    assert crowd.failures == []


def test_quantiles() -> None:
    assert [quantile([3.0, 1.0, 2.0], q) for q in (0.0, 0.5, 0.99)] == [1.0, 2.0, 3.0]
    assert quantile([], 0.5) == 0.0


def test_a_node_s_lag_is_what_came_between_two_looks() -> None:
    before, after = {0.01: 100.0, 0.1: 100.0, 1.0: 100.0}, {0.01: 190.0, 0.1: 200.0, 1.0: 200.0}
    assert p99_between(before, after) == 0.1
    assert p99_between(before, before) == 0.01


def test_the_sdk_backs_off_by_the_same_rule() -> None:
    script = (Path(__file__).parents[2] / "static/sdk/backoff.js").read_text()
    found = re.search(r"STABLE = ([\d_]+);", script)
    assert found
    assert int(found[1]) == STABLE_S * 1000
    assert "Math.min(30_000, 500 * 2 **" in script
