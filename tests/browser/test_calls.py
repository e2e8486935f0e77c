"""A call through a real hub: from the widget's button to the console's note, and what goes wrong between."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.calls import both
from tests.browser.engines import calling
from tests.running import Hub


@pytest.fixture(scope="module")
async def devices() -> AsyncIterator[Browser]:
    async with calling() as browser:
        yield browser


async def test_a_video_call_from_the_first_ring_to_the_note(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        await it.flows()
        await it.frame.locator("textarea").fill("do you see it?")
        await it.frame.locator("textarea").press("Enter")
        await expect(it.console.locator(".message", has_text="do you see it?")).to_be_visible()
        await it.does("Hang up").click()
        await expect(it.stage("customer")).to_contain_text("Call ended")
        await it.console.locator("ot-call-note").get_by_label("to be followed up").check()
        await it.console.locator("ot-call-note textarea").fill("sends a picture")
        await it.console.get_by_role("button", name="Save").click()
        noted = it.console.locator(".quiet-line", has_text="to be followed up · sends a picture")
        await expect(noted).to_be_visible()
        await expect(it.console.locator(".call-pane")).to_have_count(0)
        for words in ("You asked for a video call", "李明 answered", "Video call ended · 0:"):
            await expect(it.frame.locator("li.line", has_text=words)).to_be_visible()
