"""The customer's side in a real browser: asking, being answered, being handed over, reading, rating."""

from playwright.async_api import expect

from tests.browser.widgets import PHONE, frames, kept, live, mine, visit, widget, write
from tests.running import Frame, Hub, Peer, conversation_of


async def taken(hub: Hub) -> tuple[Peer, str]:
    """An agent who accepts the next reservation; and the conversation's id."""
    agent = await hub.agent()
    asked = await agent.ask("inbox.follow", view="all")
    rows = [r for r in asked["d"]["rows"] if r["reservation"]]
    if not rows:
        offered = await agent.until(lambda f: f["t"] == "inbox" and any(r["reservation"] for r in f["rows"]))
        rows = [r for r in offered["rows"] if r["reservation"]]
    conversation: str = rows[0]["conversation"]
    await agent.ask("reservation.accept", conversation=conversation)
    await agent.ask("conversation.follow", conversation=conversation)
    return agent, conversation


def reads(agent: Peer, seq: int) -> list[Frame]:
    """The customer's receipts that the agent has heard of, for `seq` and later."""
    return [e for e in agent.events if e["type"] == "message.read" and e["d"]["upto"] >= seq]


async def read_upto(agent: Peer, seq: int) -> None:
    if not reads(agent, seq):
        await agent.until(lambda f: f.get("type") == "message.read" and f["d"]["upto"] >= seq)


async def test_a_visitor_costs_one_request_until_the_first_click(hub: Hub) -> None:
    async with visit(hub) as it:
        asked: list[str] = []
        it.context.on("request", lambda request: asked.append(request.url))
        page = await it.page()
        await page.wait_for_load_state("networkidle")
        assert [url for url in asked if "widget" in url] == [hub.url + "/widget.js"]
        await page.mouse.click(1280 - 48, 860 - 48)  # the launcher, in its closed shadow tree
        await expect(page).to_have_title("Celadon Home")
        await live((await page.wait_for_event("frameattached")) if not frames(page) else frames(page)[0])


async def test_she_asks_about_her_order_and_sees_where_it_is(hub: Hub) -> None:
    async with visit(hub, locale="zh-CN") as it:
        page = await it.page(customer="wang")
        frame = await widget(page)
        await expect(frame.locator("li.bot").first).to_contain_text("王")
        replies = frame.locator(".replies button")
        assert await replies.count() >= 2

        await write(frame, "我的订单到哪了？")
        await expect(replies).to_have_count(0)
        card = frame.locator(".card")
        await expect(card).to_contain_text("2026112200017")
        steps = card.locator("> .trail li")
        await expect(steps).to_have_count(3)
        await card.locator("summary").click()
        assert await card.locator(".trail li").count() > 3
        await expect(mine(frame, "我的订单到哪了？").locator(".tick")).to_have_attribute("aria-label", "已读")


async def test_a_quick_reply_says_it_for_the_customer(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page(customer="smith"))
        first = frame.locator(".replies button").first
        label = (await first.text_content() or "").strip()
        await first.click()
        await expect(frame.locator("li.mine")).to_have_count(1)
        await expect(frame.locator(".replies button", has_text=label)).to_have_count(0)


async def test_enter_sends_shift_enter_breaks_and_composing_does_neither(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page())
        area = frame.locator("textarea")
        await area.press_sequentially("one")
        await area.press("Shift+Enter")
        await area.press_sequentially("two")
        composing = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"
        await area.evaluate(f"(area) => area.dispatchEvent({composing})")
        await expect(area).to_have_value("one\ntwo")
        one_line = (await area.bounding_box() or {})["height"]
        for _ in range(8):
            await area.press("Shift+Enter")
        assert (await area.bounding_box() or {})["height"] > one_line
        assert (await area.bounding_box() or {})["height"] <= 6 * 24
        await area.press("Enter")
        await expect(area).to_have_value("")
        await expect(mine(frame, "one").locator(".plain")).to_have_text("one\ntwo")


async def test_a_person_is_one_tap_away_joins_and_is_seen_typing(hub: Hub) -> None:
    async with visit(hub) as it:
        page = await it.page()
        frame = await widget(page)
        await frame.locator("button.person").click()
        await expect(frame.locator("li.line", has_text="You asked for a person")).to_be_visible()
        await expect(frame.locator("h1")).to_have_text("You're in the queue")
        agent, conversation = await taken(hub)
        await expect(frame.locator("li.line", has_text="李明 joined")).to_be_visible()
        await expect(frame.locator("h1")).to_have_text("李明")

        await agent.send({"t": "typing", "on": True, "conversation": conversation})
        await expect(frame.locator(".typing")).to_contain_text("李明 is typing")
        posted = await agent.say("Hello, **how** can I help?", conversation=conversation)
        await expect(frame.locator("li.agent strong")).to_have_text("how")
        await expect(frame.locator(".typing")).to_have_count(0)
        await read_upto(agent, posted["seq"])

        await write(frame, "It leaks")
        await expect(mine(frame, "It leaks").locator(".tick")).to_have_attribute("aria-label", "Sent")
        await agent.ask("message.read", seq=posted["seq"] + 9, conversation=conversation)
        await expect(mine(frame, "It leaks").locator(".tick")).to_have_attribute("aria-label", "Read")


async def test_waiting_for_a_person_can_be_cancelled(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page())
        await frame.locator("button.person").click()
        await expect(frame.locator("h1")).to_have_text("You're in the queue")
        await frame.locator(".replies button").last.click()
        await expect(frame.locator("li.line", has_text="You stayed with the assistant")).to_be_visible()


async def test_what_came_while_it_was_closed_is_counted_marked_and_then_read(hub: Hub) -> None:
    async with visit(hub) as it:
        page = await it.page()
        frame = await widget(page)
        await frame.locator("button.person").click()
        agent, conversation = await taken(hub)
        await expect(frame.locator("h1")).to_have_text("李明")
        await page.evaluate("() => { window.counts = []; OneThread('on', 'unread', (n) => counts.push(n)); }")

        await frame.locator("textarea").press("Escape")
        await page.wait_for_function("() => document.activeElement !== document.body")  # the launcher has the focus
        await agent.say("first", conversation=conversation)
        last = await agent.say("second", conversation=conversation)
        await page.wait_for_function("() => window.counts.at(-1) === 2")
        got = await agent.event("message.delivered", by="customer", seen=True)
        assert got["d"]["upto"] <= last["seq"]
        assert not reads(agent, last["seq"])

        await page.evaluate("() => OneThread('open')")
        await expect(frame.locator("li.unread + li")).to_contain_text("first")
        await page.wait_for_function("() => window.counts.at(-1) === 0")
        await read_upto(agent, last["seq"])


async def test_a_conversation_under_way_keeps_its_badge_on_the_next_page(hub: Hub) -> None:
    async with visit(hub) as it:
        page = await it.page()
        frame = await widget(page)
        await frame.locator("button.person").click()
        agent, conversation = await taken(hub)
        await expect(frame.locator("h1")).to_have_text("李明")
        await page.goto(hub.url + "/?other")
        await page.evaluate("() => { window.counts = []; OneThread('on', 'unread', (n) => counts.push(n)); }")
        await agent.say("are you there?", conversation=conversation)
        await page.wait_for_function("() => window.counts.at(-1) === 1")


async def test_two_tabs_keep_in_step(hub: Hub) -> None:
    async with visit(hub) as it:
        first = await widget(await it.page(customer="wang"))
        second = await widget(await it.page(customer="wang"))
        await write(first, "from the first tab")
        await expect(mine(second, "from the first tab")).to_have_count(1)
        await write(second, "from the second tab")
        await expect(mine(first, "from the second tab")).to_have_count(1)
        await expect(mine(first, "from the first tab")).to_have_count(1)


async def test_scrolling_back_loads_what_is_older_and_keeps_the_place(hub: Hub) -> None:
    wang = await hub.customer("wang")
    agent = await hub.agent()
    await wang.say("agent please")
    await wang.event("owner.changed")
    await agent.ask("conversation.assign", conversation=conversation_of(wang), to="agent", agent="me")
    for n in range(130):
        await agent.say(f"line {n}", conversation=conversation_of(wang))
    async with visit(hub) as it:
        frame = await widget(await it.page(customer="wang"))
        await expect(frame.locator("li.said", has_text="line 129")).to_be_in_viewport()
        timeline = frame.locator("ot-timeline")
        oldest = frame.locator("li.said").first
        before = await oldest.text_content()
        # Something arrives in the very frame in which the reader scrolls: it must not take them back to the end.
        await timeline.evaluate("(it) => { it.scrollTo({top: 0, behavior: 'instant'}); it.requestUpdate() }")
        await expect(oldest).not_to_have_text(before or "")
        assert await timeline.evaluate("(it) => it.scrollTop") > 300
        for _ in range(4):
            await timeline.evaluate("(it) => it.scrollTo({top: 0, behavior: 'instant'})")
        await expect(frame.locator("li.said", has_text="line 0")).to_have_count(1)
        texts = await frame.locator("li.agent .bubble").all_inner_texts()
        assert [t for t in texts if t.startswith("line")] == [f"line {n}" for n in range(130)]


async def test_reading_further_up_is_not_disturbed_by_what_arrives(hub: Hub) -> None:
    async with visit(hub) as it:
        page = await it.page()
        frame = await widget(page)
        await frame.locator("button.person").click()
        agent, conversation = await taken(hub)
        for n in range(30):
            last = await agent.say(f"line {n}", conversation=conversation)
        await expect(frame.locator("li.said", has_text="line 29")).to_be_in_viewport()
        await read_upto(agent, last["seq"])
        timeline = frame.locator("ot-timeline")
        await timeline.evaluate("(it) => it.scrollTo({top: 200, behavior: 'instant'})")
        await agent.say("news", conversation=conversation)
        await expect(frame.locator("button.newest")).to_be_visible()
        assert await timeline.evaluate("(it) => it.scrollTop") == 200
        await agent.event("message.delivered", by="customer")
        assert not reads(agent, last["seq"] + 1)
        await frame.locator("button.newest").click()
        await expect(frame.locator("li.said", has_text="news")).to_be_in_viewport()
        await agent.event("message.read", by="customer")


async def test_after_the_end_one_tap_rates_and_a_comment_may_follow(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page())
        await frame.locator("button.person").click()
        agent, conversation = await taken(hub)
        await agent.ask("conversation.resolve", conversation=conversation)
        await frame.get_by_role("button", name="4 of 5").click()
        rated = await agent.event("csat.rated")
        assert rated["d"]["score"] == 4
        await frame.get_by_label("Your comment (optional)").fill("quick")
        await frame.locator("ot-rating form button").click()
        assert (await agent.event("csat.rated"))["d"]["comment"] == "quick"
        await expect(frame.locator("ot-rating")).to_have_count(0)
        await expect(frame.locator("li.line", has_text="4 out of 5")).to_have_count(1)


async def test_what_people_write_stays_text(hub: Hub) -> None:
    nasty = "<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1)) https://acme.example/a"
    async with visit(hub) as it:
        frame = await widget(await it.page())
        await frame.locator("button.person").click()
        agent, conversation = await taken(hub)
        await agent.say(nasty, conversation=conversation)
        bubble = frame.locator("li.agent .bubble")
        await expect(bubble).to_contain_text("<img src=x onerror=alert(1)> bold [x](javascript:alert(1))")
        await expect(bubble.locator("img")).to_have_count(0)
        links = bubble.locator("a")
        await expect(links).to_have_count(1)
        await expect(links).to_have_attribute("href", "https://acme.example/a")
        await expect(links).to_have_attribute("rel", "noopener noreferrer nofollow")


async def test_a_refused_message_says_so_and_can_be_retried_or_deleted(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page())
        bad = "(it) => it.customer.post({kind: 'of-the-future', text: 'hm'})"
        await frame.locator("ot-conversation").evaluate(bad)
        failed = frame.locator("li.failed")
        await expect(failed).to_contain_text("Not sent")
        await failed.get_by_role("button", name="Try again").click()
        await expect(failed).to_contain_text("Not sent")
        await failed.get_by_role("button", name="Delete").click()
        await expect(failed).to_have_count(0)
        assert not [key for key in await kept(frame) if "outbox" in key]


async def test_a_phone_gets_the_whole_screen_and_nothing_overflows(hub: Hub) -> None:
    async with visit(hub, viewport=PHONE, has_touch=True) as it:
        page = await it.page(customer="wang")
        frame = await widget(page)
        await write(frame, "我的订单到哪了？")
        await expect(frame.locator(".card")).to_be_visible()
        assert await frame.evaluate("() => [innerWidth, innerHeight]") == [390, 844]
        for width in (390, 195):  # 195 px: the same phone at 200 % zoom
            await page.set_viewport_size({"width": width, "height": 844})
            assert await frame.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), width
            await expect(frame.locator("textarea")).to_be_in_viewport()
            await expect(frame.get_by_role("button", name="Close")).to_be_in_viewport()


async def test_the_shop_is_called_what_its_customers_call_it(hub: Hub) -> None:
    async with visit(hub, locale="zh-CN") as it:
        page = await it.page()
        frame = await widget(page)
        await expect(frame.locator("h1")).to_have_text("青瓷生活")
        await expect(frame.locator("li.bot").first).to_contain_text("青瓷生活")
        await page.evaluate("() => OneThread('locale', 'en')")
        await expect(frame.locator("h1")).to_have_text("Celadon Home")
