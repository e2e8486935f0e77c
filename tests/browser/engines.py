"""A Chromium whose microphone and camera are fakes, and a page with the call engine in it, joined by a fake hub."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright

from tests.browser.consoles import ENGINE, FLAGS

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
# A secure origin, which devices ask for; nothing listens there: every request is answered by the test.
PLACE = "http://localhost:4"
PAGE = '<!doctype html><title>calls</title><script type="module" src="/engine_harness.mjs"></script>'
# Of the fake cameras the second one films depth (Y16), which a page shows and a call does not carry.
CALLS = [
    *FLAGS,
    "--use-fake-device-for-media-stream=device-count=3",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--auto-select-desktop-capture-source=Entire screen",
    "--mute-audio",
]


@asynccontextmanager
async def calling(executable: str = ENGINE, *flags: str) -> AsyncIterator[Browser]:
    """A browser of its own: the shared one has no devices."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=[*CALLS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


def slow_cameras() -> AbstractAsyncContextManager[Browser]:
    """For many pictures on one machine: ten a second of each are enough."""
    return calling(ENGINE, "--use-fake-device-for-media-stream=device-count=3,fps=10")


async def _serve(route: Route) -> None:
    path = route.request.url.removeprefix(PLACE)
    if path == "/":
        await route.fulfill(body=PAGE, content_type="text/html")
        return
    file = HERE / path.lstrip("/") if path.endswith(".mjs") else ROOT / path.lstrip("/")
    await route.fulfill(body=file.read_text(), content_type="text/javascript")


async def engine_page(context: BrowserContext) -> Page:
    """A page in which `two()` makes a call between an agent and a customer."""
    await context.route(PLACE + "/**", _serve)
    page = await context.new_page()
    page.set_default_timeout(20_000)
    await page.goto(PLACE + "/")
    await page.wait_for_function("() => window.ready")
    return page
