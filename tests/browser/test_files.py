"""Files in a real browser: from the widget to the console and back, by button, paste and drop, and what goes wrong."""

import base64
import re

import pytest
from playwright.async_api import Frame, Page, expect

from tests.browser import consoles, widgets
from tests.browser.consoles import open_row
from tests.browser.test_console_access import violations
from tests.browser.widgets import visit, widget
from tests.files.pictures import png
from tests.running import Hub, Peer, conversation_of

pytestmark = pytest.mark.long
PICTURE = {"name": "水壶.png", "mimeType": "image/png", "buffer": png(64, 48)}
LETTER = {"name": "Rechnung 2026.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 ..."}


async def served(hub: Hub) -> Peer:
    """王丽, whose conversation 李明 has."""
    wang, agent = await hub.customer("wang"), await hub.agent()
    await wang.say("转人工")
    conversation = conversation_of(wang)
    await agent.ask("conversation.follow", conversation=conversation)
    await agent.ask("conversation.assign", conversation=conversation)
    await agent.close()
    return wang


async def attach(side: Frame | Page, within: str, *files: object) -> None:
    await side.locator(f"{within} input[type=file]").set_input_files(list(files))  # type: ignore[arg-type]


async def test_a_picture_and_a_letter_from_the_widget_to_the_console_and_back(hub: Hub) -> None:
    wang = await served(hub)
    async with visit(hub) as it, consoles.console(hub) as desk:
        frame = await widget(await it.page(customer="wang"))
        await open_row(desk, conversation_of(wang))
        await attach(frame, "ot-files", PICTURE, LETTER)
        for side, name in ((frame, "Picture 水壶.png"), (desk, "Picture 水壶.png")):
            seen = side.get_by_role("img", name=name)
            await expect(seen).to_be_visible()
            assert await seen.evaluate(SIZE) == [64, 48]
        await expect(desk.get_by_role("button", name="Open Rechnung 2026.pdf")).to_contain_text("0.1 kB")
        await attach(desk, "ot-attach", PICTURE)
        await expect(frame.get_by_role("img", name="Picture 水壶.png")).to_have_count(2)
        async with desk.context.expect_page() as opened:
            await desk.get_by_role("img", name="Picture 水壶.png").first.click()
        await (await opened.value).wait_for_url(re.compile("/api/v1/files/"))
        assert await violations(desk) == []


async def test_a_screenshot_is_pasted_and_a_file_is_dropped(hub: Hub) -> None:
    async with visit(hub) as it:
        frame = await widget(await it.page(customer="wang"))
        await expect(frame.get_by_role("button", name="Send a file or a picture")).to_be_visible()
        body = base64.b64encode(png(8, 8)).decode()
        for kind in ("paste", "drop"):
            await frame.locator("ot-conversation").evaluate(GIVE, [kind, body])
        await expect(frame.get_by_role("img", name="Picture shot.png")).to_have_count(2)


SIZE = "(it) => it.decode().then(() => [it.naturalWidth, it.naturalHeight])"
GIVE = """(place, [kind, body]) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(body), (it) => it.charCodeAt(0));
    data.items.add(new File([bytes], "shot.png", { type: "image/png" }));
    const event = kind === "paste"
        ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true })
        : new DragEvent("drop", { dataTransfer: data, bubbles: true });
    place.querySelector("textarea").dispatchEvent(event);
}"""


async def test_what_is_too_large_or_broken_off_is_told_and_can_be_sent_again(hub: Hub) -> None:
    async with visit(hub, viewport=widgets.PHONE) as it:
        frame = await widget(await it.page(customer="wang"))
        await expect(frame.get_by_role("button", name="Send a file or a picture")).to_be_visible()
        await attach(frame, "ot-files", {**LETTER, "buffer": b""})
        await expect(frame.get_by_role("alert")).to_contain_text("Rechnung 2026.pdf is empty.")
        await frame.get_by_role("button", name="Remove").click()
        broken = re.compile("/api/v1/files/")
        await it.context.route(broken, lambda route: route.abort())
        await attach(frame, "ot-files", LETTER)
        await expect(frame.get_by_role("alert")).to_contain_text("was not sent")
        await it.context.unroute(broken)
        await frame.get_by_role("button", name="Try again").click()
        await expect(frame.get_by_role("button", name="Open Rechnung 2026.pdf")).to_have_count(1)
        await expect(frame.locator(".file-sending")).to_have_count(0)
        it.problems.clear()  # the browser logs what was aborted
        assert await frame.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
