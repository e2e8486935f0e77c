"""A supervisor in a call between browsers: what they hear, who hears them, and what the others are told."""

import asyncio

import pytest
from playwright.async_api import Browser, expect

from hub.settings import Settings
from tests.browser.calls import FLOWS, LIVE_MS, both, comes
from tests.browser.consoles import PHONE
from tests.browser.supervisors import ANNA, anna_listens, hears, hears_nothing
from tests.browser.test_console_access import overflow, violations
from tests.calls.workers import media_process
from tests.running import Hub, running_hub

pytestmark = pytest.mark.calls


async def test_a_listener_hears_both_and_nobody_hears_the_listener(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        async with anna_listens(hub, devices) as anna:
            await expect(it.frame.locator("li.line", has_text="A supervisor is listening")).to_be_visible()
            await expect(it.console.locator(".call-warning", has_text="Anna Berg is listening")).to_be_visible()
            await hears(anna, "customer")
            await hears(anna, "agent:liming")
            await expect(anna.locator("ot-supervision .far video:not(.unseen)")).to_have_count(2)
            for side in (it.frame, it.console):
                await hears_nothing(side, ANNA)
                await expect(side.locator("ot-call .far video, ot-call video.far")).to_have_count(1)
            await it.flows()
            await anna.get_by_role("button", name="Stop listening").click()
            await expect(it.frame.locator("li.line", has_text="No supervisor is listening")).to_be_visible()
            await expect(it.console.locator(".quiet-line", has_text="stopped listening")).to_be_attached()
            await expect(it.console.locator(".call-warning", has_text="Anna Berg")).to_have_count(0)
        await it.flows()


async def test_what_is_whispered_reaches_the_agent_alone(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk("audio")
        async with anna_listens(hub, devices) as anna:
            await anna.get_by_role("button", name="Whisper").click()
            await expect(anna.locator("ot-supervision")).to_contain_text("The agents can hear you", timeout=LIVE_MS)
            await expect(it.console.locator(".call-warning", has_text="is whispering to you")).to_be_visible()
            await expect(it.console.locator(".quiet-line", has_text="is whispering to the agents")).to_be_attached()
            await hears(it.console, ANNA)
            await hears_nothing(it.frame, ANNA)
            await hears(it.frame, "agent:liming")
            await hears(anna, "customer")
            await anna.get_by_role("button", name="Whisper").click()
            await expect(anna.locator("ot-supervision")).to_contain_text("Nobody can hear you", timeout=LIVE_MS)
            await hears_nothing(it.console, ANNA)
            await hears(anna, "customer")


async def test_a_supervisor_comes_in_and_all_three_see_each_other(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        async with anna_listens(hub, devices) as anna:
            await anna.get_by_role("button", name="Join").click()
            for page in (anna, it.console, it.frame):
                await expect(page.locator("ot-call .far")).to_have_count(2, timeout=LIVE_MS)
                await comes(page, FLOWS, "video")
            await expect(it.frame.locator("li.line", has_text="Anna Berg joined the call")).to_be_visible()
            await expect(anna.locator("ot-call").get_by_role("button", name="Camera on")).to_be_visible()
            await hears(it.frame, ANNA)
            await anna.locator("ot-call").get_by_role("button", name="Hang up").click()
            await expect(it.console.locator("ot-call .far")).to_have_count(1)
        await it.flows()


async def test_it_is_the_same_through_the_relay(settings: Settings, devices: Browser) -> None:
    """And who listens leaves no film behind."""
    asyncio.get_running_loop().set_debug(False)
    async with (
        running_hub(settings.model_copy(update={"calls": "relay"})) as hub,
        media_process(hub.settings, hub.store),
        both(hub, devices) as it,
    ):
        await it.talk()
        await it.does("Ask to record").click()
        await it.button("Yes, record it").click()
        async with anna_listens(hub, devices) as anna:
            await hears(anna, "customer")
            await hears_nothing(it.frame, ANNA)
            await expect(it.stage("agent")).to_contain_text("This call is being recorded")
            await anna.get_by_role("button", name="Whisper").click()
            await expect(anna.locator("ot-supervision")).to_contain_text("The agents can hear you", timeout=LIVE_MS)
            await hears(it.console, ANNA)
            await hears_nothing(it.frame, ANNA)
            await it.flows()
            kept = it.console.locator("figure.film")
            await expect(kept).to_have_count(2, timeout=LIVE_MS)
            await anna.get_by_role("button", name="Join").click()
            for page in (anna, it.console, it.frame):
                await expect(page.locator("ot-call .far")).to_have_count(2, timeout=LIVE_MS)
                await comes(page, FLOWS, "video")


@pytest.mark.parametrize("told", ["agents", "nobody"])
async def test_what_policy_does_not_demand_is_not_told(settings: Settings, devices: Browser, told: str) -> None:
    policy = settings.model_copy(update={"supervision_announced": told})
    async with running_hub(policy) as hub, both(hub, devices) as it:
        await it.talk("audio")
        async with anna_listens(hub, devices) as anna:
            await hears(anna, "customer")
            warned = it.console.locator(".call-warning", has_text="Anna Berg is listening")
            await expect(warned).to_have_count(1 if told == "agents" else 0)
            await expect(it.console.locator(".quiet-line", has_text="is listening to the call")).to_be_attached()
            await expect(it.frame.locator("li.line", has_text="supervisor")).to_have_count(0)
            await expect(it.frame.locator("ot-call")).not_to_contain_text("Anna")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_supervise(hub: Hub, devices: Browser, scheme: str) -> None:
    async with both(hub, devices, color_scheme=scheme) as it:
        await it.talk()
        async with anna_listens(hub, devices, color_scheme=scheme, reduced_motion="reduce") as anna:
            assert await violations(anna) == []
            await anna.get_by_role("button", name="Whisper").click()
            await expect(anna.locator("ot-supervision")).to_contain_text("The agents can hear you", timeout=LIVE_MS)
            assert await violations(anna) == []
            assert await violations(it.console) == []
            await anna.set_viewport_size(PHONE)  # type: ignore[arg-type]
            assert await overflow(anna) == 0
            for name in ("Whisper", "Join", "Stop listening"):
                await expect(anna.get_by_role("button", name=name)).to_be_in_viewport()
