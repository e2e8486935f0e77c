"""Calls of more than three through a real Janus, in real browsers."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.settings import Settings
from tests.running import Hub
from tests.servers.halls import hub_with, several, slow_cameras
from tests.servers.janus import Janus, a_janus

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
async def devices() -> AsyncIterator[Browser]:
    async with slow_cameras() as browser:
        yield browser


@pytest.fixture
async def janus() -> AsyncIterator[Janus]:
    async with a_janus() as janus:
        yield janus


@pytest.fixture
async def hub(janus: Janus, settings: Settings) -> AsyncIterator[Hub]:
    async with hub_with(janus, settings) as hub:
        yield hub


async def test_from_two_to_five_in_one_call_and_everybody_sees_everybody(hub: Hub, devices: Browser) -> None:
    async with several(hub, devices) as it:
        await it.two.talk()
        call = await it.call(it.two.frame)
        for expert in ("anna", "sato", "omar"):
            await it.asks_in(expert)
            await it.all_see_all()
        assert {await it.call(page) for page in it.pages} == {call}
        await expect(it.two.frame.locator("li.line", has_text="It is a group call now")).to_have_count(1)
