"""Words with Janus over its WebSocket: answers are told by their transaction, all else is news of a session or leg."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
import websockets
from websockets.asyncio.client import ClientConnection

from hub.model.errors import BadDescription, MediaUnavailable, OneThreadError
from hub.model.frozen import frozen

log = structlog.get_logger()
CONNECT_S = 2.0
ANSWER_S = 5.0
# A Janus that hangs, or a network that swallows all, is given up after so long without an answer to a ping.
PING_S, PONG_S = 2.0, 4.0
PLUGIN = "janus.plugin.videoroom"

UNAUTHORIZED = 403
BAD_SDP = (464, 465)  # JSEP of an unknown type, SDP that can't be read
THERE_ALREADY = 427
NOT_THERE = (426, 428, 458, 459)  # no such room, feed, session, handle
ALREADY_PUBLISHED = 425


@frozen
class Address:
    """Where Janus is, and what opens it. `senders` is how many one of its rooms takes."""

    url: str
    secret: str
    create_key: str = ""
    senders: int = 8


@frozen
class Word:
    """One message of Janus. `kind` is its `janus` field; `told` what the plugin or Janus itself says in it."""

    kind: str
    transaction: str
    session: int
    handle: int
    told: dict[str, Any]
    sdp: str
    code: int = 0
    reason: str = ""


class NotThere(MediaUnavailable):
    """A room, feed, session or handle that is gone: Janus started anew, or took us for dead."""


class RefusedByJanus(MediaUnavailable):
    """`number` as Janus counts its errors."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"Janus says no: {number} {reason}")
        self.number = number


def read(text: str | bytes) -> Word:
    """Raises ValueError for what Janus would not say."""
    try:
        return _word(json.loads(text))
    except (AttributeError, KeyError, TypeError) as problem:
        raise ValueError("not a message of Janus") from problem


def _word(it: Any) -> Word:
    plugin = it.get("plugindata", {}).get("data", {})
    error = it.get("error", {})
    return Word(
        kind=str(it["janus"]),
        transaction=str(it.get("transaction", "")),
        session=int(it.get("session_id", 0)),
        handle=int(it.get("sender", 0)),
        told=plugin or it.get("data", {}),
        sdp=str(it.get("jsep", {}).get("sdp", "")),
        code=int(error.get("code", plugin.get("error_code", 0))),
        reason=str(error.get("reason", plugin.get("error", it.get("reason", "")))),
    )


def _named(word: Word) -> OneThreadError:
    if word.code == UNAUTHORIZED:
        log.error("Janus does not take janus_secret")
    if word.code in NOT_THERE:
        return NotThere(word.reason)
    return BadDescription("Janus can't read it") if word.code in BAD_SDP else RefusedByJanus(word.code, word.reason)


class Wire:
    """One connection. Every ask may raise MediaUnavailable, NotThere or BadDescription."""

    def __init__(self, socket: ClientConnection, secret: str, hear: Callable[[Word], None]) -> None:
        self._socket = socket
        self._secret = secret
        self._hear = hear
        self._waiting: dict[str, asyncio.Future[Word]] = {}
        self.closed = False

    async def read(self) -> None:
        """Until the connection is gone; who waits for an answer then learns that none comes."""
        try:
            async for text in self._socket:
                self._take(read(text))
        except (websockets.ConnectionClosed, ValueError) as problem:
            log.info("the connection to Janus is gone", why=type(problem).__name__)
        finally:
            self.closed = True
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(MediaUnavailable("Janus is gone"))

    def _take(self, word: Word) -> None:
        waiting = self._waiting.get(word.transaction)
        if waiting is None:
            self._hear(word)
        elif word.kind != "ack" and not waiting.done():  # the plugin's own answer comes with an event
            waiting.set_result(word)

    async def ask(self, janus: str, **words: Any) -> Word:
        transaction = secrets.token_hex(8)
        answer = self._waiting[transaction] = asyncio.get_running_loop().create_future()
        try:
            await self._send({"janus": janus, "transaction": transaction, **words})
            async with asyncio.timeout(ANSWER_S):
                word: Word = await answer
        except TimeoutError:
            raise MediaUnavailable("Janus does not answer") from None
        finally:
            del self._waiting[transaction]
        if word.code:
            raise _named(word)
        return word

    async def tell(self, janus: str, **words: Any) -> None:
        """Without waiting for what it says to that."""
        await self._send({"janus": janus, "transaction": "", **words})

    async def _send(self, words: dict[str, Any]) -> None:
        if self.closed:
            raise MediaUnavailable("Janus is gone")
        try:
            await self._socket.send(json.dumps({**words, "apisecret": self._secret}))
        except websockets.ConnectionClosed:
            raise MediaUnavailable("Janus is gone") from None

    async def begin(self) -> int:
        """A new session."""
        return int((await self.ask("create")).told["id"])

    async def attach(self, session: int) -> int:
        """A new handle."""
        return int((await self.ask("attach", session_id=session, plugin=PLUGIN)).told["id"])

    async def say(self, session: int, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> Word:
        """To the VideoRoom plugin."""
        described = {"jsep": jsep} if jsep else {}
        return await self.ask("message", session_id=session, handle_id=handle, body=body, **described)

    async def close(self) -> None:
        await self._socket.close()


async def connect(address: Address, hear: Callable[[Word], None]) -> Wire:
    """`Wire.read` has to run for it to hear anything. Raises MediaUnavailable."""
    try:
        socket = await websockets.connect(
            address.url,
            subprotocols=[websockets.Subprotocol("janus-protocol")],
            open_timeout=CONNECT_S,
            ping_interval=PING_S,
            ping_timeout=PONG_S,
            close_timeout=0.5,
            max_size=1 << 20,
        )
    except (OSError, TimeoutError, websockets.WebSocketException) as problem:
        log.warning("Janus is not reached", why=type(problem).__name__)
        raise MediaUnavailable("Janus is not reached") from None
    return Wire(socket, address.secret, hear)


@asynccontextmanager
async def once(address: Address) -> AsyncIterator[tuple[Wire, int, int]]:
    """A connection for a word or two, with a session and a handle. Raises MediaUnavailable."""
    wire = await connect(address, lambda _: None)
    refused: OneThreadError | None = None
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(wire.read())
        try:
            session = await wire.begin()
            yield wire, session, await wire.attach(session)
            await wire.ask("destroy", session_id=session)
        except OneThreadError as problem:
            refused = problem  # outside of the group, which would wrap it
        finally:
            await wire.close()
    if refused is not None:
        raise refused
