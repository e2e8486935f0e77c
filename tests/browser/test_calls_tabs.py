"""One place per party: a call that another tab of the same person takes, until it is over there."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.calls import LIVE_MS, both
from tests.browser.widgets import widget
from tests.running import Hub

pytestmark = pytest.mark.long


async def test_a_second_tab_takes_the_call_over(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk("audio")
        other = await it.visit.page()
        frame = await widget(other)
        await expect(frame.locator("ot-call")).to_contain_text("in another tab")
        await frame.get_by_role("button", name="Continue here").click()
        await expect(it.stage("customer")).to_contain_text("continues in another tab")
        first, it.frame = it.frame, frame
        await it.live()
        await it.flows("audio")
        await it.button("Hang up").click()
        await expect(it.stage("customer")).to_contain_text("Call ended")
        await expect(first.locator("li.line", has_text="Call ended")).to_be_visible()
        await expect(first.locator("section.call")).to_have_count(0)  # who is told of it sits there


async def test_an_agents_other_tab_takes_the_call_and_its_end(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        other = await it.console.context.new_page()
        await other.goto(it.console.url)
        await expect(other.get_by_role("button", name="Continue here")).to_be_visible(timeout=LIVE_MS)
        await other.get_by_role("button", name="Continue here").click()
        first, it.console = it.console, other
        await expect(first.locator(".call-pane")).to_contain_text("You are in this call in another tab")
        await expect(first.locator(".call-head .tabular")).to_have_count(0)
        await it.live()
        await it.flows("audio")
        await expect(it.does("Camera on")).to_be_visible()  # nobody is filmed unawares
        await it.button("Hang up").click()
        await expect(other.locator("ot-call-note")).to_be_visible()
        await expect(first.locator(".quiet-line", has_text="ended after")).to_be_attached()
        await expect(first.locator(".call-pane")).to_have_count(0)
