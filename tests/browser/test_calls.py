"""A call through a real hub: from the widget's button to the console's note, and what goes wrong between."""

import re

import pytest
from playwright.async_api import Browser, expect

from hub.settings import Settings
from tests.browser import consoles, widgets
from tests.browser.calls import EARS, FLOWS, LIVE_MS, RELOADS, both, comes, taken
from tests.browser.consoles import PHONE
from tests.browser.test_console_access import overflow
from tests.browser.widgets import Network, Visit, widget, write
from tests.running import Hub, running_hub
from tests.store.acts import until

pytestmark = pytest.mark.long


async def test_a_video_call_from_the_first_ring_to_the_note(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        await it.flows()
        await it.frame.locator("textarea").fill("do you see it?")
        await it.frame.locator("textarea").press("Enter")
        await expect(it.console.locator(".message", has_text="do you see it?")).to_be_visible()
        await it.does("Hang up").click()
        await expect(it.stage("customer")).to_contain_text("Call ended")
        await it.console.locator("ot-call-note").get_by_label("needs follow-up").check()
        await it.console.locator("ot-call-note textarea").fill("sends a picture")
        await it.console.locator(".views a", has_text="Queue").click()
        await expect(it.console.locator("ot-call-note")).to_be_hidden()  # elsewhere it is a line, and keeps its words
        await it.console.get_by_role("button", name="Go to the conversation").click()
        await it.console.get_by_role("button", name="Save").click()
        noted = it.console.locator(".quiet-line", has_text="needs follow-up · sends a picture")
        await expect(noted).to_be_visible()
        await expect(it.console.locator(".call-pane")).to_have_count(0)
        for words in ("You asked for a video call", "李明 answered", "Video call ended · 0:"):
            await expect(it.frame.locator("li.line", has_text=words)).to_be_visible()


async def test_the_bot_offers_a_look_by_video_where_its_words_did_not_help(hub: Hub, devices: Browser) -> None:
    agent = await hub.agent()
    await agent.ask("inbox.follow", view="queue")
    shopper = await devices.new_context(viewport=widgets.DESK, locale="en-GB")
    network = Network(shopper)
    await network.start()
    frame = await widget(await Visit(hub, shopper, network).page(customer="wang"))
    await write(frame, "水壶一直滴滴响")
    await frame.get_by_role("button", name="还是不行").click()
    await frame.get_by_role("button", name="视频看一下").click()
    await expect(frame.locator("li.line", has_text="You asked for a video call")).to_be_visible(timeout=LIVE_MS)
    waits = await agent.until(lambda f: f["t"] == "inbox" and any(r["call"] for r in f["rows"]), seen=True)
    assert [row["call"]["media"] for row in waits["rows"] if row["call"]] == ["video"]
    await shopper.close()


async def test_an_agent_calls_and_the_closed_widget_opens(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.button("Close").click()
        await it.console.keyboard.press("b")
        await expect(it.stage("customer")).to_contain_text("李明 is calling you")
        await expect(it.button("Answer")).to_be_visible()
        await it.button("Answer").click()
        await it.live()
        await it.flows("audio")
        await it.button("Hang up").click()
        await expect(it.stage("agent")).to_contain_text("Call ended")
        await expect(it.frame.locator("li.line", has_text="李明 called you")).to_be_visible()


async def test_a_call_is_heard_until_it_is_answered(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.frame.evaluate(EARS)
        await it.console.keyboard.press("b")
        await expect(it.button("Answer")).to_be_visible()
        await comes(it.frame, "() => window.played > 0 && window.ringing.size === 1")
        await it.button("Answer").click()
        await it.live()
        await comes(it.frame, "() => window.ringing.size === 0")


async def test_a_call_that_was_silenced_still_waits_for_an_answer(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.frame.evaluate(EARS)
        await it.console.keyboard.press("b")
        await it.button("Silence").click()
        await comes(it.frame, "() => window.played > 0 && window.ringing.size === 0")
        await expect(it.button("Silence")).to_have_count(0)
        await it.frame.locator("ot-composer textarea").fill("one moment")  # whatever is drawn anew, it stays silent
        await it.frame.locator("ot-composer textarea").press("Enter")
        await expect(it.console.locator(".message", has_text="one moment")).to_be_visible()
        assert await it.frame.evaluate("window.ringing.size") == 0
        await it.button("Answer").click()
        await it.live()


async def test_declined_by_key_and_the_customer_asks_to_be_called_back(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.rings("audio")
        await expect(it.console).to_have_title(re.compile(r"^\(\d+\) "))
        await it.console.keyboard.press("x")
        await expect(it.stage("customer")).to_contain_text("We can't take your call right now")
        await it.button("Please call me back").click()
        await expect(it.console.locator(".message", has_text="Please call me back")).to_be_visible()
        await expect(it.frame.locator("section.call")).to_have_count(0)
        # Perhaps among the earlier events: the CRM's line about the record comes after it.
        await expect(it.console.locator(".quiet-line span", has_text=re.compile("declined the call$"))).to_have_count(1)


async def test_who_gives_up_while_it_rings_leaves_nothing_ringing(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.rings()
        await it.button("Cancel").click()
        await expect(it.console.locator(".ring")).to_have_count(0)
        await expect(it.frame.locator("li.line", has_text="You cancelled the call")).to_be_visible()
        assert await it.frame.evaluate(OPEN_DEVICES) == 0


async def test_who_reads_of_a_call_that_is_over_loads_nothing_that_calls(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.rings()
        await it.button("Cancel").click()
        await expect(it.console.locator(".ring")).to_have_count(0)
        await it.shop.reload()
        it.frame = await widget(it.shop)
        await expect(it.frame.locator("li.line", has_text="You cancelled the call")).to_be_visible()
        loaded = await it.frame.evaluate("() => performance.getEntriesByType('resource').map((it) => it.name)")
        parts = {name.rpartition("/")[2] for name in loaded if "/static/widget/call/" in name}
        assert parts == {"calls.js", "en.js"}
        await it.rings()


OPEN_DEVICES = """() => {
    const { local } = document.querySelector("ot-conversation").calls.phone;
    return local ? local.stream.getTracks().length : 0;
}"""


async def test_a_reload_on_either_side_goes_on_with_the_same_call(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        await it.button("Microphone off").click()
        await expect(it.console.locator(".far figcaption [role=img]")).to_be_visible()
        call = await it.frame.evaluate("() => document.querySelector('ot-conversation').calls.phone.call.id")
        await it.shop.reload()
        it.frame = await widget(it.shop)
        await it.live()
        await it.flows()
        # Muted she was, muted she stays.
        await expect(it.button("Microphone on")).to_be_visible()
        assert await it.frame.evaluate("() => document.querySelector('ot-conversation').calls.phone.call.id") == call
        await it.console.reload()
        await it.live()
        await it.flows()


async def test_a_lost_connection_is_told_and_mended(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        await it.visit.network.down()
        await expect(it.stage("customer")).to_contain_text("The connection was lost", timeout=LIVE_MS)
        await expect(it.stage("agent")).to_contain_text("lost the connection and is reconnecting", timeout=LIVE_MS)
        await it.visit.network.up()
        await it.live()
        await it.flows()


async def test_an_audio_call_becomes_a_video_call(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk("audio")
        await it.button("Turn on video").click()
        await expect(it.console.locator(".far video:not(.unseen)")).to_be_visible()
        await it.does("Camera on").click()
        await it.flows()
        await expect(it.frame.locator("li.line", has_text="became a video call")).to_be_visible()


async def test_who_is_not_seen_has_a_letter_and_who_is_muted_is_told_without_pictures_too(
    hub: Hub, devices: Browser
) -> None:
    async with both(hub, devices) as it:
        await it.console.keyboard.press("v")
        await it.button("Audio only").click()
        await it.live()
        await expect(it.console.locator(".far .initial")).to_be_visible()
        await expect(it.console.locator(".far figcaption")).to_contain_text("王丽")
        await it.button("Microphone off").click()
        await expect(it.console.locator(".far figcaption [role=img]")).to_be_visible()
        await it.does("Camera off").click()
        await expect(it.console.locator(".call-side")).to_contain_text("王丽: Microphone is off")
        await it.button("Share screen").click()
        await expect(it.frame.locator(".call-says")).to_contain_text("You are sharing your screen")
        await it.button("Microphone on").click()
        await expect(it.console.locator(".call-side")).not_to_contain_text("Microphone is off")


async def test_what_passes_from_browser_to_browser_can_not_be_recorded(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk("audio")
        await expect(it.does("Hang up")).to_be_visible()
        await expect(it.does("Ask to record")).to_have_count(0)


async def test_who_looks_elsewhere_stays_in_the_call(hub: Hub, devices: Browser) -> None:
    """The list, another conversation, another page of the console: the call stays above them all."""
    async with both(hub, devices) as it:
        await it.talk()
        visitor, _ = await hub.visitor()
        await visitor.say("hello")
        await consoles.go_to(it.console, "integrations")
        await it.flows()
        await consoles.go_to(it.console, "all")
        await it.console.get_by_role("button", name="Go to the conversation").click()
        await expect(it.console.locator(".log")).to_have_attribute("aria-busy", "false")
        await it.flows()


async def test_a_picture_goes_on_while_the_page_is_drawn_anew(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        await it.flows()
        for side in (it.frame, it.console):
            await side.evaluate(RELOADS)
        clock = it.frame.locator("ot-call .tabular")
        before = await clock.inner_text()
        await it.button("Microphone off").click()
        await expect(it.console.locator(".far figcaption [role=img]")).to_be_visible()
        await it.button("Microphone on").click()
        await it.does("Microphone off").click()
        await expect(it.frame.locator(".far-muted")).to_be_visible()
        await expect(clock).not_to_have_text(before)  # it is drawn anew with each second, too
        await it.flows()
        for side in (it.frame, it.console):
            assert await side.evaluate("window.reloads") == 0


async def test_a_colleague_is_asked_in_and_three_see_each_other(hub: Hub, devices: Browser) -> None:
    anna = await consoles.opened(hub, devices, locale="en-GB")
    await consoles.sign_in(anna, "anna@example.com")
    async with both(hub, devices) as it:
        await it.talk()
        await it.does("Bring in an expert").click()
        dialog = it.console.locator("ot-expert dialog")
        await expect(dialog.get_by_label("A colleague", exact=True)).to_be_checked()
        await expect(dialog.get_by_role("checkbox", name="This briefing")).to_be_checked()
        await dialog.locator("select[name=agent]").select_option("anna")
        await dialog.get_by_role("button", name="Invite").click()
        await expect(anna.locator(".ring")).to_contain_text("李明 is inviting you to the call with 王丽")
        await expect(anna.locator(".ring")).to_contain_text("客户")  # the handover's summary
        await anna.keyboard.press("y")
        for page in (anna, it.console, it.frame):
            await expect(page.locator("ot-call .far")).to_have_count(2, timeout=LIVE_MS)
            await comes(page, FLOWS, "video")
        await expect(it.frame.locator("li.line", has_text="Anna Berg joined the call")).to_be_visible()
        await expect(it.frame.locator(".tile figcaption")).to_have_text(["李明", "Anna Berg", "Your picture"])
        await it.button("Camera off").click()
        await expect(it.frame.locator(".tile").last.locator("b svg")).to_be_visible()  # a sign, no letter of its words
        await it.button("Camera on").click()
        await anna.keyboard.press("x")
        await expect(anna.locator("ot-call")).to_contain_text("You left the call")
        await expect(anna.locator(".call-head .tabular")).to_have_count(0)  # the others talk on
        await anna.locator("ot-call-note").get_by_label("needs follow-up").check()
        await anna.get_by_role("button", name="Save").click()
        await expect(it.console.locator(".quiet-line", has_text="needs follow-up")).to_be_attached()
        await expect(anna.locator(".call-pane")).to_have_count(0)
        await expect(it.frame.locator("li.line", has_text="Anna Berg left the call")).to_be_visible()
        await expect(it.console.locator("ot-call .far")).to_have_count(1)
        await expect(it.frame.locator(".tile")).to_have_count(0)
        await it.flows()
    await anna.context.close()


async def test_devices_a_level_and_another_microphone(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk("audio")
        await it.does("Microphone and camera").click()
        box = it.console.locator(".call-devices select").first
        before = await box.input_value()
        await it.console.wait_for_function("() => document.querySelector('meter').value > 0.05")
        options: list[str] = await box.locator("option").evaluate_all("(all) => all.map((it) => it.value)")
        await box.select_option(next(it for it in options if it not in (before, "default")))
        await it.flows("audio")
        await it.console.keyboard.press("Escape")
        await it.console.keyboard.press("q")
        await expect(it.frame.locator(".far-muted")).to_be_visible()


async def test_the_customer_chooses_a_microphone_and_a_camera_and_sees_the_level(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.talk()
        await it.button("Microphone and camera").click()
        chooser = it.frame.locator("ot-choose")
        await comes(it.frame, "() => document.querySelector('ot-choose meter')?.value > 0.05")
        for n, device in enumerate(("microphone", "camera")):
            box = chooser.locator("select").nth(n)
            now = await box.input_value()
            options: list[str] = await box.locator("option").evaluate_all("(all) => all.map((it) => it.value)")
            other = next(it for it in reversed(options) if it not in (now, "default"))
            await box.select_option(other)
            await comes(it.frame, GIVES, [device, other])
            await expect(box).to_have_value(other)
        await it.flows()
        await it.button("Microphone and camera").click()
        await expect(chooser).to_have_count(0)


CAMERA = "() => document.querySelector('ot-conversation').calls.phone.local.camera?.label"
GIVES = """([device, id]) => {
    const { local } = document.querySelector("ot-conversation").calls.phone;
    return local[device].readyState === "live" && local[device].getSettings().deviceId === id;
}"""


async def test_a_phone_turns_to_its_other_camera(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices, has_touch=True, is_mobile=True) as it:
        await it.talk()
        for _ in range(2):
            before = await it.frame.evaluate(CAMERA)
            await it.button("Other camera").click()
            await comes(it.frame, f"(before) => ![undefined, before].includes(({CAMERA})())", before)
        await it.flows()
        await expect(it.button("Microphone and camera")).to_have_count(0)


DENIED = """() => {
    navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "NotAllowedError"); };
}"""


async def test_who_does_not_allow_the_microphone_is_told_how_and_rings_nobody(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.frame.evaluate(DENIED)
        await it.button("Audio call").click()
        await expect(it.frame.locator(".call-problem")).to_contain_text("is blocking the microphone")
        await expect(it.button("Try again")).to_be_visible()
        await expect(it.console.locator(".ring")).to_have_count(0)
        await it.button("Close").last.click()
        await expect(it.frame.locator("section.call")).to_have_count(0)


async def test_nobody_is_free_and_it_says_so(settings: Settings, devices: Browser) -> None:
    """The bot has the conversation: the call waits for a person, and none comes."""
    quick = settings.model_copy(update={"call_wait_s": 5.0})
    async with running_hub(quick) as hub, both(hub, devices) as it:
        await it.console.keyboard.press("p")  # away
        await it.console.keyboard.press("e")  # resolved
        await expect(it.frame.locator("li.line", has_text="Resolved")).to_be_visible()
        await it.button("Audio call").click()
        await expect(it.stage("customer")).to_contain_text("Looking for someone who is free")
        await expect(it.stage("customer")).to_contain_text("Nobody is free for a call right now")
        await expect(it.button("Please call me back")).to_be_visible()
        await expect(it.button("Call again")).to_be_visible()


async def test_who_rings_an_agent_in_another_call_is_told_and_gets_through_afterwards(
    hub: Hub, devices: Browser
) -> None:
    async with both(hub, devices) as it:
        chen = await hub.customer("chen")
        await chen.say("转人工")
        agent = await hub.agent()
        await taken(agent, chen)
        call = (await chen.ask("call.request", media="audio"))["d"]["call"]
        await it.does("Answer").first.click()
        await chen.event("call.accepted", seen=True)

        async def engaged() -> bool:
            return await hub.store.seats.call_of("liming") is not None

        await until(engaged)
        await it.button("Audio call").click()
        await expect(it.stage("customer")).to_contain_text("Everyone is on another call right now")
        await expect(it.button("Please call me back")).to_be_visible()
        await expect(it.console.locator(".ring")).to_have_count(0)
        await chen.ask("call.hangup", call=call)

        async def free() -> bool:
            return not await engaged()

        await until(free)
        await it.button("Call again").click()
        await expect(it.console.locator(".ring")).to_be_visible(timeout=LIVE_MS)


async def test_on_a_phone_the_thread_stays_below_the_call(hub: Hub, devices: Browser) -> None:
    async with both(hub, devices) as it:
        await it.shop.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await it.console.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await it.talk()
        for page in (it.frame, it.console):
            assert await overflow(page) == 0
            await expect(page.locator("ot-composer textarea")).to_be_in_viewport()
        for name in ("Microphone off", "Camera off", "Hang up"):
            await expect(it.button(name)).to_be_in_viewport()
            await expect(it.does(name)).to_be_in_viewport()
