"""Covers hub/transport/frames.py: what a client may send, at its bounds, and what it gets told when it may not."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hub.model.content import MESSAGE_CHARS
from hub.transport import frames
from hub.transport.frames import FRAME_BYTES
from tests.running import Frame, fresh_id, text

CUSTOMER: TypeAdapter[Any] = TypeAdapter(frames.CustomerFrame)
AGENT: TypeAdapter[Any] = TypeAdapter(frames.AgentFrame)
TOP = 2**53 - 1


def request(t: str, **d: Any) -> bytes:
    return json.dumps({"t": t, "id": fresh_id(), "d": d}).encode()


def accepted(adapter: TypeAdapter[Any], raw: bytes) -> bool:
    try:
        adapter.validate_json(raw)
    except ValidationError:
        return False
    return True


# (request, field, values that may be, values that may not be), beside what makes the request whole
BOUNDS: list[tuple[str, str, list[Any], list[Any], Frame]] = [
    ("message.post", "content", [text("x"), text("x" * MESSAGE_CHARS)], [text(""), text("x" * 8_001), {}, 5, None], {}),
    ("message.post", "reply_to", [None, 0, TOP], [-1, TOP + 1, 1.5, "x", 1e300], {"content": text("x")}),
    ("message.post", "conversation", [None, "c", "x" * 64], ["", "x" * 65, "a b", "a\n", 5], {"content": text("x")}),
    ("message.read", "seq", [0, 1, TOP], [-1, TOP + 1, 0.5, None, [], "9" * 400], {}),
    ("message.delivered", "seq", [0, TOP], [-1, 2**63, 2**64, -(2**63)], {}),
    ("history", "limit", [1, 200], [0, 201, -1, TOP], {}),
    ("history", "before", [0, TOP], [-1, TOP + 1], {}),
    ("csat.rate", "score", [1, 5], [0, 6, 4.5, None], {}),
    ("csat.rate", "comment", ["", "x" * 1_000], ["x" * 1_001, None], {"score": 1}),
    ("handoff.request", "reason", ["", "x" * 500], ["x" * 501, 5], {}),
    ("presence.set", "status", ["available", "away"], ["offline", "", None, 1], {}),
    ("inbox.follow", "view", ["mine", "queue", "bot", "all", "resolved"], ["theirs", "", None], {}),
    ("conversation.follow", "resume", [None, {"epoch": "e", "seq": 0}], [{"epoch": "e"}, {"epoch": "", "seq": 1}], {}),
    ("reservation.decline", "reason", ["", "x" * 200], ["x" * 201], {}),
    ("conversation.assign", "to", ["agent", "queue", "bot"], ["none", "", "customer"], {}),
    ("conversation.assign", "agent", ["me", "x" * 64], ["x" * 65, 5], {}),
    ("conversation.assign", "tenure", [None, 0, TOP], [-1, TOP + 1], {}),
    ("conversation.resolve", "outcome", ["solved", "unsolved", "spam", "no_reply"], ["", "won", None], {}),
    ("conversation.snooze", "until", [0, TOP], [-1, TOP + 1, None, "tomorrow"], {}),
    ("note.add", "text", ["x", "x" * 8_000], ["", "x" * 8_001], {}),
    ("tag.add", "tag", ["x", "x" * 40], ["", "x" * 41], {}),
    ("tag.remove", "tag", ["x"], ["", "x" * 41], {}),
    ("customer.verify", "kind", ["email", "phone"], ["account", "visitor", "crm", ""], {"value": "a@b.example"}),
    ("customer.verify", "value", ["a@b", "x" * 200], ["ab", "x" * 201], {"kind": "email"}),
    ("context.choose", "external_id", ["x", "客户/1", "x" * 120], ["", "x" * 121, None], {}),
    ("customer.find", "text", ["x", "x" * 254], ["", "x" * 255, None], {}),
    ("customer.merge", "into", ["c2"], ["", "a/b", None], {}),
]
OF_CUSTOMERS = {"csat.rate", "handoff.request"}


@pytest.mark.parametrize(("t", "field", "good", "bad", "whole"), BOUNDS, ids=lambda x: x if isinstance(x, str) else "")
def test_fields_at_their_bounds(t: str, field: str, good: list[Any], bad: list[Any], whole: Frame) -> None:
    adapter = CUSTOMER if t in OF_CUSTOMERS else AGENT
    base = whole if adapter is CUSTOMER or field == "conversation" else {"conversation": "c", **whole}
    for value in good:
        assert accepted(adapter, request(t, **base, **{field: value})), value
    for value in bad:
        assert not accepted(adapter, request(t, **base, **{field: value})), value


def of(union: Any) -> dict[str, Any]:
    return {get_args(model.model_fields["t"].annotation)[0]: model for model in get_args(get_args(union)[0])}


def test_every_request_but_the_ephemeral_ones_must_have_an_id() -> None:
    for union in (frames.CustomerFrame, frames.AgentFrame):
        without = {t for t, model in of(union).items() if not issubclass(model, frames.Request)}
        assert without == {"typing", "ping", "rtc.candidate", "call.key", "call.state", "stats.report"}


@pytest.mark.parametrize("id", ["", "x", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01arz3ndektsv4rrffq69g5fav", "8" * 26, 5, None])
def test_ids_are_ulids(id: Any) -> None:
    assert not accepted(CUSTOMER, json.dumps({"t": "logout", "id": id}).encode())
    assert not accepted(CUSTOMER, (json.dumps({"t": "logout", "id": fresh_id() + "\n"})).encode())


def test_an_agent_s_conversation_must_be_named() -> None:
    for t in (t for t in of(frames.AgentFrame) if t.startswith(("conversation.", "reservation.", "tag.", "note."))):
        assert not accepted(AGENT, request(t, to="bot", until=1, tag="x", text="x")), t


def test_what_a_newer_client_adds_is_ignored() -> None:
    raw = json.dumps({"t": "message.read", "id": fresh_id(), "d": {"seq": 1, "mood": "fine"}, "new": [1]}).encode()
    assert CUSTOMER.validate_json(raw).d == frames.Upto(seq=1)


def test_customers_and_agents_share_only_what_both_may_ask() -> None:
    customer, agent = of(frames.CustomerFrame), of(frames.AgentFrame)
    assert set(customer) & set(agent) == {
        "message.post",
        "message.read",
        "message.delivered",
        "typing",
        "file.begin",
        "file.open",
        "history",
        "logout",
        "ping",
        *(t for t in customer if t.startswith(("call.", "rtc.", "stats.", "consent."))),
    }
    assert set(agent) - set(customer) >= {"call.invite", "call.note", "consent.request", "recording.stop"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"ticket": "x" * 201},
        {"device": ""},
        {"device": "a b"},
        {"locale": "en us"},
        {"locale": "x" * 36},
        {"page": "x" * 501},
        {"resume": {"c": {"epoch": "e", "seq": TOP + 1}}},
        {"resume": {"a b": {"epoch": "e", "seq": 1}}},
        {"resume": {f"c{n}": {"epoch": "e", "seq": 1} for n in range(51)}},
    ],
    ids=str,
)
def test_a_hello_beyond_its_bounds(wrong: Frame) -> None:
    hello = {"t": "hello", "ticket": "x", "device": "d", "locale": "zh-CN", "page": "https://shop.example/?q=1"}
    assert frames.Hello.model_validate(hello).resume == {}
    with pytest.raises(ValidationError):
        frames.Hello.model_validate(hello | wrong)


def test_the_longest_message_fits_a_frame_in_any_script() -> None:
    for sign in ("x", "é", "王", "😀"):
        raw = json.dumps(
            {"t": "message.post", "id": fresh_id(), "d": {"content": text(sign * 8_000)}}, ensure_ascii=False
        )
        assert len(raw.encode()) < FRAME_BYTES
        assert CUSTOMER.validate_json(raw).d.content.text == sign * 8_000


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(of(frames.AgentFrame) | of(frames.CustomerFrame))), ANY)
def test_no_body_breaks_validation(t: str, d: Any) -> None:
    """Whatever is sent is taken or refused; nothing else happens."""
    raw = json.dumps({"t": t, "id": fresh_id(), "d": d}).encode()
    for adapter in (CUSTOMER, AGENT):
        accepted(adapter, raw)
