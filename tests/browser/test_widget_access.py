"""Everybody can use it: axe finds nothing in any state, the keyboard reaches everything, a screen reader hears it."""

from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import Frame, Page, expect

from tests.browser.test_widget import taken
from tests.browser.widgets import PHONE, live, visit, widget, write
from tests.running import Hub

pytestmark = pytest.mark.long

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def violations(page: Page | Frame, within: str = "html") -> list[str]:
    """What axe finds wrong. Evaluated by the debugger: no page's CSP would let a test in."""
    await page.evaluate(AXE)
    run = "([within, tags]) => axe.run(within, {runOnly: tags, iframes: false})"
    found: dict[str, Any] = await page.evaluate(run, [within, RULES])
    return [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in found["violations"] for n in v["nodes"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_conversation_in_each_of_its_states(hub: Hub, theme: Any) -> None:
    async with visit(hub, locale="zh-CN", color_scheme=theme) as it:
        frame = await widget(await it.page(customer="wang"))
        await expect(frame.locator(".replies button").first).to_be_visible()
        assert await violations(frame) == []
        await write(frame, "我的订单到哪了？")
        await expect(frame.locator(".card")).to_be_visible()
        await frame.locator("ot-conversation").evaluate("(it) => it.customer.post({kind: 'of-the-future', text: '?'})")
        await expect(frame.locator("li.failed")).to_be_visible()
        await it.network.down()
        await write(frame, "断网时写的")
        await expect(frame.locator("#truth span")).to_be_visible()
        assert await violations(frame) == []
        await it.network.up()
        await expect(frame.locator("#truth")).to_be_empty()
        await frame.locator("button.person").click()
        agent, conversation = await taken(hub)
        await agent.say("**您好**，请看 [说明](https://acme.example/a)", conversation=conversation)
        await agent.ask("conversation.resolve", conversation=conversation)
        await frame.get_by_role("button", name="4 分").click()
        await expect(frame.locator("ot-rating input")).to_be_visible()
        assert await violations(frame) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_shop_and_the_app(hub: Hub, theme: Any) -> None:
    async with visit(hub, color_scheme=theme, viewport=PHONE) as it:
        shop = await it.page()
        await expect(shop.locator(".shelf").first).to_be_visible()
        assert await violations(shop) == []
        await shop.locator(".people summary").click()
        assert await violations(shop, ".people") == []
        app = await it.page("/app")
        await expect(app.get_by_role("button", name="James Smith")).to_be_visible()
        assert await violations(app) == []
        await app.get_by_role("button", name="James Smith").click()
        await live(app.main_frame)
        assert await violations(app) == []
        await app.get_by_role("button", name="Close").click()
        assert await violations(app) == []


async def test_the_keyboard_alone_reaches_everything(hub: Hub) -> None:
    async with visit(hub) as it:
        page = await it.page()
        frame = await widget(page)
        await expect(frame.locator(".replies button").first).to_be_visible()
        await expect(frame.locator("textarea")).to_be_focused()
        reached = set()
        for _ in range(12):
            await page.keyboard.press("Shift+Tab")
            reached.add(
                await frame.evaluate("() => document.activeElement.className || document.activeElement.tagName")
            )
            if "person" in reached:
                break
        assert {"person", "quiet", "OT-TIMELINE"} <= reached
        await page.keyboard.press("Enter")
        await expect(frame.locator("h1")).to_have_text("You're in the queue")


async def test_nothing_moves_for_who_asked_for_that(hub: Hub) -> None:
    async with visit(hub, reduced_motion="reduce") as it:
        frame = await widget(await it.page())
        await frame.locator("button.person").click()
        agent, conversation = await taken(hub)
        await agent.send({"t": "typing", "on": True, "conversation": conversation})
        dot = frame.locator(".typing i").first
        await expect(dot).to_be_visible()
        assert await dot.evaluate("(it) => it.getAnimations().length") == 0


async def test_a_screen_reader_hears_who_said_what(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page())
        await write(frame, "knock knock")
        log = frame.get_by_role("log", name="Conversation")
        await expect(log.get_by_role("listitem").filter(has_text="knock knock")).to_contain_text("You")
        await expect(frame.get_by_role("status")).to_be_attached()
        await expect(frame.get_by_role("heading", level=1)).to_be_visible()
