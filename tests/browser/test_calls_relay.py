"""The same calls through real media processes: what passes there, and what a page does when one of them dies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, expect

from hub.settings import Settings
from hub.store.store import Store
from tests.browser.calls import LIVE_MS, Both, both
from tests.browser.engines import calling
from tests.browser.widgets import widget
from tests.calls.workers import media_process
from tests.running import running_hub


@pytest.fixture(scope="module")
async def devices() -> AsyncIterator[Browser]:
    async with calling() as browser:
        yield browser


@asynccontextmanager
async def relayed(settings: Settings, devices: Browser) -> AsyncIterator[Both]:
    async with (
        running_hub(settings.model_copy(update={"calls": "relay"})) as hub,
        both(hub, devices) as it,
    ):
        yield it


CALL = "() => document.querySelector('ot-conversation').calls.phone.call.id"


async def topology(it: Both) -> str:
    found: str = await it.frame.evaluate("() => document.querySelector('ot-conversation').calls.phone.call.topology")
    return found


async def test_from_audio_to_video_and_through_a_reload(settings: Settings, store: Store, devices: Browser) -> None:
    async with media_process(settings, store), relayed(settings, devices) as it:
        await it.talk("audio")
        assert await topology(it) == "relay"
        await it.flows("audio")
        await it.button("Turn on video").click()
        await expect(it.console.locator(".far video:not(.unseen)")).to_be_visible()
        await it.does("Camera on").click()
        await it.flows()
        await it.shop.reload()
        it.frame = await widget(it.shop)
        await it.live()
        await it.flows()
        await it.console.reload()
        await it.live()
        await it.flows()


async def test_a_media_process_dies_and_the_call_goes_on(settings: Settings, store: Store, devices: Browser) -> None:
    async with media_process(settings, store) as first, relayed(settings, devices) as it:
        await it.talk("audio")
        await it.flows("audio")
        call = await it.frame.evaluate(CALL)
        async with media_process(settings, store):
            first.kill()
            await it.frame.wait_for_function(FRESH, timeout=2 * LIVE_MS)
            await it.live()
            await it.flows()
            assert (
                await it.frame.evaluate("() => document.querySelector('ot-conversation').calls.phone.call.id") == call
            )


# Connections that were made anew, and are up again.
FRESH = """() => {
    const { call, peers } = document.querySelector("ot-conversation").calls.phone;
    window.before ??= peers[0]?.rtc;
    return call && peers[0] && peers[0].rtc !== window.before && peers[0].state === "connected";
}"""


async def test_no_media_process_and_it_says_so(settings: Settings, devices: Browser) -> None:
    async with relayed(settings, devices) as it:
        await it.rings("audio")
        await it.does("Answer").first.click()
        await expect(it.stage("customer")).to_contain_text("Connecting")
        await it.button("Hang up").click()
        await expect(it.stage("agent")).to_contain_text("Call ended")
