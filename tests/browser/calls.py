"""王丽 at the shop and 李明 at the console, both with a microphone and a camera, joined by a real hub."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from playwright.async_api import Browser, Frame, Locator, Page, expect

from tests.browser import consoles, widgets
from tests.browser.consoles import open_row, page_errors, sign_in
from tests.browser.widgets import Network, Visit, widget
from tests.running import Hub, Peer, conversation_of

LIVE_MS = 20_000  # from the ring to a picture, on a busy machine


@dataclass
class Far:
    """Her browser and what the hub is called there, when she is on a network of her own (networks.py)."""

    devices: Browser
    url: str


@dataclass
class Both:
    """The two of them: the widget's frame, the console's page."""

    hub: Hub
    visit: Visit
    shop: Page
    frame: Frame
    console: Page

    def button(self, name: str) -> Locator:
        """In the widget."""
        return self.frame.get_by_role("button", name=name, exact=True)

    def does(self, name: str) -> Locator:
        """In the console's call, or its bar."""
        return self.console.locator("ot-call, ot-ring").get_by_role("button", name=name)

    def stage(self, side: str) -> Locator:
        return (self.frame if side == "customer" else self.console).locator("ot-call")

    async def rings(self, media: str = "video") -> None:
        await self.button("Video call" if media == "video" else "Audio call").click()
        await expect(self.console.locator(".ring")).to_be_visible(timeout=LIVE_MS)

    async def talk(self, media: str = "video") -> None:
        """From the customer's press to both being in the call."""
        await self.rings(media)
        await self.does("Answer").first.click()
        await self.live()

    async def live(self) -> None:
        for side in (self.frame, self.console):
            await expect(side.locator("ot-call .tabular")).to_contain_text("0:", timeout=LIVE_MS)

    async def asks_to_record(self) -> None:
        """Until the customer is asked: a media process that is strained, as on a busy machine, says no for a while."""
        asked = self.stage("customer").get_by_text("May we record this call?")
        async with asyncio.timeout(LIVE_MS / 1000):
            while not await asked.is_visible():
                if await self.does("Ask to record").is_visible():
                    await self.does("Ask to record").click()
                await asyncio.sleep(0.2)

    async def flows(self, media: str = "video") -> None:
        """Pictures, or at least sound, reach both sides and go on."""
        for side in (self.frame, self.console):
            await comes(side, FLOWS, media)


async def comes(side: Page | Frame, condition: str, arg: Any = None) -> None:
    """Until it is true. Playwright's own wait takes the promise of an async function for true."""
    async with asyncio.timeout(LIVE_MS / 1000):
        while not await side.evaluate(condition, arg):
            await asyncio.sleep(0.05)


FLOWS = """async (media) => {
    const far = document.querySelector("ot-call .far video, ot-call video.far");
    if (!far?.srcObject) return false;
    const count = () => media === "video" ? far.getVideoPlaybackQuality().totalVideoFrames : far.currentTime;
    const before = count();
    await new Promise((done) => setTimeout(done, 300));
    return count() > before;
}"""


# Begun anew, a picture is black and its sound stops for a moment: who draws the page again must not do that.
RELOADS = """() => {
    window.reloads = 0;
    for (const what of ["emptied", "loadstart"]) document.addEventListener(what, () => window.reloads++, true);
}"""

# Counts what is played, and what rings on (by an interval of 3 s).
EARS = """() => {
    Object.assign(window, { played: 0, ringing: new Set() });
    const { AudioContext, setInterval, clearInterval } = window;
    window.AudioContext = class extends AudioContext { constructor() { super(); window.played += 1; } };
    window.setInterval = (run, ms) => {
        const id = setInterval(run, ms);
        if (ms === 3000) window.ringing.add(id);
        return id;
    };
    window.clearInterval = (id) => (window.ringing.delete(id), clearInterval(id));
}"""


@asynccontextmanager
async def both(hub: Hub, devices: Browser, far: Far | None = None, **profile: Any) -> AsyncIterator[Both]:
    """李明 has 王丽's conversation; her widget is open. Fails on any error that a page logged."""
    hers, shop_hub = (far.devices, replace(hub, url=far.url)) if far else (devices, hub)
    shopper = await hers.new_context(**{"viewport": widgets.DESK, "locale": "en-GB", **profile})
    network = Network(shopper)
    if far is None:
        await network.start()
    visit = Visit(shop_hub, shopper, network)
    wang = await hub.customer("wang")
    await wang.say("转人工")
    agent = await hub.agent()
    await taken(agent, wang)
    console = await consoles.opened(hub, devices, **{"locale": "en-GB", **profile, "viewport": consoles.DESK})
    await sign_in(console)
    await open_row(console, conversation_of(wang))
    shop = await visit.page(customer="wang")
    frame = await widget(shop)
    try:
        yield Both(hub, visit, shop, frame, console)
        problems = [*visit.unexpected(), *page_errors(console)]
        assert problems == [], problems
    finally:
        await shopper.close()
        await console.context.close()


async def taken(agent: Peer, customer: Peer) -> None:
    conversation = conversation_of(customer)
    await agent.ask("conversation.follow", conversation=conversation)
    await agent.ask("conversation.assign", conversation=conversation, to="agent", agent="me")
    await agent.close()
