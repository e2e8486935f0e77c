"""Covers static/console/sound.js and title.js: what the console lets be heard, and that silence hides nothing."""

import re

from playwright.async_api import Page, expect

from tests.browser.calls import EARS, comes, taken
from tests.browser.consoles import accept, console, go_to, open_row
from tests.browser.test_console_access import violations
from tests.running import Hub, conversation_of


async def played(page: Page) -> int:
    count: int = await page.evaluate("() => window.played")
    return count


async def test_what_calls_is_heard_but_not_what_is_read_anyway(hub: Hub) -> None:
    wang = await hub.customer("wang")
    async with console(hub) as page:
        await page.evaluate(EARS)
        await wang.say("转人工")
        await accept(page)
        assert await played(page) == 1
        await wang.say("one")
        await expect(page.locator(".row-last")).to_have_text("one")
        assert await played(page) == 1
        await page.keyboard.press("Escape")
        await go_to(page, "mine")
        await wang.say("two")
        await expect(page.locator(".row-last")).to_have_text("two")
        assert await played(page) == 2


async def test_what_a_colleague_hands_over_calls_until_it_is_looked_at(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    await taken(await hub.agent("anna@example.com"), wang)
    anna = await hub.agent("anna@example.com")
    async with console(hub) as page:
        await page.evaluate(EARS)
        await expect(page.get_by_text("Conversations you accept, take over or are given appear here.")).to_be_visible()
        await anna.ask("conversation.assign", conversation=conversation_of(wang), to="agent", agent="liming")
        await expect(page.locator(".row-foot")).to_contain_text("Given to you")
        await expect(page).to_have_title("(1) Mine · OneThread")
        assert await played(page) == 1
        await page.locator(".row").click()
        await expect(page).to_have_title("Mine · OneThread")
        await expect(page.locator(".row-foot")).to_have_count(0)
        await page.keyboard.press("Escape")
        await page.keyboard.press("g")
        await page.get_by_role("menuitem", name="Anna Berg").click()
        await expect(page.locator(".composer-closed")).to_contain_text("Anna Berg is answering")
        await anna.ask("conversation.assign", conversation=conversation_of(wang), to="agent", agent="liming")
        await expect(page.locator("textarea")).to_be_visible()
        await expect(page).to_have_title("Mine · OneThread")
        assert await played(page) == 1  # under their eyes


async def test_a_silent_console_still_shows_who_waits_and_remembers_it(hub: Hub) -> None:
    wang = await hub.customer("wang")
    async with console(hub) as page:
        await page.evaluate(EARS)
        switch = page.get_by_role("switch", name="Ring for calls and messages")
        await expect(switch).to_be_checked()
        await page.keyboard.press("0")
        await expect(switch).not_to_be_checked()
        await expect(page.get_by_text("Sound is off. Calls and messages still show")).to_be_visible()
        assert await violations(page) == []
        await wang.say("转人工")
        await expect(page.locator(".reservation")).to_be_visible()
        await expect(page).to_have_title("(1) Mine · OneThread")
        assert await played(page) == 0
        await page.reload()
        await expect(switch).not_to_be_checked()


async def test_a_silent_console_shows_a_call_and_rings_as_soon_as_it_may(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    await taken(await hub.agent(), wang)
    async with console(hub) as page:
        await open_row(page, conversation_of(wang))
        await page.evaluate(EARS)  # what waited already at the sign-in has chimed before
        switch = page.get_by_role("switch", name="Ring for calls and messages")
        await switch.click()
        await wang.ask("call.request", media="audio")
        await expect(page.locator(".ring")).to_be_visible()
        await expect(page).to_have_title(re.compile(r"^\(\d+\) ☎ 王丽 · OneThread$"))
        await comes(page, "() => window.ringing.size === 1")
        assert await played(page) == 0
        await switch.click()
        await comes(page, "() => window.played > 0")
        await page.keyboard.press("x")
        await expect(page).to_have_title(re.compile(r"\bMine · OneThread$"))
        await comes(page, "() => window.ringing.size === 0")
