"""Two Chromium pages through the relay: their descriptions, handshakes, pictures, an ICE restart and a reload."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page

from hub.ports import Media
from tests.browser.consoles import shared
from tests.calls.workers import HERE, calm_relay

pytestmark = pytest.mark.long

CALL, CUSTOMER, AGENT = "a-call", "customer", "agent:anna"
PATIENCE_S = 30.0

# A picture that moves and a tone, so that no camera is asked for; `pictures` = how many were shown.
PARTY = """() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
  const brush = canvas.getContext("2d");
  setInterval(() => {
    brush.fillStyle = `hsl(${performance.now() / 10 % 360} 90% 50%)`;
    brush.fillRect(0, 0, 320, 240);
  }, 33);
  const sound = new AudioContext();
  const tone = sound.createOscillator(), ear = sound.createMediaStreamDestination();
  tone.connect(ear);
  tone.start();
  const stream = new MediaStream([...canvas.captureStream(30).getTracks(), ...ear.stream.getTracks()]);
  const pc = window.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
  window.offer = async (iceRestart) => {
    await pc.setLocalDescription(await pc.createOffer({ iceRestart }));
    return pc.localDescription.sdp;
  };
  window.answer = async (sdp) => {
    await pc.setRemoteDescription({ type: "offer", sdp });
    await pc.setLocalDescription();
    return pc.localDescription.sdp;
  };
  window.take = (sdp) => pc.setRemoteDescription({ type: "answer", sdp });
  window.pictures = async () => {
    let shown = 0;
    for (const it of (await pc.getStats()).values()) {
      if (it.type === "inbound-rtp" && it.kind === "video") shown += it.framesDecoded;
    }
    return shown;
  };
}"""


@asynccontextmanager
async def pages() -> AsyncIterator[tuple[Page, Page]]:
    context = await shared[0].new_context()
    try:
        two = await context.new_page(), await context.new_page()
        for page in two:
            await page.evaluate(PARTY)
        yield two
    finally:
        await context.close()


async def negotiate(media: Media, one: Page, its: str, other: Page, theirs: str, *, restart: bool = False) -> None:
    offer = await media.describe(CALL, its, theirs, "offer", await one.evaluate(f"offer({str(restart).lower()})"))
    answer = await media.describe(CALL, theirs, its, "answer", await other.evaluate("sdp => answer(sdp)", offer))
    await one.evaluate("sdp => take(sdp)", answer)


async def sees(page: Page, more: int = 10) -> None:
    """Until so many more pictures were shown."""
    first = await page.evaluate("pictures()")
    async with asyncio.timeout(PATIENCE_S):
        while await page.evaluate("pictures()") < first + more:
            await asyncio.sleep(0.05)


async def test_two_browsers_see_each_other_restart_and_reload() -> None:
    async with calm_relay(HERE, lambda news: None) as media, pages() as (customer, agent):
        await media.open(CALL)
        await negotiate(media, agent, AGENT, customer, CUSTOMER)
        await sees(agent)
        await sees(customer)

        legs: dict[Any, Any] = dict(media._calls[CALL]._legs)
        ufrags = {key: leg.ufrag for key, leg in legs.items()}
        await negotiate(media, customer, CUSTOMER, agent, AGENT, restart=True)
        assert legs[CUSTOMER, AGENT].ufrag != ufrags[CUSTOMER, AGENT]
        await sees(agent)
        await sees(customer)
        assert media._calls[CALL]._legs == legs, "a restart keeps legs and keys"

        await customer.reload()
        await customer.evaluate(PARTY)
        await media.rejoin(CALL, CUSTOMER)
        await negotiate(media, agent, AGENT, customer, CUSTOMER)
        await sees(customer)
        await sees(agent)
        assert media._calls[CALL]._legs[AGENT, CUSTOMER] is legs[AGENT, CUSTOMER], "who stayed was not disturbed"
        figures = {it.party: it for it in await media.figures(CALL)}
        assert all(it.packets > 20 for it in figures.values())
