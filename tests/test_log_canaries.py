"""Covers every log line and every span of the hub at once (hub/services/spans.py, hub/tracing.py): the whole story is
told at debug level, to a collector too, and no word of it is written down.
"""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from hub.settings import Settings
from tests.processes import COMMAND, Processes, environment
from tests.running import PASSWORD, Hub, conversation_of

pytestmark = pytest.mark.long

SAID, NOTED, NAMED = "canary-said-7f3a", "canary-noted-91bc", "canary-name-5e21"
PHONE, MAIL, WRONG = "13800991234", "canary@secret.example", "canary-wrong-password"


class Collector:
    """Takes OTLP over HTTP, as a collector does. `spans` are (service, span)."""

    def __init__(self) -> None:
        self.raw = b""
        self.spans: list[tuple[str, Span]] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).lower():
                assert head.startswith(b"post /v1/traces http/1.1")
                size = int(head.partition(b"content-length:")[2].partition(b"\r")[0])
                self._read(await reader.readexactly(size))
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()

    def _read(self, body: bytes) -> None:
        self.raw += body
        for of in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = next(a.value.string_value for a in of.resource.attributes if a.key == "service.name")
            self.spans += [(service, span) for scope in of.scope_spans for span in scope.spans]


class Logged(Processes):
    """Processes whose words go to a file, and whose spans to a collector."""

    def __init__(self, settings: Settings, home: Path, collector: str) -> None:
        super().__init__(settings)
        self.home = home
        self.collector = collector

    async def start(self, name: str) -> None:
        env = environment(self.settings, self.port) | {"ONETHREAD_LOG": "json", "ONETHREAD_LOG_LEVEL": "debug"}
        env |= {"ONETHREAD_OTLP_URL": self.collector}
        with open(self.home / name, "wb") as file:
            self.running[name] = await asyncio.create_subprocess_exec(
                *COMMAND, name, env=env, stdout=file, stderr=asyncio.subprocess.STDOUT
            )

    def words(self, name: str) -> str:
        return (self.home / name).read_text()


async def tell(url: str) -> list[str]:
    """The story, with a wrong password, a broken frame and a refused request; every secret that was in it."""
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}) as http:
        hub = Hub(url, None, None, None, None, http)  # type: ignore[arg-type]
        token = await hub.token("wang")
        issued = await hub.ticket(kind="customer", site="demo", token=token)
        wang = await hub.connect(issued["ticket"], locale="zh-CN")
        await wang.until(lambda f: f["t"] == "live")
        guest, secret = await hub.visitor()
        await http.post("/api/v1/login", json={"email": "liming@example.com", "password": WRONG})
        await http.post("/api/v1/login", json={"email": MAIL, "password": WRONG})
        agent = await hub.agent()
        conversation = conversation_of(wang)
        await wang.say(f"{SAID} {PHONE} {MAIL}")
        await guest.say(f"我叫 {NAMED}，{SAID}")
        await guest.send({"t": "message.post", "id": SAID[:20], "d": {"content": {"kind": SAID, "text": SAID}}})
        await guest.send({"t": SAID, "id": "1", "d": {}})
        await guest.socket.send(SAID)
        await guest.ask("message.read", seq=10**9)
        await wang.say("转人工")
        await wang.until(lambda f: f.get("type") == "owner.changed" and f["d"]["owner"]["kind"] == "queue")
        await agent.ask("conversation.assign", conversation=conversation)
        await agent.ask("note.add", conversation=conversation, text=NOTED)
        await agent.say(SAID, conversation=conversation)
        await agent.ask("conversation.assign", conversation="nowhere")
        await agent.ask("conversation.follow", conversation=conversation)
        await agent.ask("search", query=PHONE)
        await agent.ask("conversation.resolve", conversation=conversation)
        await agent.until(lambda f: f.get("type") == "crm.written" and f["d"]["what"] == "summary", seen=True)
        await guest.socket.close()
        refused = await http.post("/api/v1/tickets", json={"kind": "customer", "site": "demo", "token": token + "x"})
        assert refused.status_code == 401
        await http.get(f"/{SAID}?token={token}")
        for peer in (wang, agent):
            await peer.close()
        return [SAID, NOTED, NAMED, PHONE, MAIL, WRONG, PASSWORD, token, issued["ticket"], secret, "王", "李明"]


@pytest.fixture
async def told(settings: Settings, tmp_path: Path) -> dict[str, Any]:
    """The secrets, what each process wrote, and what it told the collector."""
    collector = Collector()
    server = await asyncio.start_server(collector.take, "127.0.0.1", 0)
    them = Logged(settings, tmp_path, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    for name in ("serve", "work"):
        await them.start(name)
    try:
        await them.ready()
        secrets = await tell(them.url)
    finally:
        for name in list(them.running):
            await them.stop(name)
        server.close()
    return {"secrets": secrets, "serve": them.words("serve"), "work": them.words("work"), "collector": collector}


async def test_no_word_of_it_is_logged(told: dict[str, Any]) -> None:
    for name in ("serve", "work"):
        lines = told[name].splitlines()
        assert len(lines) > 3, "it said nothing: this test shows nothing"
        assert [secret for secret in told["secrets"] if secret in told[name]] == []
        assert not re.search(r"\beyJ[\w-]+\.", told[name]), "a signed token"
        for line in lines:
            assert {"event", "level", "timestamp"} <= json.loads(line).keys(), line
    events = {
        json.loads(line)["event"]: json.loads(line) for name in ("serve", "work") for line in told[name].splitlines()
    }
    # What matters is told, and by ids.
    assert events["welcomed"].keys() >= {"connection", "conversation", "agent", "channel"}
    assert events["socket closed"].keys() >= {"connection", "why"}
    assert events["request refused"].keys() >= {"connection", "id", "why"}
    assert events["bot turn"].keys() >= {"conversation", "seq", "trigger", "outcome"}
    assert events["job done"].keys() >= {"job", "kind", "conversation"}


async def test_no_word_of_it_is_traced(told: dict[str, Any]) -> None:
    collector: Collector = told["collector"]
    assert [secret for secret in told["secrets"] if secret.encode() in collector.raw] == []
    assert {(service, span.name) for service, span in collector.spans} >= {
        ("onethread-serve", "welcome"),
        ("onethread-work", "react"),
        ("onethread-work", "crm look-up"),
        ("onethread-work", "bot"),
        ("onethread-work", "job crm.session"),
    }
    by_id = {span.span_id: span for _, span in collector.spans}
    [bot, *_] = (span for _, span in collector.spans if span.name == "bot")
    assert by_id[bot.parent_span_id].name == "react", "what took how long within what"
    assert {a.key for a in bot.attributes} == {"onethread.conversation", "onethread.trigger"}
