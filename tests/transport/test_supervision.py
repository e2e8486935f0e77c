"""Supervisors over real sockets: who may, what the others are told, and that a listener can send nothing."""

import pytest

from tests.running import Peer, add_agent
from tests.transport.test_calls import Parties, parties

__all__ = ["parties"]
HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
LISTENS, SENDS = HEAD + AUDIO + "a=recvonly\r\n", HEAD + AUDIO + "a=sendrecv\r\n"


@pytest.fixture
async def boss(parties: Parties) -> Peer:
    lead = next(a for a in await parties.hub.store.agents.every() if a.role in ("supervisor", "admin"))
    peer = await parties.hub.agent(lead.email)
    await peer.ask("conversation.follow", conversation=parties.conversation)
    return peer


async def supervised(parties: Parties, boss: Peer, call: str, mode: str = "listen") -> str:
    """Their party, sitting in it."""
    assert (await parties.asks(boss, "call.supervise", call=call, mode=mode))["t"] == "ack"
    known = await parties.joined(boss, call)
    return str(known["you"])


async def sends(parties: Parties, peer: Peer, call: str, to: str, sdp: str) -> str:
    said = {"call": call, "to": to, "pc": "b1", "generation": 0, "type": "answer", "sdp": sdp}
    answer = await parties.asks(peer, "rtc.description", **said)
    return str(answer.get("code") or answer["t"])


async def live(parties: Parties) -> str:
    call = await parties.live("audio")
    await parties.joined(parties.wang, call, "page1")
    await parties.joined(parties.li, call, "desk1")
    return call


async def test_supervisors_see_what_goes_on(parties: Parties, boss: Peer) -> None:
    call = await live(parties)
    await parties.wang.send({"t": "stats.report", "call": call, "loss": 0.25, "rtt_ms": 40})
    await parties.li.until(lambda f: f["t"] == "call.quality")
    (seen,) = (await boss.ask("calls.list"))["d"]["calls"]
    assert (seen["conversation"], seen["call"]["id"], seen["customer"]["surname"]) == (parties.conversation, call, "王")
    assert [p["party"] for p in seen["call"]["parties"]] == ["customer", "agent:liming"]
    assert seen["call"]["accepted_at"] > 0
    assert seen["quality"]["customer"]["loss"] == 0.25
    assert (await parties.li.ask("calls.list"))["code"] == "forbidden"
    assert (await parties.wang.ask("calls.list"))["code"] == "unknown_request"


async def test_a_listener_sends_nothing_to_anybody(parties: Parties, boss: Peer) -> None:
    call = await live(parties)
    me = await supervised(parties, boss, call)
    announced = await parties.wang.event("call.announced")
    assert announced["d"] == {"call": call, "listening": True}
    assert me not in str([f for f in parties.wang.events if f["type"] != "call.peer"])
    told = await parties.wang.until(lambda f: f["t"] == "call.peer" and f["party"] == me, seen=True)
    assert (told["offers"], told["mode"]) == (True, "listen"), "the others begin: a listener has nothing to offer"
    for to in ("customer", "agent:liming"):
        assert await sends(parties, boss, call, to, SENDS) == "listen_only"
        assert await sends(parties, boss, call, to, HEAD + AUDIO) == "listen_only", "the default is to send"
        assert await sends(parties, boss, call, to, LISTENS) == "ack"
    await boss.send({"t": "call.state", "call": call, "audio": True, "video": True})
    await boss.send({"t": "stats.report", "call": call, "loss": 0.5})
    assert (await parties.asks(parties.li, "call.upgrade", call=call))["t"] == "ack"
    await parties.wang.event("call.upgraded")
    assert not [f for f in parties.li.received if f["t"] in ("call.state", "call.quality")]


async def test_what_is_whispered_goes_to_agents_alone(parties: Parties, boss: Peer) -> None:
    call = await live(parties)
    await supervised(parties, boss, call, "whisper")
    assert await sends(parties, boss, call, "agent:liming", SENDS) == "ack"
    assert await sends(parties, boss, call, "customer", SENDS) == "listen_only"
    assert await sends(parties, boss, call, "customer", LISTENS) == "ack"
    # Back to listening: the old place is gone with its connections.
    await parties.asks(boss, "call.supervise", call=call, mode="listen")
    gone = await parties.li.until(lambda f: f["t"] == "call.peer" and f["what"] == "left")
    assert gone["call"] == call
    assert await sends(parties, boss, call, "agent:liming", SENDS) in ("listen_only", "call_over")


async def test_staff_read_each_step_in_the_thread(parties: Parties, boss: Peer) -> None:
    call = await live(parties)
    await supervised(parties, boss, call)
    first = await parties.li.event("call.supervised", seen=True)
    assert (first["d"]["mode"], first["d"]["announced"]) == ("listen", "everybody")
    await supervised(parties, boss, call, "whisper")
    assert (await parties.li.event("call.supervised"))["d"]["mode"] == "whisper"
    await parties.asks(boss, "call.hangup", call=call)
    await parties.li.event("call.unsupervised")
    over = await parties.wang.until(lambda f: f.get("type") == "call.announced" and not f["d"]["listening"])
    assert over["d"]["call"] == call
    assert (await parties.asks(parties.li, "call.upgrade", call=call))["t"] == "ack", "the call goes on"


async def test_who_comes_in_is_a_party_and_may_send(parties: Parties, boss: Peer) -> None:
    call = await live(parties)
    me = await supervised(parties, boss, call)
    await supervised(parties, boss, call, "join")
    assert (await parties.wang.event("call.joined"))["d"]["party"] == me
    assert await sends(parties, boss, call, "customer", SENDS) == "ack"


async def test_nobody_listens_without_a_page(parties: Parties, boss: Peer) -> None:
    call = await live(parties)
    me = await supervised(parties, boss, call)
    await boss.close()
    assert (await parties.li.event("call.unsupervised"))["d"]["party"] == me
    await parties.wang.until(lambda f: f["t"] == "call.peer" and f["what"] == "left" and f["party"] == me)


async def test_others_may_not(parties: Parties, boss: Peer) -> None:
    call = await live(parties)
    await add_agent(parties.hub.store, "rosa")
    colleague = await parties.hub.agent("rosa@example.com")
    for mode in ("listen", "whisper", "join"):
        assert (await parties.asks(colleague, "call.supervise", call=call, mode=mode))["code"] == "refused"
    assert (await parties.asks(parties.wang, "call.supervise", call=call, mode="listen"))["code"] == "unknown_request"
    assert (await parties.asks(boss, "call.join", call=call, pc="x"))["code"] == "refused", "not without supervising"
    assert (await parties.asks(boss, "call.supervise", call=call, mode="spy"))["code"] == "bad_request"


async def test_two_listeners_have_nothing_to_do_with_each_other(parties: Parties, boss: Peer) -> None:
    call = await live(parties)
    me = await supervised(parties, boss, call)
    await add_agent(parties.hub.store, "rosa", role="supervisor")
    other = await parties.hub.agent("rosa@example.com")
    await other.ask("conversation.follow", conversation=parties.conversation)
    await parties.asks(other, "call.supervise", call=call, mode="listen")
    known = await parties.joined(other, call)
    assert {o["party"] for o in known["others"]} == {"customer", "agent:liming"}
    assert all(not o["offers"] for o in known["others"])
    assert await sends(parties, other, call, me, LISTENS) == "refused"
