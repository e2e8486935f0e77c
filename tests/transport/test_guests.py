"""Guests of a call over real sockets: one link, one browser, one call, and nothing of it that was not chosen."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from hub.model.call_commands import EndCall
from hub.model.party import SYSTEM
from hub.settings import Settings
from tests.running import PATIENCE_S, Frame, Hub, Peer, add_agent, conversation_of, fresh_id, running_hub
from tests.store.acts import until
from tests.transport.test_calls import SDP, Parties, parties

__all__ = ["parties"]


@dataclass
class Browser:
    """A guest's, with a cookie jar of its own."""

    hub: Hub
    http: httpx.AsyncClient

    async def opens(self, link: str) -> Frame:
        """As the page does: the page itself, then a ticket."""
        page = await self.http.get("/guest")
        assert page.status_code == 200
        return await self.hub.ticket(self.http, kind="guest", link=link.partition("#")[2])

    async def comes(self, link: str) -> Peer:
        issued = await self.opens(link)
        peer = await self.hub.connect(issued["ticket"])
        await peer.until(lambda f: f["t"] == "live")
        return peer


@pytest.fixture
async def browsers(parties: Parties) -> AsyncIterator[list[Browser]]:
    made = [httpx.AsyncClient(base_url=parties.hub.url, headers={"Origin": parties.hub.url}) for _ in range(2)]
    yield [Browser(parties.hub, http) for http in made]
    for http in made:
        await http.aclose()


async def linked(parties: Parties, call: str, **more: Any) -> Frame:
    answer = await parties.asks(parties.li, "call.link", call=call, name="Pit", **more)
    assert answer["t"] == "ack", answer
    made: Frame = answer["d"]
    return made


async def staffs(parties: Parties, type: str) -> Frame:
    return await parties.li.event(type, seen=True)


async def test_a_guest_reads_accepts_and_sees_both(parties: Parties, browsers: list[Browser]) -> None:
    await parties.wang.say("Before: the lid leaks.")
    said = await parties.li.until(lambda f: f.get("type") == "message.created" and "lid" in f["d"]["content"]["text"])
    call = await parties.live()
    await parties.joined(parties.wang, call)
    await parties.joined(parties.li, call)
    made = await linked(parties, call, briefing="A lid.", since=said["seq"], shown=["products"])
    assert made["link"].startswith("/guest#")
    invited = await staffs(parties, "call.invited")
    assert (invited["d"]["name"], invited["by"]["id"], invited["d"]["party"]) == ("Pit", "liming", made["party"])
    assert made["link"].partition("#")[2] not in str([f for f in parties.li.received if f.get("ref") is None])

    guest = await browsers[0].comes(made["link"])
    await staffs(parties, "call.opened")
    welcome = guest.received[0]
    assert welcome["guest"] | {"briefing": "A lid.", "by": "李明", "call": call} == welcome["guest"]
    assert list(welcome["guest"]["card"]) == ["products"]
    assert welcome["state"]["call"]["invited"][0]["party"] == made["party"]
    assert [f["d"]["content"]["text"] for f in guest.events if f["type"] == "message.created"] == [
        "Before: the lid leaks."
    ]
    assert not [f for f in parties.wang.events if f["type"] in ("call.invited", "call.opened", "call.joined")]

    refused = await guest.ask("call.join", call=call, pc="g1")
    assert refused["code"] == "refused", "not before they accept"
    assert (await guest.ask("call.accept", call=call))["t"] == "ack"
    assert (await parties.wang.event("call.joined"))["d"]["party"] == made["party"]
    known = (await guest.ask("call.join", call=call, pc="g1"))["d"]
    assert {o["party"] for o in known["others"]} == {"customer", "agent:liming"}
    await parties.wang.say("During the call")
    await guest.until(lambda f: f.get("type") == "message.created" and "During" in f["d"]["content"]["text"])
    assert (await guest.ask("call.hangup", call=call))["t"] == "ack"
    assert (await guest.until(lambda f: f["t"] == "guest.over", seen=True))["why"] == "left"
    await parties.wang.say("After the guest has left")
    assert (await guest.ask("call.join", call=call, pc="g1"))["code"] == "refused"
    assert "After the guest" not in str(guest.received)
    assert (await browsers[0].opens(made["link"]))["code"] == "link_over"


async def test_nothing_is_shown_that_was_not_chosen(parties: Parties, browsers: list[Browser]) -> None:
    await parties.wang.say("my secret")
    await parties.li.ask("note.add", conversation=parties.conversation, text="a note")
    call = await parties.live()
    made = await linked(parties, call)
    guest = await browsers[0].comes(made["link"])
    await parties.wang.say("another secret, before they came in")
    await parties.li.ask("note.add", conversation=parties.conversation, text="a second note")
    await parties.wang.send({"t": "typing", "on": True})
    await guest.ask("call.accept", call=call)
    await guest.event("call.joined", seen=True)
    assert welcome_card(guest) == {}
    seen = {f["type"] for f in guest.events}
    assert seen <= {"call.accepted", "call.joined"}, seen
    assert {f["t"] for f in guest.received} <= {"welcome", "live", "next", "event", "ack"}, guest.received
    assert (await guest.ask("call.join", call=call, pc="g1"))["t"] == "ack"
    await parties.joined(parties.wang, call, "page1")
    await guest.until(lambda f: f["t"] == "call.peer" and f["party"] == "customer", seen=True)
    assert "王" not in str(guest.received), "her name is on her card"
    assert "secret" not in str(guest.received)
    assert "note" not in str(guest.received)


def welcome_card(guest: Peer) -> Any:
    return guest.received[0]["guest"]["card"]


async def test_a_second_browser_is_refused_by_name_and_the_first_may_reload(
    parties: Parties, browsers: list[Browser]
) -> None:
    call = await parties.live()
    made = await linked(parties, call)
    guest = await browsers[0].comes(made["link"])
    assert (await browsers[1].opens(made["link"]))["code"] == "link_used"
    await guest.close()
    again = await browsers[0].comes(made["link"])
    assert (await again.ask("call.accept", call=call))["t"] == "ack"
    await again.close()
    inside = await browsers[0].comes(made["link"])
    assert (await inside.ask("call.join", call=call, pc="g2"))["d"]["you"] == made["party"]
    assert (await browsers[1].opens(made["link"]))["code"] == "link_used"


async def test_without_the_browser_s_cookie_a_link_is_nothing(parties: Parties, browsers: list[Browser]) -> None:
    made = await linked(parties, await parties.live())
    secret = made["link"].partition("#")[2]
    assert (await parties.hub.ticket(kind="guest", link=secret))["code"] == "link_unknown"
    async with httpx.AsyncClient(base_url=parties.hub.url, headers={"Origin": "https://evil.example"}) as evil:
        assert (await parties.hub.ticket(evil, kind="guest", link=secret))["code"] == "forbidden"
    assert (await browsers[0].opens("/guest#" + "x" * 43))["code"] == "link_unknown"
    await browsers[0].comes(made["link"])


async def test_only_a_hash_of_the_link_is_kept(parties: Parties) -> None:
    made = await linked(parties, await parties.live())
    secret = made["link"].partition("#")[2]
    client = parties.hub.store.client
    for key in await client.do("KEYS", "*"):
        assert secret.encode() not in key
        if await client.do("TYPE", key) == b"string":
            assert secret.encode() not in (await client.do("GET", key))


async def test_withdrawn_before_and_after_it_was_opened(parties: Parties, browsers: list[Browser]) -> None:
    call = await parties.live()
    first = await linked(parties, call)
    assert (await parties.asks(parties.li, "call.uninvite", call=call, party=first["party"]))["t"] == "ack"
    assert (await browsers[0].opens(first["link"]))["code"] == "link_withdrawn"
    second = await linked(parties, call)
    guest = await browsers[0].comes(second["link"])
    await parties.asks(parties.li, "call.uninvite", call=call, party=second["party"])
    assert (await guest.until(lambda f: f["t"] == "guest.over"))["why"] == "withdrawn"
    assert await guest.close_code() == 4001
    assert (await browsers[0].opens(second["link"]))["code"] == "link_withdrawn"


async def test_declined_before_the_customer_saw_anything(parties: Parties, browsers: list[Browser]) -> None:
    call = await parties.live()
    made = await linked(parties, call)
    guest = await browsers[0].comes(made["link"])
    assert (await guest.ask("call.decline", call=call))["t"] == "ack"
    assert (await staffs(parties, "call.uninvited"))["d"] == {"call": call, "party": made["party"], "why": "declined"}
    assert (await browsers[0].opens(made["link"]))["code"] == "link_over"
    await parties.wang.say("still here")
    assert made["party"] not in str(parties.wang.received)


async def test_a_ticket_that_was_got_before_the_end_opens_nothing(parties: Parties, browsers: list[Browser]) -> None:
    call = await parties.live()
    made = await linked(parties, call)
    issued = await browsers[0].opens(made["link"])
    await parties.asks(parties.li, "call.hangup", call=call)
    guest = await parties.hub.connect(issued["ticket"])
    assert await guest.close_code() == 4001
    assert guest.received == []
    assert (await browsers[0].opens(made["link"]))["code"] == "link_over"


async def test_the_end_of_the_call_is_the_link_s(parties: Parties, browsers: list[Browser]) -> None:
    call = await parties.live()
    made = await linked(parties, call)
    guest = await browsers[0].comes(made["link"])
    await parties.hub.serving.conversations.ask(parties.conversation, EndCall(call, "abandoned"), SYSTEM, fresh_id())
    assert (await guest.until(lambda f: f["t"] == "guest.over"))["why"] == "ended"
    seats = parties.hub.store.seats

    async def has_a_free_hand() -> bool:
        return await seats.call_of("liming") is None

    await until(has_a_free_hand)
    again = await parties.live()
    assert again != call
    assert (await browsers[0].opens(made["link"]))["code"] == "link_over", "another call of the same conversation"


OUT_OF_SCOPE: list[tuple[str, Frame]] = [
    ("message.post", {"content": {"kind": "text", "text": "x"}}),
    ("history", {"limit": 10}),
    ("conversation.follow", {"conversation": "x"}),
    ("inbox.follow", {"view": "all"}),
    ("customer.find", {"text": "wang"}),
    ("context.refresh", {"conversation": "x"}),
    ("note.add", {"conversation": "x", "text": "x"}),
    ("call.request", {"media": "audio"}),
    ("call.link", {"call": "x", "name": "x"}),
    ("call.invite", {"call": "x", "agent": "anna"}),
    ("call.supervise", {"call": "x", "mode": "listen"}),
    ("calls.list", {}),
    ("consent.request", {"call": "x", "text_version": "1"}),
    ("recording.stop", {"call": "x"}),
    ("call.note", {"call": "x", "outcome": "solved"}),
    ("logout", {}),
]


async def test_every_request_out_of_scope_is_a_named_error(parties: Parties, browsers: list[Browser]) -> None:
    call = await parties.live()
    guest = await browsers[0].comes((await linked(parties, call))["link"])
    for t, d in OUT_OF_SCOPE:
        assert (await guest.ask(t, **d))["code"] in ("unknown_request", "bad_request"), t
    smith = await parties.hub.customer("smith")
    other = (await smith.ask("call.request", media="audio"))["d"]["call"]
    for t, more in (
        ("call.accept", {}),
        ("call.decline", {}),
        ("call.join", {"pc": "x"}),
        ("call.hangup", {}),
        ("call.upgrade", {}),
        ("consent.grant", {"text_version": "1"}),
        ("consent.refuse", {"text_version": "1"}),
        ("consent.withdraw", {}),
        ("rtc.description", {"to": "customer", "pc": "x", "type": "offer", "sdp": SDP}),
    ):
        assert (await guest.ask(t, call=other, **more))["code"] == "forbidden", t
        elsewhere = conversation_of(smith)
        assert (await guest.ask(t, call=call, conversation=elsewhere, **more))["code"] == "forbidden", t


async def test_who_may_make_links(parties: Parties) -> None:
    call = await parties.live()
    ana = await parties.hub.agent("anna@example.com")
    assert (await parties.asks(ana, "call.link", call=call, name="Pit"))["code"] == "refused"
    assert (await parties.asks(parties.wang, "call.link", call=call, name="Pit"))["code"] == "unknown_request"
    assert (await parties.asks(parties.li, "call.link", call=call, name=""))["code"] == "bad_request"
    nothing_private = {"shown": ["notes"]}
    assert (await parties.asks(parties.li, "call.link", call=call, name="Pit", **nothing_private))["code"] == (
        "bad_request"
    )


async def test_guessing_is_slowed_down(settings: Settings) -> None:
    few = settings.model_copy(update={"tickets_per_min": 3})
    async with running_hub(few, worker=False) as hub, httpx.AsyncClient(base_url=hub.url) as http:
        http.headers["Origin"] = hub.url
        codes = [(await Browser(hub, http).opens(f"/guest#{n:043}"))["code"] for n in range(4)]
    assert codes == ["link_unknown"] * 3 + ["rate_limited"]


async def test_an_unopened_link_expires(settings: Settings) -> None:
    async with running_hub(settings.model_copy(update={"guest_link_min": 0.001})) as hub:
        wang, li = await hub.customer("wang"), await hub.agent()
        await wang.say("转人工")
        conversation = conversation_of(wang)
        await li.ask("conversation.follow", conversation=conversation)
        await li.ask("conversation.assign", conversation=conversation)
        call = (await wang.ask("call.request", media="audio"))["d"]["call"]
        await li.ask("call.accept", conversation=conversation, call=call)
        made = (await li.ask("call.link", conversation=conversation, call=call, name="Pit"))["d"]
        async with httpx.AsyncClient(base_url=hub.url, headers={"Origin": hub.url}, timeout=PATIENCE_S) as http:
            uninvited = await li.event("call.uninvited", seen=True)
            assert uninvited["d"]["why"] == "timeout"
            assert (await Browser(hub, http).opens(made["link"]))["code"] == "link_expired"


# --- colleagues by skill --------------------------------------------------------------------------------------


async def test_a_colleague_is_found_by_skill_and_reads_what_was_chosen(parties: Parties) -> None:
    call = await parties.live()
    skill = "repairs"
    await add_agent(parties.hub.store, "rosa", skills=(skill,))
    nobody = await parties.asks(parties.li, "call.invite", call=call, skill="no such skill")
    assert nobody["code"] == "not_found"
    assert (await parties.asks(parties.li, "call.invite", call=call))["code"] == "bad_request"
    away = {"skill": skill, "briefing": "The lid leaks."}
    assert (await parties.asks(parties.li, "call.invite", call=call, **away))["code"] == "not_found", "she is not here"
    rosa = await parties.hub.agent("rosa@example.com")
    asked = {"skill": skill, "briefing": "The lid leaks.", "since": 1, "shown": ["orders"]}
    assert (await parties.asks(parties.li, "call.invite", call=call, **asked))["t"] == "ack"
    invited = (await staffs(parties, "call.invited"))["d"]
    assert invited["party"] == "agent:rosa"
    assert invited | asked == invited
    assert (await parties.asks(rosa, "call.decline", call=call))["t"] == "ack"
    again = await parties.asks(parties.li, "call.invite", call=call, **asked)
    assert again["code"] == "not_found", "who said no is not asked for the same call again"
