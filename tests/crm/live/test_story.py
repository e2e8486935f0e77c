"""The whole way, with a live CRM: a customer comes from the site, an agent sees their orders there, opens a ticket,
resolves; the ticket and the transcript are in the CRM. The hub is two processes of its own, as it is run.
"""

import json

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
        await agent.event("effect.done", seen=True)
        assert [subject for subject, _ in asked.tickets(HER)] == ["漏水 O'Neil"]

        await agent.ask("conversation.resolve", conversation=conversation)
        await agent.until(lambda f: f.get("type") == "crm.written" and f["d"]["what"] == "summary", seen=True)
        [transcript, summary] = asked.notes(HER)[before:]
        assert "王女士您好，我是李明。" in transcript + summary and "for us alone" not in transcript + summary
        await hub.close()
