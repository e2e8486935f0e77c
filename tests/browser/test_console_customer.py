"""The customer's pane: proofs, the CRM's context, tags, joining two conversations and taking it back."""

import re

from playwright.async_api import expect

from hub.model.crm import CrmCustomer
from tests.browser.consoles import accept, console, go_to
from tests.running import Hub, conversation_of


async def test_what_the_crm_knows_is_beside_the_thread(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        pane = page.locator(".customer-pane")
        await expect(pane.locator("h2")).to_have_text("Ms 王丽")
        await expect(pane.locator(".identities")).to_contain_text("signed")
        await expect(pane).to_contain_text("Built-in CRM")
        order = pane.locator(".order", has_text="2026112200017")
        await order.locator("summary").first.click()
        await expect(order.locator(".trail li").first).to_be_visible()
        await expect(pane).to_contain_text("warranty until")
        await pane.get_by_role("button", name="Ask the CRM again").click()
        await expect(pane.get_by_role("button", name="Ask the CRM again")).to_be_enabled()

        await pane.get_by_label("Add a tag").fill("late parcel")
        await pane.get_by_label("Add a tag").press("Enter")
        await expect(pane.locator(".tag", has_text="late parcel")).to_be_visible()
        await expect(page.locator(".row .tag")).to_have_text("late parcel")
        await pane.get_by_role("button", name="Take off the tag late parcel").click()
        await expect(pane.locator(".tag", has_text="late parcel")).to_have_count(0)
        await page.locator(".toast button", has_text="Undo").click()
        await expect(pane.locator(".tag", has_text="late parcel")).to_be_visible()


async def test_an_agents_word_opens_the_crm_for_a_visitor(hub: Hub) -> None:
    visitor, _ = await hub.visitor(locale="en")
    await visitor.say("I want to speak to a person")
    async with console(hub) as page:
        await accept(page)
        pane = page.locator(".customer-pane")
        await expect(pane).to_contain_text("No address is known yet")
        await expect(pane.locator(".outcome")).to_contain_text("was not asked")
        await pane.get_by_role("button", name="Add a verified address").click()
        await page.keyboard.type("wang.li@example.com")
        await page.keyboard.press("Enter")
        await expect(pane.locator(".identities")).to_contain_text("agent's word")
        await expect(pane.locator("h2")).to_contain_text("王丽")
        await expect(pane.locator(".order").first).to_be_visible()


async def test_two_conversations_are_joined_and_separated_again(hub: Hub) -> None:
    wang = await hub.customer("wang")
    visitor, _ = await hub.visitor()
    await wang.say("我的订单到哪了？")
    await visitor.say("hello from the phone")
    async with console(hub) as page:
        await go_to(page, "all", conversation_of(visitor))
        pane = page.locator(".customer-pane")
        await pane.get_by_label("The same person has the conversation").fill(conversation_of(wang))
        await pane.get_by_role("button", name="Join").click()
        await expect(page.locator(".thread-head h1")).to_have_text("王丽")
        await expect(page.locator(".log")).to_contain_text("hello from the phone")
        await expect(page.locator(".log")).to_contain_text("我的订单到哪了？")
        await go_to(page, "all", conversation_of(visitor))
        await expect(page.locator(".strip")).to_contain_text("joined with another one")
        await pane.get_by_role("button", name="Separate again").click()
        await expect(page.locator(".strip")).to_have_count(0)
        await go_to(page, "all", conversation_of(wang))
        await expect(page.locator(".log")).not_to_contain_text("hello from the phone")


async def test_a_refused_join_is_told_in_words(hub: Hub) -> None:
    wang, smith = await hub.customer("wang"), await hub.customer("smith")
    await wang.say("我的订单到哪了？")
    await smith.say("Where is my order?")
    async with console(hub) as page:
        await go_to(page, "all", conversation_of(wang))
        pane = page.locator(".customer-pane")
        await pane.get_by_label("The same person has the conversation").fill(conversation_of(smith))
        await pane.get_by_role("button", name="Join").click()
        await expect(page.locator(".toast.error")).to_contain_text("each has a signed account of its own")
        await expect(page.locator(".toast.error code")).to_have_text("merge_refused")


async def test_of_several_customers_the_agent_chooses_one(hub: Hub) -> None:
    twins = [
        CrmCustomer(source="local", source_id=n, external_id=n, name=n, emails=("home@example.com",))
        for n in ("Ann", "Bob")
    ]
    await hub.crm.load_customers(twins)
    visitor, _ = await hub.visitor(locale="en")
    await visitor.say("I want to speak to a person")
    async with console(hub) as page:
        await accept(page)
        pane = page.locator(".customer-pane")
        await pane.get_by_role("button", name="Add a verified address").click()
        await page.keyboard.type("home@example.com")
        await page.keyboard.press("Enter")
        await expect(pane.locator(".candidates li")).to_have_count(2)
        await pane.get_by_role("button", name="This is Bob").click()
        await expect(page.locator(".toast").last).to_contain_text("The CRM customer is Bob.")
        await expect(pane.locator("h2")).to_have_text("Bob")
        await expect(pane.locator(".identities li", has_text="Bob")).to_contain_text("agent's word")


async def test_a_crm_that_does_not_answer_says_so_in_the_agents_language(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub, locale="zh-CN") as page:
        await accept(page)
        pane = page.locator(".customer-pane")
        await expect(pane).to_contain_text("2026112200017")
        await hub.crm.close()
        await page.keyboard.press("Escape")
        await page.keyboard.press("c")
        await expect(pane.locator(".strip")).to_contain_text("上次查到的内容")
        await expect(pane.locator(".strip")).not_to_contain_text(re.compile("[a-z]{3,}"))
