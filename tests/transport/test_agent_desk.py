"""Covers hub/transport/agent_desk.py: every request does its thing, and everybody whom it concerns is told."""

import json
from typing import Any

import pytest

from hub.model.crm import CrmCustomer
from hub.model.identity import IdentityKind
from hub.transport import agent_desk, replay
from tests.running import Frame, fresh_id, text
from tests.transport.inside import Caller, Inside, account, device

NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def acked(answer: Frame) -> Frame:
    """The ack's `d`."""
    assert answer["t"] == "ack", answer
    d: Frame = answer.get("d", {})
    return d


def said(events: list[Frame]) -> list[str]:
    return [e["d"]["content"]["text"] for e in events if e["type"] == "message.created"]


async def queued(within: Inside, agent: Caller, *who: Any) -> Caller:
    """A customer who waits for a person, as if a bot had given up."""
    customer = await within.customer(*who)
    await customer.say("hello")
    acked(await agent.ask("conversation.assign", conversation=customer.conversation, to="queue"))
    return customer


# --- presence ---------------------------------------------------------------------------------------------


def status(frame: Frame, agent: str) -> str:
    return next((str(a["status"]) for a in frame.get("agents", []) if a["id"] == agent), "")


async def test_presence_is_seen_by_colleagues_and_customers(within: Inside) -> None:
    customer = await within.customer()
    assert not customer.welcome["state"]["online"]
    liming = await within.agent()
    assert liming.welcome["agent"]["status"] == "available"
    assert (await customer.until(lambda f: f["t"] == "presence"))["online"]
    anna = await within.agent("anna")
    await liming.until(lambda f: f["t"] == "presence" and status(f, "anna") == "available")

    acked(await liming.ask("presence.set", status="away"))
    await anna.until(lambda f: f["t"] == "presence" and status(f, "liming") == "away")
    acked(await anna.ask("presence.set", status="away"))
    assert not (await customer.until(lambda f: f["t"] == "presence"))["online"], "nobody is available any more"
    acked(await anna.ask("presence.set", status="available"))
    assert (await customer.until(lambda f: f["t"] == "presence"))["online"]
    later = await within.customer()
    assert later.welcome["state"]["online"]
    told = [f["online"] for f in customer.received if f["t"] == "presence"]
    assert told == [True, False, True], "customers are told of a change, not of every colleague who comes and goes"


async def test_who_is_away_is_not_asked(working: Inside) -> None:
    liming, anna = await working.agent(), await working.agent("anna")
    acked(await liming.ask("presence.set", status="away"))
    for _ in range(2):
        customer = await working.customer()
        await customer.ask("handoff.request")
        acked(await anna.ask("conversation.follow", conversation=customer.conversation))
        asked = await anna.event("reservation.made")
        assert asked["conversation"] == customer.conversation
        assert asked["d"]["agent"] == "anna"


# --- the inbox --------------------------------------------------------------------------------------------


def rows(frame: Frame) -> list[str]:
    return [row["conversation"] for row in frame["rows"]]


async def test_each_view_shows_what_is_in_it_and_what_becomes_of_it(within: Inside) -> None:
    liming, anna = await within.agent(), await within.agent("anna")
    mine, _ = await within.served(liming)
    hers, _ = await within.served(anna)
    waiting = await queued(within, anna)
    with_bot = await within.customer()
    await with_bot.say("hello")
    quiet = await within.customer()
    places = {
        "mine": [mine],
        "queue": [waiting],
        "bot": [with_bot],
        "all": [mine, hers, waiting, with_bot],
    }
    for view, there in places.items():
        d = acked(await liming.ask("inbox.follow", view=view))
        assert d["view"] == view
        assert set(rows(d)) == {c.conversation for c in there}
        assert d["counts"] == {"mine": 1, "queue": 1, "bot": 1, "all": 4}
    assert quiet.conversation not in rows(d)

    acked(await liming.ask("inbox.follow", view="mine"))
    acked(await liming.ask("conversation.assign", conversation=waiting.conversation))
    came = await liming.until(lambda f: f["t"] == "inbox" and rows(f))
    assert (rows(came), came["gone"]) == ([waiting.conversation], [])
    assert came["counts"] == {"mine": 2, "queue": 0, "bot": 1, "all": 4}
    row = came["rows"][0]
    assert row["owner"] == {"kind": "agent", "id": "liming", "name": "李明"}
    assert (row["status"], row["unread"], row["last"]["text"]) == ("open", 1, "hello")

    acked(await liming.ask("conversation.resolve", conversation=mine.conversation))
    went = await liming.until(lambda f: f["t"] == "inbox" and f["gone"])
    assert (went["gone"], rows(went)) == ([mine.conversation], [])
    assert went["counts"]["mine"] == 1
    await quiet.say("hello")
    elsewhere = await liming.until(lambda f: f["t"] == "inbox")
    assert (rows(elsewhere), elsewhere["gone"]) == ([], []), "what happens in another view only counts"
    assert elsewhere["counts"]["bot"] == 2


# --- following --------------------------------------------------------------------------------------------


async def test_following_shows_the_past_then_what_happens_until_unfollowed(within: Inside) -> None:
    customer = await within.customer(account("w"), name="王丽")
    await customer.say("before")
    agent = await within.agent()
    d = acked(await agent.ask("conversation.follow", conversation=customer.conversation))
    assert d["conversation"]["conversation"] == customer.conversation
    assert d["conversation"]["customer"]["name"] == "王丽"
    assert d["context"] is None
    live = await agent.until(lambda f: f["t"] == "live")
    assert (live["seq"], live["oldest"]) == (d["conversation"]["seq"], 1)
    assert [e["seq"] for e in agent.events] == list(range(1, live["seq"] + 1)), "staff see everything"
    await customer.say("now")
    await agent.event("message.created", content=text("now"))
    acked(await agent.ask("conversation.unfollow", conversation=customer.conversation))
    acked(await agent.ask("conversation.unfollow", conversation=customer.conversation))
    await customer.say("later")
    acked(await agent.ask("history", conversation=customer.conversation))
    assert said(agent.events) == ["before", "now"]


async def test_a_reconnect_goes_on_where_it_stood(within: Inside) -> None:
    agent = await within.agent()
    customer, conversation = await within.served(agent)
    stood, epoch = agent.events[-1]["seq"], (await within.state(conversation)).epoch
    agent.leave()
    await customer.say("meanwhile")
    again = await within.agent()
    for resume, first in (
        ({"epoch": epoch, "seq": stood}, stood + 1),
        ({"epoch": "another", "seq": stood}, 1),
        ({"epoch": epoch, "seq": 10_000}, 1),
    ):
        start = len(again.events)
        acked(await again.ask("conversation.follow", conversation=conversation, resume=resume))
        await again.until(lambda f: f["t"] == "live")
        assert again.events[start]["seq"] == first
        assert said(again.events)[-1] == "meanwhile"
    assert [f["t"] for f in again.received].count("reset") == 2


async def test_so_many_and_no_more(within: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_desk, "FOLLOWED", 2)
    agent = await within.agent()
    a, b, c = [(await within.customer()).conversation for _ in range(3)]
    refs = [fresh_id() for _ in range(3)]
    for ref, conversation in zip(refs, (a, b, c), strict=True):  # all at once: none of them is answered yet
        agent.send({"t": "conversation.follow", "id": ref, "d": {"conversation": conversation}})
    answers = [await agent.until(lambda f, ref=ref: f.get("ref") == ref, seen=True) for ref in refs]
    assert [x.get("code") for x in answers] == [None, None, "bad_request"]
    acked(await agent.ask("conversation.follow", conversation=a))
    acked(await agent.ask("conversation.unfollow", conversation=a))
    acked(await agent.ask("conversation.follow", conversation=c))
    assert (await agent.ask("conversation.follow", conversation=NOBODY))["code"] == "bad_request"
    acked(await agent.ask("conversation.unfollow", conversation=b))
    assert (await agent.ask("conversation.follow", conversation=NOBODY))["code"] == "not_found"
    acked(await agent.ask("conversation.follow", conversation=b)), "what was refused takes no place"


async def test_an_impatient_agent_is_served_once(within: Inside) -> None:
    """Two clicks on one row, or a click away before the answer: each request runs by itself, the last one counts."""
    agent = await within.agent()
    customer, _ = await within.served(await within.agent("anna"))

    def click(*types: str) -> str:
        for t in types:
            ref = fresh_id()
            agent.send({"t": f"conversation.{t}", "id": ref, "d": {"conversation": customer.conversation}})
        return ref

    async def heard(words: str) -> int:
        await customer.say(words)
        acked(await agent.ask("history", conversation=customer.conversation))
        return said(agent.events).count(words)

    click("follow", "follow", "follow")
    await agent.until(lambda f: f["t"] == "live")
    assert await heard("one") == 1
    ref = click("follow", "unfollow")
    acked(await agent.until(lambda f: f.get("ref") == ref))
    assert await heard("two") == 0
    ref = click("follow", "unfollow", "follow")
    await agent.until(lambda f: f.get("ref") == ref)
    await agent.until(lambda f: f["t"] == "live")
    assert await heard("three") == 1


async def test_who_leaves_in_the_middle_leaves_nothing_behind(within: Inside) -> None:
    conversation = (await within.customer(device("x"))).conversation
    within.callers.pop().leave()
    agent = await within.agent()
    agent.send({"t": "conversation.follow", "id": fresh_id(), "d": {"conversation": conversation}})
    witness = await within.agent("anna")  # by then the follow had its turn
    agent.leave()
    acked(await witness.ask("conversation.follow", conversation=conversation))
    acked(await witness.ask("conversation.unfollow", conversation=conversation))
    assert not within.serving.fanout.followed(conversation)


async def test_a_conversation_that_never_was_is_not_made_by_following_it(within: Inside) -> None:
    agent = await within.agent()
    refs = [fresh_id(), fresh_id()]
    agent.send({"t": "conversation.follow", "id": refs[0], "d": {"conversation": NOBODY}})
    agent.send({"t": "message.post", "id": refs[1], "d": {"conversation": NOBODY, "content": text("x")}})
    answers = [await agent.until(lambda f, ref=ref: f.get("ref") == ref, seen=True) for ref in refs]
    assert [a["code"] for a in answers] == ["not_found", "not_found"]
    assert not (await within.state(NOBODY)).seq


async def test_very_much_missed_is_paged(within: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "INLINE_EVENTS", 5)
    agent = await within.agent()
    customer, conversation = await within.served(agent)
    for n in range(6):
        await customer.say(str(n))
    it = await within.state(conversation)
    for missed, resync in ((5, 0), (6, 1)):
        resume = {"epoch": it.epoch, "seq": it.seq - missed}
        acked(await agent.ask("conversation.follow", conversation=conversation, resume=resume))
        await agent.until(lambda f: f["t"] == "live")
        assert [f["t"] for f in agent.received].count("resync") == resync


# --- whose turn it is -------------------------------------------------------------------------------------


async def test_a_decline_goes_to_the_next_agent_with_its_reason(working: Inside) -> None:
    agents = {"liming": await working.agent(), "anna": await working.agent("anna")}
    customer = await working.customer()
    await customer.ask("handoff.request")
    one = {"conversation": customer.conversation}
    for agent in agents.values():
        acked(await agent.ask("conversation.follow", **one))
    first = (await agents["anna"].event("reservation.made"))["d"]["agent"]
    second = next(name for name in agents if name != first)
    assert (await agents[second].ask("reservation.accept", **one))["code"] == "not_reserved_for_you"
    acked(await agents[first].ask("reservation.decline", **one, reason="lunch"))
    declined = await agents[second].event("reservation.declined")
    assert declined["d"] == {"agent": first, "reason": "lunch"}
    assert (await agents[second].event("reservation.made", agent=second))["d"]["until"] > declined["at"]
    assert (await agents[first].ask("reservation.accept", **one))["code"] == "not_reserved_for_you"
    acked(await agents[second].ask("reservation.accept", **one))
    taken = await customer.event("owner.changed", reason="accepted")
    assert taken["d"]["owner"]["id"] == second
    assert not [e for e in customer.events if e["type"].startswith("reservation.")]


async def test_a_conversation_is_taken_given_and_returned(within: Inside) -> None:
    liming, anna = await within.agent(), await within.agent("anna")
    customer, conversation = await within.served(liming)
    one = {"conversation": conversation}

    async def moved(by: Caller, **to: Any) -> tuple[str, str, str]:
        acked(await by.ask("conversation.assign", **one, **to))
        d = (await customer.event("owner.changed"))["d"]
        return d["owner"]["kind"], d["owner"]["id"], d["reason"]

    await customer.event("owner.changed", reason="taken")
    assert await moved(liming, agent="anna") == ("agent", "anna", "transferred")
    assert (await liming.say("still me?", **one))["code"] == "not_owner"
    assert await moved(anna, to="queue", team="repairs") == ("queue", "repairs", "transferred")
    assert await moved(liming, agent="anna") == ("agent", "anna", "assigned")
    assert await moved(anna, to="bot") == ("bot", "bot", "returned_to_bot")
    assert await moved(liming) == ("agent", "liming", "taken")
    assert (await liming.ask("conversation.assign", **one, agent="nobody"))["code"] == "not_found"
    tenure = (await within.state(conversation)).desk.tenure
    assert (await liming.ask("conversation.assign", **one, to="bot", tenure=tenure - 1))["code"] == "stale_tenure"
    again = await liming.ask("conversation.assign", **one, tenure=tenure)
    assert again["t"] == "ack", "to whom it belongs already: nothing happens"
    assert (await within.state(conversation)).desk.tenure == tenure


async def test_only_a_supervisor_overrules(within: Inside) -> None:
    liming, anna = await within.agent(), await within.agent("anna")
    _, conversation = await within.served(anna)
    for t, d in (("conversation.assign", {"agent": "me"}), ("conversation.resolve", {})):
        assert (await liming.ask(t, conversation=conversation, **d))["code"] == "not_owner"
    _, other = await within.served(liming)
    acked(await anna.ask("conversation.assign", conversation=other))
    acked(await liming.ask("conversation.follow", conversation=other))
    assert (await within.state(other)).desk.owner.id == "anna"
    _, third = await within.served(liming)
    acked(await anna.ask("conversation.resolve", conversation=third))


async def test_a_session_is_resolved_and_reopened(within: Inside) -> None:
    liming, anna = await within.agent(), await within.agent("anna")
    customer, conversation = await within.served(liming)
    one = {"conversation": conversation}
    assert (await anna.ask("conversation.reopen", **one))["code"] == "session_open"
    acked(await liming.ask("conversation.resolve", **one, outcome="unsolved"))
    assert (await customer.event("conversation.resolved"))["d"] == {"session": 1, "rate": True}
    assert (await liming.ask("conversation.resolve", **one))["code"] == "session_closed"
    assert (await liming.say("one more thing", **one))["code"] == "not_owner"
    acked(await anna.ask("conversation.reopen", **one))
    await customer.event("conversation.reopened", session=1)
    assert (await customer.event("owner.changed", reason="reopened"))["d"]["owner"]["id"] == "anna"
    assert (await anna.say("one more thing", **one))["t"] == "ack"


async def test_a_snoozed_conversation_wakes_when_the_customer_writes(within: Inside) -> None:
    agent = await within.agent()
    customer, conversation = await within.served(agent)
    now = (await within.state(conversation)).desk.since
    one = {"conversation": conversation}
    assert (await agent.ask("conversation.snooze", **one, until=now - 1))["code"] == "bad_request"
    acked(await agent.ask("conversation.snooze", **one, until=now + 3_600_000))
    row = acked(await agent.ask("conversation.follow", **one))["conversation"]
    assert (row["status"], row["snoozed_until"]) == ("snoozed", now + 3_600_000)
    await customer.say("are you asleep?")
    assert (await agent.event("conversation.woken"))["d"]["why"] == "message"
    row = acked(await agent.ask("conversation.follow", **one))["conversation"]
    assert (row["status"], row["owner"]["id"]) == ("open", "liming")
    acked(await agent.ask("conversation.snooze", **one, until=now + 3_600_000))
    acked(await agent.ask("conversation.reopen", **one))
    await agent.event("conversation.woken", why="agent")


# --- what staff write -------------------------------------------------------------------------------------


async def test_notes_and_tags_are_staff_s_own(within: Inside) -> None:
    liming, anna = await within.agent(), await within.agent("anna")
    customer, conversation = await within.served(liming)
    one = {"conversation": conversation}
    acked(await anna.ask("conversation.follow", **one))
    ack = await anna.ask("note.add", **one, text="he is right 👍")
    noted = await liming.event("note.added")
    assert (noted["d"]["text"], noted["by"]["id"], noted["seq"]) == ("he is right 👍", "anna", ack["seq"])
    for t, tag in (("tag.add", "refund"), ("tag.add", "vip"), ("tag.add", "refund"), ("tag.remove", "vip")):
        ack = await liming.ask(t, **one, tag=tag)
        assert ack["t"] == "ack"
    assert (await liming.ask("tag.remove", **one, tag="never"))["seq"] == ack["seq"], "nothing changed"
    assert acked(await anna.ask("conversation.follow", **one))["conversation"]["tags"] == ["refund"]
    await customer.until(lambda f: f["t"] == "next" and f["seq"] == ack["seq"])
    assert not [e for e in await customer.history() if e["type"].startswith(("note.", "tag."))]


async def test_an_agent_s_typing_is_seen_by_the_customer_only_from_the_owner(within: Inside) -> None:
    liming, anna = await within.agent(), await within.agent("anna")
    customer, conversation = await within.served(liming)
    acked(await anna.ask("conversation.follow", conversation=conversation))
    anna.send({"t": "typing", "conversation": conversation})
    assert (await liming.until(lambda f: f["t"] == "typing"))["by"]["id"] == "anna"
    liming.send({"t": "typing", "conversation": conversation, "on": False})
    seen = await customer.until(lambda f: f["t"] == "typing")
    assert (seen["by"], seen["on"]) == ({"kind": "agent", "id": "liming", "name": "李明"}, False)
    anna.send({"t": "typing"})
    assert (await anna.until(lambda f: f["t"] == "error"))["code"] == "forbidden"


async def test_a_request_that_names_no_conversation_or_that_is_no_agent_s(within: Inside) -> None:
    agent = await within.agent()
    assert (await agent.say("to whom?"))["code"] == "bad_request"
    for t, d in (("history", {}), ("message.read", {"seq": 1}), ("message.delivered", {"seq": 1})):
        assert (await agent.ask(t, **d))["code"] == "bad_request", t
    assert (await agent.ask("logout"))["code"] == "bad_request"
    assert (await agent.ask("handoff.request"))["code"] == "unknown_request"


# --- who it is --------------------------------------------------------------------------------------------


async def test_an_agent_s_word_shows_the_account_to_staff_and_nothing_to_whoever_writes(working: Inside) -> None:
    guest = await working.customer(device("x"), locale="en")
    agent = await working.agent()
    one = {"conversation": guest.conversation}
    acked(await agent.ask("conversation.follow", **one))
    acked(await agent.ask("customer.verify", **one, kind="email", value=" Wang.Li@Example.com "))
    added = await agent.until(lambda f: f.get("type") == "identity.added" and f["d"]["identity"]["kind"] == "email")
    assert added["d"]["identity"] == {"kind": "email", "value": "wang.li@example.com", "proof": "agent_word"}
    context = await agent.until(lambda f: f["t"] == "context" and f["d"]["outcome"] == "found")
    assert context["d"]["customer"]["external_id"] == "cust_wang"
    assert (await agent.event("context.attached", outcome="found"))["d"]["tier"] == "gold"
    row = acked(await agent.ask("conversation.follow", **one))["conversation"]
    assert (row["customer"]["tier"], row["customer"]["anonymous"]) == ("gold", True)
    assert row["identities"] == [{"kind": "email", "value": "wang.li@example.com", "proof": "agent_word"}]

    orders = {o["number"] for o in context["d"]["orders"]}
    assert orders
    ref = (await guest.say("Where is my order?"))["ref"]
    seq = (await guest.event("message.created", id=ref))["seq"]
    answer = await guest.event("message.created", reply_to=seq)
    assert answer["by"]["kind"] == "bot"
    shown = json.dumps(guest.received, ensure_ascii=False)
    assert answer["d"]["content"]["kind"] != "card"
    for secret in (*orders, "wang.li@example.com", "cust_wang", "gold"):
        assert secret not in shown, secret
    again = await working.customer(device("x"))
    assert again.conversation == guest.conversation
    assert again.welcome["customer"]["anonymous"], "an agent's word opens nothing by itself"


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("phone", "138 0000 1234", "+8613800001234"),
        ("phone", "+44 7700 900123", "+447700900123"),
        ("email", "W@Example.COM", "w@example.com"),
        ("phone", "110", ""),
        ("phone", "my number", ""),
        ("email", "w at example.com", ""),
        ("email", "@@@", ""),
    ],
)
async def test_addresses_are_kept_in_one_spelling(within: Inside, kind: str, typed: str, kept: str) -> None:
    customer = await within.customer(device("x"))
    agent = await within.agent()
    answer = await agent.ask("customer.verify", conversation=customer.conversation, kind=kind, value=typed)
    who = (await within.state(customer.conversation)).who
    assert [i.value for i in who.identities if i.kind is not IdentityKind.VISITOR] == ([kept] if kept else [])
    assert answer.get("code") == (None if kept else "bad_request")


async def test_of_several_whom_the_crm_knows_the_agent_chooses(working: Inside) -> None:
    twins = [
        CrmCustomer(source="local", source_id=n, external_id=n, name=n, emails=("home@example.com",))
        for n in ("cust_ann", "cust_bob")
    ]
    await working.crm.load_customers(twins)
    guest = await working.customer(device("x"))
    agent = await working.agent()
    one = {"conversation": guest.conversation}
    acked(await agent.ask("conversation.follow", **one))
    acked(await agent.ask("customer.verify", **one, kind="email", value="home@example.com"))
    several = await agent.until(lambda f: f["t"] == "context" and f["d"]["outcome"] == "several")
    assert [c["external_id"] for c in several["d"]["candidates"]] == ["cust_ann", "cust_bob"]

    for stranger in ("cust_wang", "nobody"):
        assert (await agent.ask("context.choose", **one, external_id=stranger))["code"] == "bad_request"
    ref = fresh_id()
    for _ in range(2):
        context = acked(await agent.ask("context.choose", ref, **one, external_id="cust_bob"))["context"]
        assert (context["outcome"], context["customer"]["external_id"]) == ("found", "cust_bob")
    attached = await agent.event("context.attached", outcome="found")
    assert attached["d"]["external_id"] == "cust_bob"
    assert (await agent.ask("context.choose", **one, external_id="cust_ann"))["code"] == "bad_request"
    row = acked(await agent.ask("conversation.follow", **one))["conversation"]
    assert row["customer"]["anonymous"]
    assert {"kind": "crm", "value": "local/cust_bob", "proof": "agent_word"} in row["identities"]


async def test_a_refreshed_context_reaches_everybody_who_looks(working: Inside) -> None:
    customer = await working.customer(account("cust_wang"))
    liming, anna = await working.agent(), await working.agent("anna")
    for agent in (liming, anna):
        acked(await agent.ask("conversation.follow", conversation=customer.conversation))
    await anna.event("context.attached", seen=True)
    start = len(anna.received), len(liming.received)
    context = acked(await liming.ask("context.refresh", conversation=customer.conversation))["context"]
    assert context["customer"]["external_id"] == "cust_wang"
    for agent, since in ((anna, start[0]), (liming, start[1])):
        seen = await agent.wire.until(lambda f: f["t"] == "context" and f["d"]["as_of"] == context["as_of"], since)
        assert agent.received[seen]["d"] == context
    assert not [f for f in customer.received if f["t"] == "context"]


async def test_two_customers_are_joined_and_parted_again(within: Inside) -> None:
    agent = await within.agent()
    guest, own = await within.customer(device("g")), await within.customer(device("h"))
    await guest.say("as a guest")
    await own.say("as herself")
    source, into = guest.conversation, own.conversation
    for conversation in (source, into):
        acked(await agent.ask("conversation.follow", conversation=conversation))
    acked(await agent.ask("customer.merge", conversation=source, into=into))

    merged = await guest.event("customer.merged")
    assert merged["d"]["into"] == into
    assert (await guest.say("hello?"))["code"] == "gone"
    again = await within.customer(device("g"))
    assert (again.conversation, again.welcome["customer"]["id"]) == (into, into)
    absorbed = again.welcome["state"]["absorbed"]
    assert absorbed == [{"source": source, "upto": merged["seq"]}]
    for reader, log, words in (
        (again, source, "as a guest"),
        (again, into, "as herself"),
        (agent, source, "as a guest"),
        (agent, into, "as herself"),
    ):
        assert said(await reader.history(limit=2, conversation=log)) == [words]
    row = acked(await agent.ask("conversation.follow", conversation=into))["conversation"]
    assert row["absorbed"] == absorbed
    row = acked(await agent.ask("conversation.follow", conversation=source))["conversation"]
    assert row["merged_into"] == into

    acked(await agent.ask("customer.unmerge", conversation=source))
    assert (await agent.event("customer.released"))["d"]["out_of"] == into
    row = acked(await agent.ask("conversation.follow", conversation=source))["conversation"]
    assert row["merged_into"] == ""
    parted = await within.customer(device("g"))
    assert parted.conversation == source
    assert (await parted.ask("history", conversation=into))["code"] == "forbidden"
    assert (await own.ask("history", conversation=source))["code"] == "forbidden"
    assert (await agent.ask("customer.unmerge", conversation=source))["code"] == "bad_request"


async def test_what_can_t_be_joined(within: Inside) -> None:
    agent = await within.agent()
    one, other = await within.customer(account("one")), await within.customer(account("two"))
    both = {"conversation": one.conversation, "into": other.conversation}
    assert (await agent.ask("customer.merge", **both))["code"] == "merge_refused"
    itself = {"conversation": one.conversation, "into": one.conversation}
    assert (await agent.ask("customer.merge", **itself))["code"] == "merge_refused"
    assert (await agent.ask("customer.merge", conversation=one.conversation, into=NOBODY))["code"] == "not_found"
    assert (await agent.ask("customer.merge", conversation=NOBODY, into=one.conversation))["code"] == "not_found"
    assert (await one.say("still here"))["t"] == "ack"


async def test_a_device_does_not_come_along_into_an_account(within: Inside) -> None:
    """An agent joins a guest to an account: the guest's page alone proves nothing, so it begins a thread of its own."""
    agent = await within.agent()
    guest, own = await within.customer(device("g")), await within.customer(account("w"))
    await guest.say("as a guest")
    await own.say("my secret")
    acked(await agent.ask("customer.merge", conversation=guest.conversation, into=own.conversation))
    await guest.event("customer.merged", into=own.conversation)
    again = await within.customer(device("g"))
    assert again.conversation not in (guest.conversation, own.conversation)
    assert said(again.events) == []
    assert said(await own.history(conversation=guest.conversation)) == ["as a guest"]
