"""Covers tests/chaos/client.py and crowd.py against a hub in this process: talk, a cut, a resume; all of it clean."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from tests.chaos.checker import check
from tests.chaos.client import Pass
from tests.chaos.crowd import Crowd, quantile
from tests.chaos.history import History, read
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
