"""Covers hub/calls/voice/legs.py where it needs no media: whose words the bot takes for said to it."""

import asyncio
import json
from typing import Any, cast

from hub.calls.voice.legs import Legs
from hub.model.call import THE_BOT, THE_CUSTOMER
from hub.services.calls import Calls, Place
from tests.running import PATIENCE_S


class Alone:
    """A call that nobody else is in yet."""

    async def join(self, place: Place, name: str, connection: str) -> dict[str, Any]:
        return {"others": []}


async def test_what_is_said_to_who_answered_before_us_is_not_for_us() -> None:
    pressed: asyncio.Queue[str] = asyncio.Queue()
    place = Place("conversation", "call", THE_BOT, "ours")
    legs = Legs(cast(Calls, Alone()), place, "voice", lambda pcm: None, pressed.put_nowait)
    for key, pc in (("1", "another"), ("2", "ours"), ("3", "")):
        legs.signal(json.dumps({"t": "call.key", "from": THE_CUSTOMER, "key": key}), pc)
    there = asyncio.create_task(legs.run("bot"))
    async with asyncio.timeout(PATIENCE_S):
        assert [await pressed.get(), await pressed.get()] == ["2", "3"]
    there.cancel()
    await asyncio.gather(there, return_exceptions=True)
