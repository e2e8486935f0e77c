"""What is heard of somebody in a call, measured in a page; and Anna, who supervises from her console."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Frame, Page, expect

from tests.browser import consoles
from tests.browser.calls import LIVE_MS, comes
from tests.running import Hub

ANNA = "agent:anna"

# The energy of what comes from a party, -1 when there is no connection to them. Chromium gives a remote track to an
# AudioContext only while some element plays it, too.
ENERGY = """async (party) => {
    const widget = document.querySelector("ot-conversation");
    const app = document.querySelector("ot-call")?.app;
    const guest = document.querySelector("ot-guest")?.guest;
    const phone = widget ? widget.calls.phone : guest ? guest.phone : app.calls.current;
    const call = app?.supervision.call ?? phone?.call;
    const peer = call?.peers.get(party);
    if (!peer) return -1;
    const [track] = peer.stream.getAudioTracks();
    if (!track) return 0;
    const audio = new Audio();
    audio.srcObject = new MediaStream([track]);
    await audio.play();
    const context = new AudioContext();
    const heard = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream([track])).connect(heard);
    const samples = new Float32Array(heard.fftSize);
    let energy = 0;
    for (let n = 0; n < 40; n++) {
        await new Promise((done) => setTimeout(done, 50));
        heard.getFloatTimeDomainData(samples);
        energy = Math.max(energy, samples.reduce((sum, it) => sum + it * it, 0) / samples.length);
    }
    await context.close();
    audio.srcObject = null;
    return energy;
}"""
HEARS = f"async (party) => (await ({ENERGY})(party)) > 1e-5"
MEETS = f"async (party) => (await ({ENERGY})(party)) >= 0"


async def hears(side: Page | Frame, party: str) -> None:
    """The fake microphone beeps once a second: in two seconds something of it is there."""
    await comes(side, HEARS, party)


async def hears_nothing(side: Page | Frame, party: str) -> None:
    """Though there is a connection to them, so that it could come."""
    await comes(side, MEETS, party)
    assert await side.evaluate(ENERGY, party) < 1e-9


async def listens(page: Page) -> None:
    """At the list of calls, to the only one."""
    await page.keyboard.press("7")
    await page.get_by_role("button", name="Listen", exact=True).click()
    said = page.locator("ot-supervision .call-side")
    await expect(said).to_contain_text("Nobody can hear you", timeout=LIVE_MS)


@asynccontextmanager
async def anna_listens(hub: Hub, devices: Browser, **profile: object) -> AsyncIterator[Page]:
    """Fails on any error that her page logged."""
    page = await consoles.opened(hub, devices, **{"locale": "en-GB", **profile})
    try:
        await consoles.sign_in(page, "anna@example.com")
        await listens(page)
        yield page
        assert consoles.page_errors(page) == []
    finally:
        await page.context.close()
