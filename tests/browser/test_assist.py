"""The assist panel in another site's page: sign-in without third-party cookies, the named customer, who may embed."""

import pytest
from playwright.async_api import Frame, expect

from hub.settings import Settings
from tests.browser.consoles import said
from tests.browser.panels import embedded, frame_of, listen, name
from tests.browser.test_console_access import overflow, violations
from tests.running import conversation_of

pytestmark = pytest.mark.long

WANG = 'customer="cust_wang"'


async def test_an_agent_signs_in_and_answers_inside_the_crm(settings: Settings) -> None:
    async with embedded(settings, whole=True) as it:
        wang = await it.hub.customer("wang")
        await wang.say("转人工")
        page = await it.page(WANG)
        await listen(page)
        frame = await it.panel(page)
        await expect(frame.locator(".thread-head h1")).to_have_text("王丽")
        # Such as it would be with third-party cookies: this browser keeps none, and the sign-in holds all the same.
        await frame.evaluate("() => { document.cookie = 'third=1; SameSite=None; Secure' }")
        assert {c["name"] for c in await page.context.cookies()} == {"onethread-assist"}
        await frame.locator(".reservation .primary").click()
        await frame.locator("textarea").fill("您好，我来看一下。")
        await frame.locator("textarea").press("Enter")
        await wang.event("message.created", by="agent")
        assert ["state", "found"] in await page.evaluate("() => told")
        await page.reload()
        frame = await frame_of(page)
        await expect(frame.locator(".message.agent")).to_contain_text("您好，我来看一下。")
        await frame.get_by_role("button", name="Customer panel").click()
        await expect(frame.locator(".customer-pane")).to_contain_text("2026112200017")
        assert await frame.evaluate("() => { try { return parent.document.title } catch (e) { return e.name } }") == (
            "SecurityError"
        )
        assert not [line for line in it.crm.served if "cust_wang" in line], "nobody is named in an address"


async def test_the_page_names_others_and_the_panel_says_who_is_not_there(settings: Settings) -> None:
    async with embedded(settings) as it:
        smith = await it.hub.customer("smith")
        await smith.say("Is the parcel here yet?")
        page = await it.page('customer="nobody" email="james.smith@example.com"')
        frame = await it.panel(page, "anna@example.com")
        await expect(frame.locator(".thread-head h1")).to_have_text("James Smith")
        await name(page, customer="cust_wang", email=None)
        await expect(frame.locator(".find-pane")).to_contain_text("cust_wang has no conversation yet.")
        wang = await it.hub.customer("wang")
        await wang.say("我的订单到哪了？")
        await frame.get_by_role("button", name="Look again").click()
        await expect(said(frame, "我的订单到哪了？")).to_be_visible()
        await name(page, customer=None)
        await expect(frame.locator(".find-pane")).to_contain_text("Which customer?")
        await frame.get_by_label("E-mail, phone or customer ID").fill(conversation_of(smith))
        await frame.get_by_role("button", name="Find").click()
        await expect(said(frame, "Is the parcel here yet?")).to_be_visible()
        await frame.get_by_role("button", name="Take over").first.click()
        await expect(frame.locator("textarea")).to_be_focused()
        await frame.locator("textarea").fill("half a sen")
        await name(page, customer="cust_wang")
        await expect(said(frame, "我的订单到哪了？")).to_be_visible()
        await name(page, customer="cust_smith")
        await expect(frame.locator("textarea")).to_have_value("half a sen")  # no draft is lost when the record changes


async def test_only_the_page_around_and_only_the_panel_are_listened_to(settings: Settings) -> None:
    async with embedded(settings) as it:
        await it.hub.customer("wang")
        page = await it.page(WANG)
        frame = await it.panel(page)
        await expect(frame.locator(".thread-head h1")).to_have_text("王丽")
        await listen(page)
        await frame.evaluate("() => postMessage({ onethread: { customer: 'forged' } }, '*')")
        await page.evaluate("() => postMessage({ onethread: 'state', value: 'forged' }, '*')")
        await frame.evaluate("() => parent.postMessage({ onethread: 'of-the-future', value: 1 }, '*')")
        await frame.evaluate("() => parent.postMessage(null, '*')")
        await name(page, theme="dark")  # goes the same way as the forged ones, after them
        await expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
        assert "forged" not in str(await page.evaluate("() => told"))
        await expect(frame.locator(".thread-head h1")).to_have_text("王丽")


async def test_a_page_that_is_not_listed_gets_no_panel(settings: Settings) -> None:
    async with embedded(settings, allowed=False) as it:
        page = await it.page(WANG)
        async with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            await page.reload()
        await page.clock.install()
        await page.reload()
        await listen(page)
        await page.clock.fast_forward(21_000)
        assert await page.evaluate("() => told") == [["state", "shut_out"]]
        page.problems.clear()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh-CN", "dark")])
async def test_every_state_is_for_everyone(settings: Settings, lang: str, scheme: str) -> None:
    async with embedded(settings) as it:
        wang = await it.hub.customer("wang")
        await wang.say("转人工")
        page = await it.page("", lang, color_scheme=scheme, reduced_motion="reduce")
        frame = await frame_of(page)
        await expect(frame.locator("[name=email]")).to_be_visible()
        await fine(frame)
        await it.panel(page)
        await fine(frame)
        await name(page, customer="x" * 200)
        await expect(frame.locator(".find-pane .button")).to_be_visible()
        await fine(frame)
        await name(page, customer="cust_wang")
        await expect(frame.locator(".reservation")).to_be_visible()
        await fine(frame)
        await frame.locator(".reservation .primary").click()
        await expect(frame.locator("textarea")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.keyboard.press("i")
        await expect(frame.locator(".customer-pane")).to_be_visible()
        await fine(frame)
        await page.keyboard.press("w")
        await expect(frame.locator(".crm-form")).to_be_visible()
        await fine(frame)
        await page.keyboard.press("Escape")
        await page.keyboard.press("i")
        await page.keyboard.press("h")
        await expect(frame.locator(".hints input")).to_be_focused()
        await page.keyboard.type("K200S")
        await expect(frame.locator(".hint").first).to_be_visible()  # asked for by HTTP, so with the partitioned cookie
        await fine(frame)
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        await expect(frame.locator("ot-keys dialog")).to_be_visible()
        await expect(frame.locator("ot-keys dt", has_text="J")).to_have_count(0)  # no list here, and none of its keys
        await fine(frame)


async def fine(frame: Frame) -> None:
    assert await violations(frame) == []
    assert await overflow(frame) == 0
