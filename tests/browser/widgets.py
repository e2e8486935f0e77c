"""A real Chromium on the sample shop of a real hub: opening the widget, writing, losing the connection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, Frame, Page, Route, WebSocketRoute, expect

from tests.browser.consoles import chromium
from tests.running import Hub

DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
LOADING_MS = 20_000  # a cold page on a busy machine
# What the browser logs when a test takes the network away on purpose.
EXPECTED = ("ERR_INTERNET_DISCONNECTED", "503", "401")
TICKETS = "**/api/v1/tickets"  # what a page asks for before it connects


async def _unreachable(route: Route) -> None:
    await route.abort("internetdisconnected")


@dataclass
class Network:
    """The page's way to the hub, which a test may break: sockets really close, and calls really fail."""

    context: BrowserContext
    sockets: list[WebSocketRoute] = field(default_factory=list)

    async def start(self) -> None:
        await self.context.route_web_socket("**/ws", self._opened)

    async def _opened(self, socket: WebSocketRoute) -> None:
        self.sockets += [socket, socket.connect_to_server()]

    async def down(self) -> None:
        """Sockets break while there is a network, or Chromium may keep what tells the hub of it (1 of 15 times)."""
        await self.context.route(TICKETS, _unreachable)
        await self.drop()
        await self.context.set_offline(True)

    async def up(self) -> None:
        await self.context.unroute(TICKETS)
        await self.context.set_offline(False)

    async def drop(self) -> None:
        """Every open socket breaks, at both ends, as when a proxy restarts."""
        for socket in self.sockets:
            await socket.close(code=4200)
        self.sockets.clear()


@dataclass
class Visit:
    """One browser profile on the shop."""

    hub: Hub
    context: BrowserContext
    network: Network
    problems: list[str] = field(default_factory=list)

    async def page(self, path: str = "/", *, customer: str = "") -> Page:
        page = await self.context.new_page()
        page.on("console", lambda message: message.type == "error" and self.problems.append(message.text))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        if customer:
            await page.goto(self.hub.url + "/favicon.ico")
            await page.evaluate(f"() => localStorage.setItem('demo:shop:customer', '{customer}')")
        await page.goto(self.hub.url + path)
        return page

    def unexpected(self) -> list[str]:
        return [p for p in self.problems if not any(known in p for known in EXPECTED)]


@asynccontextmanager
async def visit(hub: Hub, **profile: Any) -> AsyncIterator[Visit]:
    """A fresh profile. Fails on any error that a page logged, the CSP's among them."""
    async with chromium() as browser:
        context = await browser.new_context(**{"viewport": DESK, "locale": "en-GB", **profile})
        network = Network(context)
        await network.start()
        visit = Visit(hub, context, network)
        yield visit
        assert visit.unexpected() == []
        await context.close()


def frames(page: Page) -> list[Frame]:
    return [frame for frame in page.frames if "/widget/frame" in frame.url]


async def widget(page: Page) -> Frame:
    """Opens the widget and waits until its thread is live."""
    await page.evaluate("() => OneThread('open')")
    while not frames(page):  # a conversation under way had its frame before
        await page.wait_for_event("framenavigated")
    frame = frames(page)[0]
    await live(frame)
    return frame


async def live(frame: Frame) -> None:
    await expect(frame.locator("[role=log]")).to_have_attribute("aria-busy", "false", timeout=LOADING_MS)


async def write(frame: Frame, words: str) -> None:
    await frame.locator("textarea").fill(words)
    await frame.locator("textarea").press("Enter")


def mine(frame: Frame, words: str) -> Any:
    """The customer's own bubble with these words, with its ticks."""
    return frame.locator("li.mine", has_text=words)


async def all_safe(frame: Frame) -> None:
    """Everything that was written is in the log."""
    await expect(frame.locator("li.mine")).not_to_have_count(0)
    await expect(frame.locator("li.queued, li.sending")).to_have_count(0)


async def kept(frame: Frame) -> list[str]:
    """The keys of what the widget stored on this device."""
    keys: list[str] = await frame.evaluate(
        "() => Object.keys(localStorage).filter((key) => key.startsWith('onethread:'))"
    )
    return keys
