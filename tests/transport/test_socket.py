"""Covers protocol v1 over real sockets: hello, acks and duplicates, resume, history, errors, ends."""

import json
from typing import Any

import pytest
import websockets

from hub.transport import connection as connection_module
from tests.running import Frame, Hub, Peer, conversation_of, fresh_id, text, welcome_of


async def raw(hub: Hub, **options: Any) -> Peer:
    """A socket that has not said hello."""
    options = {"subprotocols": ["onethread.v1"], "origin": hub.url, "compression": None} | options
    peer = Peer(await websockets.connect(hub.url.replace("http", "ws") + "/ws", **options))
    hub.peers.append(peer)
    return peer


async def owned(hub: Hub, key: str = "wang") -> tuple[Peer, Peer, str]:
    """A customer's conversation that an agent follows and owns, so that no bot answers."""
    customer = await hub.customer(key)
    await customer.say("hello")
    agent = await hub.agent()
    conversation = conversation_of(customer)
    await agent.ask("conversation.follow", conversation=conversation)
    await agent.until(lambda f: f["t"] == "live", seen=True)
    assert (await agent.ask("conversation.assign", conversation=conversation))["t"] == "ack"
    return customer, agent, conversation


# --- hello ------------------------------------------------------------------------------------------------


async def test_a_ticket_opens_one_socket_once(hub: Hub) -> None:
    issued = await hub.ticket(kind="visitor", site="demo")
    first = await hub.connect(issued["ticket"])
    await first.until(lambda f: f["t"] == "welcome")
    second = await hub.connect(issued["ticket"])
    assert await second.close_code() == 4001


async def test_a_ticket_belongs_to_its_origin(hub: Hub) -> None:
    issued = await hub.ticket(kind="visitor", site="demo")
    elsewhere = await hub.connect(issued["ticket"], origin=hub.url.replace("127.0.0.1", "localhost"))
    assert await elsewhere.close_code() == 4001


async def test_a_page_s_ticket_is_no_use_without_a_browser(hub: Hub) -> None:
    issued = await hub.ticket(kind="visitor", site="demo")
    script = await hub.connect(issued["ticket"], origin=None)
    assert await script.close_code() == 4001


async def test_a_foreign_origin_is_not_let_in(hub: Hub) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        await raw(hub, origin="https://evil.example")
    assert refused.value.response.status_code == 403


async def test_another_version_is_told_so_by_the_close_code(hub: Hub) -> None:
    peer = await raw(hub, subprotocols=["onethread.v9"])
    assert await peer.close_code() == 4006


async def test_the_first_frame_must_be_hello(hub: Hub) -> None:
    peer = await raw(hub)
    await peer.send({"t": "message.post", "id": fresh_id(), "d": {"content": text("hi")}})
    assert await peer.close_code() == 4000


async def test_who_says_nothing_is_closed(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "HELLO_SECONDS", 0.05)
    peer = await raw(hub)
    assert await peer.close_code() == 4008


async def test_welcome_says_what_the_client_may_count_on(hub: Hub) -> None:
    welcome = welcome_of(await hub.customer("smith"))
    assert welcome["durability"] == "fsync"
    assert welcome["heartbeat_s"] == 25
    assert welcome["limits"]["frame_bytes"] == 65_536
    assert welcome["state"]["status"] in ("resolved", "pending")
    assert "agent" not in welcome


# --- requests ---------------------------------------------------------------------------------------------


async def test_one_message_id_three_times_over_two_connections_is_one_event(hub: Hub) -> None:
    first = await hub.customer("wang")
    second = await hub.customer("wang", device="phone")
    ref = fresh_id()
    acks = [await first.say("once", ref), await second.say("once", ref), await first.say("once", ref)]
    assert len({ack["seq"] for ack in acks}) == 1
    assert [ack.get("dup", False) for ack in acks] == [False, True, True]
    page = await first.ask("history", limit=200)
    said = [e for e in page["d"]["events"] if e["id"] == ref and e["type"] == "message.created"]
    assert [e["d"]["content"]["text"] for e in said] == ["once"]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"t": "message.post", "d": {"content": text("no id")}}, "bad_request"),
        ({"t": "message.post", "id": "x", "d": {"content": text("odd id")}}, "bad_request"),
        ({"t": "message.post", "id": fresh_id(), "d": {}}, "bad_request"),
        ({"t": "message.post", "id": fresh_id(), "d": {"content": text("")}}, "bad_request"),
        ({"t": "message.post", "id": fresh_id(), "d": {"content": text("x" * 8_001)}}, "too_long"),
        ({"t": "message.post", "id": fresh_id(), "d": {"content": {"kind": "html", "text": "x"}}}, "bad_request"),
        ({"t": "message.read", "id": fresh_id(), "d": {"seq": 2**53}}, "bad_request"),
        ({"t": "message.read", "id": fresh_id(), "d": {"seq": -1}}, "bad_request"),
        ({"t": "message.read", "id": fresh_id(), "d": {"seq": 1.5}}, "bad_request"),
        ({"t": "no.such", "id": fresh_id(), "d": {}}, "unknown_request"),
        ({"t": "note.add", "id": fresh_id(), "d": {"conversation": "c", "text": "x"}}, "unknown_request"),
        ({"id": fresh_id()}, "bad_frame"),
        ([1, 2, 3], "bad_frame"),
        ("text", "bad_frame"),
        (None, "bad_frame"),
    ],
)
async def test_a_wrong_frame_gets_a_named_error_and_the_socket_lives(hub: Hub, frame: Any, code: str) -> None:
    peer = await hub.customer("wang")
    await peer.send(frame)
    error = await peer.until(lambda f: f["t"] == "error")
    assert error["code"] == code
    assert (await peer.say("still here"))["t"] == "ack"


async def test_who_sends_nonsense_for_ever_is_closed(hub: Hub) -> None:
    peer = await hub.customer("wang")
    for _ in range(connection_module.BAD_FRAMES):
        await peer.socket.send("{nonsense")
    assert await peer.close_code() == 4000


async def test_too_many_requests_are_slowed_down_then_closed(hub: Hub) -> None:
    hub.serving.node.set_rates(3, 3)
    peer = await hub.customer("wang")
    answers = [await peer.say(str(n)) for n in range(4)]
    assert answers[-1]["code"] == "rate_limited"
    assert answers[-1]["retry"]
    assert answers[-1]["retry_after"] > 0
    for _ in range(connection_module.BAD_FRAMES):
        await peer.send({"t": "typing"})
    assert await peer.close_code() == 4129


async def test_customers_can_only_send_what_they_are_offered(hub: Hub) -> None:
    """Staff requests are no customer requests at all: there is nothing to forget to check."""
    peer = await hub.customer("wang")
    for t in ("conversation.resolve", "conversation.assign", "inbox.follow", "context.refresh", "customer.merge"):
        error = await peer.ask(t, conversation=conversation_of(peer), view="all")
        assert error["code"] == "unknown_request"


# --- who sees what ----------------------------------------------------------------------------------------


async def test_a_note_reaches_colleagues_and_leaves_no_gap_for_the_customer(hub: Hub) -> None:
    customer, agent, conversation = await owned(hub)
    ack = await agent.ask("note.add", conversation=conversation, text="do not tell")
    assert await agent.until(lambda f: f.get("type") == "note.added", seen=True)
    moved = await customer.until(lambda f: f["t"] == "next" and f["seq"] >= ack["seq"])
    assert moved["seq"] == ack["seq"]
    again = await hub.customer("wang", resume={conversation: {"epoch": welcome_of(customer)["epoch"], "seq": 0}})
    page = await again.ask("history", limit=200)
    everything = json.dumps([customer.received, again.received, page])
    assert "do not tell" not in everything
    assert "note.added" not in everything


async def test_typing_is_for_the_other_side(hub: Hub) -> None:
    customer, agent, conversation = await owned(hub)
    await customer.send({"t": "typing", "on": True})
    seen = await agent.until(lambda f: f["t"] == "typing")
    assert (seen["by"]["kind"], seen["on"]) == ("customer", True)
    await agent.send({"t": "typing", "on": True, "conversation": conversation})
    assert (await customer.until(lambda f: f["t"] == "typing"))["by"]["kind"] == "agent"


async def test_read_and_delivered_move_forward_only(hub: Hub) -> None:
    customer, agent, conversation = await owned(hub)
    said = await customer.say("are you there")
    await agent.ask("message.delivered", conversation=conversation, seq=said["seq"])
    assert (await customer.event("message.delivered"))["d"]["upto"] == said["seq"]
    await agent.ask("message.read", conversation=conversation, seq=said["seq"])
    assert (await customer.event("message.read"))["d"]["upto"] == said["seq"]
    again = await agent.ask("message.read", conversation=conversation, seq=said["seq"])
    assert again["t"] == "ack"
    assert again["seq"] == customer.events[-1]["seq"], "a second reading is no event"


# --- resume -----------------------------------------------------------------------------------------------


def seqs(peer: Peer, conversation: str) -> list[int]:
    return [f["seq"] for f in peer.received if f["t"] in ("event", "next") and f["conversation"] == conversation]


async def test_resume_gives_exactly_what_was_missed(hub: Hub) -> None:
    customer, agent, conversation = await owned(hub)
    await customer.until(lambda f: f.get("type") == "owner.changed" and f["d"]["owner"]["kind"] == "agent", seen=True)
    stood = max(seqs(customer, conversation))
    epoch = welcome_of(customer)["epoch"]
    await customer.close()
    for n in range(30):
        await agent.say(f"while you were away {n}", conversation=conversation)
    again = await hub.customer("wang", resume={conversation: {"epoch": epoch, "seq": stood}})
    said = [e["d"]["content"]["text"] for e in again.events if e["type"] == "message.created"]
    assert said == [f"while you were away {n}" for n in range(30)]
    assert min(e["seq"] for e in again.events) == stood + 1


async def test_another_epoch_starts_afresh(hub: Hub) -> None:
    customer, _, conversation = await owned(hub)
    again = await hub.customer("wang", resume={conversation: {"epoch": "another", "seq": 3}})
    kinds = [f["t"] for f in again.received]
    assert kinds.index("reset") < kinds.index("event")
    assert again.received[kinds.index("reset")]["epoch"] == welcome_of(customer)["epoch"]
    assert next(e["seq"] for e in again.events) == 1


async def test_a_client_from_the_future_starts_afresh(hub: Hub) -> None:
    """It has seen more than the log holds: the log lost its end, whatever the epoch says."""
    customer, _, conversation = await owned(hub)
    epoch = welcome_of(customer)["epoch"]
    again = await hub.customer("wang", resume={conversation: {"epoch": epoch, "seq": 10_000}})
    assert any(f["t"] == "reset" for f in again.received)


async def test_a_very_long_absence_is_paged(hub: Hub) -> None:
    customer, agent, conversation = await owned(hub)
    epoch = welcome_of(customer)["epoch"]
    for n in range(510):
        await agent.send(
            {"t": "message.post", "id": fresh_id(), "d": {"conversation": conversation, "content": text(str(n))}}
        )
    await agent.until(lambda f: f["t"] == "event" and f["d"].get("content", {}).get("text") == "509")
    again = await hub.customer("wang", resume={conversation: {"epoch": epoch, "seq": 1}})
    resync = next(f for f in again.received if f["t"] == "resync")
    assert resync["from"] == 1
    found: list[Frame] = []
    before, more = 0, True
    while more:
        page = (await again.ask("history", before=before, limit=200))["d"]
        found = page["events"] + found
        before, more = page["oldest"], page["more"]
    said = [e["d"]["content"]["text"] for e in found if e["by"]["kind"] == "agent" and e["type"] == "message.created"]
    assert said == [str(n) for n in range(510)]
    assert [e["seq"] for e in found] == sorted({e["seq"] for e in found})


async def test_history_pages_without_hole_or_repeat(hub: Hub) -> None:
    customer, agent, conversation = await owned(hub)
    for n in range(20):
        await agent.say(f"m{n}", conversation=conversation)
        await agent.ask("note.add", conversation=conversation, text="between")
    whole = (await customer.ask("history", limit=200))["d"]["events"]
    pages: list[Frame] = []
    before, more = 0, True
    while more:
        page = (await customer.ask("history", before=before, limit=7))["d"]
        assert len(page["events"]) <= 7
        pages = page["events"] + pages
        before, more = page["oldest"], page["more"]
    assert pages == whole


# --- ends -------------------------------------------------------------------------------------------------


async def test_logout_wipes_the_device_on_the_hub_s_side(hub: Hub) -> None:
    peer, secret = await hub.visitor()
    second, _ = await hub.visitor(secret)
    await peer.say("my secret plan")
    conversation = conversation_of(peer)
    assert conversation_of(second) == conversation
    await peer.send({"t": "logout", "id": fresh_id(), "d": {}})
    assert await peer.close_code() == 4001
    assert await second.close_code() == 4001
    after, _ = await hub.visitor(secret)
    assert conversation_of(after) != conversation
    assert "my secret plan" not in json.dumps(after.received)


async def test_a_revoked_login_ends_its_sockets(hub: Hub) -> None:
    agent = await hub.agent()
    await hub.serving.accounts.change_password("liming", "another-password")
    assert await agent.close_code() == 4001


async def test_a_drain_says_goodbye_first(hub: Hub) -> None:
    peer = await hub.customer("wang")
    await hub.serving.node.drain()
    away = await peer.until(lambda f: f["t"] == "goaway")
    assert 0 <= away["reconnect_after_ms"] <= 100
    assert await peer.close_code() == 4200
    assert (await hub.http.get("/readyz")).status_code == 503
    assert (await hub.http.get("/livez")).status_code == 200
