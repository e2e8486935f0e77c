"""Every frame and every endpoint tried with somebody else's id: refused, and nothing of theirs is shown.

The rows come from the protocol's own unions, so that a new request without a row here fails.
"""

import json
import re
from typing import Any, get_args

import httpx
import pytest

from hub.transport import frames
from hub.transport.http.api import Api
from hub.transport.http.crm_api import CrmApi
from hub.transport.http.recordings import RecordingsApi
from tests.running import Frame, Hub, Peer, conversation_of, fresh_id, text

REFUSALS = {
    "forbidden",
    "not_owner",
    "not_reserved_for_you",
    "not_found",
    "merge_refused",
    "session_closed",
    "bad_request",
    "refused",
    "unknown_request",
    "call_over",
}
CALL = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
# What is asked of a call. None: it has no id and gets no answer (tests/transport/test_calls.py).
OF_CALLS: dict[str, Frame | None] = {
    "call.request": {"media": "audio"},
    "call.accept": {"call": CALL},
    "call.decline": {"call": CALL},
    "call.cancel": {"call": CALL},
    "call.join": {"call": CALL, "pc": "p"},
    "call.hangup": {"call": CALL},
    "call.upgrade": {"call": CALL},
    "rtc.description": {"call": CALL, "to": "customer", "pc": "p", "type": "offer", "sdp": "v=0"},
    "consent.grant": {"call": CALL, "text_version": "v1"},
    "consent.refuse": {"call": CALL, "text_version": "v1"},
    "consent.withdraw": {"call": CALL},
    "rtc.candidate": None,
    "call.key": None,
    "call.state": None,
    "stats.report": None,
}
WORDS = {t for t, d in OF_CALLS.items() if d is None}


def requests_of(union: Any) -> set[str]:
    """The wire types in a union of frames."""
    classes = get_args(get_args(union)[0])
    return {get_args(cls.model_fields["t"].annotation)[0] for cls in classes}


# What a customer sends with another customer's conversation. None: the frame names no conversation at all.
CUSTOMER: dict[str, Frame | None] = {
    "message.post": {"content": text("x")},
    "message.read": {"seq": 1},
    "message.delivered": {"seq": 1},
    "typing": None,
    "file.begin": {"name": "x", "bytes": 1},
    "file.open": {"file": CALL},
    "history": {"limit": 10},
    "handoff.request": None,
    "handoff.cancel": None,
    "csat.rate": None,
    **OF_CALLS,
    "logout": None,
    "ping": None,
}

# What an agent sends in a colleague's conversation. None: reading, or no conversation named; any staff may.
AGENT: dict[str, Frame | None] = {
    "message.post": {"content": text("x")},
    "message.read": None,
    "message.delivered": None,
    "typing": None,
    "file.begin": {"name": "x", "bytes": 1},
    "file.open": None,
    "history": None,
    "presence.set": None,
    "inbox.follow": None,
    "conversation.follow": None,
    "conversation.unfollow": None,
    "reservation.accept": {},
    "reservation.decline": {},
    "conversation.assign": {"to": "agent", "agent": "me"},
    "conversation.resolve": {},
    "conversation.reopen": {},
    "conversation.snooze": {"until": 2**50},
    "note.add": None,
    "tag.add": None,
    "tag.remove": None,
    "context.refresh": None,
    "context.choose": {"external_id": "cust_smith"},
    "customer.find": None,
    "customer.merge": {"into": "no-such-customer"},
    "customer.unmerge": {},
    "customer.verify": None,
    "ticket.create": {"subject": "x"},
    "ticket.update": {"number": "T2026-00001", "status": "closed"},
    "task.add": {"title": "x", "due": 2**50},
    "lead.create": {"name": "x"},
    "customer.edit": {"changes": [{"field": "name", "now": "x"}]},
    "effect.retry": {"effect": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
    "draft.suggest": None,
    **OF_CALLS,
    "consent.request": {"call": CALL, "text_version": "v1"},
    "recording.stop": {"call": CALL},
    "call.note": {"call": CALL, "outcome": "solved"},
    "call.invite": {"call": CALL, "agent": "liming"},
    "call.uninvite": {"call": CALL, "agent": "liming"},
    "call.link": {"call": CALL, "name": "Pit"},
    "call.supervise": {"call": CALL, "mode": "listen"},
    "calls.list": None,
    "logout": None,
    "ping": None,
}


def test_every_request_has_a_row() -> None:
    assert set(CUSTOMER) == requests_of(frames.CustomerFrame)
    assert set(AGENT) == requests_of(frames.AgentFrame)


async def taken(hub: Hub) -> tuple[Peer, Peer, str]:
    """王丽's conversation, which 李明 has."""
    wang = await hub.customer("wang")
    await wang.say("my secret")
    liming = await hub.agent()
    conversation = conversation_of(wang)
    await liming.ask("conversation.assign", conversation=conversation)
    return wang, liming, conversation


async def state(hub: Hub, conversation: str) -> Any:
    return await hub.store.logs.load(conversation)


async def test_a_customer_with_another_customer_s_conversation(hub: Hub) -> None:
    _, _, conversation = await taken(hub)
    before = await state(hub, conversation)
    smith = await hub.customer("smith")
    for t, d in CUSTOMER.items():
        if d is not None:
            answer = await smith.ask(t, **d, conversation=conversation)
            assert (answer["t"], answer["code"]) == ("error", "forbidden"), t
    await smith.send({"t": "typing", "on": True, "conversation": conversation})
    assert (await smith.until(lambda f: f["t"] == "error"))["code"] == "forbidden"
    assert await state(hub, conversation) == before
    assert "my secret" not in json.dumps(smith.received)


async def test_a_customer_can_t_resume_or_follow_another_s_thread(hub: Hub) -> None:
    _, _, conversation = await taken(hub)
    before = await state(hub, conversation)
    smith = await hub.customer("smith", resume={conversation: {"epoch": before.epoch, "seq": 0}}, follow=[conversation])
    assert conversation_of(smith) != conversation
    assert "my secret" not in json.dumps(smith.received)


async def test_an_agent_in_a_colleague_s_conversation(hub: Hub) -> None:
    """Without the right to overrule: 李明 is an agent, Anna (a supervisor) has the conversation."""
    wang = await hub.customer("wang")
    await wang.say("my secret")
    conversation = conversation_of(wang)
    anna = await hub.agent("anna@example.com")
    await anna.ask("conversation.assign", conversation=conversation)
    liming = await hub.agent()
    before = (await state(hub, conversation)).desk
    for t, d in AGENT.items():
        if d is not None:
            answer = await liming.ask(t, conversation=conversation, **d)
            assert answer["t"] == "error", t
            assert answer["code"] in REFUSALS - {"unknown_request"} | {"session_open"}, (t, answer)
    assert (await state(hub, conversation)).desk == before


async def test_an_agent_can_t_make_a_conversation_by_naming_it(hub: Hub) -> None:
    liming = await hub.agent()
    for t, d in AGENT.items():
        silent = ("typing", "presence.set", "inbox.follow", "conversation.unfollow", "customer.find", "logout", "ping")
        silent += ("calls.list",)
        if t in silent or t in WORDS:
            continue
        body: Frame = {"content": text("x")} if t == "message.post" else dict(d or {})
        body |= {"seq": 1, "text": "x", "tag": "x", "limit": 5, "kind": "email", "value": "a@b.example", "file": CALL}
        answer = await liming.ask(t, conversation="01ARZ3NDEKTSV4RRFFQ69G5FAV", **body)
        assert answer.get("code") == "not_found", (t, answer)
    assert not (await state(hub, "01ARZ3NDEKTSV4RRFFQ69G5FAV")).seq


async def test_an_agent_s_typing_needs_the_conversation_open(hub: Hub) -> None:
    _, _, conversation = await taken(hub)
    anna = await hub.agent("anna@example.com")
    await anna.send({"t": "typing", "on": True, "conversation": conversation})
    assert (await anna.until(lambda f: f["t"] == "error"))["code"] == "forbidden"


async def test_an_agent_can_t_accept_what_a_colleague_is_asked(hub: Hub) -> None:
    liming = await hub.agent()
    anna = await hub.agent("anna@example.com")
    await liming.ask("inbox.follow", view="queue")
    wang = await hub.customer("wang")
    await wang.ask("handoff.request")
    asked = await liming.until(lambda f: f["t"] == "inbox" and any(r["reservation"] for r in f["rows"]))
    row = next(r for r in asked["rows"] if r["reservation"])
    other = anna if row["reservation"]["agent"] == "liming" else liming
    for t in ("reservation.accept", "reservation.decline"):
        assert (await other.ask(t, conversation=row["conversation"]))["code"] == "not_reserved_for_you"


# --- HTTP -------------------------------------------------------------------------------------------------

# method, path, body, and the status for somebody without a session or with a wrong token.
ENDPOINTS: list[tuple[str, str, Any, int]] = [
    ("POST", "/api/v1/tickets", {"kind": "agent"}, 401),
    ("POST", "/api/v1/tickets", {"kind": "customer", "site": "demo", "token": "forged"}, 401),
    ("POST", "/api/v1/tickets", {"kind": "visitor", "site": "demo", "device_secret": "guessed"}, 401),
    ("POST", "/api/v1/tickets", {"kind": "visitor", "site": "not-a-site"}, 404),
    ("POST", "/api/v1/login", {"email": "liming@example.com", "password": "guessed"}, 401),
    ("POST", "/api/v1/logout", None, 401),
    ("GET", "/api/v1/agents", None, 401),
    ("GET", "/api/v1/sites/not-a-site", None, 404),
    ("GET", "/api/v1/integrations", None, 401),
    ("POST", "/api/v1/integrations/local/replay", {"all": True}, 401),
    ("POST", "/api/v1/crm/local/news", {}, 404),
    ("GET", "/api/v1/knowledge", None, 401),
    ("GET", "/api/v1/recordings/CALL1/1a-customer", None, 401),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), ENDPOINTS)
async def test_endpoints_refuse_strangers(hub: Hub, method: str, path: str, body: Any, status: int) -> None:
    answer = await hub.http.request(method, path, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"]


def test_every_endpoint_has_a_row() -> None:
    parts = (Api, CrmApi, RecordingsApi)
    routes = [route for part in parts for route in object.__new__(part).routes()]
    named = {"{site}": "not-a-site", "{name}": "local", "{connection}": "local", "{call}": "CALL1"}
    named["{recording}"] = "1a-customer"
    paths = {re.sub(r"{\w+}", lambda word: named[word[0]], route.path) for route in routes}
    assert paths - {"/api/v1/me"} == {path for _, path, _, _ in ENDPOINTS}


async def test_who_is_signed_in_tells_a_stranger_nobody(hub: Hub) -> None:
    answer = await hub.http.get("/api/v1/me", headers={"Cookie": "onethread=guessed"})
    assert (answer.status_code, answer.json()) == (200, {"agent": None})


async def test_a_customer_token_is_no_agent_and_a_cookie_is_no_customer(hub: Hub) -> None:
    token = await hub.token("wang")
    assert (await hub.ticket(kind="agent", token=token))["code"] == "auth_failed"
    assert (await hub.ticket(kind="customer", site="demo"))["code"] == "bad_request"


async def test_another_origin_gets_no_ticket(hub: Hub) -> None:
    async with httpx.AsyncClient(base_url=hub.url, headers={"Origin": "https://evil.example"}) as http:
        for body in ({"kind": "visitor", "site": "demo"}, {"kind": "agent"}):
            assert (await http.post("/api/v1/tickets", json=body)).status_code == 403
        assert (await http.post("/api/v1/login", json={"email": "a@b.c", "password": "x"})).status_code == 403


# --- identities -------------------------------------------------------------------------------------------


def signed(hub: Hub, **claims: Any) -> str:
    from hub.demo import KID, SITE, demo_key
    from hub.transport.http.demo import signer

    return signer(SITE, KID, demo_key(hub.settings))(claims)


async def as_customer(hub: Hub, **claims: Any) -> Peer:
    issued = await hub.ticket(kind="customer", site="demo", token=signed(hub, **claims))
    peer = await hub.connect(issued["ticket"])
    await peer.until(lambda f: f["t"] == "live")
    return peer


async def test_a_claim_of_an_e_mail_opens_nothing(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("my secret")
    claiming = await as_customer(hub, sub="somebody", email="wang.li@example.com")
    assert conversation_of(claiming) != conversation_of(wang)
    page = await claiming.ask("history", limit=100)
    assert "my secret" not in json.dumps([page, claiming.received])


async def test_two_signed_ids_never_merge(hub: Hub) -> None:
    """Not by a shared verified address, not on one device, not by an agent's hand."""
    one = await as_customer(hub, sub="one", email="shared@example.com", email_verified=True)
    two = await as_customer(hub, sub="two", email="shared@example.com", email_verified=True)
    assert conversation_of(one) != conversation_of(two)
    liming = await hub.agent()
    for peer in (one, two):
        await peer.say("hello")
    refused = await liming.ask("customer.merge", conversation=conversation_of(one), into=conversation_of(two))
    assert refused["code"] == "merge_refused"


async def test_the_next_person_at_a_shared_phone_sees_nothing(hub: Hub) -> None:
    """The device chatted anonymously, then 王丽 signed in on it; later it comes back without a token."""
    guest, secret = await hub.visitor()
    await guest.say("anonymous question")
    issued = await hub.ticket(kind="customer", site="demo", token=signed(hub, sub="w"), device_secret=secret)
    wang = await hub.connect(issued["ticket"])
    await wang.until(lambda f: f["t"] == "live")
    assert "anonymous question" in json.dumps(wang.received), "what she wrote before she signed in is hers"
    await wang.say("my secret")
    later, _ = await hub.visitor(secret)
    assert conversation_of(later) not in (conversation_of(guest), conversation_of(wang))
    page = await later.ask("history", limit=100)
    assert "my secret" not in json.dumps([page, later.received])
    assert "anonymous question" not in json.dumps([page, later.received])


async def test_tokens_that_were_not_made_for_this(hub: Hub) -> None:
    import time

    import jwt

    from hub.demo import KID, demo_key

    key, now = demo_key(hub.settings), int(time.time())

    def token(claims: Frame, secret: str = key, algorithm: str = "HS256", kid: str | None = KID) -> str:
        return jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": kid} if kid else None)

    good = {"sub": "x", "aud": "demo", "exp": now + 600}
    wrong = {
        "another secret": token(good, "y" * 48),
        "another site": token({**good, "aud": "other"}),
        "expired": token({**good, "exp": now - 120}),
        "too long": token({**good, "exp": now + 7_200}),
        "no sub": token({"aud": "demo", "exp": now + 600}),
        "odd sub": token({**good, "sub": "x" * 201}),
        "no key id": token(good, kid=None),
        "no signature": token(good, "", "none"),
    }
    for why, made in wrong.items():
        answer = await hub.ticket(kind="customer", site="demo", token=made)
        assert answer["code"] == "auth_failed", why
        assert key not in json.dumps(answer), why
    skewed = token({**good, "exp": now - 30})
    assert "ticket" in await hub.ticket(kind="customer", site="demo", token=skewed), "60 s of clock skew are forgiven"
    assert fresh_id()
