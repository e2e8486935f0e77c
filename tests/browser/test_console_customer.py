"""The customer's pane: proofs, the CRM's context, tags, joining two conversations and taking it back."""

import re
from typing import NoReturn

import pytest
from playwright.async_api import expect

from hub.model.crm import CrmCustomer, CustomerKeys, FieldChange, SessionInsight
from hub.model.errors import CrmUnavailable
from tests.browser.consoles import accept, console, go_to, said
from tests.browser.test_console_access import violations
from tests.running import Hub, conversation_of

pytestmark = pytest.mark.long

# Where the log stands when it has not moved for two frames: it follows its end as the fields around it grow.
AT_REST = """async (log) => {
    const frame = () => new Promise(requestAnimationFrame);
    for (let before = NaN; before !== log.scrollTop; ) {
        before = log.scrollTop;
        await frame();
        await frame();
    }
    return log.scrollTop;
}"""


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
        await pane.get_by_role("button", name="Remove the tag late parcel").click()
        await expect(pane.locator(".tag", has_text="late parcel")).to_have_count(0)
        await page.locator(".toast button", has_text="Undo").click()
        await expect(pane.locator(".tag", has_text="late parcel")).to_be_visible()


async def test_what_could_not_be_refreshed_stays_and_says_so(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what the bot noticed in the last session is told in words, not by the names of fields."""
    noticed = SessionInsight(intent="return_exchange", sentiment=-0.6, urgency="high", language="zh-CN")
    await hub.crm.add_insight("cust_wang", noticed, "m1")
    wang = await hub.customer("wang")
    await wang.say("我的订单到哪了？")

    async def away(*_: object) -> NoReturn:
        raise CrmUnavailable

    async with console(hub) as page:
        await go_to(page, "all", conversation_of(wang))
        pane = page.locator(".customer-pane")
        await expect(pane.locator(".facts .chips li")).to_have_text(
            ["Return or exchange", re.compile("Unhappy"), "Urgent"]
        )
        await expect(pane).not_to_contain_text("onethread_")
        await expect(pane.locator(".order")).to_have_count(3)
        with monkeypatch.context() as broken:
            broken.setattr(hub.crm, "orders", away)
            await pane.get_by_role("button", name="Ask the CRM again").click()
            await expect(pane.locator(".strip")).to_contain_text("Orders could not be refreshed")
            await expect(pane.locator(".order")).to_have_count(3)
            assert await violations(page) == []
        await pane.get_by_role("button", name="Ask the CRM again").click()
        await expect(pane.locator(".strip")).to_have_count(0)


async def test_an_agents_word_opens_the_crm_for_a_visitor(hub: Hub) -> None:
    visitor, _ = await hub.visitor(locale="en")
    await visitor.say("I want to speak to a person")
    async with console(hub) as page:
        await accept(page)
        pane = page.locator(".customer-pane")
        await expect(pane).to_contain_text("No addresses yet")
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
        await pane.get_by_label("Conversation of the same person").fill(conversation_of(wang))
        await pane.get_by_role("button", name="Merge").click()
        await expect(page.locator(".thread-head h1")).to_have_text("王丽")
        await expect(page.locator(".log")).to_contain_text("hello from the phone")
        await expect(page.locator(".log")).to_contain_text("我的订单到哪了？")
        await go_to(page, "all", conversation_of(visitor))
        await expect(page.locator(".strip")).to_contain_text("merged with another one")
        await pane.get_by_role("button", name="Separate again").click()
        await expect(page.locator(".strip")).to_have_count(0)
        await go_to(page, "all", conversation_of(wang))
        await expect(page.locator(".log")).not_to_contain_text("hello from the phone")


async def test_after_a_separation_both_rows_are_what_they_were(hub: Hub) -> None:
    """The visitor's conversation was mine: it was in no list any more, and her row kept the visitor's last words."""
    wang = await hub.customer("wang")
    visitor, _ = await hub.visitor(locale="en")
    await wang.say("我的订单到哪了？")
    await visitor.say("I want to speak to a person")
    async with console(hub) as page:
        await accept(page)
        await visitor.say("hello from the phone")
        mine = page.locator(".rows .row")
        await expect(mine).to_contain_text("hello from the phone")
        agent = await hub.agent()
        hers, theirs = conversation_of(wang), conversation_of(visitor)
        assert (await agent.ask("customer.merge", conversation=theirs, into=hers))["t"] == "ack"
        await expect(mine).to_contain_text("王丽")
        assert (await agent.ask("customer.unmerge", conversation=theirs))["t"] == "ack"
        await expect(mine).to_have_count(2)
        await expect(mine.filter(has_text="王丽")).not_to_contain_text("hello from the phone")
        # Her own question, which only the bot has answered.
        await expect(mine.filter(has_text="王丽").locator(".badge")).to_have_text("1")
        await expect(mine.filter(has_text="hello from the phone")).to_have_count(1)
        await go_to(page, "mine", theirs)
        await page.locator("textarea").fill("Here I am.")
        await page.keyboard.press("Enter")
        await expect(said(page, "Here I am.")).to_be_visible()


async def test_a_refused_join_is_told_in_words(hub: Hub) -> None:
    wang, smith = await hub.customer("wang"), await hub.customer("smith")
    await wang.say("我的订单到哪了？")
    await smith.say("Where is my order?")
    async with console(hub) as page:
        await go_to(page, "all", conversation_of(wang))
        pane = page.locator(".customer-pane")
        await pane.get_by_label("Conversation of the same person").fill(conversation_of(smith))
        await pane.get_by_role("button", name="Merge").click()
        await expect(page.locator(".toast.error")).to_contain_text("each has a signed-in account of its own")
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


async def test_what_is_asked_of_the_crm_is_told_in_the_thread(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        pane, log = page.locator(".customer-pane"), page.locator(".log")
        await page.keyboard.press("Escape")
        await page.keyboard.press("w")
        await page.keyboard.type("Kettle leaks")
        await page.keyboard.press("Enter")
        await expect(log.locator(".effect.done")).to_contain_text("is in Built-in CRM: Kettle leaks")
        await wang.event("ticket.opened")
        ticket = pane.locator("details", has_text="Kettle leaks")
        await ticket.locator("summary").click()
        await ticket.get_by_role("button", name="Change").click()
        await pane.get_by_label("Status").select_option("solved")
        await pane.get_by_role("button", name="Change it").click()
        await expect(ticket.locator(".status")).to_have_text("Solved")
        await wang.event("ticket.changed")

        await page.keyboard.press("f")
        await page.keyboard.type("call back")
        await page.keyboard.press("Enter")
        await expect(log.locator(".effect.done", has_text="call back")).to_be_visible()


async def test_somebody_else_was_faster_with_an_edit(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        await page.keyboard.press("Escape")
        await page.keyboard.press("m")
        pane = page.locator(".customer-pane")
        await pane.get_by_label("Company").fill("Ours")
        theirs = FieldChange(field="company", was="", now="Theirs")
        await hub.crm.update_customer("cust_wang", (theirs,), "elsewhere")
        await pane.get_by_role("button", name="Save in the CRM").click()
        failed = page.locator(".effect.failed")
        await expect(failed).to_contain_text("Someone else changed this in the CRM")
        await failed.get_by_role("button", name="Look again").click()
        await expect(pane.get_by_label("Company")).to_have_value("Theirs")
        await pane.get_by_label("Company").fill("Both")
        await pane.get_by_role("button", name="Save in the CRM").click()
        await expect(page.locator(".effect.done")).to_contain_text("Changed in Built-in CRM: Company")
        [customer] = await hub.crm.find_customer(CustomerKeys(external_id="cust_wang"))
        assert customer.company == "Both"


async def test_whom_the_crm_does_not_know_becomes_a_lead(hub: Hub) -> None:
    visitor, _ = await hub.visitor(locale="en")
    await visitor.say("I want to speak to a person")
    async with console(hub) as page:
        await accept(page)
        await page.keyboard.press("Escape")
        await page.keyboard.press("l")
        pane = page.locator(".customer-pane")
        await pane.get_by_label("Name").fill("Ann")
        await pane.get_by_label("E-mail or phone").fill("ann@example.com")
        await page.keyboard.press("Enter")
        await expect(page.locator(".effect.done")).to_contain_text("The lead is in Built-in CRM: Ann")


async def test_a_draft_is_put_where_the_agent_writes(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await wang.say("转人工")
    async with console(hub) as page:
        await accept(page)
        await wang.say("K200S 怎么除垢？")
        await expect(said(page, "怎么除垢")).to_be_visible()
        await page.keyboard.type("您好")
        await page.keyboard.press("Escape")
        top = await page.locator(".log").evaluate(AT_REST)
        await page.keyboard.press("s")
        await expect(page.locator(".hint").first).to_be_focused()
        assert await page.locator(".log").evaluate(AT_REST) == top
        await page.keyboard.press("Enter")
        await expect(page.locator("textarea")).to_have_value(re.compile("您好\n.*柠檬酸", re.DOTALL))
        await expect(page.locator("textarea")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.keyboard.press("h")
        await page.keyboard.press("Escape")
        await expect(page.locator(".hints")).to_have_count(0)
