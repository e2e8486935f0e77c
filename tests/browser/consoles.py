"""A real Chromium at the console of a real hub: signing in, looking, listening for what must never happen."""

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Frame, Locator, Page, async_playwright, expect

from hub.demo import PASSWORD
from tests.running import Hub

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=10_000)  # tests share a machine
# Answers that a test provokes on purpose; the browser logs each as an error.
EXPECTED = ("401", "429", "ERR_INTERNET_DISCONNECTED")


WHOLE = "/usr/bin/chromium"
# The same engine without the parts of a desktop browser, which take two fifths of the time.
ENGINE = shutil.which("chromium-headless-shell") or WHOLE


@asynccontextmanager
async def launched(executable: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


shared: list[Browser] = []  # one for all tests of this process: tests/browser/conftest.py


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The engine, running. What a test opened is closed when the block ends."""
    (browser,) = shared
    before = list(browser.contexts)
    try:
        yield browser
    finally:
        for context in browser.contexts:
            if context not in before:
                await context.close()


@asynccontextmanager
async def console(hub: Hub, *, email: str = "liming@example.com", **context: Any) -> AsyncIterator[Page]:
    """The console of a signed-in agent. Fails on any error that the page logs (the CSP's among them)."""
    async with chromium() as browser:
        page = await opened(hub, browser, **context)
        await sign_in(page, email)
        yield page
        assert page_errors(page) == []


async def opened(hub: Hub, browser: Browser, *, ahead_s: float = 0.0, **context: Any) -> Page:
    """A fresh profile at the console's address, on a computer whose clock is ahead of the hub's."""
    profile = await browser.new_context(**{"viewport": DESK, "locale": "en-GB", **context})
    if ahead_s:
        await profile.clock.install(time=time.time() + ahead_s)
    profile.set_default_timeout(8_000)
    page = await profile.new_page()
    problems: list[str] = []
    page.on("console", lambda message: message.type == "error" and problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.problems = problems  # type: ignore[attr-defined]
    await page.goto(hub.url + "/console")
    return page


def page_errors(page: Page) -> list[str]:
    problems: list[str] = page.problems  # type: ignore[attr-defined]
    return [p for p in problems if not any(expected in p for expected in EXPECTED)]


async def sign_in(page: Page, email: str = "liming@example.com", password: str = PASSWORD) -> None:
    await page.locator("[name=email]").fill(email)
    await page.locator("[name=password]").fill(password)
    await page.keyboard.press("Enter")
    await expect(page.locator("ot-rail")).to_be_visible()


async def open_row(page: Page, conversation: str) -> None:
    """Opens a conversation of the list and waits until its thread is live."""
    await page.locator(f"[data-conversation='{conversation}']").click()
    await expect(page.locator(".log")).to_have_attribute("aria-busy", "false")


async def go_to(page: Page, view: str, conversation: str = "") -> None:
    """By the address, as a link in a ticket would."""
    await page.evaluate("(hash) => { location.hash = hash; }", f"#/{view}/{conversation}")
    if conversation:
        await expect(page.locator(".log")).to_have_attribute("aria-busy", "false")


async def accept(page: Page) -> None:
    """Waits to be asked, accepts, and is ready to write."""
    await expect(page.locator(".reservation")).to_be_visible()
    await page.keyboard.press("a")
    await expect(page.locator("textarea")).to_be_focused()


def said(page: Page | Frame, text: str) -> Locator:
    """The bubble with this text."""
    return page.locator(".message", has=page.locator(".bubble", has_text=text))
