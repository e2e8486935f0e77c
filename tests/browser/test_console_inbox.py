"""The list: what arrives lights up, what waits longest is first, and nothing moves under the pointer."""

import re

import pytest
from playwright.async_api import expect

from hub.settings import Settings
from tests.browser.consoles import accept, console, go_to, open_row, said
from tests.running import Hub, conversation_of, running_hub, text

pytestmark = pytest.mark.long


async def test_counts_rows_and_arrivals_are_live(hub: Hub) -> None:
    async with console(hub) as page:
        await page.keyboard.press("3")
        await expect(page.locator(".inbox-pane .empty")).to_contain_text("The bot isn't talking to anyone")
        wang = await hub.customer("wang")
        await wang.say("我的订单到哪了？")
        row = page.locator(f"[data-conversation='{conversation_of(wang)}']")
        await expect(row).to_contain_text("王丽")
        await expect(row).to_contain_text("Gold")
        await expect(row).to_have_class(re.compile(r"\blit\b"))
        await expect(page.locator(".views a").nth(2)).to_contain_text("1")
        await expect(row).not_to_have_class(re.compile(r"\blit\b"))


async def test_nothing_moves_under_the_pointer(hub: Hub) -> None:
    async with console(hub) as page:
        first, second = await hub.customer("wang"), await hub.customer("smith")
        await first.say("我的订单到哪了？")
        await second.say("Where is my order?")
        await page.keyboard.press("3")
        rows = page.locator(".rows .row")
        await expect(rows).to_have_count(2)
        top = await rows.first.get_attribute("data-conversation")
        await rows.first.hover()
        third = (await hub.visitor())[0]
        await third.say("hello there")
        await expect(rows).to_have_count(3)
        await expect(rows.first).to_have_attribute("data-conversation", str(top))
        await expect(rows.last).to_have_attribute("data-conversation", conversation_of(third))
        await expect(page.locator(".rows .pill")).to_have_text("1 new below")
        await page.mouse.move(900, 400)
        await expect(page.locator(".rows .pill")).to_have_count(0)


async def test_j_and_k_step_and_the_palette_finds(hub: Hub) -> None:
    wang, smith = await hub.customer("wang"), await hub.customer("smith")
    await wang.say("我的订单到哪了？")
    await smith.say("Where is my order?")
    async with console(hub) as page:
        await page.keyboard.press("3")
        await expect(page.locator(".rows .row")).to_have_count(2)
        heading = page.locator(".thread-head h1")
        await page.keyboard.press("j")
        first = await heading.inner_text()
        await page.keyboard.press("j")
        await expect(heading).not_to_have_text(first)
        await page.keyboard.press("k")
        await expect(heading).to_have_text(first)

        await page.keyboard.press("Control+k")
        await page.keyboard.type("wang.li@")
        await page.keyboard.press("Enter")
        await expect(heading).to_have_text("王丽")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("queue show")
        await page.keyboard.press("Enter")
        await expect(page.locator(".views [aria-current=page]")).to_contain_text("Queue")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("nobody is called this")
        await expect(page.locator(".palette")).to_contain_text("Nothing found")

        # Opened again before the page was told that it closed: it stays, or letters would be taken for commands.
        await page.evaluate("""() => {
          const press = (key, ctrlKey) =>
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey, bubbles: true }));
          const palette = document.querySelector(".palette");
          window.closed = new Promise((done) => palette.addEventListener("close", () => setTimeout(done)));
          palette.close();
          press("k", true);
        }""")
        await page.evaluate("() => window.closed")
        await expect(page.locator(".palette[open]")).to_have_count(1)


async def test_a_customer_who_is_in_no_list_is_found_by_their_address(hub: Hub) -> None:
    wang = await hub.customer("wang")
    async with console(hub) as page:
        for typed in ("Wang.Li@example.com", "cust_wang", conversation_of(wang)):
            await page.keyboard.press("Control+k")
            await page.keyboard.type(typed)
            await expect(page.locator(".palette [aria-selected=true]")).to_contain_text("王丽")
            await page.keyboard.press("Enter")
            await expect(page.locator(".thread-head h1")).to_have_text("王丽")
            await go_to(page, "mine")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("2026112200017")
        await expect(page.locator(".palette [aria-selected=true]")).to_contain_text("王丽")


async def test_single_keys_can_be_switched_off(hub: Hub) -> None:
    async with console(hub) as page:
        await page.keyboard.press("?")
        await expect(page.locator("ot-keys dialog")).to_be_visible()
        await page.get_by_label("Single keys work").uncheck()
        await page.keyboard.press("Escape")
        await page.keyboard.press("2")
        await page.keyboard.press("Control+k")
        await expect(page.locator(".palette")).to_be_visible()
        await expect(page.locator(".views [aria-current=page]")).to_contain_text("Mine")


async def test_to_which_team_it_went_is_said_and_what_a_colleague_has_is_not_taken_back(hub: Hub) -> None:
    anna = await hub.store.agents.get("anna")
    assert anna is not None
    await hub.store.agents.add(anna.model_copy(update={"teams": ("billing",)}))
    wang = await hub.customer("wang")
    async with console(hub) as page:
        await wang.say("转人工")
        await accept(page)
        await hub.agent("anna@example.com")
        await page.keyboard.press("Escape")
        await page.keyboard.press("g")
        await page.locator(".menu-item", has_text="To the billing queue").click()
        await expect(page.locator(".toast")).to_contain_text("In the billing queue.")
        await expect(page.locator(".thread-head")).to_contain_text("Waiting for billing")
        await expect(page.locator(".log")).to_contain_text("李明 put it in the billing queue")
        await page.keyboard.press("u")
        await expect(page.locator(".thread-head")).to_contain_text("With you")
        await expect(page.locator("textarea")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.keyboard.press("g")
        await page.locator(".menu-item", has_text="Anna Berg").click()
        handed = page.locator(".toast", has_text="Handed over to Anna Berg.")
        await expect(handed).to_be_visible()
        await expect(handed.locator("button", has_text="Undo")).to_have_count(0)


async def test_presence_is_told_and_shown(hub: Hub) -> None:
    anna = await hub.agent("anna@example.com")
    async with console(hub) as page:
        await expect(page.locator(".colleague", has_text="Anna Berg")).to_contain_text("Available")
        await anna.ask("presence.set", status="away")
        await expect(page.locator(".colleague", has_text="Anna Berg")).to_contain_text("Away")
        await page.keyboard.press("p")
        await expect(page.locator(".presence")).to_have_attribute("aria-checked", "false")
        await anna.until(
            lambda f: f["t"] == "presence" and any(a["id"] == "liming" and a["status"] == "away" for a in f["agents"])
        )
        await expect(page.locator(".inbox-pane .empty")).to_contain_text("you won't be offered anything new")
        await page.get_by_role("button", name="I'm available").click()
        await expect(page.locator(".presence")).to_have_attribute("aria-checked", "true")


async def test_who_answers_no_offer_is_told_that_they_are_away(settings: Settings) -> None:
    quick = settings.model_copy(update={"reservation_s": 0.5, "missed_offers": 1})
    async with running_hub(quick) as hub, console(hub) as page:
        wang = await hub.customer("wang")
        await wang.say("转人工")
        told = page.locator(".reservation.missed")
        await expect(told).to_contain_text("An offer passed without an answer")
        await expect(page.locator(".presence")).to_have_attribute("aria-checked", "false")
        await told.get_by_role("button", name="I'm available").click()
        await expect(page.locator(".presence")).to_have_attribute("aria-checked", "true")
        await expect(told).to_have_count(0)


async def test_reading_up_stays_while_messages_arrive(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        for n in range(70):
            await wang.say(f"message number {n}")
        log = page.locator(".log")
        await expect(said(page, "message number 69")).to_be_in_viewport()
        await log.evaluate("(box) => { box.scrollTop = box.scrollHeight / 3; }")
        await expect(page.locator(".newest")).to_contain_text("Jump to latest")
        before = await log.evaluate("(box) => box.scrollTop")
        await wang.say("and another")
        await wang.send({"t": "typing", "on": True})
        await expect(page.locator(".newest")).to_contain_text("1 new message")
        await expect(page.locator(".typing")).to_contain_text("王丽 is typing")
        assert abs(await log.evaluate("(box) => box.scrollTop") - before) < 2
        await page.locator(".newest").click()
        await expect(said(page, "and another")).to_be_in_viewport()
        await expect(page.locator(".newest")).to_have_count(0)


async def test_a_box_that_grows_in_the_moment_a_line_comes_stays_at_its_end(hub: Hub) -> None:
    """A banner that goes makes room: the browser moves the place up, and no reader did."""
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        for n in range(30):
            await wang.say(f"message number {n}")
        await expect(said(page, "message number 29")).to_be_in_viewport()
        left: float = await page.evaluate("""async () => {
            const box = document.querySelector(".log"), log = box.parentElement;
            const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            box.style.height = `${box.clientHeight - 80}px`;
            box.style.flex = "none";
            for (let n = 0; n < 3; n++) await frame();
            box.style.flex = box.style.height = "";
            void box.scrollTop;
            const line = document.createElement("div");
            line.style.height = "300px";
            box.querySelector("ol").append(line);
            log.requestUpdate();
            await log.updateComplete;
            return box.scrollHeight - box.scrollTop - box.clientHeight;
        }""")
        assert left < 2
        await expect(page.locator(".newest")).to_have_count(0)


async def test_lines_that_are_folded_before_more_comes_leave_the_reader_at_the_end(hub: Hub) -> None:
    """As after a call: its quiet lines become one, and its film follows, all before the browser tells of a scroll."""
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        for n in range(30):
            await wang.say(f"message number {n}")
        await expect(said(page, "message number 29")).to_be_in_viewport()
        left: float = await page.evaluate("""async () => {
            const box = document.querySelector(".log"), log = box.parentElement;
            const drawn = () => (log.requestUpdate(), log.updateComplete);
            const last = box.querySelector("ol").lastElementChild;
            last.style.display = "none";
            await drawn();
            Object.assign(last.style, { display: "block", height: "300px" });
            await drawn();
            return box.scrollHeight - box.scrollTop - box.clientHeight;
        }""")
        assert left < 2
        await expect(page.locator(".newest")).to_have_count(0)


async def test_older_pages_load_above_without_a_jump(hub: Hub) -> None:
    wang = await hub.customer("wang")
    for n in range(70):
        await wang.ask("message.post", content=text(f"line {n}."))
    async with console(hub) as page:
        await go_to(page, "all", conversation_of(wang))
        log = page.locator(".log")
        assert await page.locator(".message").count() < 70
        words = await page.locator(".bubble", has_text=re.compile(r"^\s*line \d+\.\s*$")).first.inner_text()
        await log.evaluate("(box) => { box.scrollTop = 0; }")
        await expect(page.locator(".log")).to_contain_text("line 0.")
        await expect(said(page, words)).to_be_in_viewport()


async def test_a_second_conversation_waits_with_its_new_lines_marked(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        await expect(page.locator(".row .badge")).to_have_count(0)
        await page.keyboard.press("Escape")
        await page.evaluate("() => { location.hash = '#/mine'; }")
        await wang.say("one")
        await wang.say("two")
        await expect(page.locator(".row .badge")).to_have_text("2")
        await expect(page).to_have_title("(2) Mine · OneThread")
        await page.keyboard.press("3")
        await expect(page).to_have_title("(2) Bot · OneThread")
        await wang.say("three")
        await expect(page).to_have_title("(3) Bot · OneThread")
        await expect(page.locator(".views .badge")).to_have_text("3")
        await page.keyboard.press("1")
        await open_row(page, conversation_of(wang))
        await expect(page.locator(".fresh")).to_be_visible()
        await expect(page.locator(".row .badge")).to_have_count(0)
        await expect(page).to_have_title("Mine · OneThread")


async def test_what_was_resolved_is_found_again(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await page.keyboard.press("5")
        await expect(page.locator(".inbox-pane .empty")).to_contain_text("Nothing has been resolved yet")
        await accept(page)
        await page.keyboard.press("Escape")
        await page.keyboard.press("e")
        await go_to(page, "resolved")
        await open_row(page, conversation_of(wang))
        await expect(page.locator(".thread-head")).to_contain_text("Resolved")


async def test_how_it_ended_is_chosen_in_the_palette(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        await page.keyboard.press("Control+k")
        await page.locator(".palette input").fill("no reply")
        await expect(page.locator(".palette [role=option]").first).to_have_text("Resolve: no reply")
        await page.keyboard.press("Enter")
        await go_to(page, "resolved")
        await open_row(page, conversation_of(wang))
        await expect(page.locator("ot-log")).to_contain_text("resolved it: no reply")
