"""Who is on this device: a guest who signs in, a customer who leaves, the next one who must see nothing of it."""

from playwright.async_api import Page, expect

from tests.browser.widgets import all_safe, kept, live, mine, visit, widget, write
from tests.running import Hub, conversation_of


async def sign_in(page: Page, name: str) -> None:
    await page.locator(".people summary").click()
    await page.locator(".people button", has_text=name).click()


async def sign_out(page: Page) -> None:
    await page.locator(".people summary").click()
    await page.locator(".people .out").click()


async def test_what_a_guest_said_goes_along_when_they_sign_in(hub: Hub) -> None:
    phone = await hub.customer("wang")
    await phone.say("from my phone")
    async with visit(hub) as it:
        page = await it.page()
        frame = await widget(page)
        await write(frame, "as a guest")
        await all_safe(frame)
        await sign_in(page, "王丽")
        await expect(mine(frame, "from my phone")).to_have_count(1)
        await expect(mine(frame, "as a guest")).to_have_count(1)
        await write(frame, "and now signed in")
        await phone.until(lambda f: f.get("d", {}).get("content", {}).get("text") == "and now signed in")
        assert not [key for key in await kept(frame) if key.endswith(":device")]


async def test_signing_out_wipes_the_device_and_ends_the_thread(hub: Hub) -> None:
    async with visit(hub) as it:
        page = await it.page(customer="wang")
        frame = await widget(page)
        await write(frame, "something private")
        await frame.locator("textarea").fill("and a draft")
        await sign_out(page)
        await expect(frame.locator("li.said")).to_have_count(0)
        left = {key.rsplit(":", 1)[1] for key in await kept(frame)}
        assert left <= {"device", "of"}, "nothing but the new visitor that an open widget begins"
        await page.reload()
        frame = await widget(page)
        await expect(frame.locator("li.said", has_text="something private")).to_have_count(0)
        await expect(frame.locator("textarea")).to_have_value("")


async def test_the_next_customer_sees_nothing_of_the_one_before(hub: Hub) -> None:
    async with visit(hub) as it:
        page = await it.page(customer="wang")
        frame = await widget(page)
        await write(frame, "my own business")
        await expect(mine(frame, "my own business")).to_have_count(1)
        await sign_in(page, "James Smith")
        await expect(frame.locator("li.bot").first).to_contain_text("Smith")
        await expect(frame.locator("li.said", has_text="my own business")).to_have_count(0)


async def test_the_app_is_a_second_device_in_step_with_the_shop(hub: Hub) -> None:
    async with visit(hub) as it:
        shop = await widget(await it.page(customer="wang"))
        app = await it.page("/app")
        await app.get_by_role("button", name="王丽").click()
        await live(app.main_frame)
        await write(app.main_frame, "from the app")
        await expect(mine(shop, "from the app")).to_have_count(1)
        await expect(shop.locator("li.line", has_text="in the app")).to_have_count(1)
        await write(shop, "from the shop")
        await expect(mine(app.main_frame, "from the shop")).to_have_count(1)

        await app.get_by_role("button", name="Close").click()
        await app.get_by_role("button", name="Me", exact=True).click()
        await app.get_by_role("button", name="Sign out").click()
        await expect(app.get_by_role("button", name="王丽")).to_be_visible()
        assert not [key for key in await kept(app.main_frame) if ":app:" in key]
        await write(shop, "the shop goes on")
        await all_safe(shop)


async def test_what_was_added_by_mistake_leaves_her_screen_at_once(hub: Hub) -> None:
    """An agent took a visitor for her. Until a reload she read a stranger's words, and that they were her own."""
    visitor, _ = await hub.visitor()
    agent = await hub.agent()
    async with visit(hub) as it:
        frame = await widget(await it.page(customer="wang"))
        app = await it.page("/app")
        await app.get_by_role("button", name="王丽").click()
        await live(app.main_frame)
        await write(frame, "my own question")
        await visitor.say("a stranger's words")
        hers, theirs = conversation_of(await hub.customer("wang")), conversation_of(visitor)
        assert (await agent.ask("customer.merge", conversation=theirs, into=hers))["t"] == "ack"
        for screen in (frame, app.main_frame):
            await expect(mine(screen, "a stranger's words")).to_have_count(1)
            await expect(screen.locator("li.line", has_text="Your earlier messages were added")).to_have_count(1)
        assert (await agent.ask("customer.unmerge", conversation=theirs))["t"] == "ack"
        for screen in (frame, app.main_frame):
            await expect(mine(screen, "a stranger's words")).to_have_count(0)
            await expect(screen.locator("li.line", has_text="Your earlier messages were added")).to_have_count(0)
            await expect(mine(screen, "my own question")).to_have_count(1)
