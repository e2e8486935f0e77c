"""Covers hub/transport/replay.py: from where a client stood to live, without a hole and without a repeat."""

from pathlib import Path
from typing import Any

import pytest

from hub.settings import Settings
from hub.transport import replay
from hub.transport.frames import FIRST_PAGE, ResumePoint
from hub.transport.replay import Start
from tests.running import Frame, Hub, conversation_of, fresh_id, running_hub, text, welcome_of
from tests.store import acts
from tests.transport.inside import Caller, Inside, account


async def written(within: Inside, messages: int, notes: int = 0) -> tuple[Caller, str]:
    """A customer's log with so many messages, and after each of them some notes that only staff see."""
    agent = await within.agent()
    customer, conversation = await within.served(agent, account("w"))
    for n in range(messages):
        await customer.say(str(n))
        for _ in range(notes):
            await agent.ask("note.add", conversation=conversation, text="between")
    return customer, conversation


async def begins(within: Inside, conversation: str, resume: ResumePoint | None, *, staff: bool = False) -> Start:
    return await replay.start(within.store.logs, await within.state(conversation), resume, staff=staff)


def live(caller: Caller) -> Frame:
    return next(f for f in caller.received if f["t"] == "live")


async def test_the_first_page_is_the_newest_that_one_may_see(within: Inside) -> None:
    _, conversation = await written(within, FIRST_PAGE + 5, notes=2)
    again = await within.customer(account("w"))
    said = [e["d"]["content"]["text"] for e in again.events if e["type"] == "message.created"]
    assert len(again.events) == FIRST_PAGE
    assert said == [str(n) for n in range(5, FIRST_PAGE + 5)]
    assert live(again)["oldest"] == again.events[0]["seq"]
    page = await again.ask("history", before=live(again)["oldest"], limit=200)
    assert page["d"]["events"][-1]["seq"] < again.events[0]["seq"]
    assert page["d"]["events"][0]["seq"] == 1
    at = await begins(within, conversation, None, staff=True)
    assert at.seq == (await within.state(conversation)).seq - FIRST_PAGE, "for staff, notes count as well"


async def test_a_short_log_is_shown_from_its_beginning(within: Inside) -> None:
    customer, conversation = await written(within, 3)
    for staff in (False, True):
        assert (await begins(within, conversation, None, staff=staff)).seq == 0
    again = await within.customer(account("w"))
    assert [e["seq"] for e in again.events] == [e["seq"] for e in customer.events]
    assert live(again) == {
        "t": "live",
        "conversation": conversation,
        "seq": (await within.state(conversation)).seq,
        "oldest": 1,
    }


async def test_who_missed_nothing_is_sent_nothing(within: Inside) -> None:
    _, conversation = await written(within, 3)
    it = await within.state(conversation)
    again = await within.customer(account("w"), resume={conversation: {"epoch": it.epoch, "seq": it.seq}})
    assert [f["t"] for f in again.received] == ["welcome", "live"]
    assert live(again)["seq"] == it.seq


@pytest.mark.parametrize(("missed", "resync"), [(5, False), (6, True)])
async def test_inline_up_to_a_number_then_paged(
    within: Inside, monkeypatch: pytest.MonkeyPatch, missed: int, resync: bool
) -> None:
    monkeypatch.setattr(replay, "INLINE_EVENTS", 5)
    _, conversation = await written(within, 8)
    it = await within.state(conversation)
    resume = {conversation: {"epoch": it.epoch, "seq": it.seq - missed}}
    again = await within.customer(account("w"), resume=resume)
    told = [f for f in again.received if f["t"] == "resync"]
    assert told == ([{"t": "resync", "conversation": conversation, "from": it.seq - missed}] if resync else [])
    assert [e["seq"] for e in again.events] == ([] if resync else list(range(it.seq - missed + 1, it.seq + 1)))
    assert live(again)["seq"] == it.seq


@pytest.mark.parametrize("wrong", [{"epoch": "another", "seq": 1}, {"seq": 2**53 - 1}])
async def test_a_log_of_another_life_is_begun_anew(within: Inside, wrong: dict[str, Any]) -> None:
    _, conversation = await written(within, 1)
    it = await within.state(conversation)
    again = await within.customer(account("w"), resume={conversation: {"epoch": it.epoch, **wrong}})
    kinds = [f["t"] for f in again.received]
    assert kinds[:3] == ["welcome", "reset", "event"]
    assert again.received[1] == {"t": "reset", "conversation": conversation, "epoch": it.epoch}
    assert again.events[0]["seq"] == 1


async def test_a_resume_point_of_another_conversation_is_nothing(within: Inside) -> None:
    _, theirs = await written(within, 1)
    it = await within.state(theirs)
    stranger = await within.customer(resume={theirs: {"epoch": it.epoch, "seq": 0}})
    assert {f["conversation"] for f in stranger.events} == {stranger.conversation}


async def test_what_happens_while_the_past_is_read_is_not_lost(within: Inside) -> None:
    customer, conversation = await written(within, 2)
    fanout, it = within.serving.fanout, await within.state(conversation)
    follower = fanout.follow(conversation, customer.connection, it.seq)
    begin = await replay.start(within.store.logs, it, ResumePoint(epoch=it.epoch, seq=it.seq - 1), staff=False)
    await customer.say("meanwhile")
    start = len(customer.received)
    await replay.replay(customer.connection, fanout, follower, begin)
    sent = customer.received[start:]
    assert [f["seq"] for f in sent if f["t"] == "event"] == [it.seq, it.seq + 1]
    assert sent[-1] == {"t": "live", "conversation": conversation, "seq": it.seq + 1, "oldest": it.seq}


async def test_who_follows_no_more_is_not_told_that_it_is_live(within: Inside) -> None:
    customer, conversation = await written(within, 2)
    fanout = within.serving.fanout
    follower = fanout.follow(conversation, customer.connection, 0)
    fanout.unfollow(follower)
    start = len(customer.received)
    await replay.replay(customer.connection, fanout, follower, Start(0, ""))
    assert customer.received[start:] == []


async def test_a_thread_of_very_long_messages_arrives_over_a_real_socket(hub: Hub) -> None:
    """Fifty of the longest are 1.6 MB: more than may wait for a slow reader, and this reader is not slow."""
    writer = await hub.customer("wang")
    await writer.ask("handoff.request")
    ids = [fresh_id() for _ in range(FIRST_PAGE)]
    for n, id in enumerate(ids):
        await writer.send({"t": "message.post", "id": id, "d": {"content": text(f"{n} " + "王" * 7_900)}})
        await writer.until(lambda f, id=id: f.get("ref") == id, seen=True)
    again = await hub.customer("wang", device="phone")
    said = [e["d"]["content"]["text"].split()[0] for e in again.events if e["id"] in ids]
    assert said == [str(n) for n in range(FIRST_PAGE)][-len(said) :]
    assert len(said) > FIRST_PAGE - 10


async def test_who_was_shown_what_the_store_has_lost_comes_back_to_what_there_is(
    settings: Settings, tmp_path: Path
) -> None:
    """At `memory` a power cut takes the last second back. Their place in the log means another message by then."""
    async with acts.own_valkey(tmp_path / "store", "memory") as embedded:
        own = settings.model_copy(update={"redis_url": embedded.url, "durability": "memory"})
        async with running_hub(own, worker=False) as one, running_hub(own, worker=False) as other:
            guest, secret = await one.visitor()
            conversation, epoch = conversation_of(guest), welcome_of(guest)["epoch"]
            await guest.say("kept")
            mark = await acts.written(embedded)
            seq = (await guest.say("lost"))["seq"]
            await guest.until(lambda f: f["t"] == "event" and f["seq"] == seq, seen=True)
            await acts.lose_what_came_after(embedded, mark)
            await embedded.start()
            assert await guest.close_code() == 4101
            elsewhere, _ = await other.visitor(secret)
            for n in range(3):
                assert (await elsewhere.say(f"since then {n}"))["t"] == "ack"
            again, _ = await other.visitor(secret, resume={conversation: {"epoch": epoch, "seq": seq}})
            assert again.received[1]["t"] == "reset"
            said = [e["d"]["content"]["text"] for e in again.events if e["type"] == "message.created"]
            assert said == ["kept", *(f"since then {n}" for n in range(3))]
