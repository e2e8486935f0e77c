"""A call in each of its states, for everyone: both languages and themes, desk and phone. With ONETHREAD_SHOTS=DIR a
picture of each is kept, to look at.
"""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.calls import LIVE_MS, Both, both
from tests.browser.engines import slow_cameras
from tests.browser.test_console_access import overflow, violations
from tests.browser.widgets import PHONE
from tests.calls.workers import media_process
from tests.running import Hub

SHOTS = os.environ.get("ONETHREAD_SHOTS", "")
STATIC = Path(__file__).parents[2] / "static"
PLACES = {"widget": "widget/locales", "call": "widget/call/locales", "console": "console/locales"}


@pytest.fixture(scope="module")
async def devices() -> AsyncIterator[Browser]:
    """How it looks is asked, and other tests have calls at the same time."""
    async with slow_cameras() as browser:
        yield browser


class Shown:
    """Both pages in one language, and what is asked of each state."""

    def __init__(self, it: Both, language: str, name: str) -> None:
        self.it, self.name = it, name
        self._texts = {place: (STATIC / folder / f"{language}.js").read_text() for place, folder in PLACES.items()}

    def text(self, place: str, key: str) -> str:
        found = re.search(rf'^  "{re.escape(key)}": "(.*)",$', self._texts[place], re.MULTILINE)
        assert found, key
        return found[1]

    async def press(self, place: str, key: str) -> None:
        if place == "console":
            side: Any = self.it.console.locator("ot-call, ot-ring")
        else:
            side = self.it.frame
        await side.get_by_role("button", name=self.text(place, key), exact=True).first.click()

    async def is_fine(self, state: str) -> None:
        for page in (self.it.frame, self.it.console):
            assert await violations(page) == [], state
            assert await overflow(page) == 0, state
        if SHOTS:
            for side, page in (("customer", self.it.shop), ("agent", self.it.console)):
                await page.screenshot(path=Path(SHOTS) / f"call-{self.name}-{state}-{side}.png")


@pytest.mark.parametrize(
    ("language", "scheme", "narrow"),
    [
        pytest.param("en", "light", False, marks=pytest.mark.long),
        pytest.param("zh-CN", "dark", True, marks=pytest.mark.long),
        pytest.param("en", "dark", True, marks=pytest.mark.calls),
        pytest.param("zh-CN", "light", False, marks=pytest.mark.calls),
    ],
)
async def test_everybody_can_use_it_in_each_state(
    relayed: Hub, devices: Browser, language: str, scheme: str, narrow: bool
) -> None:
    profile = {"locale": language, "color_scheme": scheme, "reduced_motion": "reduce"}
    async with media_process(relayed.settings, relayed.store), both(relayed, devices, **profile) as it:
        if narrow:
            await it.shop.set_viewport_size(PHONE)  # type: ignore[arg-type]
            await it.console.set_viewport_size(PHONE)  # type: ignore[arg-type]
        shown = Shown(it, language, f"{language}-{scheme}-{'phone' if narrow else 'desk'}")
        await shown.press("widget", "call.video")
        await expect(it.console.locator(".ring")).to_be_visible(timeout=LIVE_MS)
        await shown.is_fine("rings")
        await it.console.locator(".ring .primary").first.click()
        await it.live()
        await it.flows()
        await shown.is_fine("live")
        await shown.press("call", "call.choose")
        await expect(it.frame.locator("ot-choose select")).to_have_count(2)
        await shown.press("console", "call.devices")
        await shown.is_fine("devices")
        await shown.press("call", "call.choose")
        await shown.press("console", "call.devices")
        await shown.press("call", "call.share")
        await expect(it.console.locator(".far.screen")).to_be_visible(timeout=LIVE_MS)
        await shown.is_fine("screen")
        await shown.press("call", "call.unshare")
        await shown.press("console", "call.record")
        await expect(it.frame.locator("ot-consent .consent")).to_be_visible(timeout=LIVE_MS)
        await shown.is_fine("consent")
        await it.frame.locator("ot-consent button").first.click()
        await expect(it.console.locator(".call-warning.danger")).to_be_visible(timeout=LIVE_MS)
        await shown.is_fine("recording")
        await shown.press("console", "call.hangup")
        await expect(it.console.locator("ot-call-note")).to_be_visible()
        await shown.is_fine("over")
