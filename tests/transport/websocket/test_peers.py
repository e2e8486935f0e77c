"""Covers both socket paths with other people's clients: the `websockets` package, `ws` under Node, and Chromium.

`ws` is installed once, by npm.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.async_api import async_playwright
from websockets.asyncio.client import connect as websockets_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hub.transport.frames import PROTOCOL
from tests.kept import kept, run

ROOT = Path(__file__).parents[3]
WS = "8.18.3"


def address(server):
    return f"ws://127.0.0.1:{server.port}/ws"


@pytest.fixture(scope="session")
def ws_module():
    """Where the `ws` package lies. Without Node a machine of ours skips; in CI that is a failure."""
    if not (shutil.which("node") and shutil.which("npm")):
        reason = "node and npm are needed for the peer test with `ws`: apt-get install nodejs npm"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    install = "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", f"ws@{WS}", "--prefix"
    return kept(f"ws-{WS}", build=lambda new: run(*install, new)) / "node_modules" / "ws"


def test_ws_under_node(server, ws_module):
    script = ROOT / "tests" / "peers" / "ws_client.mjs"
    command = ["node", script, ws_module, address(server), PROTOCOL]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    server.lost()
    server.door.opened.get()
    server.door.lost.get()
    assert json.loads(done.stdout) == {
        "subprotocol": PROTOCOL,
        "extensions": "",
        "echoed": 504,
        "wrong": 0,
        "pongs": 1,
        "code": 4200,
        "reason": "draining",
    }


async def test_websockets(server, connect):
    """(`connect` sees to it that the socket is lost once.)"""
    async with websockets_connect(address(server), subprotocols=[PROTOCOL], proxy=None) as client:
        assert client.subprotocol == PROTOCOL
        assert client.protocol.extensions == []
        for text in ("hello", "汉字 😀", "x" * 65_536):
            await client.send(text)
            assert await client.recv() == text
        await client.send(["in ", "", "fragments"])
        assert await client.recv() == "in fragments"
        await (await client.ping())


async def test_websockets_is_closed_by_us(server, connect):
    async with websockets_connect(address(server), subprotocols=[PROTOCOL], proxy=None) as client:
        await client.send("close 4213 slow_consumer")
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4213, "slow_consumer")
    assert closed.value.rcvd_then_sent


async def test_websockets_of_another_version(server, connect):
    """It insists on one of its own subprotocols, as browsers do, and so learns why."""
    async with websockets_connect(address(server), subprotocols=["onethread.v9"], proxy=None) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4006, "unsupported_version")


async def test_websockets_from_elsewhere(server, connect):
    with pytest.raises(InvalidStatus) as refused:
        await websockets_connect(
            address(server), subprotocols=[PROTOCOL], origin="https://evil.example", proxy=None
        ).__aenter__()
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["code"] == "forbidden"


IN_CHROMIUM = """([url, subprotocols]) => new Promise(done => {
  const socket = new WebSocket(url, subprotocols), sizes = []
  socket.onopen = () => socket.protocol === 'onethread.v1' &&
    ['汉字 😀', 'x'.repeat(65_536), 'close 4200 draining'].forEach(text => socket.send(text))
  socket.onmessage = message => sizes.push(message.data.length)
  socket.onclose = ({ code, reason, wasClean }) =>
    done([socket.protocol, socket.extensions, sizes, code, reason, wasClean])
})"""


@pytest.mark.parametrize("path", ["lean", "asgi"])
async def test_chromium(hub, path):
    """A page sees every close code of ours, also when it speaks another version (see handshake.choose)."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = await browser.new_page()
        with hub(path, "uvloop") as server:
            await page.goto(address(server).replace("ws", "http", 1))
            seen = {name: await page.evaluate(IN_CHROMIUM, [address(server), [name]]) for name in (PROTOCOL, "v9")}
            server.lost()
        await browser.close()
    assert seen[PROTOCOL] == [PROTOCOL, "", [5, 65_536], 4200, "draining", True]
    assert seen["v9"] == ["v9", "", [], 4006, "unsupported_version", True]
