"""A real Chromium on the page of somebody else's CRM, on a site of its own, with the hub's assist panel in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Frame, Page, expect

from hub.demo import PASSWORD
from hub.settings import Settings
from tests.browser.consoles import WHOLE, chromium, launched, page_errors
from tests.running import Hub, running_hub

SIZE = {"width": 400, "height": 720}
# The strictest policy under which the panel must work, with Trusted Types and without styles.
POLICY = (
    "default-src 'none'; script-src {hub}; frame-src {hub}; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE = """<!doctype html><html lang="{lang}"><meta name="viewport" content="width=device-width"><title>CRM</title>
<script async src="{hub}/assist.js"></script><onethread-assist {names}></onethread-assist></html>"""


@dataclass
class Crm:
    """The CRM's server. Its address is a name, the hub's a number: to a browser these are two sites."""

    url: str = ""
    hub: str = ""
    names: str = ""
    lang: str = "en"
    served: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.served.append((await reader.readuntil(b"\r\n\r\n")).decode())
        page = PAGE.format(hub=self.hub, names=self.names, lang=self.lang).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(page)}\r\n"
        policy = f"Content-Security-Policy: {POLICY.format(hub=self.hub)}\r\nConnection: close\r\n\r\n"
        writer.write((head + policy).encode() + page)
        await writer.drain()
        writer.close()


@dataclass
class Embedded:
    """A hub and a CRM that may (or may not) embed its panel, and a browser to go there."""

    hub: Hub
    crm: Crm
    browser: Browser

    async def page(self, names: str = "", lang: str = "en", **context: Any) -> Page:
        """The CRM's page, naming its customer by the attributes `names`, in a fresh profile."""
        self.crm.names, self.crm.lang = names, lang
        profile = await self.browser.new_context(**{"viewport": SIZE, "locale": "en-GB", **context})
        profile.set_default_timeout(8_000)
        page = await profile.new_page()
        problems: list[str] = []
        page.on("console", lambda message: message.type == "error" and problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.problems = problems  # type: ignore[attr-defined]
        await page.goto(self.crm.url)
        return page

    async def panel(self, page: Page, email: str = "liming@example.com") -> Frame:
        """The panel's frame, with an agent signed in."""
        frame = await frame_of(page)
        await frame.locator("[name=email]").fill(email)
        await frame.locator("[name=password]").fill(PASSWORD)
        await frame.locator("[name=password]").press("Enter")
        await expect(frame.locator("ot-me")).to_have_count(1)
        return frame


@asynccontextmanager
async def embedded(settings: Settings, *, allowed: bool = True, whole: bool = False) -> AsyncIterator[Embedded]:
    """`whole`: in the desktop browser, which keeps third parties' cookies out.

    Fails on any error that a page logs (a policy's among them), unless the test takes it off the list."""
    asyncio.get_running_loop().set_debug(False)  # as the `hub` fixture, and for the same reason
    crm = Crm()
    server = await asyncio.start_server(crm.serve, "127.0.0.1", 0)
    async with server:
        crm.url = f"http://localhost:{server.sockets[0].getsockname()[1]}"
        changed = settings.model_copy(update={"assist_origins": (crm.url,) if allowed else ()})
        async with running_hub(changed) as hub, launched(WHOLE) if whole else chromium() as browser:
            crm.hub = hub.url
            yield Embedded(hub, crm, browser)
            for context in browser.contexts:
                assert [error for page in context.pages for error in page_errors(page)] == []


async def frame_of(page: Page) -> Frame:
    while not (found := [frame for frame in page.frames if "/assist" in frame.url]):
        await page.wait_for_event("framenavigated")
    return found[0]


async def name(page: Page, **names: str | None) -> None:
    """The CRM's page shows another record."""
    await page.evaluate(
        """(names) => { const panel = document.querySelector("onethread-assist");
        for (const [name, value] of Object.entries(names))
          value === null ? panel.removeAttribute(name) : panel.setAttribute(name, value); }""",
        names,
    )


async def listen(page: Page) -> None:
    """`told(page)` is what the panel has said from now on."""
    await page.evaluate(
        """() => { window.told = []; const panel = document.querySelector("onethread-assist");
        for (const type of ["state", "calling", "customer"])
          panel.addEventListener(type, ({ detail }) => told.push([type, detail])); }"""
    )
