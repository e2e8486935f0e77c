"""Calls in a room that are recorded: real browsers, Janus and a media process. Of each party there is a film.

Run with -s it prints what each film has.
"""

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from playwright.async_api import Browser, expect

from hub.calls.recording.library import Library
from hub.options import recordings
from tests.browser.calls import LIVE_MS
from tests.running import Hub
from tests.servers.halls import Several, devices, hub, janus, laid, several

__all__ = ["devices", "hub", "janus", "laid"]
pytestmark = pytest.mark.calls
HEARD_BYTES = 40_000  # of each party
BEING_RECORDED = "This call is being recorded"


@dataclass
class Shown:
    """A film, decoded: how long (s), how many pictures, does it begin with one that stands alone, and when (s)."""

    party: str
    seconds: float
    pictures: int
    alone: bool
    first: float
    voices: int


def shown(library: Library, path: Path) -> Shown:
    with library.film(path.parent.name, path.stem) as film:
        plain = film.read_at(0, film.size)
    with av.open(io.BytesIO(plain), "r") as it:
        pictures = [packet for packet in it.demux(video=0) if packet.size]
    with av.open(io.BytesIO(plain), "r") as it:
        decoded = [frame.time for frame in it.decode(video=0)]
    with av.open(io.BytesIO(plain), "r") as it:
        voices = len(list(it.decode(audio=0)))
    party = path.stem.partition("-")[2]
    return Shown(party, decoded[-1], len(decoded), bool(pictures[0].is_keyframe), float(decoded[0]), voices)


async def agreed(it: Several) -> None:
    """李明 asks, and all others say yes, each on their own page."""
    await it.two.does("Ask to record").click()
    await it.two.button("Yes, record it").click()
    for expert in it.experts.values():
        await expert.locator("ot-call").get_by_role("button", name="Agree", exact=True).click()
    for page in it.pages:
        await expect(page.locator("ot-call")).to_contain_text(BEING_RECORDED)


async def heard(library: Library, call: str, parties: int, stretches: int = 1) -> None:
    """Until the dump of each has grown."""
    async with asyncio.timeout(2 * LIVE_MS / 1000):
        while True:
            sizes = [path.stat().st_size for path in library.folder.glob(f"{call}/*.dump")]
            if len(sizes) == parties * stretches and min(sizes) >= HEARD_BYTES:
                return
            await asyncio.sleep(0.05)


async def filmed(library: Library, call: str, count: int) -> list[Path]:
    """The films of a recording that is over."""
    async with asyncio.timeout(2 * LIVE_MS / 1000):
        while len(found := sorted(library.folder.glob(f"{call}/*.film"))) < count or list(
            library.folder.glob(f"{call}/*.dump")
        ):
            await asyncio.sleep(0.05)
    return found


async def three_and_a_fourth(it: Several) -> str:
    await it.two.talk()
    for expert in ("anna", "sato"):
        await it.asks_in(expert)
    for page in it.pages:
        await expect(page.locator("ot-call .far")).to_have_count(3, timeout=3 * LIVE_MS)
    return await it.call(it.two.frame)


async def test_all_four_agree_each_is_filmed_and_a_withdrawal_ends_it(hub: Hub, devices: Browser) -> None:
    async with several(hub, devices, "anna", "sato") as it:
        library, call = recordings(hub.settings), await three_and_a_fourth(it)
        await agreed(it)
        await heard(library, call, parties=4)
        await asyncio.sleep(5)
        await it.two.button("Stop the recording").click()
        for page in it.pages:
            await expect(page.locator("ot-call")).not_to_contain_text(BEING_RECORDED)
        films = [shown(library, path) for path in await filmed(library, call, 4)]
        print(*films, sep="\n")
        assert {film.party for film in films} == {"customer", "agent-liming", "agent-anna", "agent-sato"}
        for film in films:
            assert film.alone
            assert film.first < 1.5
            assert film.pictures >= 10
            assert film.voices >= 100
        await expect(it.two.console.locator(".film video")).to_have_count(4, timeout=LIVE_MS)
