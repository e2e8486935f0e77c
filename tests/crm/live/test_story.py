"""The whole way, with a live CRM: a customer comes from the site, an agent sees their orders there, opens a ticket,
changes it, adds a to-do and a tag, resolves; each is in the CRM, once. The hub is two processes, as it is run.
"""

import json
import time

import httpx
import pytest

from hub.settings import Settings
from hub.store.store import Store
from tests import running
from tests.crm.cast import WANG
from tests.crm.live.conftest import Live
from tests.processes import processes
from tests.running import Hub, Peer, add_sample_agents, conversation_of

pytestmark = pytest.mark.crm_full

HER = WANG["external_id"]
PATIENCE_S = 120.0  # two processes start beside a CRM


async def panel(agent: Peer, conversation: str) -> dict[str, object]:
    """What the agent sees beside the conversation, once the CRM has answered."""
    followed = await agent.ask("conversation.follow", conversation=conversation)
    context = followed["d"]["context"]
    if context is None or context["outcome"] != "found":
        frame = await agent.until(lambda f: f["t"] == "context" and f["d"]["outcome"] == "found", seen=True)
        context = frame["d"]
    return dict(context)


async def done(agent: Peer, kind: str) -> tuple[str, str]:
    """What was asked for is in the CRM: its number or id there, and what it became instead."""
    frame = await agent.until(lambda f: f.get("type") == "effect.done" and f["d"]["kind"] == kind, seen=True)
    return frame["d"]["ref"], frame["d"]["degraded"]


async def test_from_the_site_to_the_crm_and_back(
    settings: Settings, store: Store, asked: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = {"mapping": asked.name, "secrets": asked.secrets, "deadline_s": 30}
    monkeypatch.setattr(running, "PATIENCE_S", PATIENCE_S)
    monkeypatch.setenv("ONETHREAD_CRM", json.dumps({"shop": setting}))
    before = len(asked.notes(HER))
    async with (
        processes(settings, PATIENCE_S) as them,
        httpx.AsyncClient(base_url=them.url, headers={"Origin": them.url}, timeout=PATIENCE_S) as http,
    ):
        await add_sample_agents(store)  # the hub adds them as well; whoever is first
        hub = Hub(them.url, settings, store, None, None, http)  # type: ignore[arg-type]
        wang = await hub.customer("wang", locale="zh-CN")
        agent = await hub.agent()
        await agent.ask("inbox.follow", view="mine")
        await wang.say("转人工")
        await agent.until(lambda f: f["t"] == "inbox" and any(row["reservation"] for row in f["rows"]), seen=True)

        conversation = conversation_of(wang)
        context = await panel(agent, conversation)
        assert (context["crm"], context["customer"]["external_id"]) == ("shop", HER)  # type: ignore[index]
        assert [order["number"] for order in context["orders"]] == [asked.orders[HER]]  # type: ignore[attr-defined]

        await agent.ask("reservation.accept", conversation=conversation)
        await agent.say("王女士您好，我是李明。", conversation=conversation)
        await agent.ask("note.add", conversation=conversation, text="for us alone")
        made = await agent.ask("ticket.create", conversation=conversation, subject="漏水 O'Neil", body="底座漏水")
        assert made["t"] == "ack", made
        number, _ = await done(agent, "ticket")
        [(subject, opened)] = asked.tickets(HER)
        assert subject == "漏水 O'Neil"
        await agent.ask("ticket.update", conversation=conversation, number=number, status="pending", comment="等照片")
        await done(agent, "ticket_update")
        [(subject, waiting)] = asked.tickets(HER)
        [comment] = asked.comments(HER)
        assert (subject, waiting != opened, "等照片" in comment) == ("漏水 O'Neil", True, True)
        due = round(time.time() * 1000) + 86_400_000
        await agent.ask("task.add", conversation=conversation, title="明天回电", due=due)
        _, degraded = await done(agent, "task")
        await agent.ask("tag.add", conversation=conversation, tag="漏水")

        await agent.ask("conversation.resolve", conversation=conversation)
        for what in ("transcript", "summary", "insights", "tags"):
            await agent.until(lambda f, what=what: f.get("type") == "crm.written" and f["d"]["what"] == what, seen=True)
        assert (asked.tasks(HER).count("明天回电"), degraded) in ((1, ""), (0, "note"))
        assert asked.tags(HER).count("漏水") == 1
        assert "zh-CN" in asked.noticed(HER) or "zh" in asked.noticed(HER)
        texts = [note for note in asked.notes(HER)[before:] if "insight" not in note.partition("\n")[0]]
        if degraded:
            [to_do] = [note for note in texts if "明天回电" in note and "To do by" in note]
            texts.remove(to_do)
        [transcript, summary] = texts
        assert "王女士您好，我是李明。" in transcript + summary and "for us alone" not in transcript + summary
        await hub.close()
