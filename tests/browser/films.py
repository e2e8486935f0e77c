"""Films of a call as an agent meets them: in the thread, and whole."""

import asyncio
import io

import av
from playwright.async_api import expect

from hub.options import recordings
from tests.browser.calls import LIVE_MS, Both

HEARD_BYTES = 250_000  # of both: some two seconds


async def films_of(it: Both, call: str) -> None:
    """Record for a while, stop, and play what was kept."""
    library = recordings(it.hub.settings)
    async with asyncio.timeout(LIVE_MS / 1000):
        while sum(path.stat().st_size for path in library.folder.glob(f"{call}/*.dump")) < HEARD_BYTES:
            await asyncio.sleep(0.05)
    await it.button("Stop the recording").click()
    films = it.console.locator(".film video")
    await expect(films).to_have_count(2, timeout=LIVE_MS)
    for film in await films.all():
        await film.evaluate("(it) => { it.muted = true; return it.play(); }")
        await it.console.wait_for_function("(it) => it.currentTime > 0.3", arg=await film.element_handle())
    for path in (library.folder / call).glob("*.film"):
        with library.film(call, path.stem) as film, av.open(io.BytesIO(film.read_at(0, film.size))) as shown:
            assert sum(1 for _ in shown.decode(video=0)) >= 10
