"""For everyone: axe on each state, both languages and themes, phone, 200 % zoom, keyboard, right-to-left."""

from typing import Any, cast

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Frame, Page, expect

from tests.browser.consoles import PHONE, accept, chromium, console, go_to, open_row, opened
from tests.running import Hub, conversation_of

pytestmark = pytest.mark.long


async def violations(page: Page | Frame) -> list[str]:
    """Serious and critical ones, with where they are."""
    found: dict[str, Any] = (await Axe().run(cast(Page, page), options={"resultTypes": ["violations"]})).response
    return [
        f"{v['id']}: {node['html'][:120]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious(hub: Hub, scheme: str) -> None:
    wang = await hub.customer("wang")
    await wang.say("我的订单到哪了？")
    await wang.say("转人工")
    async with console(hub, color_scheme=scheme, reduced_motion="reduce") as page:
        await expect(page.locator(".reservation")).to_be_visible()
        assert await violations(page) == []
        await accept(page)
        await page.keyboard.press("Escape")
        assert await violations(page) == []
        for key, shown in (
            ("g", ".menu"),
            ("z", ".menu"),
            ("?", "ot-keys dialog"),
            ("Control+k", ".palette"),
            ("n", ".composer"),
            ("w", ".crm-form"),
            ("f", ".crm-form"),
            ("s", ".hints"),
            ("h", ".hints"),
        ):
            await page.keyboard.press(key)
            await expect(page.locator(shown)).to_be_visible()
            assert await violations(page) == [], key
            await page.keyboard.press("Escape")
        await page.keyboard.press("e")
        await expect(page.locator(".toast")).to_be_visible()
        assert await violations(page) == []


async def test_the_sign_in_page_is_fine_too(hub: Hub) -> None:
    async with chromium() as browser:
        page = await opened(hub, browser)
        await expect(page.locator("[name=email]")).to_be_focused()
        assert await violations(page) == []
        await page.get_by_role("button", name="简体中文").click()
        await expect(page.locator("h1")).to_have_text("登录，开始接待客户")
        assert await page.evaluate("() => document.documentElement.lang") == "zh-CN"
        assert await violations(page) == []
        assert page.problems == [], "that nobody is signed in is no error"  # type: ignore[attr-defined]


async def test_on_a_phone_the_panes_are_steps_with_a_way_back(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub, viewport=PHONE, has_touch=True, locale="zh-CN") as page:
        await page.locator(".reservation .button.primary").click()
        await expect(page.locator(".thread-pane")).to_be_visible()
        await expect(page.locator(".inbox-pane")).to_be_hidden()
        await page.get_by_role("button", name="客户面板").click()
        await expect(page.locator(".customer-pane")).to_contain_text("王丽 女士")
        assert await violations(page) == []
        await page.go_back()
        await expect(page.locator("textarea")).to_be_visible()
        assert await overflow(page) == 0
        await page.locator(".back").click()
        await expect(page.locator(".row")).to_be_visible()
        assert await violations(page) == []
        assert await overflow(page) == 0


async def overflow(page: Page | Frame) -> int:
    """How many px the page is wider than its window."""
    wider: int = await page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    return max(0, wider)


async def test_at_200_percent_everything_can_be_reached(hub: Hub) -> None:
    """A 1440 x 900 screen at 200 % has 720 x 450 CSS pixels."""
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub, viewport={"width": 720, "height": 450}, device_scale_factor=2) as page:
        await accept(page)
        assert await overflow(page) == 0
        for button in ("Resolve", "Customer panel", "Send"):
            await expect(page.get_by_role("button", name=button, exact=True)).to_be_in_viewport()
        await page.get_by_role("button", name="Customer panel").click()
        await expect(page.locator(".customer-pane h2")).to_be_in_viewport()


async def test_language_and_theme_are_switched_on_the_spot_and_kept(hub: Hub) -> None:
    async with console(hub) as page:
        settings = page.locator(".me ot-menu > button")
        await settings.click()
        await page.get_by_role("menuitemradio", name="简体中文").click()
        await expect(page.locator(".views")).to_contain_text("排队")
        await settings.click()
        await page.get_by_role("menuitemradio", name="深色").click()
        dark = await page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        await page.reload()
        await expect(page.locator(".views")).to_contain_text("排队")
        assert await page.evaluate("() => getComputedStyle(document.body).backgroundColor") == dark
        assert dark != "rgb(252, 251, 249)"


async def test_the_keyboard_alone_is_enough(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("我的订单到哪了？")
    async with console(hub) as page:
        await page.keyboard.press("3")
        row = page.locator(".row")
        await row.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".thread-head h1")).to_have_text("王丽")
        await page.keyboard.press("t")
        await expect(page.locator("textarea")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.keyboard.press("g")
        first = page.locator(".menu-item:not([aria-disabled])").first  # not "Nobody else is here"
        await expect(first).to_be_focused()
        await page.keyboard.press("End")
        await expect(page.locator(".menu-item").last).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.locator("#menu-give > button")).to_be_focused()
        await page.keyboard.press("e")
        await wang.event("conversation.resolved")


async def test_a_right_to_left_message_reads_from_the_right(hub: Hub) -> None:
    visitor, _ = await hub.visitor()
    await visitor.say("أين طلبي رقم 2026112200099؟")
    async with console(hub) as page:
        await go_to(page, "all")
        await open_row(page, conversation_of(visitor))
        bubble = page.locator(".message.customer .bubble")
        assert await bubble.evaluate("(it) => getComputedStyle(it).direction") == "rtl"
