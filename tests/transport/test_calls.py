"""Calls over real sockets: ringing, who joins and offers, what is passed on to whom, and who may not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.calls.relay.relay import Place
from hub.demo import AGENTS
from hub.services.call_watch import CallWatch
from hub.settings import Settings
from tests.calls.workers import worker_on
from tests.contracts.test_media import Heard
from tests.running import Frame, Hub, Peer, conversation_of, fresh_id, running_hub, welcome_of
from tests.store.acts import until

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"


class Parties:
    """王芳 with the agent who has her conversation."""

    def __init__(self, hub: Hub, wang: Peer, li: Peer) -> None:
        self.hub = hub
        self.wang = wang
        self.li = li
        self.conversation = conversation_of(wang)

    async def asks(self, peer: Peer, t: str, **d: object) -> Frame:
        if peer is not self.wang:
            d["conversation"] = self.conversation
        return await peer.ask(t, **d)

    async def called(self, media: str = "video") -> str:
        call: str = (await self.asks(self.wang, "call.request", media=media))["d"]["call"]
        await self.li.event("call.requested")
        return call

    async def live(self, media: str = "video") -> str:
        call = await self.called(media)
        assert (await self.asks(self.li, "call.accept", call=call))["t"] == "ack"
        await self.wang.event("call.accepted")
        return call

    async def joined(self, peer: Peer, call: str, pc: str = "") -> Frame:
        found: Frame = (await self.asks(peer, "call.join", call=call, pc=pc or fresh_id()))["d"]
        return found


@pytest.fixture
async def parties(hub: Hub) -> Parties:
    return await met(hub)


async def met(hub: Hub) -> Parties:
    wang, li = await hub.customer("wang"), await hub.agent()
    await wang.say("转人工")
    await li.ask("inbox.follow", view="mine")
    conversation = conversation_of(wang)
    await li.ask("conversation.follow", conversation=conversation)
    assert (await li.ask("conversation.assign", conversation=conversation))["t"] == "ack"
    await wang.until(lambda f: f.get("type") == "owner.changed" and f["d"]["owner"]["kind"] == "agent")
    return Parties(hub, wang, li)


async def test_it_rings_at_the_agent_and_her_other_devices_learn_of_the_answer(parties: Parties) -> None:
    tablet = await parties.hub.customer("wang")
    call = await parties.called()
    row = await parties.li.until(lambda f: f["t"] == "inbox" and any(r["call"] for r in f["rows"]), seen=True)
    ringing = next(r["call"] for r in row["rows"] if r["call"])
    assert (ringing["id"], ringing["state"], ringing["to"]) == (call, "ringing", "agent:liming")
    second = await parties.hub.agent()
    assert (await parties.asks(parties.li, "call.accept", call=call))["t"] == "ack"
    assert (await parties.asks(second, "call.accept", call=call))["code"] == "call_taken"
    assert (await tablet.event("call.accepted"))["d"]["party"] == "agent:liming"


async def test_a_call_goes_on_for_who_comes_while_it_is_live(parties: Parties) -> None:
    call = await parties.live()
    assert welcome_of(await parties.hub.customer("wang"))["state"]["call"]["id"] == call
    assert welcome_of(parties.wang)["calls"] is True


async def test_who_comes_second_offers_and_descriptions_reach_the_other_only(parties: Parties) -> None:
    watching = await parties.hub.agent("anna@example.com")
    await watching.ask("conversation.follow", conversation=parties.conversation)
    call = await parties.live()
    first = await parties.joined(parties.wang, call)
    assert first | {"others": []} == first
    assert (first["topology"], first["you"], first["media"]) == ("direct", "customer", "video")
    second = await parties.joined(parties.li, call)
    (other,) = second["others"]
    assert (other["party"], other["polite"], other["offers"]) == ("customer", False, True)
    told = await parties.wang.until(lambda f: f["t"] == "call.peer", seen=True)
    assert (told["party"], told["what"], told["polite"], told["offers"]) == ("agent:liming", "joined", True, False)

    said = {"call": call, "to": "customer", "pc": told["pc"], "generation": 0, "type": "offer", "sdp": SDP}
    assert (await parties.asks(parties.li, "rtc.description", **said))["t"] == "ack"
    heard = await parties.wang.until(lambda f: f["t"] == "rtc.description")
    assert (heard["from"], heard["type"], heard["sdp"], heard["pc"]) == ("agent:liming", "offer", SDP, told["pc"])
    word = {"t": "call.state", "call": call, "audio": True, "video": False}
    await parties.wang.send(word)
    assert (await parties.li.until(lambda f: f["t"] == "call.state"))["from"] == "customer"
    await parties.wang.send({"t": "stats.report", "call": call, "loss": 0.25, "rtt_ms": 40})
    assert (await parties.li.until(lambda f: f["t"] == "call.quality"))["loss"] == 0.25
    await watching.ask("presence.set", status="away")
    assert not [f for f in watching.received if f["t"].startswith(("rtc.", "call."))]


async def test_what_is_said_to_a_page_is_not_heard_by_the_one_after_it(parties: Parties) -> None:
    """It would answer an offer that was made to another connection. Who says nothing of a page is heard by any."""
    call = await parties.live()
    await parties.joined(parties.li, call, "desk1")
    await parties.joined(parties.wang, call, "page1")
    await parties.joined(parties.li, call, "desk2")
    said = {"call": call, "to": "agent:liming", "pc": "page1"}
    for to_pc in ("desk1", "desk2", None):
        for generation in (1, 2):
            offer = {"generation": generation, "type": "offer", "sdp": SDP, "to_pc": to_pc}
            assert (await parties.asks(parties.wang, "rtc.description", **said, **offer))["t"] == "ack"
        await parties.wang.send({"t": "rtc.candidate", **said, "to_pc": to_pc, "candidate": f"to {to_pc}"})
    await parties.li.until(lambda f: f.get("candidate") == "to None")
    assert [f["candidate"] for f in parties.li.received if f["t"] == "rtc.candidate"] == ["to desk2", "to None"]
    assert len([f for f in parties.li.received if f["t"] == "rtc.description"]) == 4


async def test_how_it_is_at_the_agents_end_is_for_staff(parties: Parties) -> None:
    call = await parties.live()
    await parties.joined(parties.wang, call)
    await parties.joined(parties.li, call)
    await parties.li.send({"t": "stats.report", "call": call, "loss": 0.5})
    await parties.li.send({"t": "call.state", "call": call, "audio": False, "video": True})
    await parties.wang.until(lambda f: f["t"] == "call.state")
    assert not [f for f in parties.wang.received if f["t"] == "call.quality"]


async def test_to_a_page_that_was_loaded_again_the_party_that_stayed_offers(parties: Parties) -> None:
    call = await parties.live()
    await parties.joined(parties.wang, call, "page1")
    await parties.joined(parties.li, call, "desk1")
    again = await parties.hub.customer("wang")
    known = (await again.ask("call.join", call=call, pc="page2"))["d"]
    assert [(o["party"], o["pc"], o["offers"]) for o in known["others"]] == [("agent:liming", "desk1", False)]
    peer = await parties.li.until(lambda f: f["t"] == "call.peer" and f["pc"] == "page2")
    assert (peer["party"], peer["offers"]) == ("customer", True)
    assert (await parties.wang.until(lambda f: f["t"] == "call.replaced"))["call"] == call


async def test_of_two_who_come_at_once_one_offers(parties: Parties) -> None:
    """Whoever is told, and in whatever order: offers that meet once left a browser without a path for good."""
    call = await parties.live()
    pages = {"customer": parties.wang, "agent:liming": parties.li}
    for turn in ("1", "2", "3"):  # the first time, and with fresh pages, as when a media worker died
        said = await asyncio.gather(*(parties.joined(peer, call, name + turn) for name, peer in pages.items()))
        owe = {f"{you['you']}{turn}" for you in said for o in you["others"] if o["offers"] and o["pc"].endswith(turn)}
        for name, peer in pages.items():
            other = next(each for each in pages if each != name) + turn
            if any(o["pc"] == other for you in said if you["you"] == name for o in you["others"]):
                continue
            told = await peer.until(lambda f, pc=other: f["t"] == "call.peer" and f["pc"] == pc, seen=True)
            owe |= {name + turn} if told["offers"] else set()
        assert len(owe) == 1, turn


async def test_who_lost_the_socket_is_reconnecting_and_comes_back_as_they_were(parties: Parties) -> None:
    call = await parties.live()
    await parties.joined(parties.wang, call, "page1")
    await parties.joined(parties.li, call, "desk1")
    await parties.wang.close()
    await parties.li.until(lambda f: f["t"] == "call.peer" and f["what"] == "reconnecting")
    again = await parties.hub.customer("wang")
    assert (await again.ask("call.join", call=call, pc="page1"))["d"]["others"][0]["offers"] is False
    peer = await parties.li.until(lambda f: f["t"] == "call.peer" and f["what"] == "joined")
    assert (peer["pc"], peer["offers"]) == ("page1", False)


async def test_who_was_away_when_the_other_came_anew_learns_that_it_is_theirs_to_offer(parties: Parties) -> None:
    call = await parties.live()
    await parties.joined(parties.wang, call, "page1")
    await parties.joined(parties.li, call, "desk1")
    await parties.wang.close()
    await parties.li.until(lambda f: f["t"] == "call.peer" and f["what"] == "reconnecting")
    assert (await parties.joined(parties.li, call, "desk2"))["others"][0]["offers"] is False
    again = await parties.hub.customer("wang")
    (other,) = (await again.ask("call.join", call=call, pc="page1"))["d"]["others"]
    assert (other["pc"], other["offers"]) == ("desk2", True)


async def test_an_agent_in_a_call_is_busy_for_others_and_free_again_afterwards(parties: Parties) -> None:
    call = await parties.live()
    await parties.joined(parties.li, call)
    chen = await parties.hub.customer("chen")
    await chen.say("转人工")
    other = conversation_of(chen)
    await parties.li.ask("conversation.follow", conversation=other)
    await parties.li.ask("conversation.assign", conversation=other, to="agent", agent="me")
    seats = parties.hub.store.seats

    async def engaged() -> bool:
        return await seats.call_of("liming") == (parties.conversation, call)

    async def free() -> bool:
        return await seats.call_of("liming") is None

    await until(engaged)
    assert (await parties.li.ask("call.request", conversation=other, media="audio"))["code"] == "call_busy"
    asked = await chen.ask("call.request", media="audio")
    assert asked["t"] == "ack"
    assert (await chen.event("call.declined", seen=True))["d"] == {"call": asked["d"]["call"], "reason": "busy"}
    await parties.asks(parties.li, "call.hangup", call=call)
    await until(free)
    again = (await chen.ask("call.request", media="audio"))["d"]["call"]
    assert (await parties.li.ask("call.accept", conversation=other, call=again))["t"] == "ack"


async def test_when_the_agent_is_gone_the_call_goes_to_the_queue(parties: Parties) -> None:
    await parties.li.close()

    async def gone() -> bool:
        await parties.hub.store.presence.take_off("liming", parties.hub.store.clock() + 120_000)
        return not await parties.hub.serving.attendance.here("liming")

    await until(gone)
    asked = await parties.wang.ask("call.request", media="video")
    assert asked["t"] == "ack"
    requested = await parties.wang.event("call.requested", seen=True)
    assert requested["d"].get("to", "") == ""
    await parties.wang.until(
        lambda f: f.get("type") == "owner.changed" and f["d"]["owner"]["kind"] == "queue", seen=True
    )


async def test_it_ends_for_both_and_the_conversation_goes_on(parties: Parties) -> None:
    call = await parties.live()
    await parties.joined(parties.wang, call)
    assert (await parties.asks(parties.li, "call.hangup", call=call))["t"] == "ack"
    ended = await parties.wang.event("call.ended")
    assert (ended["d"]["reason"], ended["d"]["media"]) == ("hungup", "video")
    assert (await parties.asks(parties.wang, "call.join", call=call, pc="x"))["code"] == "call_over"
    assert (await parties.wang.say("Thank you"))["t"] == "ack"
    assert (await parties.asks(parties.li, "call.note", call=call, outcome="solved", text="ok"))["t"] == "ack"


async def test_from_browser_to_browser_nothing_is_recorded(parties: Parties) -> None:
    """Better than a consent, and a light, to what can't be."""
    call = await parties.live()
    await parties.joined(parties.li, call)
    refused = await parties.asks(parties.li, "consent.request", call=call, text_version="v1")
    assert (refused["code"], "not recorded" in refused["detail"]) == ("refused", True)


def listening(call: str) -> Heard:
    """Who is let listen at the media process: without anybody, to record would be given up after some tries."""
    return Heard()


@pytest.fixture
async def recordable(settings: Settings) -> AsyncIterator[Parties]:
    """From browser to browser, until it is to be recorded."""
    async with running_hub(settings.model_copy(update={"direct_records": True})) as hub:
        yield await met(hub)


async def agreed(parties: Parties, call: str) -> Frame:
    """李明 asks for a recording; the answer to 王丽, who agrees."""
    version = {"call": call, "text_version": "v1"}
    assert (await parties.asks(parties.li, "consent.request", **version))["t"] == "ack"
    await parties.wang.event("consent.requested")
    return await parties.asks(parties.wang, "consent.grant", **version)


async def test_what_is_to_be_recorded_goes_by_the_relay_from_then_on(recordable: Parties) -> None:
    assert welcome_of(recordable.li)["records"] is True
    call = await recordable.live()
    for peer, pc in ((recordable.wang, "page1"), (recordable.li, "desk1")):
        assert (await recordable.joined(peer, call, pc))["topology"] == "direct"
    async with worker_on(recordable.hub.store, listening) as (_, relay):
        assert (await agreed(recordable, call))["t"] == "ack"
        for peer in (recordable.wang, recordable.li):
            assert (await peer.event("call.switched", seen=True))["d"] == {"call": call, "topology": "relay"}
            await peer.event("recording.started", seen=True)
        assert relay.calls == (call,)
        for peer, pc in ((recordable.wang, "page2"), (recordable.li, "desk2")):
            assert (await recordable.joined(peer, call, pc))["topology"] == "relay"
        told = {"call": call, "pc": "desk2", "to": "customer", "generation": 0}
        bad = await recordable.asks(recordable.li, "rtc.description", **told, type="offer", sdp=SDP)
        assert bad["code"] == "bad_description", "it is for the relay to read"
        candidate = {"t": "rtc.candidate", **told, "candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "mid": "0"}
        await recordable.li.send({**candidate, "conversation": recordable.conversation})
        state = {"t": "call.state", "call": call, "audio": True, "video": False}
        await recordable.li.send({**state, "conversation": recordable.conversation})
        await recordable.wang.until(lambda f: f["t"] == "call.state")
        assert not [f for f in recordable.wang.received if f["t"] == "rtc.candidate"], "that would be an address"


async def test_where_no_media_process_is_they_are_told_and_talk_on(recordable: Parties) -> None:
    call = await recordable.live()
    for peer in (recordable.wang, recordable.li):
        await recordable.joined(peer, call)
    asked = {"call": call, "text_version": "v1"}
    refused = await recordable.asks(recordable.li, "consent.request", **asked)
    assert refused["code"] == "media_unavailable"
    async with worker_on(recordable.hub.store, listening):
        assert (await recordable.asks(recordable.li, "consent.request", **asked))["t"] == "ack"
    await recordable.wang.event("consent.requested")
    refused = await recordable.asks(recordable.wang, "consent.grant", **asked)
    assert refused["code"] == "media_unavailable", "it was there when she was asked, and is not any more"
    async with worker_on(recordable.hub.store, listening, place=Place(hosts=("127.0.0.1",), calls=1)) as (_, relay):
        await relay.open("another")
        refused = await recordable.asks(recordable.wang, "consent.grant", **asked)
        assert refused["code"] == "media_full"
        await relay.close("another")
        there = welcome_of(await recordable.hub.customer("wang"))["state"]["call"]
        assert (there["state"], there["topology"], there["recording"]) == ("live", "direct", False)
        assert (await recordable.asks(recordable.wang, "consent.grant", **asked))["t"] == "ack"
        await recordable.li.event("recording.started")

        async def recorded() -> bool:
            return relay._calls[call].recorded

        await until(recorded)


async def test_who_joins_while_it_goes_over_is_told_to_come_again(
    recordable: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await recordable.live()
    await recordable.joined(recordable.wang, call, "page1")
    version = {"call": call, "text_version": "v1"}
    async with worker_on(recordable.hub.store, listening):
        await recordable.asks(recordable.li, "consent.request", **version)
        seats = recordable.hub.store.seats
        take = seats.take

        async def taken(*seat: Any) -> None:
            monkeypatch.setattr(seats, "take", take)
            assert (await recordable.asks(recordable.wang, "consent.grant", **version))["t"] == "ack"
            await take(*seat)

        monkeypatch.setattr(seats, "take", taken)
        assert (await recordable.joined(recordable.li, call, "desk1"))["topology"] == "direct"
        await recordable.li.until(lambda f: f["t"] == "call.moved", seen=True)
        assert (await recordable.joined(recordable.li, call, "desk2"))["topology"] == "relay"


async def test_consent_recording_and_its_end(settings: Settings) -> None:
    async with running_hub(settings.model_copy(update={"calls": "relay"})) as hub, worker_on(hub.store, listening):
        await consent_recording_and_its_end(await met(hub))


async def consent_recording_and_its_end(parties: Parties) -> None:
    call = await parties.live()
    await parties.joined(parties.wang, call)
    version = {"call": call, "text_version": "v1"}
    assert (await parties.asks(parties.li, "consent.request", **version))["t"] == "ack"
    await parties.wang.event("consent.requested")
    assert (await parties.asks(parties.wang, "consent.grant", **version))["t"] == "ack"
    await parties.li.event("recording.started")
    assert (await parties.asks(parties.wang, "consent.withdraw", call=call))["t"] == "ack"
    assert (await parties.li.event("recording.stopped"))["d"]["why"] == "withdrawn"


@pytest.mark.parametrize("how", ["whisper", "accept"])
async def test_who_was_not_asked_is_not_heard_however_late_the_worker_is(
    settings: Settings, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taps: list[Heard] = []

    def tap(call: str) -> Heard:
        taps.append(Heard())
        return taps[-1]

    async def later(watch: CallWatch, conversation: str, call: str, cause: str) -> None:
        pass

    async with running_hub(settings.model_copy(update={"calls": "relay"})) as hub, worker_on(hub.store, tap):
        parties = await met(hub)
        call = await parties.live()
        await parties.joined(parties.wang, call)
        assert (await agreed(parties, call))["t"] == "ack"
        await until(lambda: tapped(taps))
        monkeypatch.setattr(CallWatch, "_record", later)
        anna = await hub.agent("anna@example.com")
        if how == "accept":
            anna_id = next(a["id"] for a in AGENTS if a["email"] == "anna@example.com")
            assert (await parties.asks(parties.li, "call.invite", call=call, agent=anna_id))["t"] == "ack"
            came = await parties.asks(anna, "call.accept", call=call)
        else:
            came = await parties.asks(anna, "call.supervise", call=call, mode="whisper")
        assert came["t"] == "ack"
        assert taps[0].over


async def tapped(taps: list[Heard]) -> bool:
    return bool(taps)


async def test_an_expert_is_invited_comes_and_sees_both(parties: Parties) -> None:
    call = await parties.live()
    await parties.joined(parties.wang, call, "page1")
    await parties.joined(parties.li, call, "desk1")
    expert = next(a for a in AGENTS if a["id"] not in ("liming",))
    ana = await parties.hub.agent(str(expert["email"]))
    await ana.ask("inbox.follow", view="mine")
    invite = {"call": call, "agent": expert["id"], "briefing": "The lid leaks."}
    assert (await parties.asks(parties.li, "call.invite", **invite))["t"] == "ack"
    seen = await ana.until(lambda f: f["t"] == "inbox" and any(r["call"] for r in f["rows"]), seen=True)
    assert seen["rows"][0]["call"]["invited"][0]["party"] == f"agent:{expert['id']}"
    assert (await parties.asks(ana, "call.join", call=call, pc="expert1"))["code"] == "refused"
    assert (await parties.asks(ana, "call.accept", call=call))["t"] == "ack"
    joined = await parties.wang.event("call.joined")
    assert joined["d"]["party"] == f"agent:{expert['id']}"
    assert not [f for f in parties.wang.events if f["type"] == "call.invited"]
    known = await parties.joined(ana, call, "expert1")
    assert {o["party"] for o in known["others"]} == {"customer", "agent:liming"}
    assert all(o["offers"] for o in known["others"])


async def test_others_can_not_come_in(parties: Parties) -> None:
    call = await parties.live()
    await parties.joined(parties.wang, call, "page1")
    stranger = await parties.hub.customer("smith")
    for t, d in (("call.join", {"pc": "x"}), ("call.hangup", {}), ("call.accept", {})):
        assert (await stranger.ask(t, call=call, **d))["code"] == "call_over", t
        named = await stranger.ask(t, call=call, conversation=parties.conversation, **d)
        assert named["code"] == "forbidden", t
    colleague = await parties.hub.agent("anna@example.com")
    for t, d in (("call.join", {"pc": "x"}), ("call.hangup", {}), ("consent.request", {"text_version": "v1"})):
        refused = await parties.asks(colleague, t, call=call, **d)
        assert refused["code"] in ("refused", "not_owner"), (t, refused)
    said = {"call": call, "to": "customer", "pc": "x", "type": "offer", "sdp": SDP}
    assert (await parties.asks(colleague, "rtc.description", **said))["code"] == "call_over"


async def test_a_call_that_rings_in_vain_is_missed(settings: Settings) -> None:
    """The agent has had her conversation for long, so nothing but the call changes: its deadline must be kept, too."""
    async with running_hub(settings.model_copy(update={"ring_s": 0.3})) as hub:
        wang, li = await hub.customer("wang"), await hub.agent()
        await wang.say("转人工")
        await wang.until(lambda f: f.get("type") == "owner.changed" and f["d"]["owner"]["kind"] == "queue", seen=True)
        await li.ask("conversation.assign", conversation=conversation_of(wang))
        await wang.ask("call.request", media="audio")
        assert (await wang.event("call.missed", seen=True))["d"]["reason"] == "timeout"


async def test_a_call_that_is_cancelled_rings_no_more(parties: Parties) -> None:
    call = await parties.called()
    assert (await parties.asks(parties.wang, "call.cancel", call=call))["t"] == "ack"
    await parties.li.event("call.cancelled")
    assert (await parties.asks(parties.li, "call.accept", call=call))["code"] == "call_over"


@pytest.mark.parametrize(
    "broken",
    [
        {"sdp": "x" * 60_000},
        {"generation": -1},
        {"to": "system"},
        {"to": "agent:"},
        {"pc": "a b"},
        {"type": "rollback"},
    ],
)
async def test_descriptions_that_are_none_are_refused_by_name(parties: Parties, broken: Frame) -> None:
    call = await parties.live()
    await parties.joined(parties.li, call)
    said = {"call": call, "to": "customer", "pc": "p", "type": "offer", "sdp": SDP, **broken}
    assert (await parties.asks(parties.li, "rtc.description", **said))["code"] in ("bad_request", "frame_too_large")
    assert (await parties.asks(parties.li, "call.hangup", call=call))["t"] == "ack"
