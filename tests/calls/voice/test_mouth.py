"""Covers hub/calls/voice/mouth.py: what is said comes in frames, and stops at once when somebody else speaks."""

import asyncio

import numpy as np

from hub.calls.voice.mouth import FRAME, Mouth
from hub.calls.voice.sound import SPOKEN_HZ

TONE = (np.sin(np.arange(SPOKEN_HZ) / 20) * 9_000).astype(np.int16).tobytes()


async def loud(mouth: Mouth) -> bool:
    return bool(np.abs((await mouth.recv()).to_ndarray()).max() > 100)


async def test_it_says_what_it_is_given_and_then_nothing() -> None:
    mouth = Mouth()
    assert not await loud(mouth)
    mouth.say(TONE[: FRAME * 2 * 2])
    assert [await loud(mouth) for _ in range(3)] == [True, True, False]


async def test_quiet_is_when_all_is_said() -> None:
    mouth = Mouth()
    await mouth.until_quiet()
    mouth.say(TONE[: FRAME * 2])
    waits = asyncio.get_running_loop().create_task(mouth.until_quiet())
    await asyncio.sleep(0)
    assert not waits.done()
    await mouth.recv()
    await waits


async def test_it_stops_at_once() -> None:
    mouth = Mouth()
    mouth.say(TONE)
    assert await loud(mouth)
    assert 0.9 < mouth.left_s < 1.0
    assert mouth.stop_saying()
    assert not mouth.stop_saying()
    assert not await loud(mouth)
    await mouth.until_quiet()


async def test_frames_have_their_places_in_time() -> None:
    mouth = Mouth()
    assert [(await mouth.recv()).pts for _ in range(3)] == [0, FRAME, 2 * FRAME]
