"""The agent's day in the console: signing in, being asked, answering, handing over, coming back after a break."""

import re

import pytest
from playwright.async_api import expect

from hub.demo import PASSWORD
from hub.model.errors import Overloaded
from hub.store.whispers import Whisper
from tests.browser.consoles import accept, chromium, console, go_to, open_row, opened, page_errors, said, sign_in
from tests.running import Hub, conversation_of


async def test_an_agent_is_asked_accepts_answers_and_resolves(hub: Hub) -> None:
    wang = await hub.customer("wang", locale="zh-CN")
    async with console(hub) as page:
        await expect(page.locator(".inbox-pane .empty")).to_contain_text("appear here")
        await wang.say("转人工")

        bar = page.locator(".reservation")
        await expect(bar).to_contain_text("王丽")
        await expect(bar).to_contain_text("the customer asked for a person")
        await expect(bar).to_contain_text("points")
        await expect(page).to_have_title("(1) Mine · OneThread")
        await page.keyboard.press("a")
        await expect(bar).to_have_count(0)
        await expect(page.locator(".thread-head")).to_contain_text("With you")

        await expect(page.locator("textarea")).to_be_focused()
        await page.keyboard.type("您好，**李明**")
        await page.keyboard.press("Enter")
        got = await wang.event("message.created", by="agent")
        assert got["d"]["content"]["text"] == "您好，**李明**"
        mine = said(page, "您好，李明")
        await expect(mine.locator("strong")).to_have_text("李明")
        await expect(mine.locator(".ticks")).to_have_attribute("aria-label", "Sent")
        await wang.ask("message.read", seq=got["seq"])
        await expect(mine.locator(".ticks")).to_have_attribute("aria-label", "Read")

        await page.keyboard.press("Escape")
        await page.keyboard.press("n")
        await page.keyboard.type("she is a regular")
        await page.keyboard.press("Enter")
        await expect(page.locator(".note")).to_contain_text("she is a regular")
        assert "note.added" not in [e["type"] for e in wang.events]

        await page.keyboard.press("Escape")
        await page.keyboard.press("e")
        await wang.event("conversation.resolved")
        await expect(page.locator(".thread-head")).to_contain_text("Resolved")
        await expect(page.locator(".inbox-pane .row")).to_have_count(0)
        await page.keyboard.press("u")
        await wang.event("conversation.reopened")
        await expect(page.get_by_label("Reply to the customer")).to_be_focused()


async def test_declining_gives_the_next_one_a_chance_and_says_why(hub: Hub) -> None:
    anna = await hub.agent("anna@example.com")
    await anna.ask("presence.set", status="away")
    wang = await hub.customer("wang")
    async with console(hub) as page:
        await wang.say("转人工")
        await expect(page.locator(".reservation")).to_be_visible()
        await page.keyboard.press("d")
        await page.get_by_role("menuitem", name="I'm too busy").click()
        await expect(page.locator(".reservation")).to_have_count(0)
        await expect(page.locator(".toast")).to_contain_text("Declined")
        await go_to(page, "queue", conversation_of(wang))
        await expect(page.locator(".log")).to_contain_text("李明 declined “I'm too busy”")


async def test_taking_over_from_the_bot_and_handing_on(hub: Hub) -> None:
    anna = await hub.agent("anna@example.com")
    wang = await hub.customer("wang")
    await wang.say("我的订单到哪了？")
    async with console(hub) as page:
        await page.keyboard.press("3")
        await open_row(page, conversation_of(wang))
        await expect(page.locator(".composer-closed")).to_contain_text("The bot is answering")
        await page.locator(".composer-closed button").click()
        changed = await wang.event("owner.changed")
        assert (changed["d"]["owner"]["id"], changed["d"]["reason"]) == ("liming", "taken")
        await expect(page.locator(".views [aria-current=page]")).to_contain_text("Mine")

        await page.keyboard.press("Escape")
        await page.keyboard.press("g")
        await page.get_by_role("menuitem", name="Anna Berg").click()
        changed = await wang.event("owner.changed")
        assert changed["d"]["owner"]["id"] == "anna"
        await expect(page.locator(".composer-closed")).to_contain_text("Anna Berg is answering")
        await expect(page.locator(".composer-closed button")).to_have_count(0)
        await page.keyboard.press("n")
        await page.keyboard.type("handing on: size question")
        await page.keyboard.press("Enter")
        await anna.ask("conversation.follow", conversation=conversation_of(wang))
        await anna.event("note.added", seen=True)


async def test_a_snooze_is_undone_or_reopened(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        await page.keyboard.press("Escape")
        for way_back in ("u", "o"):
            await page.keyboard.press("z")
            await page.get_by_role("menuitem", name="In three hours").click()
            await expect(page.locator(".thread-head")).to_contain_text("Snoozed until")
            await expect(page.locator(".row")).to_contain_text("Snoozed")
            await page.keyboard.press(way_back)
            await expect(page.locator(".thread-head")).to_contain_text("With you")
            await expect(page.locator(".row")).not_to_contain_text("Snoozed")
            await page.keyboard.press("Escape")


async def test_a_draft_outlives_a_reload_and_a_lost_session(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        await page.locator("textarea").fill("half a sentence")
        await page.reload()
        await expect(page.locator("textarea")).to_have_value("half a sentence")

        for login in await hub.store.logins.end_all("liming"):  # it ran out: who signs out gives back what they hold
            await hub.store.whispers.say(Whisper(kind="revoked", subject=login))
        await expect(page.locator(".sign-in")).to_contain_text("Your session has ended")
        await expect(page.locator("[name=email]")).to_have_value("liming@example.com")
        await page.locator("[name=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("textarea")).to_have_value("half a sentence")
        await expect(page.locator(".thread-head h1")).to_contain_text("王丽")


async def test_wrong_passwords_are_named_and_then_throttled(hub: Hub) -> None:
    async with chromium() as browser:
        page = await opened(hub, browser)
        await page.locator("[name=email]").fill("liming@example.com")
        problem = page.locator("#sign-in-problem")
        for _ in range(30):
            await page.locator("[name=password]").fill("wrong")
            await page.keyboard.press("Enter")
            await expect(problem).not_to_be_empty()
            if "seconds" in await problem.inner_text():
                break
            await expect(problem).to_contain_text("don't match")
        await expect(problem).to_contain_text("You can try again in")
        await expect(page.locator("button.primary")).to_be_disabled()
        assert page_errors(page) == []


async def test_what_is_written_while_the_connection_is_away_arrives_once(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        for connection in list(hub.serving.node._open):
            if connection.staff:
                connection.close(Overloaded())
        await page.keyboard.type("written in between")
        await page.keyboard.press("Enter")
        got = await wang.event("message.created", by="agent")
        assert got["d"]["content"]["text"] == "written in between"
        await expect(said(page, "written in between")).to_have_count(1)
        await wang.say("thanks")
        await expect(said(page, "thanks")).to_have_count(1)


async def test_two_tabs_of_one_agent_agree(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        second = await page.context.new_page()
        await second.goto(hub.url + "/console")
        for tab in (page, second):
            await expect(tab.locator(".reservation")).to_be_visible()
        await page.keyboard.press("a")
        await expect(second.locator(".reservation")).to_have_count(0)
        await open_row(second, conversation_of(wang))
        await page.locator("textarea").fill("from the first tab")
        await page.locator("textarea").press("Enter")
        await expect(said(second, "from the first tab")).to_have_count(1)


async def test_signing_out_wipes_the_device(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        await page.locator("textarea").fill("private draft")
        await page.locator(".me ot-menu button").click()
        await page.get_by_role("menuitem", name="Sign out").click()
        await expect(page.locator(".sign-in")).to_be_visible()
        kept = await page.evaluate("() => JSON.stringify({ ...localStorage })")
        assert "private draft" not in kept
        await sign_in(page)
        # The one who signed out gave the conversation back, and is asked again like anybody else.
        await accept(page)
        await expect(page.locator("textarea")).to_have_value("")


@pytest.mark.parametrize("ahead_s", [300, -300])
async def test_a_computer_whose_clock_is_wrong_counts_by_the_hubs(hub: Hub, ahead_s: float) -> None:
    async with console(hub, ahead_s=ahead_s) as page:
        await (await hub.customer("wang")).say("转人工")
        bar = page.locator(".reservation")
        await expect(bar).to_contain_text(re.compile(r"0:[01]\d"))
        await accept(page)
        await expect(page.locator(".message time").last).to_have_text("now")
