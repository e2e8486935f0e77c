"""The widget on somebody else's site: a strict CSP with Trusted Types, the calls a site makes, and origins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, expect

from hub.settings import Settings, Site
from tests.browser.widgets import frames, live, mine, visit, widget, write
from tests.ports import free_port
from tests.running import Hub, running_hub

pytestmark = pytest.mark.long

PAGE = """<!doctype html><html lang="zh-CN"><title>host</title><body><p>host</p>
<script src="/own.js"></script><script async src="{hub}/widget.js" data-site="other"></script></body></html>"""
# A page that calls before the widget has loaded, and that knows a token for whoever is signed in.
OWN = """window.OneThread ??= (...call) => (OneThread.q ??= []).push(call);
window.heard = []; window.asked = 0;
for (const type of ['open', 'close', 'unread']) OneThread('on', type, (value) => heard.push([type, value]));"""


@asynccontextmanager
async def site(hub_url: str, csp: str) -> AsyncIterator[str]:
    """A site of its own origin. Yields its address; `hub_url` may be told later by formatting PAGE."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        own = request.startswith("GET /own.js")
        body = (OWN if own else PAGE.format(hub=hub_url)).encode()
        kind = "text/javascript" if own else "text/html; charset=utf-8"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        policy = "" if own or not csp else f"Content-Security-Policy: {csp.format(hub=hub_url)}\r\n"
        writer.write(head.encode() + policy.encode() + b"\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


STRICT = (
    "default-src 'none'; script-src 'self' {hub}; frame-src {hub}; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@asynccontextmanager
async def embedded(settings: Settings, *, allowed: bool = True, csp: str = STRICT) -> AsyncIterator[tuple[Hub, str]]:
    """A hub, and a site on another origin that it does (or does not) allow to embed the widget."""
    port = free_port()
    async with site(f"http://127.0.0.1:{port}", csp) as address:
        other = Site(name="Other Shop", accent="#7a3e9d", origins=(address,) if allowed else ())
        changed: dict[str, Any] = {"sites": {"other": other}, "port": port}
        async with running_hub(settings.model_copy(update=changed)) as hub:
            yield hub, address


async def opened(page: Page, address: str) -> None:
    await page.goto(address)
    await page.wait_for_function("() => !window.OneThread.q")  # the loader has taken over


async def test_it_works_under_a_strict_policy_with_trusted_types(settings: Settings) -> None:
    async with embedded(settings) as (hub, address), visit(hub) as it:
        page = await it.page("/favicon.ico")
        await opened(page, address)
        frame = await widget(page)
        await expect(frame.locator("textarea")).to_have_attribute("placeholder", "请输入消息…")  # the page's language
        await write(frame, "你好")
        await expect(mine(frame, "你好")).to_have_count(1)
        accent = "() => getComputedStyle(document.documentElement).getPropertyValue('--customer')"
        assert await frame.evaluate(accent) == "#7a3e9d"
        assert (
            await frame.evaluate("() => { try { return parent.document.title } catch (e) { return e.name } }")
            == "SecurityError"
        )


async def test_calls_open_close_toggle_and_report(settings: Settings) -> None:
    async with embedded(settings) as (hub, address), visit(hub) as it:
        page = await it.page("/favicon.ico")
        await opened(page, address)
        for call in ("open", "open", "close", "toggle", "toggle"):
            await page.evaluate("(call) => OneThread(call)", call)
        assert [type for type, _ in await page.evaluate("() => heard") if type != "unread"] == ["open", "close"] * 2
        await page.evaluate("() => OneThread('of-the-future', 1)")
        frame = await widget(page)
        await page.evaluate("() => OneThread('locale', 'en')")
        await expect(frame.locator("textarea")).to_have_attribute("placeholder", "Write a message…")


# One task right behind the other, as of pages with much advertising: the browser is never idle.
BUSY = """() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
        for (const end = performance.now() + 30; performance.now() < end; );
        port2.postMessage(0);
    };
    port2.postMessage(0);
}"""


async def test_on_a_page_that_is_never_idle_who_wrote_before_sees_the_answer_too(settings: Settings) -> None:
    async with embedded(settings) as (hub, address), visit(hub) as it:
        page = await it.page("/favicon.ico")
        await opened(page, address)
        frame = await widget(page)
        await write(frame, "你好")
        await expect(mine(frame, "你好")).to_have_count(1)
        await page.wait_for_function("() => Number(localStorage['onethread:other']) > Date.now()")
        await it.context.add_init_script(f"if (window === top) ({BUSY})()")
        await opened(page, address)
        while not frames(page):
            await page.wait_for_event("framenavigated")
        await live(frames(page)[0])


async def test_a_token_call_that_fails_is_asked_again_not_taken_for_nobody(settings: Settings) -> None:
    async with embedded(settings, csp="") as (hub, address), visit(hub) as it:
        page = await it.page("/favicon.ico")
        await opened(page, address)
        await page.evaluate("() => OneThread('identify', () => { asked++; throw new Error('offline') })")
        await page.evaluate("() => OneThread('open')")
        await page.wait_for_function("() => asked >= 2")
        frame = frames(page)[0]
        assert await frame.evaluate("() => Object.keys(localStorage).filter((key) => key.endsWith(':device'))") == []


async def test_an_origin_that_is_not_the_sites_own_gets_no_frame(settings: Settings) -> None:
    async with embedded(settings, allowed=False, csp="") as (hub, address), visit(hub) as it:
        page = await it.page("/favicon.ico")
        await opened(page, address)
        async with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            await page.evaluate("() => OneThread('open')")
        assert not frames(page)
        it.problems.clear()


@pytest.mark.parametrize("said", ['{onethread: "close"}', "null", '"close"', '{onethread: "__proto__"}'])
async def test_only_the_frame_is_listened_to(settings: Settings, said: str) -> None:
    async with embedded(settings, csp="") as (hub, address), visit(hub) as it:
        page = await it.page("/favicon.ico")
        await opened(page, address)
        frame = await widget(page)
        await page.evaluate(f"() => postMessage({said}, '*')")
        await frame.evaluate("() => parent.postMessage(null, '*')")
        await frame.evaluate("() => parent.postMessage({onethread: 'toString'}, '*')")
        await live(frame)
        assert "close" not in [type for type, _ in await page.evaluate("() => heard")]


async def test_escape_closes_and_the_focus_goes_back(settings: Settings) -> None:
    async with embedded(settings) as (hub, address), visit(hub) as it:
        page = await it.page("/favicon.ico")
        await opened(page, address)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_function("() => heard.some(([type]) => type === 'open')")
        while not frames(page):
            await page.wait_for_event("framenavigated")
        frame = frames(page)[0]
        await live(frame)
        await expect(frame.locator("textarea")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.wait_for_function("() => heard.at(-1)[0] === 'close'")
        await page.keyboard.press("Enter")
        await page.wait_for_function("() => heard.at(-1)[0] === 'open'")
        await expect(frame.locator("textarea")).to_be_focused()
