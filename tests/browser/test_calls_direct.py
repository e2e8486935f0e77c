"""Calls from browser to browser that go over to the relay when everybody agreed to a recording; in real browsers."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Frame, Page, expect

from hub.settings import Settings
from tests.browser.calls import Both, both, comes
from tests.browser.films import films_of
from tests.browser.gaps import PHONE
from tests.browser.widgets import widget
from tests.calls.workers import media_process
from tests.running import Hub, running_hub

pytestmark = pytest.mark.long


@pytest.fixture
async def direct(settings: Settings) -> AsyncIterator[Hub]:
    asyncio.get_running_loop().set_debug(False)
    async with running_hub(settings.model_copy(update={"calls": "direct", "direct_records": True})) as hub:
        yield hub


async def way_of(side: Page | Frame) -> list[str]:
    """The call's id, and how it goes as this page knows it."""
    found: list[str] = await side.evaluate(f"() => [{PHONE}.call.id, {PHONE}.call.topology]")
    return found


async def is_recorded(it: Both) -> None:
    for side in ("customer", "agent"):
        await expect(it.stage(side)).to_contain_text("This call is being recorded")


async def test_it_goes_over_to_the_relay_and_what_was_recorded_is_played(direct: Hub, devices: Browser) -> None:
    async with media_process(direct.settings, direct.store), both(direct, devices) as it:
        await it.talk()
        await it.flows()
        [call, way] = await way_of(it.frame)
        assert way == "direct"
        assert await direct.store.media.where(call) == ""
        await it.asks_to_record()
        await it.flows()
        assert await way_of(it.console) == [call, "direct"]
        await it.button("Yes, record it").click()
        await is_recorded(it)
        for side in (it.frame, it.console):
            await comes(side, f"() => {PHONE}.call.topology === 'relay'")
        await it.live()
        await it.flows()
        assert [await way_of(side) for side in (it.frame, it.console)] == [[call, "relay"]] * 2
        await it.frame.locator("textarea").fill("are you still there?")
        await it.frame.locator("textarea").press("Enter")
        await expect(it.console.locator(".message", has_text="are you still there?")).to_be_visible()
        await films_of(it, call)
        await it.flows()
        await it.asks_to_record()  # it stays where it is, and may be recorded again
        await it.button("Yes, record it").click()
        await is_recorded(it)
        assert [await way_of(side) for side in (it.frame, it.console)] == [[call, "relay"]] * 2


async def test_who_says_no_is_left_in_peace(direct: Hub, devices: Browser) -> None:
    async with media_process(direct.settings, direct.store), both(direct, devices) as it:
        await it.talk("audio")
        await it.flows("audio")
        await note_connections(it)
        await it.asks_to_record()
        await it.button("No").click()
        await expect(it.does("Ask to record")).to_be_visible()
        await it.flows("audio")
        await same_connections(it)


async def test_without_a_media_process_who_asked_is_told_and_the_call_goes_on(direct: Hub, devices: Browser) -> None:
    async with both(direct, devices) as it:
        await it.talk("audio")
        await it.flows("audio")
        await note_connections(it)
        await it.does("Ask to record").click()
        await expect(it.stage("agent")).to_contain_text("Calls can't be connected at the moment")
        await expect(it.stage("customer")).not_to_contain_text("May we record this call?")
        await it.flows("audio")
        await same_connections(it)


async def test_a_page_that_is_loaded_again_in_the_middle_of_it_comes_to_the_relay(
    direct: Hub, devices: Browser
) -> None:
    async with media_process(direct.settings, direct.store), both(direct, devices) as it:
        await it.talk()
        await it.flows()
        [call, _] = await way_of(it.frame)
        await it.asks_to_record()
        await it.button("Yes, record it").click()
        await it.shop.reload()
        it.frame = await widget(it.shop)
        await it.live()
        await is_recorded(it)
        await it.flows()
        assert [await way_of(side) for side in (it.frame, it.console)] == [[call, "relay"]] * 2


async def note_connections(it: Both) -> None:
    for side in (it.frame, it.console):
        await side.evaluate(f"() => {{ window.before = [...{PHONE}.call.peers.values()][0].rtc; }}")


async def same_connections(it: Both) -> None:
    for side in (it.frame, it.console):
        assert await side.evaluate(f"() => [...{PHONE}.call.peers.values()][0].rtc === window.before")
        assert (await way_of(side))[1] == "direct"


async def test_where_nothing_is_recorded_it_is_not_offered(settings: Settings, devices: Browser) -> None:
    asyncio.get_running_loop().set_debug(False)
    async with running_hub(settings) as hub, both(hub, devices) as it:
        await it.talk("audio")
        await expect(it.does("Microphone and camera")).to_be_visible()
        await expect(it.does("Ask to record")).to_have_count(0)
