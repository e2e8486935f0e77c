"""Covers hub/calls/voice/leg.py: two legs meet on this machine, and each hears what the other says."""

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from hub.calls.voice.leg import Describe, Leg, use_loopback
from hub.calls.voice.sound import SPOKEN_HZ
from tests.running import PATIENCE_S

pytestmark = pytest.mark.long
TONE = (np.sin(np.arange(SPOKEN_HZ * 4) / 20) * 9_000).astype(np.int16).tobytes()


class Post:
    """Brings each leg's descriptions to the other, as the hub does: later, and one after the other."""

    def __init__(self) -> None:
        self.letters: asyncio.Queue[tuple[Leg, dict[str, object]]] = asyncio.Queue()
        self.one, self.other = Leg("1", self._from(lambda: self.other)), Leg("2", self._from(lambda: self.one))

    def _from(self, receiver: Callable[[], Leg]) -> Describe:
        async def describe(kind: str, generation: int, sdp: str) -> None:
            frame: dict[str, object] = {"t": "rtc.description", "type": kind, "generation": generation, "sdp": sdp}
            await self.letters.put((receiver(), frame))

        return describe

    async def brings(self, letters: int) -> None:
        for _ in range(letters):
            leg, frame = await self.letters.get()
            await leg.take(frame)


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    asyncio.get_running_loop().set_debug(False)
    use_loopback()
    it = Post()
    yield it
    await it.one.close()
    await it.other.close()


async def meet(leg: Leg, post: Post) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(leg.offer())
        tasks.create_task(post.brings(2))


async def hears(leg: Leg) -> bool:
    async with asyncio.timeout(2 * PATIENCE_S):
        async for pcm in leg.sound():
            if pcm and np.abs(np.frombuffer(pcm, np.int16)).max() > 1_000:
                return True
    return False


async def test_each_hears_the_other(post: Post) -> None:
    await meet(post.one, post)
    for leg in (post.one, post.other):
        leg.mouth.say(TONE)
    assert await hears(post.one)
    assert await hears(post.other)


async def test_of_two_offers_that_meet_the_bot_s_stands(post: Post) -> None:
    """aiortc can't take its own back: pages give way to the bot."""
    offering = asyncio.get_running_loop().create_task(post.one.offer())
    letter = await post.letters.get()
    await post.one.take({"t": "rtc.description", "type": "offer", "generation": 0, "sdp": "v=0"})
    await post.letters.put(letter)
    await post.brings(2)
    await offering
    await asyncio.wait_for(post.one.connected.wait(), PATIENCE_S)


async def test_what_is_no_description_ends_nothing(post: Post) -> None:
    await post.one.take({"t": "rtc.description", "type": "offer", "generation": 0, "sdp": "no sdp"})
    await post.one.take({"t": "rtc.description", "type": "answer", "generation": 0, "sdp": "v=0"})
    await meet(post.other, post)
    await asyncio.wait_for(post.one.connected.wait(), PATIENCE_S)


async def test_an_offer_that_was_lost_is_told_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.calls.voice.leg.AGAIN_S", 0.05)
    offering = asyncio.get_running_loop().create_task(post.one.offer())
    await post.letters.get()  # and nobody ever reads it
    await post.brings(1)
    leg, answer = await post.letters.get()
    while answer["type"] != "answer":  # told once more meanwhile
        leg, answer = await post.letters.get()
    await leg.take(answer)
    await offering
    await asyncio.wait_for(post.one.connected.wait(), PATIENCE_S)
