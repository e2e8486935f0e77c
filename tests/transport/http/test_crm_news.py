"""A CRM's webhook from the call to the customer's page: signed, once, and not when it is an echo. All of it is real."""

import hmac
import json
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.model.identity import Identity, IdentityKind, Proof
from hub.settings import CrmSetting, Settings
from hub.transport.websocket.wire import Limits
from tests.crm.plain_crm import MAPPING, TOKEN, Handler, database
from tests.running import Frame, fresh_id
from tests.transport.http.conftest import client_of
from tests.transport.http.test_api import problem
from tests.transport.inside import Caller, Inside, inside

SECRET = "hook-secret"
HOOKS = """
hooks:
  signature:
    {kind: hmac, header: X-Signature, secret: "${PLAIN_HOOK}", parts: true, signed: "{t}.{body}"}
  news:
    - kind: ticket
      items: changes
      external_id: customer
      ref: ticket
      status: status
      text: text
      id: id
"""


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[str]:
    """The plain CRM, in a thread; its address."""
    base = database(tmp_path / "plain.sqlite3")
    base.execute("insert into customers values ('c1', 'wang@example.com', '王丽')")
    base.close()
    handler = type("Here", (Handler,), {"file": tmp_path / "plain.sqlite3"})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
async def working(settings: Settings, plain: str, tmp_path: Path) -> AsyncIterator[Inside]:
    file = tmp_path / "plain.yaml"
    file.write_text(MAPPING + HOOKS)
    secrets = {"PLAIN_URL": plain, "PLAIN_TOKEN": TOKEN, "PLAIN_HOOK": SECRET}
    setting = CrmSetting.model_validate({"mapping": str(file), "secrets": secrets})
    async with inside(settings.model_copy(update={"crm": {"plain": setting}}), worker=True) as made:
        yield made


def change(ticket: str = "7", status: str = "solved", id: str = "n1") -> Frame:
    return {"customer": "c1", "ticket": ticket, "status": status, "text": "internal: a liar", "id": id}


async def call(working: Inside, *changes: Frame, secret: str = SECRET, age_s: int = 0) -> httpx.Response:
    """As the CRM calls: no Origin, no cookie, a signature with its time."""
    body = json.dumps({"changes": changes}).encode()
    at = working.store.clock() // 1000 - age_s
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    async with client_of(working.serving.application(Limits())) as http:
        del http.headers["origin"]
        headers = {"X-Signature": f"t={at},v1={signature}"}
        return await http.post("/api/v1/crm/plain/news", content=body, headers=headers)


async def come(working: Inside, proof: Proof = Proof.SIGNED) -> tuple[Caller, Caller]:
    """王丽, whom the CRM knows, and an agent who looks on."""
    who = Identity(kind=IdentityKind.EMAIL, value="wang@example.com", proof=proof)
    customer, agent = await working.customer(who), await working.agent()
    await agent.ask("conversation.follow", conversation=customer.conversation)
    await agent.event("context.attached", outcome="found", seen=True)
    return customer, agent


def news(caller: Caller) -> list[Any]:
    return [f["d"] for f in caller.events if f["type"] in ("crm.news", "crm.noticed")]


async def test_what_changed_there_is_in_the_thread_once(working: Inside) -> None:
    customer, agent = await come(working)
    for _ in range(2):
        answer = await call(working, change(), change("8", "pending", "n2"))
        assert (answer.status_code, answer.json()) == (200, {"heard": 2})
    await customer.event("crm.news", ref="8", seen=True)
    await agent.event("crm.news", ref="8", seen=True)
    assert [(d["ref"], d["status"], d["text"]) for d in news(customer)] == [("7", "solved", ""), ("8", "pending", "")]
    assert news(agent) == news(customer)


async def test_a_customer_of_an_agents_word_is_told_nothing(working: Inside) -> None:
    customer, agent = await come(working, Proof.AGENT_WORD)
    assert (await call(working, change())).json() == {"heard": 1}
    heard = await agent.event("crm.noticed", ref="7", seen=True)
    assert heard["d"]["text"] == "internal: a liar"
    assert (await customer.say("hello"))["t"] == "ack"
    assert news(customer) == []


async def test_what_an_agent_did_here_comes_back_as_no_news(working: Inside) -> None:
    customer, agent = await come(working)
    one = {"conversation": customer.conversation}
    made = fresh_id()
    await agent.ask("ticket.create", made, **one, subject="leaks")
    number = (await agent.event("effect.done", effect=made, seen=True))["d"]["ref"]
    solved = fresh_id()
    await agent.ask("ticket.update", solved, **one, number=number, status="solved")
    await agent.event("effect.done", effect=solved, seen=True)
    assert (await call(working, change(number, "open", "e1"), change(number, "solved", "e2"))).json() == {"heard": 0}
    assert (await call(working, change(number, "closed", "e3"))).json() == {"heard": 1}, "by somebody there"
    await customer.event("crm.news", ref=number, status="closed", seen=True)
    assert len(news(customer)) == 1


async def test_who_has_not_the_secret_or_comes_late_is_not_heard(working: Inside) -> None:
    customer, _ = await come(working)
    problem(await call(working, change(), secret="guess"), 403, "forbidden")
    problem(await call(working, change(), age_s=3_600), 403, "forbidden")
    assert (await customer.say("hello"))["t"] == "ack"
    assert news(customer) == []
