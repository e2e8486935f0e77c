"""Films of recordings, as a browser plays them: VP8 in WebM, H.264 in Matroska."""

import io

import pytest
from playwright.async_api import Route

from hub.calls.recording.film import make
from tests.browser.consoles import shared
from tests.calls.recording.sender import packets, records

pytestmark = pytest.mark.long
PLACE = "http://localhost:4"
PLAYED = """async () => {
    const film = Object.assign(document.createElement("video"), { src: "/film", muted: true });
    document.body.append(film);
    await film.play();
    await new Promise((done) => (film.ontimeupdate = () => film.currentTime > 0.3 && done()));
    return [film.videoWidth, film.videoHeight, film.getVideoPlaybackQuality().totalVideoFrames > 3];
}"""


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_a_film_plays_in_chromium(codec: str) -> None:
    file = io.BytesIO()
    assert make(records(packets(2.0, codec=codec)), file)

    async def serve(route: Route) -> None:
        if route.request.url.endswith("/film"):
            headers = {"X-Content-Type-Options": "nosniff"}
            await route.fulfill(body=file.getvalue(), content_type="video/webm", headers=headers)
        else:
            await route.fulfill(body="<!doctype html><title>film</title>", content_type="text/html")

    context = await shared[0].new_context()
    try:
        await context.route(PLACE + "/**", serve)
        page = await context.new_page()
        await page.goto(PLACE + "/")
        assert await page.evaluate(PLAYED) == [320, 240, True]
    finally:
        await context.close()
