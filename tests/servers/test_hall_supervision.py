"""Covers supervisors in hub/calls/hall/ against a real Janus: who receives a whisperer, that a listener sends nothing
and hears nothing once they left, and that neither is ever recorded.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from hub.calls.hall.janus import JanusHalls
from hub.calls.hall.wire import once
from hub.model.call import Mode
from hub.model.errors import ListenOnly, MediaUnavailable, NotFound
from hub.model.media import HallOffer, Outlet
from hub.services.recorder import fresh
from hub.store.store import Store
from tests.ports import free_port
from tests.servers.janus import Janus, a_janus
from tests.servers.speakers import Speaker, speaking
from tests.servers.test_janus import CALL, Leg, Process, address, ask_janus, number_of, process, receiving

pytestmark = pytest.mark.servers
PARTIES = ("customer", "guest:pit", "agent:li", "agent:ana")
AGENTS = ("agent:li", "agent:ana")
BOSS, OTHER = "agent:boss", "agent:chief"


@pytest.fixture(scope="module")
async def janus() -> AsyncIterator[Janus]:
    async with a_janus() as janus:
        yield janus


@asynccontextmanager
async def hearing(there: Process, janus: Janus, party: str) -> AsyncIterator[Leg]:
    """They answer whatever is offered to them, as long as the block lasts: before that Janus offers no more."""
    leg = Leg(janus.here, video=True, direction="recvonly")

    async def answer() -> None:
        done = 0
        while True:
            for news in list(there.told):
                if isinstance(news, HallOffer) and news.party == party and news.generation > done:
                    done = news.generation
                    await leg.answers(there, news)
            there.came.clear()
            await there.came.wait()

    try:
        async with asyncio.TaskGroup() as tasks:
            answering = tasks.create_task(answer())
            yield leg
            answering.cancel()
    finally:
        await leg.leave()


@asynccontextmanager
async def talking(there: Process, janus: Janus, party: str, pc: str = "page") -> AsyncIterator[None]:
    async with speaking(there.halls, janus, CALL, party, pc), hearing(there, janus, party):
        yield


@asynccontextmanager
async def four_talk(there: Process, janus: Janus) -> AsyncIterator[None]:
    """A customer, a guest and two agents, who hear each other; in the end the room is closed."""
    asyncio.get_running_loop().set_debug(False)
    async with AsyncExitStack() as stack:
        for party in PARTIES:
            await stack.enter_async_context(talking(there, janus, party))
        for party in PARTIES:
            await there.offer(party, others(party))
        yield
    # Not before: who is still offered something would answer in a room that is gone.
    await there.halls.close(CALL)


@asynccontextmanager
async def whispering(halls: JanusHalls, janus: Janus, pc: str) -> AsyncIterator[Speaker]:
    """BOSS says something to the agents."""
    await halls.enter(CALL, BOSS, pc, "whisper")
    speaker = Speaker(janus.here)
    try:
        speaker.take(await halls.publish(CALL, BOSS, speaker.sdp()))
        await speaker.connect()
        yield speaker
    finally:
        await speaker.leave()


async def received(store: Store, party: str) -> set[str]:
    """Whom a party is subscribed to, as Janus said. (A line of a feed that is gone stays until the next offer.)"""
    seats = await store.halls.all_seated(CALL)
    whose = {seat.feed: sender for sender, seat in seats.items()}
    return {whose[line.feed] for line in seats[party].lines if line.feed in whose}


async def until_received(store: Store, party: str, senders: set[str]) -> None:
    async with asyncio.timeout(10):
        while await received(store, party) != senders:
            await asyncio.sleep(0.02)


async def comes(leg: Leg) -> None:
    """Media arrive there."""
    before = leg.received
    async with asyncio.timeout(10):
        while leg.received < before + 20:
            if leg.keys is not None:  # connected by now
                leg.check()
            await asyncio.sleep(0.05)


def others(party: str, *more: str) -> set[str]:
    return {*PARTIES, *more} - {party}


async def test_a_listener_hears_all_sends_nothing_and_nobody_hears_of_them(janus: Janus, store: Store) -> None:
    async with process(janus, store) as it, four_talk(it, janus):
        it.told.clear()
        await it.halls.enter(CALL, BOSS, "page", "listen")
        async with hearing(it, janus, BOSS) as leg:
            await it.offer(BOSS, set(PARTIES))
            await comes(leg)
            sends = Leg(janus.here, video=True, direction="sendonly")
            with pytest.raises(ListenOnly):
                await it.halls.publish(CALL, BOSS, sends.sdp())
            await sends.leave()
            assert BOSS not in await it.halls.senders(CALL)
            told = await ask_janus(janus, request="listparticipants", room=await number_of(store))
            assert [each["publisher"] for each in told["participants"] if BOSS in each["display"]] == [False]  # type: ignore[attr-defined]
            await it.halls.leave(CALL, BOSS)
            assert await store.halls.seated(CALL, BOSS) is None
            await silent(leg)
        assert {news.party for news in it.told} == {BOSS}, "the others are told nothing"


async def silent(leg: Leg) -> None:
    """Soon nothing arrives any more, though it could."""
    async with asyncio.timeout(10):
        while True:
            before = leg.received
            leg.check()
            await asyncio.sleep(0.5)
            if leg.received == before:
                return


async def test_agents_alone_receive_who_whispers_in_whichever_process(janus: Janus, store: Store) -> None:
    async with process(janus, store) as it, process(janus, store) as elsewhere, four_talk(it, janus):
        await elsewhere.halls.enter(CALL, OTHER, "page", "listen")
        async with whispering(elsewhere.halls, janus, "page"):
            await elsewhere.offer(BOSS, set(PARTIES))
            for agent in AGENTS:
                await it.offer(agent, others(agent, BOSS))
            # They came before, or come by now: it is the same.
            await it.halls.enter(CALL, "guest:late", "page")
            await it.halls.enter(CALL, "agent:late", "page")
            await it.offer("agent:late", {*PARTIES, BOSS})
            await it.offer("guest:late", set(PARTIES))
            for party in ("customer", "guest:pit"):
                await until_received(store, party, others(party))
            await until_received(store, OTHER, set(PARTIES))
            offered = {
                news.party for news in (*it.told, *elsewhere.told) if isinstance(news, HallOffer) and hears(news)
            }
            assert offered == {*AGENTS, "agent:late"}
            await it.halls.leave(CALL, BOSS)
        # To listen is another place, and none of theirs.
        await elsewhere.halls.enter(CALL, BOSS, "page 2", "listen")
        await elsewhere.offer(BOSS, set(PARTIES))
        for agent in AGENTS:
            await until_received(store, agent, others(agent))


def hears(offer: HallOffer) -> bool:
    return BOSS in {stream.party for stream in offer.streams}


async def test_whose_way_changes_has_another_place_and_then_all_receive_them(janus: Janus, store: Store) -> None:
    async with process(janus, store) as it, four_talk(it, janus):
        async with whispering(it.halls, janus, "page"):
            await it.offer("agent:li", others("agent:li", BOSS))
            place = await it.halls.enter(CALL, BOSS, "page", "whisper")
            assert await it.halls.enter(CALL, BOSS, "page", "full") != place, "and be it of the same page"
        async with speaking(it.halls, janus, CALL, BOSS, "page 2"):
            for party in PARTIES:
                await it.offer(party, others(party, BOSS))


@pytest.mark.parametrize("mode", ["listen", "whisper"])
async def test_another_process_goes_on_with_a_supervisor_as_they_were(janus: Janus, store: Store, mode: Mode) -> None:
    async with process(janus, store) as it, four_talk(it, janus), AsyncExitStack() as legs:
        async with process(janus, store) as ends:
            place = await ends.halls.enter(CALL, BOSS, "page", mode)
            await legs.enter_async_context(receiving(ends, janus, await ends.offer(BOSS, set(PARTIES))))
        assert await it.halls.enter(CALL, BOSS, "page", mode) == place
        await it.offer(BOSS, set(PARTIES))
        if mode == "listen":
            with pytest.raises(ListenOnly):
                await it.halls.publish(CALL, BOSS, "v=0")


async def test_a_supervisor_is_no_sender_of_a_recording(janus: Janus, store: Store) -> None:
    async with process(janus, store) as it, four_talk(it, janus), whispering(it.halls, janus, "page"):
        assert set(await it.halls.senders(CALL)) == set(PARTIES)
        with pytest.raises(NotFound):
            await it.halls.forward(CALL, fresh(BOSS), Outlet(janus.here, free_port()))
        hall = await store.halls.of(CALL)
        assert hall
        async with once(address(janus)) as (wire, session, handle):
            words = {"request": "listforwarders", "room": hall.number, "secret": hall.secret}
            assert (await wire.say(session, handle, words)).told["publishers"] == []


async def test_a_full_room_has_place_for_two_who_whisper(janus: Janus, store: Store) -> None:
    """Janus counts who sends, whoever receives it."""
    async with process(janus, store) as it, four_talk(it, janus), AsyncExitStack() as stack:
        for party in ("agent:omar", "agent:sato"):
            await stack.enter_async_context(speaking(it.halls, janus, CALL, party))
        async with whispering(it.halls, janus, "page"):
            await it.halls.enter(CALL, OTHER, "page", "whisper")
            other = Leg(janus.here, video=False, direction="sendonly")
            assert await it.halls.publish(CALL, OTHER, other.sdp())
            await other.leave()


async def test_who_could_not_be_put_out_is_found_when_they_come_otherwise(store: Store) -> None:
    """A whisperer whose place was forgotten first would be heard on by agents."""
    async with a_janus() as janus, process(janus, store) as it:
        await it.halls.enter(CALL, BOSS, "page", "whisper")
        await janus.kill()
        with pytest.raises(MediaUnavailable):
            await it.halls.leave(CALL, BOSS)
        assert await store.halls.seated(CALL, BOSS)
        await janus.start()
        await it.halls.leave(CALL, BOSS)
        assert await store.halls.seated(CALL, BOSS) is None
