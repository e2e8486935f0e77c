"""How long nothing is heard and seen when a call goes over to the relay. Into a room: tests/servers/test_halls.py."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from hub.settings import Settings
from tests.browser.calls import both, comes
from tests.browser.gaps import PHONE, longest, told, watched
from tests.calls.workers import media_process
from tests.running import Hub, running_hub

pytestmark = pytest.mark.calls
TIMES = 5
GOAL_S = 1.0


@pytest.fixture
async def direct(settings: Settings) -> AsyncIterator[Hub]:
    asyncio.get_running_loop().set_debug(False)
    async with running_hub(settings.model_copy(update={"calls": "direct", "direct_records": True})) as hub:
        yield hub


async def test_from_direct_to_the_relay(direct: Hub, devices: Browser) -> None:
    gaps = []
    async with media_process(direct.settings, direct.store):
        for _ in range(TIMES):
            async with both(direct, devices) as it:
                sides = it.frame, it.console
                await it.talk()
                await it.flows()
                await it.asks_to_record()
                await watched(sides)
                await it.button("Yes, record it").click()
                for side in sides:
                    await comes(side, f"() => {PHONE}.call.topology === 'relay'")
                gaps.append(await longest(sides))
                await it.button("Hang up").click()
    told("direct -> relay", gaps, goal_s=GOAL_S)
