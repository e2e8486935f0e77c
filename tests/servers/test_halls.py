"""Calls of more than three through a real Janus, in real browsers."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.settings import Settings
from tests.browser.calls import LIVE_MS, comes
from tests.browser.gaps import PHONE, longest, told, watched
from tests.browser.widgets import widget
from tests.running import Hub
from tests.servers.halls import hub_with, several, slow_cameras
from tests.servers.janus import Janus, a_janus

pytestmark = pytest.mark.calls
ROOM_S = 10.0  # everybody makes two new connections at once and drops the old ones first; on a busy machine


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
    async with several(hub, devices, "anna", "sato", "omar") as it:
        await it.two.talk()
        call = await it.call(it.two.frame)
        for expert in ("anna", "sato", "omar"):
            await it.asks_in(expert)
            await it.all_see_all()
        assert {await it.call(page) for page in it.pages} == {call}
        await expect(it.two.frame.locator("li.line", has_text="This is a group call now")).to_have_count(1)


async def test_a_reload_a_leaver_and_a_janus_that_dies_and_it_is_the_same_call(
    janus: Janus, hub: Hub, devices: Browser
) -> None:
    async with several(hub, devices, "anna", "sato") as it:
        await it.two.talk()
        call = await it.call(it.two.frame)
        await it.asks_in("anna")
        await it.asks_in("sato")
        await it.all_see_all()
        await it.two.shop.reload()
        it.two.frame = await widget(it.two.shop)
        await it.all_see_all()
        leaver = it.experts.pop("sato")
        await leaver.locator("ot-call").get_by_role("button", name="Hang up").click()
        await it.all_see_all()

        await janus.kill()
        await expect(it.two.stage("customer")).to_contain_text("The connection was lost", timeout=LIVE_MS)
        await it.two.frame.locator("textarea").fill("I still read you")
        await it.two.frame.locator("textarea").press("Enter")
        await expect(it.two.console.locator(".message", has_text="I still read you")).to_be_visible()
        await janus.start()
        await it.all_see_all()
        assert {await it.call(page) for page in it.pages} == {call}


async def test_a_fourth_who_can_not_come_in_leaves_the_three_as_they_were(
    janus: Janus, hub: Hub, devices: Browser
) -> None:
    async with several(hub, devices, "anna", "sato") as it:
        await it.two.talk()
        await it.asks_in("anna")
        await it.all_see_all()
        await janus.kill()
        sato = await it.asks_in("sato")
        await expect(sato.locator("ot-call [role=alert]")).to_contain_text("Calls can't be connected at the moment")
        del it.experts["sato"]
        await it.all_see_all()


async def test_how_long_nothing_comes_when_the_fourth_comes_in(hub: Hub, devices: Browser) -> None:
    gaps = []
    for _ in range(5):
        async with several(hub, devices, "anna", "sato") as it:
            await it.two.talk()
            await it.asks_in("anna")
            await it.all_see_all()
            sides = it.two.frame, it.two.console
            await watched(sides)
            await it.asks_in("sato")
            for side in sides:
                await comes(side, f"() => {PHONE}.call.topology === 'room'")
            gaps.append(await longest(sides))
            await it.two.button("Hang up").click()
    told("pairs -> room", gaps, goal_s=ROOM_S)
