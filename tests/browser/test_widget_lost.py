"""The widget when things break: no network, broken sockets, a reload at the wrong time. Nothing is lost or doubled."""

import pytest
from playwright.async_api import Frame, expect

from tests.browser.widgets import all_safe, live, mine, visit, widget, write
from tests.running import Hub, Peer, conversation_of

pytestmark = pytest.mark.long


async def said(hub: Hub, words: str) -> int:
    """How often `words` stand in the log of wang's conversation."""
    peer = await hub.customer("wang")
    return len([e for e in peer.events if e["d"].get("content", {}).get("text") == words])


async def test_written_offline_waits_visibly_and_is_sent_once(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page(customer="wang"))
        await it.network.down()
        await write(frame, "are you there?")
        await expect(frame.locator("#truth")).to_contain_text("sent when you're back")
        await expect(mine(frame, "are you there?").locator(".tick")).to_have_attribute(
            "aria-label", "Waiting for the connection"
        )
        await it.network.up()
        await expect(frame.locator("#truth")).to_be_empty()
        await expect(mine(frame, "are you there?")).to_have_count(1)
        await all_safe(frame)
        assert await said(hub, "are you there?") == 1


async def test_written_offline_survives_the_page(hub: Hub) -> None:
    async with visit(hub) as it:
        page = await it.page(customer="wang")
        frame = await widget(page)
        await it.network.down()
        await write(frame, "before the reload")
        await frame.locator("textarea").fill("half a thou")
        await expect(frame.locator("#truth")).to_contain_text("sent when you're back")
        await page.close()
        await it.network.up()
        frame = await widget(await it.page(customer="wang"))
        await expect(mine(frame, "before the reload")).to_have_count(1)
        await all_safe(frame)
        await expect(frame.locator("textarea")).to_have_value("half a thou")
        assert await said(hub, "before the reload") == 1


async def test_what_others_said_meanwhile_arrives_once_and_in_order(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page(customer="wang"))
        await it.network.down()
        await expect(frame.locator("#truth")).not_to_be_empty()
        phone = await hub.customer("wang")
        for n in range(5):
            await phone.say(f"meanwhile {n}")
        await it.network.up()
        await expect(mine(frame, "meanwhile 4")).to_have_count(1)
        texts = await frame.locator("li.mine .plain").all_inner_texts()
        assert [t for t in texts if t.startswith("meanwhile")] == [f"meanwhile {n}" for n in range(5)]


async def test_a_broken_socket_resumes_without_a_word(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page(customer="wang"))
        for n in range(3):
            await it.network.drop()
            await write(frame, f"after break {n}")
            await expect(mine(frame, f"after break {n}")).to_have_count(1)
        await all_safe(frame)
        await expect(frame.locator("li.mine")).to_have_count(3)
        for n in range(3):
            assert await said(hub, f"after break {n}") == 1


async def test_more_than_can_be_replayed_shows_the_newest_page(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page(customer="wang"))
        await it.network.down()
        wang, agent = await hub.customer("wang"), await hub.agent()
        await wang.say("agent")
        await agent.ask("conversation.assign", conversation=conversation_of(wang), to="agent", agent="me")
        await fill(agent, conversation_of(wang), 520)
        await it.network.up()
        await expect(frame.locator("li.said", has_text="line 519")).to_be_in_viewport()
        await write(frame, "still here")
        await expect(mine(frame, "still here")).to_have_count(1)


async def fill(agent: Peer, conversation: str, lines: int) -> None:
    for n in range(lines):
        await agent.say(f"line {n}", conversation=conversation)


async def test_a_stopped_conversation_says_so_and_offers_to_try_again(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page(customer="wang"))
        await write(frame, "hello")
        for socket in it.network.sockets:
            await socket.close(code=4003, reason="forbidden")
        await expect(frame.locator("#truth")).to_contain_text("(forbidden)")
        await frame.locator("#truth button").click()
        await live_again(frame)
        await expect(mine(frame, "hello")).to_have_count(1)


async def live_again(frame: Frame) -> None:
    await expect(frame.locator("#truth")).to_be_empty()
    await live(frame)
