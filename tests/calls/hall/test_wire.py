"""Covers hub/calls/hall/wire.py by words that a healthy Janus does not say: it hangs, or talks nonsense."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import websockets
from websockets.asyncio.server import ServerConnection

from hub.calls.hall import wire as of_wire
from hub.calls.hall.wire import Address, NotThere, connect, once, read
from hub.model.errors import MediaUnavailable

Acts = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def listening(acts: Acts) -> AsyncIterator[Address]:
    subprotocols = [websockets.Subprotocol("janus-protocol")]
    async with websockets.serve(acts, "127.0.0.1", 0, subprotocols=subprotocols) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield Address(f"ws://127.0.0.1:{port}", "secret")


async def is_silent(socket: ServerConnection) -> None:
    async for _ in socket:
        pass


async def hangs_up(socket: ServerConnection) -> None:
    await socket.recv()


async def talks_nonsense(socket: ServerConnection) -> None:
    await socket.recv()
    await socket.send("[]")


async def knows_nobody(socket: ServerConnection) -> None:
    async for text in socket:
        asked = json.loads(text)
        error = {"code": 458, "reason": "No such session"}
        await socket.send(json.dumps({"janus": "error", "transaction": asked["transaction"], "error": error}))


async def test_one_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_wire, "ANSWER_S", 0.05)
    async with listening(is_silent) as address:
        with pytest.raises(MediaUnavailable, match="does not answer"):
            async with once(address):
                pass


@pytest.mark.parametrize("acts", [hangs_up, talks_nonsense])
async def test_who_waits_learns_that_it_is_gone(acts: Acts) -> None:
    async with listening(acts) as address:
        with pytest.raises(MediaUnavailable, match="gone"):
            async with once(address):
                pass


async def test_what_is_gone_there_is_told_apart() -> None:
    async with listening(knows_nobody) as address:
        with pytest.raises(NotThere):
            async with once(address):
                pass


async def test_nothing_is_said_on_a_wire_that_is_closed() -> None:
    async with listening(is_silent) as address:
        wire = await connect(address, lambda _: None)
        await wire.close()
        await asyncio.wait_for(wire.read(), 5)
        with pytest.raises(MediaUnavailable):
            await wire.tell("keepalive", session_id=1)


async def test_where_nobody_listens() -> None:
    async with listening(is_silent) as address:
        pass
    with pytest.raises(MediaUnavailable, match="not reached"):
        await connect(address, lambda _: None)


def test_an_event_of_the_plugin_and_an_error_of_it() -> None:
    plugin = {"data": {"videoroom": "event", "leaving": 9}}
    event = {"janus": "event", "session_id": 7, "sender": 8, "plugindata": plugin}
    word = read(json.dumps({**event, "jsep": {"type": "offer", "sdp": "v=0"}}))
    assert (word.kind, word.session, word.handle, word.told["leaving"], word.sdp) == ("event", 7, 8, 9, "v=0")
    said_no = {"janus": "event", "plugindata": {"data": {"error_code": 428, "error": "No such feed (3)"}}}
    assert (read(json.dumps(said_no)).code, read(json.dumps(said_no)).reason) == (428, "No such feed (3)")
