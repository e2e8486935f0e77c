"""Calls through real media processes: what is heard of them, what is kept of them, and what happens when one dies."""

import asyncio
import signal
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, expect

from hub.options import recordings
from tests.browser.calls import Both, both, comes
from tests.browser.films import films_of
from tests.browser.widgets import widget
from tests.calls.workers import media_process
from tests.running import Hub

pytestmark = pytest.mark.long


async def call_of(it: Both) -> str:
    found: str = await it.frame.evaluate("() => document.querySelector('ot-conversation').calls.phone.call.id")
    return found


async def test_pictures_go_through_the_relay_and_nobody_learns_the_others_address(
    relayed: Hub, devices: Browser
) -> None:
    async with media_process(relayed.settings, relayed.store), both(relayed, devices) as it:
        await it.talk()
        await it.flows()
        figures = await it.hub.serving.media.figures(await call_of(it))  # type: ignore[union-attr]
        assert {leg.party for leg in figures} == {"customer", "agent:liming"}
        assert all(leg.packets > 20 for leg in figures)
        (worker,) = await relayed.store.media.alive(relayed.store.clock())
        for side in (it.frame, it.console):
            assert await side.evaluate(FAR_PORTS) == [worker.port]


FAR_PORTS = """async () => {
    const widget = document.querySelector("ot-conversation");
    const phone = widget ? widget.calls.phone : document.querySelector("ot-call").app.calls.current;
    const [peer] = phone.call.peers.values();
    const ports = new Set();
    for (const it of (await peer.rtc.getStats()).values()) if (it.type === "remote-candidate") ports.add(it.port);
    return [...ports];
}"""


async def test_from_audio_to_video_and_through_a_reload(relayed: Hub, devices: Browser) -> None:
    async with media_process(relayed.settings, relayed.store), both(relayed, devices) as it:
        await it.talk("audio")
        await it.flows("audio")
        await it.button("Turn on video").click()
        await expect(it.console.locator(".far video:not(.unseen)")).to_be_visible()
        await it.does("Camera on").click()
        await it.flows()
        await it.shop.reload()
        it.frame = await widget(it.shop)
        await it.live()
        await it.flows()
        await it.console.reload()
        await it.live()
        await it.flows()


async def test_without_a_media_process_it_says_so(relayed: Hub, devices: Browser) -> None:
    async with both(relayed, devices) as it:
        await it.rings("audio")
        await it.does("Answer").first.click()
        await expect(it.stage("customer")).to_contain_text("Connecting")
        await it.button("Hang up").click()
        await expect(it.stage("agent")).to_contain_text("Call ended")


async def test_nothing_is_recorded_before_everybody_agreed_and_a_word_ends_it(relayed: Hub, devices: Browser) -> None:
    async with media_process(relayed.settings, relayed.store), both(relayed, devices) as it:
        await it.talk("audio")
        await it.does("Ask to record").click()
        await expect(it.stage("agent")).to_contain_text("Waiting for everyone to agree")
        await expect(it.stage("customer")).to_contain_text("May we record this call?")
        await it.button("Yes, record it").click()
        for side in ("customer", "agent"):
            await expect(it.stage(side)).to_contain_text("This call is being recorded")
        await it.button("Stop the recording").click()
        for side in ("customer", "agent"):
            await expect(it.stage(side)).not_to_contain_text("This call is being recorded")
        for words in ("You agreed to the recording", "You stopped the recording"):
            await expect(it.frame.locator("li.line", has_text=words)).to_be_visible()
        await it.does("Ask to record").click()
        await it.button("No").click()
        await expect(it.does("Ask to record")).to_be_visible()


async def test_what_was_recorded_is_played_in_the_thread(relayed: Hub, devices: Browser) -> None:
    async with media_process(relayed.settings, relayed.store), both(relayed, devices) as it:
        await it.talk()
        await it.flows()
        await it.does("Ask to record").click()
        await it.button("Yes, record it").click()
        await expect(it.stage("agent")).to_contain_text("This call is being recorded")
        await films_of(it, await call_of(it))
        assert not list(recordings(relayed.settings).folder.glob("*/*.dump"))


async def test_when_a_media_process_dies_the_same_call_goes_on_elsewhere(relayed: Hub, devices: Browser) -> None:
    async with AsyncExitStack() as processes, both(relayed, devices) as it:
        first = await processes.enter_async_context(media_process(relayed.settings, relayed.store))
        await it.talk()
        await it.flows()
        call = await call_of(it)
        await processes.enter_async_context(media_process(relayed.settings, relayed.store))
        await it.frame.evaluate(NOTE_CONNECTION)
        first.send_signal(signal.SIGKILL)
        began = asyncio.get_running_loop().time()
        await it.frame.locator("textarea").fill("are you still there?")
        await it.frame.locator("textarea").press("Enter")
        await expect(it.console.locator(".message", has_text="are you still there?")).to_be_visible()
        await comes(it.frame, OTHER_PICTURES)
        print(f"media back {asyncio.get_running_loop().time() - began:.1f} s after a worker died")
        await it.flows()
        assert await call_of(it) == call


NOTE_CONNECTION = """() => {
    window.before = [...document.querySelector("ot-conversation").calls.phone.call.peers.values()][0].rtc;
}"""
# Pictures that were decoded by another peer connection than the one before.
OTHER_PICTURES = """async () => {
    const [peer] = document.querySelector("ot-conversation").calls.phone.call.peers.values();
    if (!peer || peer.rtc === window.before) return false;
    const stats = [...(await peer.rtc.getStats()).values()];
    return stats.some((it) => it.type === "inbound-rtp" && it.kind === "video" && it.framesDecoded > 2);
}"""
