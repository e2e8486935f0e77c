"""Covers hub/calls/hall/ against a real Janus: who gets in, what each is offered, who goes on when a process ends."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bench.calls.party import _SECTION, AUDIO, VIDEO, Party
from hub.calls.hall.janus import JanusHalls
from hub.calls.hall.wire import Address, RefusedByJanus, once
from hub.model.errors import BadDescription, MediaUnavailable
from hub.model.media import HallLost, HallOffer
from hub.store.store import Store
from tests.servers.janus import CREATE_KEY, SECRET, Janus, a_janus

pytestmark = pytest.mark.servers
CALL = "01HCALL"


@dataclass
class Process:
    """A serving process: its adapter, and what it was told by it."""

    halls: JanusHalls
    told: list[HallOffer | HallLost] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, news: HallOffer | HallLost) -> None:
        self.told.append(news)
        self.came.set()

    async def until(self, wanted: Callable[[HallOffer | HallLost], object]) -> HallOffer | HallLost:
        async with asyncio.timeout(10):
            while True:
                for news in self.told:
                    if wanted(news):
                        return news
                self.came.clear()
                await self.came.wait()

    async def offer(self, party: str, senders: set[str]) -> HallOffer:
        """The one in which they receive all of these and nobody else."""
        found = await self.until(
            lambda it: isinstance(it, HallOffer) and it.party == party and {s.party for s in it.streams} == senders
        )
        assert isinstance(found, HallOffer)
        return found


@pytest.fixture(scope="module")
async def janus() -> AsyncIterator[Janus]:
    async with a_janus() as janus:
        yield janus


def address(janus: Janus) -> Address:
    return Address(janus.url, SECRET, CREATE_KEY)


@asynccontextmanager
async def process(janus: Janus, store: Store) -> AsyncIterator[Process]:
    async def tell(news: HallOffer | HallLost) -> None:
        await it.hear(news)

    async with asyncio.TaskGroup() as tasks:
        it = Process(JanusHalls(address(janus), store.halls, tell, tasks))
        keeping = tasks.create_task(it.halls.keep())
        await asyncio.sleep(0)
        try:
            yield it
        finally:
            keeping.cancel()


class Leg(Party):
    """One peer connection of a party, which never sends."""

    async def answers(self, there: Process, offer: HallOffer) -> None:
        """All that is offered, on one connection; the first time it is made then."""
        sections = re.findall(r"m=(audio|video) .*?a=mid:(\S+)", offer.sdp, re.DOTALL)
        kinds = [(AUDIO if kind == "audio" else VIDEO, mid) for kind, mid in sections]
        head = self.sdp().partition("m=")[0]
        told = head + "".join(_SECTION[kind].format(self._transport(mid, kind)) for kind, mid in kinds)
        told = re.sub(r"a=group:BUNDLE .*", "a=group:BUNDLE " + " ".join(mid for _, mid in kinds) + "\r", told)
        if self._relay is None:
            self.take(offer.sdp)
        await there.halls.answer(CALL, offer.party, offer.generation, told)
        if self.keys is None:
            await self.connect()


@asynccontextmanager
async def sending(there: Process, janus: Janus, party: str, pc: str = "page") -> AsyncIterator[None]:
    """They are in it, and connected with what they send."""
    await there.halls.enter(CALL, party, pc)
    leg = Leg(janus.here, video=True, direction="sendonly")
    try:
        leg.take(await there.halls.publish(CALL, party, leg.sdp()))
        await leg.connect()
        yield
    finally:
        await leg.leave()


@asynccontextmanager
async def receiving(there: Process, janus: Janus, offer: HallOffer) -> AsyncIterator[Leg]:
    leg = Leg(janus.here, video=True, direction="recvonly")
    try:
        await leg.answers(there, offer)
        yield leg
    finally:
        await leg.leave()


async def number_of(store: Store) -> int:
    hall = await store.halls.of(CALL)
    assert hall
    return hall.number


async def ask_janus(janus: Janus, **body: object) -> dict[str, object]:
    """As somebody who knows the API secret and nothing of the room."""
    async with once(address(janus)) as (wire, session, handle):
        return (await wire.say(session, handle, body)).told


async def exists(janus: Janus, number: int) -> bool:
    return bool((await ask_janus(janus, request="exists", room=number))["exists"])


async def test_each_is_offered_all_others_and_nobody_who_left(janus: Janus, store: Store) -> None:
    async with process(janus, store) as it, sending(it, janus, "customer"), sending(it, janus, "agent:li"):
        first = await it.offer("customer", {"agent:li"})
        assert {s.kind for s in first.streams} == {"audio", "video"}
        async with receiving(it, janus, first) as leg, sending(it, janus, "agent:ana"):
            more = await it.offer("customer", {"agent:li", "agent:ana"})
            assert more.generation > first.generation
            assert len({s.mid for s in more.streams}) == 4
            await it.offer("agent:ana", {"customer", "agent:li"})
            await it.halls.answer(CALL, "customer", first.generation, "to an offer that is stale")
            await leg.answers(it, more)
            await it.halls.leave(CALL, "agent:ana")
            it.told.clear()
            async with sending(it, janus, "agent:ana", "another page"):
                again = await it.offer("customer", {"agent:li", "agent:ana"})
                assert len({s.mid for s in again.streams}) == 4
        await it.halls.close(CALL)


async def test_only_our_parties_get_in_and_nothing_is_left_at_the_end(janus: Janus, store: Store) -> None:
    async with process(janus, store) as there:
        await there.halls.open(CALL)
        await there.halls.enter(CALL, "customer", "page")
        hall = await store.halls.of(CALL)
        assert hall
        joining = {"request": "join", "ptype": "publisher", "room": hall.number}
        for key in (
            {},
            {"pin": hall.pin},
            {"pin": hall.pin, "token": "guessed"},
            {"pin": "guessed", "token": "guessed"},
        ):
            with pytest.raises(RefusedByJanus):
                await ask_janus(janus, **joining, **key)
        shown = (await ask_janus(janus, request="list"))["list"]
        assert isinstance(shown, list)
        assert hall.number not in [each["room"] for each in shown]
        with pytest.raises(RefusedByJanus):
            await ask_janus(janus, request="destroy", room=hall.number, secret="guessed")
        await there.halls.close(CALL)
        assert not await exists(janus, hall.number)
        await there.halls.close(CALL)


async def test_a_page_that_was_loaded_again_takes_the_place_of_the_one_before(janus: Janus, store: Store) -> None:
    async with process(janus, store) as it, sending(it, janus, "customer"), sending(it, janus, "agent:li"):
        await it.offer("customer", {"agent:li"})
        place = await it.halls.enter(CALL, "agent:li", "page")
        assert await it.halls.enter(CALL, "agent:li", "page") == place
        it.told.clear()
        async with sending(it, janus, "agent:li", "page 2"):
            assert await it.halls.enter(CALL, "agent:li", "page 2") != place
            await it.offer("agent:li", {"customer"})
            participants = await ask_janus(janus, request="listparticipants", room=await number_of(store))
            shown = participants["participants"]
            assert isinstance(shown, list)
            assert sorted(each["display"] for each in shown) == ["agent:li", "customer"]
        await it.halls.close(CALL)


async def test_another_process_goes_on_where_one_ended(janus: Janus, store: Store) -> None:
    async with process(janus, store) as it, AsyncExitStack() as legs:
        await legs.enter_async_context(sending(it, janus, "customer"))
        async with process(janus, store) as ends:
            await legs.enter_async_context(sending(ends, janus, "agent:li"))
            place = await ends.halls.enter(CALL, "agent:li", "page")
            offer = await ends.offer("agent:li", {"customer"})
            leg = await legs.enter_async_context(receiving(ends, janus, offer))
        assert not [told for told in ends.told if isinstance(told, HallLost)]
        assert await it.halls.enter(CALL, "agent:li", "page") == place
        again = await it.offer("agent:li", {"customer"})
        assert {s.mid for s in again.streams} == {s.mid for s in offer.streams}
        await leg.answers(it, again)
        async with sending(it, janus, "agent:ana"):
            await leg.answers(it, await it.offer("agent:li", {"customer", "agent:ana"}))
        await it.halls.close(CALL)


async def test_what_is_no_description_is_refused_by_name(janus: Janus, store: Store) -> None:
    async with process(janus, store) as there:
        await there.halls.enter(CALL, "customer", "page")
        with pytest.raises(BadDescription):
            await there.halls.publish(CALL, "customer", "v=0")
        with pytest.raises(MediaUnavailable, match="join it first"):
            await there.halls.publish(CALL, "agent:li", "v=0")
        await there.halls.close(CALL)


async def test_a_janus_that_dies_is_missed_and_found_again(store: Store) -> None:
    async with a_janus() as janus, process(janus, store) as there:
        await there.halls.enter(CALL, "customer", "page")
        number = await number_of(store)
        await janus.kill()
        await there.until(lambda it: isinstance(it, HallLost) and it.party == "customer")
        with pytest.raises(MediaUnavailable):
            await there.halls.enter(CALL, "customer", "page 2")
        with pytest.raises(MediaUnavailable):
            await there.halls.open(CALL)
        await janus.start()
        await there.halls.enter(CALL, "customer", "page 2")
        assert await exists(janus, number)


async def test_a_wrong_secret_is_told_apart_from_nothing(janus: Janus, store: Store) -> None:
    async def nobody(_: object) -> None: ...

    async with asyncio.TaskGroup() as tasks:
        halls = JanusHalls(Address(janus.url, "guessed"), store.halls, nobody, tasks)
        with pytest.raises(MediaUnavailable, match="403"):
            await halls.open(CALL)
