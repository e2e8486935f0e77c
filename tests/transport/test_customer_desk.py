"""Covers hub/transport/customer_desk.py: what a customer asks happens, in their own thread and in nobody else's."""

import json
from dataclasses import replace

from hub.model.commands import Absorb
from hub.model.identity import Identity, IdentityKind, Proof
from hub.model.owner import NOBODY
from hub.model.party import SYSTEM
from hub.store.tickets import Bearer
from tests.running import fresh_id, text
from tests.transport.inside import ORIGIN, Caller, Inside, account, device

NASTY = [
    "nul \x00 and \x1b[31m and \x7f",
    "line \u2028 and paragraph \u2029 and next line \x85",
    "\u202eright to left\u202c \u0645\u0631\u062d\u0628\u0627",
    'quotes " \' \\ </script> <b> & {"t":"event"}',
    "a\u0301 \u200b\u200d\ufeff \ud7ff\ue000\uffff\U0010ffff",
    "👩‍👩‍👧‍👦" * 100,
    "😀" * 8_000,
    "王" * 8_000,
    " \t\n ",
]


async def test_a_message_is_acked_with_its_place_and_seen_by_every_device(within: Inside) -> None:
    phone = await within.customer(account("w"))
    tablet = await within.customer(account("w"), device="tablet")
    ack = await phone.say("hello", reply_to=1)
    for one in (phone, tablet):
        said = await one.event("message.created")
        assert (said["seq"], said["id"], said["by"]["kind"]) == (ack["seq"], ack["ref"], "customer")
        assert said["d"]["content"] == text("hello")
        assert said["d"]["reply_to"] == 1


async def test_words_come_back_as_they_were_sent(within: Inside) -> None:
    """Live, in history, in a replay, and at the agent's: not a sign is changed and no frame breaks."""
    agent = await within.agent()
    customer, conversation = await within.served(agent, account("w"))
    for words in NASTY:
        ack = await customer.say(words)
        assert ack["t"] == "ack", ack
        for one in (customer, agent):
            assert (await one.event("message.created", id=ack["ref"]))["d"]["content"]["text"] == words
    again = await within.customer(account("w"))
    paged = await again.history(limit=3)
    for events in (again.events, paged, await agent.history(limit=3, conversation=conversation)):
        said = [e["d"]["content"]["text"] for e in events if e["type"] == "message.created"]
        assert said == ["hello", *NASTY]


async def test_a_long_page_is_cut_so_that_it_can_be_sent(within: Inside) -> None:
    """Two hundred of the longest messages would be a frame of 6 MiB, and every slow reader would be closed for it."""
    customer = await within.customer()
    for n in range(20):
        customer.send({"t": "message.post", "id": fresh_id(), "d": {"content": text(f"{n} " + "😀" * 4_000)}})
    await customer.event("message.created", content=text("19 " + "😀" * 4_000))
    page = await customer.ask("history", limit=200)
    assert len(json.dumps(page, ensure_ascii=False).encode()) < 400_000
    assert page["d"]["more"]
    said = [e["d"]["content"]["text"].split()[0] for e in await customer.history() if e["type"] == "message.created"]
    assert said == [str(n) for n in range(20)]


async def test_receipts_and_typing_reach_the_agent(within: Inside) -> None:
    agent = await within.agent()
    customer, conversation = await within.served(agent)
    said = await agent.say("here", conversation=conversation)
    await customer.ask("message.delivered", seq=said["seq"])
    assert (await agent.event("message.delivered"))["d"]["upto"] == said["seq"]
    await customer.ask("message.read", seq=said["seq"] + 50)
    assert (await agent.event("message.read"))["d"]["upto"] == said["seq"], "nobody reads what was not written yet"
    customer.send({"t": "typing", "on": True, "conversation": conversation})
    typing = await agent.until(lambda f: f["t"] == "typing")
    assert (typing["conversation"], typing["by"]["kind"], typing["on"]) == (conversation, "customer", True)
    assert not [f for f in customer.received if f["t"] == "typing"]
    customer.send({"t": "ping", "id": "x"})
    await customer.until(lambda f: f["t"] == "pong")


async def test_a_person_is_called_and_called_off(within: Inside) -> None:
    """Without a bot: the wish is noted; only a waiting conversation can be taken back."""
    customer = await within.customer()
    assert (await customer.ask("handoff.cancel"))["code"] == "not_queued"
    await customer.ask("handoff.request", reason="it smokes")
    assert (await customer.event("handoff.requested"))["d"]["reason"] == "it smokes"
    agent = await within.agent()
    queue = {"conversation": customer.conversation, "to": "queue"}
    assert (await agent.ask("conversation.assign", **queue))["t"] == "ack"
    await customer.event("owner.changed", reason="assigned")
    assert (await customer.ask("handoff.cancel"))["t"] == "ack"
    await customer.event("owner.changed", reason="customer_cancelled")


async def test_a_session_is_rated(within: Inside) -> None:
    customer = await within.customer()
    assert (await customer.ask("csat.rate", score=5))["code"] == "not_found"
    await customer.say("hello")
    assert (await customer.ask("csat.rate", score=2, comment="slow"))["t"] == "ack"
    rated = (await customer.event("csat.rated"))["d"]
    assert rated == {"session": 1, "score": 2, "comment": "slow"}


async def test_naming_the_own_conversation_is_as_good_as_leaving_it_out(within: Inside) -> None:
    customer = await within.customer()
    assert (await customer.say("hello", conversation=customer.conversation))["t"] == "ack"
    assert (await customer.ask("history", conversation=customer.conversation))["t"] == "ack"
    assert (await customer.say("hello", conversation="another"))["code"] == "forbidden"


# --- one customer, several logs ---------------------------------------------------------------------------


async def with_device(within: Inside, who: Identity, phone: Identity) -> Caller:
    bearer = Bearer(kind="customer", origin=ORIGIN, site="demo", identities=(who, phone), device=phone.value)
    caller = await within.enter(bearer)
    await caller.until(lambda f: f["t"] == "live")
    return caller


def said(events: list[dict[str, object]]) -> list[str]:
    return [e["d"]["content"]["text"] for e in events if e["type"] == "message.created"]  # type: ignore[index]


async def test_a_guest_who_had_an_account_signs_in(within: Inside) -> None:
    """Her thread of years and what she just wrote as a guest become one; the device's secret opens neither any more."""
    phone = device("phone")
    before = await within.customer(account("w"))
    await before.say("years ago")
    guest = await within.customer(phone)
    await guest.say("just now")
    assert guest.welcome["customer"]["anonymous"]

    signed = await with_device(within, account("w"), phone)
    assert signed.conversation == before.conversation
    assert not signed.welcome["customer"]["anonymous"]
    absorbed = (await signed.event("customer.absorbed", seen=True))["d"]
    assert absorbed["source"] == guest.conversation
    assert (await guest.event("customer.merged"))["d"]["into"] == before.conversation
    await signed.say("signed in")

    own = await signed.history()
    older = await signed.history(conversation=guest.conversation)
    assert said(own) == ["years ago", "signed in"]
    assert said(older) == ["just now"]
    assert max(e["seq"] for e in older) <= absorbed["upto"]
    in_order = said(sorted(own + older, key=lambda e: e["at"]))
    assert in_order == ["years ago", "just now", "signed in"]

    gone = await guest.say("still there?")
    assert gone["code"] == "gone", "the guest's page must say hello again"
    later = await within.customer(phone)
    assert later.conversation not in (before.conversation, guest.conversation)
    for log in (before.conversation, guest.conversation):
        assert (await later.ask("history", conversation=log))["code"] == "forbidden"
    assert said(later.events) == []


async def test_the_bot_s_session_goes_on_in_the_account_s_thread(within: Inside) -> None:
    phone = device("phone")
    before = await within.customer(account("w"))
    guest = await within.customer(phone)
    await guest.say("where is my order")
    signed = await with_device(within, account("w"), phone)
    assert signed.conversation == before.conversation
    assert signed.welcome["state"]["status"] == "pending"
    upto = (await within.state(guest.conversation)).seq
    assert signed.welcome["state"]["absorbed"] == [{"source": guest.conversation, "upto": upto}]


async def test_an_account_without_a_thread_takes_over_the_guest_s(within: Inside) -> None:
    """Nothing to merge: the same log goes on, with a name on it."""
    phone = device("phone")
    guest = await within.customer(phone)
    await guest.say("hello")
    signed = await with_device(within, account("new"), phone)
    assert signed.conversation == guest.conversation
    assert said(signed.events) == ["hello"]
    later = await within.customer(phone)
    assert later.conversation != guest.conversation
    assert said(later.events) == []


async def test_logs_that_were_merged_into_merged_logs_can_be_read(within: Inside) -> None:
    agent = await within.agent()
    callers = [await within.customer(device(name)) for name in ("a", "b", "c")]
    for n, caller in enumerate(callers):
        await caller.say(f"from {n}")
    a, b, c = (caller.conversation for caller in callers)
    for source, into in ((a, b), (b, c)):
        assert (await agent.ask("customer.merge", conversation=source, into=into))["t"] == "ack"
    now = await within.customer(device("a"))
    assert now.conversation == c
    for log, words in ((a, "from 0"), (b, "from 1"), (c, "from 2")):
        assert said(await now.history(conversation=log)) == [words]


async def test_what_happened_in_a_merged_log_afterwards_is_not_the_customer_s(within: Inside) -> None:
    agent = await within.agent()
    one, other = await within.customer(device("a")), await within.customer(device("b"))
    await one.say("mine")
    await agent.ask("customer.merge", conversation=one.conversation, into=other.conversation)
    upto = (await other.event("customer.absorbed"))["d"]["upto"]
    assert said(await other.history(conversation=one.conversation)) == ["mine"]
    late = Absorb("third", 1, (), NOBODY)
    await within.serving.conversations.ask(one.conversation, late, SYSTEM, fresh_id())
    for before in (0, upto + 1, upto + 100):
        page = (await other.ask("history", conversation=one.conversation, before=before))["d"]["events"]
        assert max(e["seq"] for e in page) == upto
    await agent.ask("customer.unmerge", conversation=one.conversation)
    assert (await other.event("customer.unmerged"))["d"] == {"source": one.conversation}, "her page takes them away"
    again = await within.customer(device("a"))
    await again.say("after the mistake")
    refused = await other.ask("history", conversation=one.conversation)
    assert refused["code"] == "forbidden"


# --- leaving ----------------------------------------------------------------------------------------------


async def test_signing_out_ends_this_device_and_no_other(within: Inside) -> None:
    phone, tablet = device("phone"), device("tablet")
    here = await with_device(within, account("w"), phone)
    there = await with_device(within, account("w"), tablet)
    ref = fresh_id()
    here.send({"t": "logout", "id": ref})
    assert await here.end() == (4001, "session_revoked")
    assert any(f.get("ref") == ref and f["t"] == "ack" for f in here.received)
    assert (await there.say("still here"))["t"] == "ack"


async def test_what_is_claimed_opens_nothing_and_is_shown_to_staff_as_a_claim(within: Inside) -> None:
    known = Identity(kind=IdentityKind.EMAIL, value="w@example.com", proof=Proof.SIGNED)
    wang = await within.customer(account("w"), known)
    await wang.say("my secret")
    claim = replace(known, proof=Proof.CLAIM)
    claiming = await within.customer(device("x"), claim)
    assert claiming.conversation != wang.conversation
    assert claiming.welcome["customer"]["anonymous"]
    agent = await within.agent()
    row = (await agent.ask("conversation.follow", conversation=claiming.conversation))["d"]["conversation"]
    assert row["identities"] == [{"kind": "email", "value": "w@example.com", "proof": "claim"}]
