"""The composer: input methods, marks, long texts, and two places to write that never mix."""

from playwright.async_api import Page, expect

from tests.browser.calls import taken
from tests.browser.consoles import accept, console, open_row, said
from tests.running import Hub, conversation_of


async def test_enter_chooses_a_candidate_and_sends_only_afterwards(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        ime = await page.context.new_cdp_session(page)
        await ime.send("Input.imeSetComposition", {"text": "你好", "selectionStart": 2, "selectionEnd": 2})
        # What a browser says of the Enter that ends a composition.
        await page.locator("textarea").evaluate(
            "(area) => area.dispatchEvent(new KeyboardEvent('keydown',"
            " { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"
        )
        await expect(page.locator(".message.agent")).to_have_count(0)
        await ime.send("Input.insertText", {"text": "你好"})
        await expect(page.locator("textarea")).to_have_value("你好")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("李明")
        await page.keyboard.press("Enter")
        got = await wang.event("message.created", by="agent")
        assert got["d"]["content"]["text"] == "你好\n李明"


async def test_marks_notes_and_drafts_keep_apart(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        area = page.locator("textarea")
        await area.fill("tonight")
        await page.keyboard.press("Control+a")
        await page.keyboard.press("Control+b")
        await expect(area).to_have_value("**tonight**")
        await page.get_by_role("button", name="Note", exact=True).click()
        await expect(area).to_have_value("")
        await area.fill("a note")
        await page.get_by_role("button", name="Reply", exact=True).click()
        await expect(area).to_have_value("**tonight**")
        await page.keyboard.press("Enter")
        await expect(said(page, "tonight").locator("strong")).to_have_text("tonight")
        await page.get_by_role("button", name="Note", exact=True).click()
        await expect(area).to_have_value("a note")


async def test_what_is_typed_where_nothing_can_be_written_is_no_command(hub: Hub) -> None:
    """R, where a colleague answers: to the way in, if there is one. What follows was meant for the customer."""
    wang = await hub.customer("wang")
    await wang.say("转人工")
    await taken(await hub.agent(), wang)
    async with console(hub, email="anna@example.com") as page:
        await page.keyboard.press("4")
        await open_row(page, conversation_of(wang))
        await page.keyboard.press("r")
        take = page.locator(".composer-closed").get_by_role("button", name="Take over")
        await expect(take).to_be_focused()
        await page.keyboard.type("ehz")  # resolve, knowledge, snooze
        await expect(page.locator(".toast, .hints, [popover]:popover-open")).to_have_count(0)
        await page.keyboard.press("Enter")
        await expect(page.locator("textarea")).to_be_focused()
    async with console(hub) as page:
        await page.keyboard.press("4")
        await open_row(page, conversation_of(wang))
        await page.keyboard.press("r")
        await expect(page.locator(".composer-closed")).to_be_focused()
        await page.keyboard.press("5")
        await page.keyboard.press("Escape")
        await expect(page.locator(".composer-closed")).not_to_be_focused()
        await expect(page.locator(".views [aria-current=page]")).to_contain_text("All")
        await page.keyboard.press("5")
        await expect(page.locator(".views [aria-current=page]")).to_contain_text("Resolved")


async def test_a_text_that_is_too_long_is_told_before_it_is_sent(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        await page.locator("textarea").fill("字" * 7_900)
        await expect(page.locator(".left")).to_have_text("100 characters left")
        await page.locator("textarea").fill("字" * 8_001)
        await expect(page.locator(".left")).to_have_text("1 character too many")
        await expect(page.locator(".send")).to_be_disabled()
        assert await height(page) < 400


async def height(page: Page) -> float:
    box = await page.locator("textarea").bounding_box()
    assert box
    return box["height"]


async def test_text_stays_text(hub: Hub) -> None:
    """Whatever a customer writes, nothing of it becomes markup, and links are only honest https ones."""
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        await wang.say("<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1)) https://acme.example/a")
        bubble = said(page, "onerror").locator(".bubble")
        await expect(bubble).to_contain_text("<img src=x onerror=alert(1)>")
        await expect(bubble.locator("img")).to_have_count(0)
        await expect(bubble.locator("a")).to_have_count(1)
        await expect(bubble.locator("a")).to_have_attribute("href", "https://acme.example/a")
        await expect(bubble.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
