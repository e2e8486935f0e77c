"""Covers hub/transport/requests.py, and with it the promise of the protocol: one answer for each request."""

import asyncio
import json
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from hub.settings import Settings
from hub.transport import frames, requests
from hub.transport.connection import BAD_FRAMES
from tests.running import Frame, fresh_id, text
from tests.transport.inside import Caller, Inside, account, device, inside

NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


# --- once, and by whom ------------------------------------------------------------------------------------


async def test_the_same_id_gives_the_first_answer_on_any_device(within: Inside) -> None:
    phone, tablet = await within.customer(account("w")), await within.customer(account("w"))
    ref = fresh_id()
    first, again, other = await phone.say("a", ref), await phone.say("b", ref), await tablet.say("c", ref)
    assert "dup" not in first
    assert again == other == {"t": "ack", "ref": ref, "seq": first["seq"], "dup": True}
    assert [e["d"]["content"]["text"] for e in await phone.history() if e["type"] == "message.created"] == ["a"]


async def test_an_id_is_the_author_s_own(within: Inside) -> None:
    """A customer who learns of an agent's id can't answer for it, nor an agent for a colleague."""
    liming, anna = await within.agent(), await within.agent("anna")
    customer, conversation = await within.served(liming)
    ref = fresh_id()
    acks = [
        await customer.say("from the customer", ref),
        await liming.say("from the agent", ref, conversation=conversation),
        await anna.ask("note.add", ref, conversation=conversation, text="from a colleague"),
    ]
    assert [a["t"] for a in acks] == ["ack"] * 3
    assert len({a["seq"] for a in acks}) == 3
    assert not [a for a in acks if a.get("dup")]


async def test_a_fault_of_ours_ends_one_request_and_nothing_else(
    within: Inside, capsys: pytest.CaptureFixture[str]
) -> None:
    customer = await within.customer()

    async def fails() -> None:
        raise KeyError("a fault of ours")

    asking = requests.Requests(
        within.serving.conversations,
        within.serving.files,
        within.store.logs,
        within.store.whispers,
        within.serving.node,
    )
    asking.later(customer.connection, "r-1", fails())
    told = await customer.until(lambda f: f.get("ref") == "r-1")
    assert (told["code"], told["retry"], "detail" in told) == ("internal", True, False)
    assert (await customer.say("still here"))["t"] == "ack"


# --- paging back ------------------------------------------------------------------------------------------


async def test_pages_of_any_size_fit_together(within: Inside) -> None:
    agent = await within.agent()
    customer, conversation = await within.served(agent)
    for n in range(12):
        await customer.say(str(n))
        if n % 3 == 0:
            for _ in range(4):
                await agent.ask("note.add", conversation=conversation, text="between")
    for reader, named in ((customer, {}), (agent, {"conversation": conversation})):
        whole = (await reader.ask("history", limit=200, **named))["d"]
        assert not whole["more"]
        assert (whole["conversation"], whole["oldest"]) == (conversation, 1)
        for limit in (1, 2, 5, len(whole["events"]), 200):
            assert await reader.history(limit=limit, **named) == whole["events"], limit
    everything = [e["seq"] for e in await agent.history(conversation=conversation)]
    assert everything == list(range(1, everything[-1] + 1)), "staff see a log without gaps"


@pytest.mark.parametrize("before", [1, 2, 2**53 - 1])
async def test_pages_at_the_ends(within: Inside, before: int) -> None:
    customer = await within.customer()
    await customer.say("hello")
    whole = await customer.history()
    page = (await customer.ask("history", before=before, limit=200))["d"]
    assert page["events"] == [e for e in whole if e["seq"] < before]
    assert not page["more"]


async def test_a_page_is_bounded_in_bytes(within: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "PAGE_BYTES", 2_000)
    customer = await within.customer()
    for n in range(10):
        await customer.say(f"{n} " + "x" * 900)
    page = (await customer.ask("history", limit=200))["d"]
    assert page["more"]
    assert sum(len(json.dumps(e)) for e in page["events"]) < 5_000
    said = [e["d"]["content"]["text"][0] for e in await customer.history() if e["type"] == "message.created"]
    assert said == [str(n) for n in range(10)]


# --- whatever is sent -------------------------------------------------------------------------------------

HOSTILE = ["", "\x00", "\u2028", "\u202e", "😀" * 40, "../..", "<img src=x>", "' OR 1=1", "__proto__", "x" * 9_000]
NUMBERS = [0, 1, -1, 2**31, 2**53 - 1, 2**53, 2**63, -(2**64), 1.5, 1e308]


def types(union: Any) -> list[str]:
    return sorted(get_args(model.model_fields["t"].annotation)[0] for model in get_args(get_args(union)[0]))


ALL_TYPES = sorted({*types(frames.CustomerFrame), *types(frames.AgentFrame)})
FIELDS = sorted(
    {
        name
        for model in get_args(get_args(frames.AgentFrame)[0]) + get_args(get_args(frames.CustomerFrame)[0])
        if "d" in model.model_fields
        for name in model.model_fields["d"].annotation.model_fields
    }
)
WORDS = [
    "own",
    "other",
    NOBODY,
    "me",
    "anna",
    "queue",
    "bot",
    "agent",
    "mine",
    "all",
    "away",
    "solved",
    "email",
    "phone",
]
SCALARS = st.sampled_from([*HOSTILE, *NUMBERS, *WORDS, None, True, "a@b.example", "+8613800001234"]) | st.text(
    max_size=9
)
VALUES = st.recursive(
    SCALARS | st.fixed_dictionaries({"kind": st.sampled_from(["text", "card", "form"]), "text": SCALARS}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=4,
)
GOOD = {
    "content": st.sampled_from([text("hi"), text("😀\u2028\x00")]),
    "conversation": st.sampled_from(["own", "other", NOBODY]),
    "seq": st.integers(0, 60),
    "limit": st.integers(1, 200),
    "before": st.integers(0, 60),
    "text": st.just("a note"),
    "tag": st.sampled_from(["a", "b"]),
    "until": st.sampled_from([1, 2**52]),
    "view": st.sampled_from(["mine", "queue", "bot", "all"]),
    "status": st.sampled_from(["away", "available"]),
    "to": st.sampled_from(["agent", "queue", "bot"]),
    "agent": st.sampled_from(["me", "anna", "nobody"]),
    "into": st.sampled_from(["own", "other", NOBODY]),
    "kind": st.sampled_from(["email", "phone"]),
    "value": st.sampled_from(["a@b.example", "138 0000 1234", "x y z"]),
    "score": st.integers(1, 5),
}
BODIES = (
    st.fixed_dictionaries(GOOD)
    | st.fixed_dictionaries({}, optional=GOOD | {name: VALUES for name in FIELDS if name not in GOOD})
    | st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4)
    | VALUES
)
FRAMES = st.fixed_dictionaries(
    {"t": st.sampled_from(ALL_TYPES) | SCALARS}, optional={"d": BODIES, "id": SCALARS, "on": VALUES, "extra": VALUES}
)
RAW = st.binary(max_size=30) | st.sampled_from([b"", b"[" * 900, b'{"t":"ping"', b'{"id":"\xff"}', b"NaN", b"1e999"])
SENT = st.lists(st.tuples(st.booleans(), FRAMES | FRAMES | FRAMES | VALUES | RAW), min_size=5, max_size=40)


def placed(value: Any, own: str, other: str) -> Any:
    """The drawn value with ids of conversations that there are."""
    match value:
        case "own" | "other":
            return own if value == "own" else other
        case dict():
            return {k: placed(v, own, other) for k, v in value.items()}
        case list():
            return [placed(v, own, other) for v in value]
        case _:
            return value


EPHEMERAL = ("typing", "ping")


def is_object(value: Any) -> bool:
    """Also of bytes: chance finds `{"t":""}` now and then, which is a frame."""
    if isinstance(value, bytes):
        try:
            value = json.loads(value)
        except ValueError:
            return False
    return isinstance(value, dict)


async def answered(caller: Caller, own: str, value: Any, fresh: bool) -> None:
    """Send it, then something harmless: what is told of the first has come before the answer to the second."""
    start = len(caller.received)
    ref = fresh_id() if fresh and isinstance(value, dict) else None
    caller.send(value if isinstance(value, bytes) else json.dumps({**value, "id": ref} if ref else value).encode())
    if ref and value.get("t") not in EPHEMERAL:
        await caller.wire.until(lambda f: f.get("ref") == ref, start)
    assert (await caller.ask("history", limit=1, conversation=own))["t"] == "ack", value
    told = [f for f in caller.received[start:] if f["t"] == "error"]
    assert "internal" not in {f["code"] for f in told}, value
    if ref and value.get("t") not in EPHEMERAL:
        assert len([f for f in caller.received[start:] if f.get("ref") == ref]) == 1, value
    elif not is_object(value):
        assert [f["code"] for f in told] == ["bad_frame"], value


async def bombarded(within: Inside, sent: list[tuple[bool, Any]]) -> None:
    agent = await within.agent("anna")
    customer, own = await within.served(agent, device("w"))
    _, other = await within.served(await within.agent(), device("x"))
    for fresh, drawn in sent:
        value = placed(drawn, own, other)
        if isinstance(value, dict) and value.get("t") in ("logout", "customer.merge"):
            continue  # they end what the others are about; they have tests of their own
        for caller in (customer, agent):
            await answered(caller, own, value, fresh)
    assert (customer.wire.closed, agent.wire.closed) == (None, None)
    for log in (own, other):
        seqs = [e["seq"] for e in await agent.history(conversation=log)]
        assert seqs == list(range(1, seqs[-1] + 1))
    for _ in range(BAD_FRAMES):
        customer.send(b"{")
    assert await customer.end() == (4000, "bad_frame")


@pytest.mark.long
@bounds(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(SENT)
async def test_whatever_is_sent_is_answered_once_or_named(settings: Settings, sent: list[tuple[bool, Any]]) -> None:
    async with asyncio.timeout(60), inside(settings) as within:
        await bombarded(within, sent)


async def test_typing_is_told_to_those_who_look_and_never_kept(within: Inside) -> None:
    agent = await within.agent()
    customer, conversation = await within.served(agent)
    seq = (await within.state(conversation)).seq
    seen: list[Frame] = []
    for on in (True, False):
        customer.send({"t": "typing", "on": on})
        seen.append(await agent.until(lambda f: f["t"] == "typing"))
    assert [f["on"] for f in seen] == [True, False]
    assert (await within.state(conversation)).seq == seq
