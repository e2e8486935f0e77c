"""An expert from outside, by a link: what they read, whether they come, and that the link is theirs alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser import consoles
from tests.browser.calls import FLOWS, LIVE_MS, Both, both, comes
from tests.browser.consoles import PHONE
from tests.browser.test_console_access import overflow, violations
from tests.browser.widgets import write
from tests.running import Hub, add_agent

pytestmark = pytest.mark.calls
WIDE = {"width": 1200, "height": 800}


async def link_of(it: Both, *, briefing: bool = True, last: str = "0", parts: tuple[str, ...] = ()) -> str:
    """李明 makes one for Pit; the dialog is closed again."""
    await it.does("Bring in an expert").click()
    dialog = it.console.locator("ot-expert dialog")
    await dialog.get_by_label("Someone outside, by a link").check()
    await dialog.get_by_label("Their name").fill("Pit")
    if briefing:
        await dialog.get_by_role("checkbox", name="This briefing").check()
        await dialog.locator("textarea").fill("The lid leaks since Monday.")
    await dialog.locator("select[name=last]").select_option(last)
    for part in parts:
        await dialog.get_by_label(part).check()
    await dialog.get_by_role("button", name="Create the link").click()
    link = await dialog.locator("input[readonly]").input_value()
    await dialog.get_by_role("button", name="Done").click()
    return link


@asynccontextmanager
async def guest(devices: Browser, link: str, **profile: Any) -> AsyncIterator[Page]:
    """A browser of their own at the link; fails on any error that the page logged but for refusals that are told."""
    context = await devices.new_context(**{"viewport": WIDE, "locale": "en-GB", **profile})
    page = await at(context, link)
    try:
        yield page
        problems: list[str] = page.problems  # type: ignore[attr-defined]
        assert [it for it in problems if not any(known in it for known in ("404", "409", "410"))] == []
    finally:
        await context.close()


async def at(context: BrowserContext, link: str) -> Page:
    page = await context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.problems = problems  # type: ignore[attr-defined]
    page.set_default_timeout(10_000)
    await page.goto(link)
    return page


async def three(it: Both, page: Page) -> None:
    """Each of them gets moving pictures of both others."""
    for side in (page, it.console, it.frame):
        await expect(side.locator(".far video, video.far")).to_have_count(2, timeout=LIVE_MS)
        await comes(side, BOTH_FLOW)


BOTH_FLOW = """async () => {
    const all = [...document.querySelectorAll("ot-call .far video, ot-call video.far, ot-guest .far video")];
    const frames = () => all.map((it) => it.getVideoPlaybackQuality().totalVideoFrames);
    const before = frames();
    await new Promise((done) => setTimeout(done, 400));
    return all.length === 2 && frames().every((n, i) => n > before[i]);
}"""


async def test_a_guest_reads_tries_their_devices_comes_in_and_three_see_each_other(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        await it.frame.locator("textarea").fill("the lid of my kettle")
        await it.frame.locator("textarea").press("Enter")
        await expect(it.console.locator(".message", has_text="the lid of my kettle")).to_be_visible()
        link = await link_of(it, last="1", parts=("Products owned", "Name, company and tier"))
        await expect(it.console.locator(".call-asked")).to_contain_text("has not opened the link yet")
        async with guest(devices, link) as page:
            await expect(page.locator("h1")).to_have_text("李明 is inviting you to a call")
            await expect(page.locator("main")).to_contain_text("You would join as “Pit”. Here is what it's about.")
            await expect(page.locator("main")).to_contain_text("The lid leaks since Monday.")
            await expect(page.locator(".thread li")).to_have_text(["王丽the lid of my kettle"])
            await expect(page.locator("dl")).to_contain_text("K200S")
            await expect(it.console.locator(".call-asked")).to_contain_text("has opened the link and is reading")
            await page.get_by_role("button", name="Try microphone and camera").click()
            await page.wait_for_function("() => document.querySelector('meter')?.value > 0.05")
            # The customer has not been told of anything.
            await expect(it.frame.locator("ot-conversation")).not_to_contain_text("Pit")
            await page.get_by_role("button", name="Join with video").click()
            await three(it, page)
            await expect(it.frame.locator("li.line", has_text="Pit joined the call")).to_be_visible()
            await it.frame.locator("textarea").fill("written meanwhile")
            await it.frame.locator("textarea").press("Enter")
            await expect(page.locator(".thread li", has_text="written meanwhile")).to_be_visible()
            await page.get_by_role("button", name="Leave the call").click()
            await expect(page.locator("main")).to_contain_text("You have left the call")
            await expect(it.console.locator("ot-call .far")).to_have_count(1)
            assert await page.evaluate(OPEN_DEVICES) == 0
        await it.flows()


OPEN_DEVICES = """() => {
    const { phone, preview } = document.querySelector("ot-guest").guest;
    return [phone?.local, preview].filter(Boolean).flatMap((it) => it.stream.getTracks()).length;
}"""


async def test_a_guest_declines_and_the_customer_never_hears_of_it(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        link = await link_of(it, briefing=False)
        async with guest(devices, link) as page:
            await expect(page.locator("h2")).to_have_text(["Microphone and camera"])  # nothing else is shown
            await expect(page.locator("main")).not_to_contain_text("what it's about")
            assert "王" not in await page.content()
            await page.get_by_role("button", name="Decline").click()
            await expect(page.locator("main")).to_contain_text("You declined")
            await expect(page.locator("h1")).to_have_text("All done")
            await page.reload()
            await expect(page.locator("main")).to_contain_text("is over, or you have left or declined it")
        await expect(it.console.locator(".quiet-line", has_text="Pit did not join the call: declined")).to_be_attached()
        await expect(it.console.locator(".call-asked")).to_have_count(0)
        await expect(it.frame.locator("ot-conversation")).not_to_contain_text("Pit")
        await it.flows()


async def test_a_second_browser_is_refused_by_name_and_a_reload_goes_on(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        link = await link_of(it)
        async with guest(devices, link) as page:
            await expect(page.locator("h1")).to_contain_text("is inviting you to a call")
            async with guest(devices, link) as second:
                await expect(second.locator("main")).to_contain_text("was opened in another browser")
            await page.reload()
            await page.get_by_role("button", name="Join with video").click()
            await three(it, page)
            await page.reload()
            await three(it, page)
            async with guest(devices, link) as third:
                await expect(third.locator("main")).to_contain_text("was opened in another browser")


async def test_withdrawn_while_it_is_read_over_and_unknown(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk("audio")
        link = await link_of(it)
        async with guest(devices, link, locale="zh-CN") as page:
            await expect(page.locator("h1")).to_have_text("李明 邀请你加入通话")
            await it.console.get_by_role("button", name="Withdraw").click()
            await expect(page.locator("main")).to_contain_text("邀请已被撤回")
            await page.reload()
            await expect(page.locator("main")).to_contain_text("邀请已被撤回")
        async with guest(devices, hub.url + "/guest#nothing") as page:
            await expect(page.locator("main")).to_contain_text("isn't one of ours")
            await expect(page.locator("h1")).to_have_text("Invitation to a call")
        async with guest(devices, hub.url + "/guest") as page:
            await expect(page.locator("main")).to_contain_text("isn't one of ours")
        link = await link_of(it)
        async with guest(devices, link) as page:
            await expect(page.locator("h1")).to_contain_text("is inviting you to a call")
            await it.does("Hang up").click()
            await expect(page.locator("main")).to_contain_text("The call is over")


async def test_a_colleague_by_skill_reads_before_they_answer(hub: Hub, devices: Browser) -> None:
    """Routing picks who is free; they see the summary, the messages and the card that were chosen."""
    await add_agent(hub.store, "rosa", skills=("kettles",))
    rosa = await consoles.opened(hub, devices, locale="en-GB")
    await consoles.sign_in(rosa, "rosa@example.com")
    async with both(hub, devices) as it:
        await it.talk()
        await it.does("Bring in an expert").click()
        dialog = it.console.locator("ot-expert dialog")
        await dialog.get_by_label("Anyone free").check()
        await dialog.locator("textarea").fill("The lid leaks.")
        await dialog.locator("select[name=last]").select_option("1")
        await dialog.get_by_label("Products owned").check()
        assert await violations(it.console) == []
        await dialog.get_by_role("button", name="Invite").click()
        ring = rosa.locator(".ring")
        await expect(ring).to_contain_text("The lid leaks.")
        await expect(ring.locator(".briefing-thread li")).to_have_count(1)
        await expect(ring.locator(".briefing-card")).to_contain_text("K200S")
        assert await violations(rosa) == []
        await expect(it.frame.locator("ot-conversation")).not_to_contain_text("Rosa")
        await rosa.keyboard.press("y")
        for page in (rosa, it.console, it.frame):
            await expect(page.locator("ot-call .far")).to_have_count(2, timeout=LIVE_MS)
            await comes(page, FLOWS, "video")
    await rosa.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_the_guest_s_page(hub: Hub, devices: Browser, scheme: str) -> None:
    async with both(hub, devices, color_scheme=scheme) as it:
        await it.talk()
        link = await link_of(it, last="5", parts=("Orders, without prices", "Tickets"))
        async with guest(devices, link, color_scheme=scheme, reduced_motion="reduce") as page:
            await page.get_by_role("button", name="Try microphone and camera").click()
            await expect(page.locator("meter")).to_be_visible()
            assert await violations(page) == []
            await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            assert await overflow(page) == 0
            await page.get_by_role("button", name="Join with video").press("Enter")
            await three(it, page)
            assert await overflow(page) == 0
            for n in range(5):
                await write(it.frame, f"message number {n}")
            await expect(page.locator(".thread li", has_text="message number 4")).to_be_in_viewport(ratio=0.9)
            assert await violations(page) == []
            for name in ("Microphone off", "Camera off", "Leave the call"):
                await expect(page.get_by_role("button", name=name)).to_be_in_viewport()
            await page.set_viewport_size(WIDE)  # type: ignore[arg-type]
            await page.get_by_role("button", name="Leave the call").click()
            await expect(page.locator("main")).to_contain_text("You have left")
            assert await violations(page) == []
