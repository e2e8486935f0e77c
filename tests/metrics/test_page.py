"""Covers hub/metrics/page.py and families.py in a whole hub: what is told, and that no label can grow without end."""

import asyncio
import re
from pathlib import Path

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from hub.admin import admin_port, store_checks
from hub.calls.relay.relay import Place, open_relay
from hub.crms import local_crms, open_local
from hub.metrics import families
from hub.metrics.calls import of_relay
from hub.metrics.page import Page
from hub.model.effects import Job
from hub.model.errors import StoreUnavailable, every_error
from hub.options import store_options
from hub.parts import now_ms
from hub.settings import Settings
from hub.store.census import Census
from hub.store.store import Store, open_store
from hub.transport.http.health import Readiness
from hub.work import build_worker
from tests.ports import free_port
from tests.running import Hub, conversation_of, the_bot
from tests.services.acts import Clock, a_process
from tests.store.acts import commit, outcome

Read = dict[str, dict[tuple[tuple[str, str], ...], float]]


def read(text: str) -> Read:
    """sample name -> labels -> value."""
    found: Read = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def value(page: Read, name: str, **labels: str) -> float:
    return page[f"onethread_{name}"][tuple(sorted(labels.items()))]


async def of_serving(hub: Hub) -> Read:
    await hub.serving.census.try_take()
    return read(hub.serving.page().text().decode())


async def test_a_serving_process_tells_what_it_does(hub: Hub) -> None:
    wang, agent = await hub.customer("wang"), await hub.agent()
    before = await of_serving(hub)
    assert (value(before, "sockets", kind="customer"), value(before, "sockets", kind="agent")) == (1, 1)
    await wang.ask("handoff.request")
    await wang.say("我的电话是 13800001234")
    await agent.ask("conversation.assign", conversation=conversation_of(wang))
    page = await of_serving(hub)
    assert value(page, "messages_total") >= value(before, "messages_total") + 1
    assert value(page, "commits_total", outcome="appended") >= 2
    assert value(page, "commit_seconds_count") == sum(page["onethread_commits_total"].values())
    assert value(page, "fanout_entries_total") >= 1
    assert value(page, "agents_present", status="available") == 1
    assert value(page, "workers") == 1
    assert value(page, "store_up") == 1
    assert value(page, "draining") == 0
    await wang.close()
    await agent.ask("inbox.follow", view="mine")
    page = await of_serving(hub)
    assert value(page, "socket_closes_total", reason="left") == 1
    assert "13800001234" not in hub.serving.page().text().decode()


async def test_the_queue_and_who_waits_longest(settings: Settings) -> None:
    clock = Clock()
    async with a_process(settings, clock) as process:
        await process.to_queue("first")
        clock.skip(30_000)
        await process.to_queue("second")
        await process.say("third")
        await process.store.presence.prolong(["li", "ana"], clock() + 60_000)
        await process.store.presence.set_status("ana", "away")
        clock.skip(10_000)
        page = Page(families.of_store(census := Census(process.store, clock), lambda: [0], clock))
        await census.take()
        told = read(page.text().decode())
        assert (value(told, "queue_conversations"), value(told, "bot_conversations")) == (2, 1)
        assert value(told, "queue_longest_wait_seconds") == 40
        assert (value(told, "agents_present", status="available"), value(told, "agents_present", status="away")) == (
            1,
            1,
        )
        assert (value(told, "workers"), value(told, "shards_held")) == (0, 1)


async def test_a_store_that_is_away_is_told_and_nothing_else_of_it() -> None:
    class Away:
        keys = presence = None

        @property
        def client(self) -> "Away":
            return self

        async def do(self, *_: object) -> None:
            raise StoreUnavailable

    class Named(Away):
        class keys:
            everywhere = staticmethod(str)

    census = Census(Named(), now_ms)  # type: ignore[arg-type]
    page = Page(families.of_store(census, lambda: [0], now_ms))
    await census.try_take()
    told = read(page.text().decode())
    assert value(told, "store_up") == 0
    assert "onethread_queue_conversations" not in told


async def test_jobs_that_wait_have_an_age(settings: Settings, store: Store) -> None:
    await outcome(
        store.committer, commit(todo=[1], jobs=[Job("j1", "crm.ticket", "l", {}), Job("j2", "crm.ticket", "l", {})])
    )
    seen = await Census(store, lambda: now_ms() + 60_000).take()
    assert sum(shard.jobs for shard in seen.shards) == 2
    assert 58 < seen.oldest_job_s(now_ms() + 60_000) < 63
    assert 58 < seen.reaction_lag_s(now_ms() + 60_000, range(settings.shards)) < 63
    assert seen.longest_wait_s(now_ms()) == 0


async def test_a_census_serves_whoever_asks_within_two_seconds(store: Store) -> None:
    census = Census(store, now_ms)
    assert await census.take() is await census.take()


async def page_of_work(settings: Settings) -> tuple[str, str]:
    """What a working process answers on its admin port: /metrics and /readyz."""
    async with (
        open_store(store_options(settings)) as store,
        open_local(settings, now_ms) as crm,
        asyncio.TaskGroup() as tasks,
    ):
        page, census = Page(), Census(store, now_ms)
        worker = build_worker(settings, store, local_crms(crm), the_bot(), tasks, page)
        page.add(families.of_store(census, lambda: worker.held, now_ms))
        readiness = Readiness(store_checks(settings, store, census), {})
        running = tasks.create_task(worker.run())
        await worker.working.wait()
        async with admin_port(settings, "work", page, census, readiness), httpx.AsyncClient() as http:
            url = f"http://127.0.0.1:{settings.admin_port}"
            while True:
                try:
                    found = (await http.get(f"{url}/metrics")).text, (await http.get(f"{url}/readyz")).text
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.01)
        running.cancel()
    return found


async def test_a_working_process_has_an_admin_port(settings: Settings) -> None:
    text, ready = await page_of_work(settings.model_copy(update={"admin_port": free_port()}))
    page = read(text)
    assert value(page, "shards_held") == settings.shards
    assert value(page, "bot_turns_total", outcome="failed") == 0
    assert page["process_resident_memory_bytes"][()] > 1e6
    assert "onethread_loop_lag_seconds_count" in page
    assert page["onethread_info"].popitem()[0][0] == ("process", "work")
    assert ready.startswith('{"ready":true')
    assert all(f'"{name}"' in ready for name in ("store", "write", "outbox", "disk"))


async def test_labels_have_few_values_and_no_ids(hub: Hub, settings: Settings) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    allowed = {
        "customer",
        "agent",
        "guest",
        "unwelcomed",
        "appended",
        "lagging",
        "repeated",
        "left",
        "available",
        "away",
    }
    allowed |= {error.code for error in every_error()} | {
        "ok",
        "failed",
        "answered",
        "handed_over",
        "done",
        "put_aside",
    }
    allowed |= {"local", "drift", "unmapped"}  # connections have the names of the settings
    allowed |= {"find_customer", "orders", "tickets", "notes", "create_ticket", "add_note", "create_lead", "tag"}
    for name, samples in (await of_serving(hub)).items():
        if name.startswith("onethread_") and name != "onethread_info":
            for labels in samples:
                assert {v for k, v in labels if k != "le"} <= allowed, (name, labels)


ROOT = Path(__file__).parents[2]
RULES = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
DASHBOARD = ROOT / "deploy/grafana/onethread.json"


async def test_what_alerts_and_dashboard_ask_for_is_told(hub: Hub, settings: Settings) -> None:
    """Every metric that they name is on the page of one of the processes."""
    text, _ = await page_of_work(settings.model_copy(update={"admin_port": free_port()}))
    async with open_relay(Place(("127.0.0.1",), (0,)), lambda news: None) as relay:
        of_media = read(Page(of_relay(relay)).text().decode())
    told = set(await of_serving(hub)) | set(read(text)) | set(of_media) | {"up", "onethread_loop_lag_seconds_bucket"}
    asked = [rule["expr"] for group in RULES["groups"] for rule in group["rules"]] + [DASHBOARD.read_text()]
    named = {name for words in asked for name in re.findall(r"\b(?:onethread|process|python)_[a-z_]+\b", words)}
    assert len(named) > 15
    assert named - told == set()
