"""The story in real browsers, in Chinese and in English: bot, handover, second device, and a killed server between."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Frame, Page, expect

from hub.crm.local import LocalCrm
from hub.parts import now_ms
from hub.settings import Settings
from hub.store.store import Store
from tests.browser.consoles import DESK, PHONE, WHOLE, launched, sign_in
from tests.processes import Processes, processes
from tests.running import add_sample_agents

SHOTS = os.environ.get("ONETHREAD_SHOTS", "")


@dataclass(frozen=True)
class Words:
    locale: str
    key: str
    name: str
    greeting: str
    question: str
    card: str
    person: str
    handing: str
    hello: str
    note: str
    thanks: str


CHINESE = Words(
    "zh-CN",
    "wang",
    "王丽",
    "王女士",
    "我的订单到哪了？",
    "2026112200017",
    "转人工",
    "转接人工",
    "王女士您好，我是李明。",
    "老客户，晚到的话补一张券",
    "谢谢，晚上见。",
)
ENGLISH = Words(
    "en-GB",
    "smith",
    "James Smith",
    "Mr Smith",
    "Where is my order?",
    "",
    "I want to speak to a person",
    "Of course",
    "Hello Mr Smith, this is Li Ming.",
    "a regular: a voucher if it is late",
    "Thanks, see you tonight.",
)


@pytest.fixture
async def hub(settings: Settings, store: Store) -> "Processes":
    await add_sample_agents(store)
    async with processes(settings) as them:
        yield them


async def shot(page: Page, name: str) -> None:
    """With ONETHREAD_SHOTS=DIR, keep a picture to look at."""
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=Path(SHOTS) / f"{name}.png")


async def shop(browser: Browser, hub: Processes, words: Words) -> tuple[Page, Frame]:
    """The shop with the customer signed in, and the widget open."""
    profile = await browser.new_context(viewport=DESK, locale=words.locale)
    page = await profile.new_page()
    await page.goto(hub.url + "/")
    await page.locator("details.people summary").click()
    await page.locator("details.people").get_by_text(words.name).first.click()
    # The launcher's shadow root is closed, so that the host page can't reach in; the frame itself is found by its URL.
    async with page.expect_event("framenavigated", lambda frame: "/widget/frame" in frame.url) as opened:
        await page.evaluate("() => OneThread('open')")
    return page, await opened.value


async def write(widget: Frame | Page, text: str) -> None:
    box = widget.locator("textarea")
    await box.fill(text)
    await box.press("Enter")


async def bubbles(widget: Frame | Page) -> list[str]:
    return [text.strip() for text in await widget.locator(".bubble").all_inner_texts()]


@pytest.mark.parametrize(
    "words", [pytest.param(CHINESE, id="zh"), pytest.param(ENGLISH, id="en", marks=pytest.mark.long)]
)
async def test_the_story(hub: Processes, settings: Settings, words: Words) -> None:
    async with launched(WHOLE) as browser:
        page, widget = await shop(browser, hub, words)
        await expect(widget.locator(".said .bubble").first).to_contain_text(words.greeting)
        await shot(page, f"{words.locale}-1-greeted")

        await write(widget, words.question)
        card = widget.locator(".card").first
        await expect(card).to_contain_text(words.card)
        assert await card.locator(".trail li").count() >= 2
        await shot(page, f"{words.locale}-2-trail")

        desk = await (await browser.new_context(viewport=DESK, locale=words.locale)).new_page()
        await desk.goto(hub.url + "/console")
        await sign_in(desk)
        before = len(await bubbles(widget))
        await write(widget, words.person)
        bar = desk.locator(".reservation")
        await expect(bar).to_be_visible()
        await shot(desk, f"{words.locale}-3-asked")
        await desk.keyboard.press("a")
        await expect(bar).to_have_count(0)
        await expect(widget.locator(".said .bubble", has_text=words.handing)).to_have_count(1)
        assert len(await bubbles(widget)) == before + 2, "her wish, and exactly one hand-over message"

        await write(desk, words.hello)
        await expect(widget.locator(".bubble", has_text=words.hello)).to_have_count(1)
        await desk.keyboard.press("Escape")
        await desk.keyboard.press("n")
        await desk.keyboard.type(words.note)
        await desk.keyboard.press("Enter")
        await expect(desk.locator(".note")).to_contain_text(words.note)

        # The server dies. She goes on writing, the agent too; nobody does anything to reconnect.
        await hub.kill("serve")
        await write(widget, words.thanks)
        await hub.start("serve")
        await hub.ready()
        theirs = desk.locator(".message .bubble", has_text=words.thanks)
        await expect(theirs).to_have_count(1, timeout=30_000)
        await expect(widget.locator(".bubble", has_text=words.thanks)).to_have_count(1)
        await shot(page, f"{words.locale}-4-after-the-kill")
        await shot(desk, f"{words.locale}-5-console")

        phone = await (
            await browser.new_context(viewport=PHONE, locale=words.locale, is_mobile=True, has_touch=True)
        ).new_page()
        await phone.goto(hub.url + "/app")
        await phone.get_by_text(words.name).first.click()
        await expect(phone.locator(".bubble", has_text=words.thanks)).to_have_count(1, timeout=15_000)
        await shot(phone, f"{words.locale}-6-phone")
        assert await bubbles(phone) == await bubbles(widget), "the whole thread, once, in order"
        assert words.note not in await phone.content()

        await desk.locator(".thread-head").click()
        await desk.keyboard.press("e")
        await expect(widget.locator(".rating")).to_be_visible(timeout=15_000)
        await shot(page, f"{words.locale}-7-resolved")
    await written_back(settings, f"cust_{words.key}", words)


async def written_back(settings: Settings, customer: str, words: Words) -> None:
    """Transcript and summary are in the CRM, once, without the note."""
    crm = await LocalCrm.open(settings.data_dir / "crm.sqlite3", now_ms)
    try:
        notes = [n for n in await crm.notes(customer) if words.question in n.body]
        while {n.kind for n in notes} < {"transcript", "summary"}:
            notes = [n for n in await crm.notes(customer) if n.kind == "summary" or words.question in n.body]
        transcripts = [n for n in notes if n.kind == "transcript" and words.question in n.body]
        assert len(transcripts) == 1
        assert transcripts[0].body.count(words.thanks) == 1
        assert words.note not in transcripts[0].body
    finally:
        await crm.close()
