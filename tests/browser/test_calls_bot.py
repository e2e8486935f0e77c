"""The bot in a call, between a real browser and real processes: it is heard, it hears, and it hands over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Frame, Page, expect

from hub.settings import Settings
from tests.browser import widgets
from tests.browser.calls import LIVE_MS, comes
from tests.browser.engines import calling
from tests.browser.widgets import Network, Visit, widget
from tests.calls.voice.voices import microphone, voice_process
from tests.calls.workers import media_process
from tests.running import Frame as Event
from tests.running import Hub, Peer, conversation_of, running_hub

pytestmark = [pytest.mark.servers, pytest.mark.long]


@pytest.fixture
async def relayed(settings: Settings) -> AsyncIterator[Hub]:
    asyncio.get_running_loop().set_debug(False)
    async with running_hub(settings.model_copy(update={"calls": "relay"})) as hub, media_process(hub.settings, hub.store):
        yield hub


@dataclass
class Caller:
    """王丽 at the shop, who calls while no agent is there; a second device of hers reads the log, as staff does."""

    hub: Hub
    visit: Visit
    shop: Page
    frame: Frame
    staff: Peer
    conversation: str

    async def calls(self, media: str = "Audio call") -> None:
        await self.frame.get_by_role("button", name=media, exact=True).click()

    async def event(self, type: str, **d: Any) -> Event:
        return await self.staff.until(
            lambda f: f.get("type") == type and all(f["d"].get(key) == value for key, value in d.items()), seen=True
        )

    async def says(self, words: str) -> Event:
        """The bot, in the log."""
        return await self.staff.until(lambda f: f.get("type") == "call.said" and words in f["d"]["text"], seen=True)

    async def heard(self) -> float:
        """The energy of all that came out of the call's connection so far: of silence it is 0."""
        found: float = await self.frame.evaluate(ENERGY)
        return found


ENERGY = """async () => {
    const phone = document.querySelector("ot-conversation").calls?.phone;
    let energy = 0;
    for (const peer of phone?.call?.peers.values() ?? [])
        for (const it of (await peer.rtc.getStats()).values())
            if (it.type === "inbound-rtp" && it.kind === "audio") energy += it.totalAudioEnergy ?? 0;
    return energy;
}"""


@asynccontextmanager
async def caller(hub: Hub, devices: Browser, key: str = "wang", locale: str = "en-GB") -> AsyncIterator[Caller]:
    context = await devices.new_context(viewport=widgets.DESK, locale=locale)
    network = Network(context)
    await network.start()
    visit = Visit(hub, context, network)
    wang = await hub.customer(key, locale=locale)
    conversation = conversation_of(wang)
    staff = await hub.agent("anna@example.com")
    await staff.ask("presence.set", status="away")
    await staff.ask("conversation.follow", conversation=conversation)
    shop = await visit.page(customer=key)
    frame = await widget(shop)
    try:
        yield Caller(hub, visit, shop, frame, staff, conversation)
        assert visit.unexpected() == []
    finally:
        await context.close()


async def test_the_bot_is_heard_hears_the_digits_and_leaves_when_an_agent_comes(relayed: Hub, tmp_path: Path) -> None:
    speaks = microphone(tmp_path / "mic.wav", 9.0, "0 0 1 7", 60.0)
    async with voice_process(relayed.settings), calling(speaks) as devices, caller(relayed, devices) as it:
        await it.calls()
        requested = await it.event("call.requested")
        accepted = await it.event("call.accepted")
        assert accepted["d"]["party"] == "bot"
        await it.says("last four digits")
        async with asyncio.timeout(LIVE_MS / 1000):
            while await it.heard() < 0.01:
                await asyncio.sleep(0.1)
        understood = await it.event("call.understood", kind="order")
        print(understood)
        assert understood["d"]["heard"] == "0017"
