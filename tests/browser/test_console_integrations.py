"""The page of the connections to CRMs: what was put aside, live, and carried out again; for whom it is not."""

from typing import Any, NoReturn

import pytest
from playwright.async_api import expect

from hub.model.errors import CrmRefused
from tests.browser.consoles import PHONE, console, go_to
from tests.browser.test_console_access import overflow, violations
from tests.running import Hub, conversation_of

pytestmark = pytest.mark.long


async def refuse(*_: Any) -> NoReturn:
    raise CrmRefused("priority: must be one of 1 to 4")


async def test_what_was_put_aside_is_seen_and_carried_out_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    wang = await hub.customer("wang")
    await wang.say("我的订单到哪了？")
    async with console(hub, email="anna@example.com") as page:
        await go_to(page, "all", conversation_of(wang))
        with monkeypatch.context() as broken:
            broken.setattr(hub.crm, "create_ticket", refuse)
            await page.keyboard.press("w")
            await page.keyboard.type("Kettle leaks")
            await page.keyboard.press("Enter")
            await expect(page.locator(".effect.failed")).to_contain_text("The CRM did not accept this.")
            await expect(page.locator(".views .badge.danger")).to_have_text("1")
            await page.locator(".log").focus()
            await page.keyboard.press("6")
            card = page.locator(".connection-card")
            await expect(card.locator(".dead li")).to_contain_text("What an agent asked for")
            await expect(card.locator(".dead li")).to_contain_text("must be one of 1 to 4")
            assert await violations(page) == []
        await card.get_by_role("button", name="Run again").click()
        await expect(card.locator(".dead li")).to_have_count(0)
        await expect(page.locator(".views .badge.danger")).to_have_count(0)
        await page.go_back()
        await expect(page.locator(".effect.done")).to_contain_text("Kettle leaks")
        await expect(page.locator(".effect.failed")).to_have_count(0)
        await wang.event("ticket.opened", seen=True)


async def test_try_again_does_not_do_it_twice(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    wang = await hub.customer("wang")
    await wang.say("我的订单到哪了？")
    async with console(hub, viewport=PHONE, locale="zh-CN", has_touch=True) as page:
        await go_to(page, "all", conversation_of(wang))
        with monkeypatch.context() as broken:
            broken.setattr(hub.crm, "create_ticket", refuse)
            await page.get_by_role("button", name="客户面板").click()
            await page.get_by_role("button", name="新建工单").click()
            await page.get_by_label("标题").fill("水壶漏水")
            assert await violations(page) == []
            assert await overflow(page) == 0
            await page.get_by_role("button", name="创建工单").click()
            await page.locator(".panel-back").click()
            await expect(page.locator(".effect.failed")).to_contain_text("CRM 没有接受这项操作")
            assert await violations(page) == []
        await page.locator(".effect.failed").get_by_role("button", name="重试").click()
        await expect(page.locator(".effect.done")).to_contain_text("水壶漏水")
        tickets = [one for one in await hub.crm.tickets("cust_wang") if one.subject == "水壶漏水"]
        assert len(tickets) == 1
        await page.evaluate("() => { location.hash = '#/integrations' }")
        await expect(page.locator(".integrations")).to_contain_text("由主管和管理员查看")
        assert await violations(page) == []
