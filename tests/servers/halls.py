"""王丽 and up to five agents in one call, each in a profile of their own of one real Chromium, with fake devices."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, Frame, Page, expect

from hub.calls.relay.relay import Place
from hub.settings import Settings
from hub.store.agents import Account
from tests.browser import consoles
from tests.browser.calls import LIVE_MS, Both, both
from tests.browser.consoles import page_errors, sign_in
from tests.browser.engines import slow_cameras
from tests.calls.workers import calm_media
from tests.running import QUICK_HASH, Hub, running_hub
from tests.servers.janus import CREATE_KEY, SECRET, Cable, Janus, a_janus, cable

EXPERTS = {"anna": "Anna Berg", "sato": "佐藤", "omar": "Omar Diaz", "chen": "陈雪"}


@asynccontextmanager
async def hub_with(janus: Janus, settings: Settings) -> AsyncIterator[Hub]:
    """A hub with media and a Janus, and four experts beside 李明. The media are this process's: one of its own would
    take nothing to record beside so many browsers."""
    more = {
        "calls": "relay",
        "janus_url": janus.url,
        "janus_secret": type(settings.janus_secret)(SECRET),
        "janus_create_key": type(settings.janus_create_key)(CREATE_KEY),
    }
    asyncio.get_running_loop().set_debug(False)
    async with (
        running_hub(settings.model_copy(update=more)) as hub,
        calm_media(hub.settings, hub.store, Place(hosts=("127.0.0.1", janus.here), outlet=janus.here)),
    ):
        for id, name in EXPERTS.items():
            if id != "anna":
                account = {"id": id, "name": name, "email": f"{id}@example.com", "password": QUICK_HASH}
                await hub.store.agents.add(Account.model_validate(account))
        yield hub


@dataclass
class Several:
    """Everybody's page. The first are 王丽 and 李明."""

    two: Both
    devices: Browser
    stack: AsyncExitStack
    profile: dict[str, Any]
    waiting: dict[str, Page] = field(default_factory=dict)
    experts: dict[str, Page] = field(default_factory=dict)

    @property
    def pages(self) -> list[Frame | Page]:
        return [self.two.frame, self.two.console, *self.experts.values()]

    async def arrives(self, expert: str) -> None:
        """They are at their console, and in no call yet."""
        page = await consoles.opened(self.two.hub, self.devices, **self.profile)
        self.stack.push_async_callback(page.context.close)
        page.set_default_timeout(2 * LIVE_MS)
        await sign_in(page, f"{expert}@example.com")
        self.waiting[expert] = page

    async def asks_in(self, expert: str) -> Page:
        """李明 invites, the expert answers; both by hand."""
        page = self.waiting.pop(expert)
        await self.two.does("Bring in an expert").click()
        dialog = self.two.console.get_by_role("dialog")
        await dialog.locator("select[name=agent]").select_option(expert)
        await dialog.get_by_role("button", name="Invite").click()
        await page.locator(".ring").get_by_role("button", name="Answer").first.click(timeout=2 * LIVE_MS)
        self.experts[expert] = page
        return page

    async def call(self, page: Frame | Page) -> str:
        found: str = await page.evaluate(f"() => {PHONE}.call?.id ?? ''")
        return found

    async def all_see_all(self) -> None:
        """Each sees every other one, and the pictures move."""
        for page in self.pages:
            async with asyncio.timeout(6 * LIVE_MS / 1000):
                while await page.evaluate(MOVING) != len(self.pages) - 1:
                    await asyncio.sleep(0.2)
            await expect(page.locator("ot-call .far")).to_have_count(len(self.pages) - 1)


PHONE = (
    '(document.querySelector("ot-conversation")?.calls.phone ?? document.querySelector("ot-call").app.calls.current)'
)
# How many of the other parties' pictures have moved between two looks.
MOVING = """async () => {
    const far = [...document.querySelectorAll("ot-call .far video, ot-call video.far")];
    const frames = () => far.map((it) => it.getVideoPlaybackQuality().totalVideoFrames);
    const before = frames();
    await new Promise((done) => setTimeout(done, 1_500));
    return frames().filter((n, i) => n > before[i]).length;
}"""


@asynccontextmanager
async def several(hub: Hub, devices: Browser, *experts: str, **profile: Any) -> AsyncIterator[Several]:
    """With `experts` at their desks. They end without an error that a page logged."""
    used = {"locale": "en-GB", **profile}
    async with both(hub, devices, **used) as two, AsyncExitStack() as stack:
        two.console.set_default_timeout(2 * LIVE_MS)
        two.shop.set_default_timeout(2 * LIVE_MS)
        it = Several(two, devices, stack, used)
        for expert in experts:
            await it.arrives(expert)
        yield it
        for page in it.experts.values():
            assert page_errors(page) == []


# --- fixtures --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def laid() -> Iterator[Cable]:
    with cable() as laid:
        yield laid


@pytest.fixture(scope="module")
async def devices(laid: Cable) -> AsyncIterator[Browser]:
    async with slow_cameras() as browser:
        yield browser


@pytest.fixture
async def janus(laid: Cable) -> AsyncIterator[Janus]:
    async with a_janus(laid) as janus:
        yield janus


@pytest.fixture
async def hub(janus: Janus, settings: Settings) -> AsyncIterator[Hub]:
    async with hub_with(janus, settings) as hub:
        yield hub
