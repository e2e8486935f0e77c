"""The lean path: after the upgrade the accepted socket belongs to one small object, without ASGI, tasks or futures.

uvicorn makes it as its `ws=` class and forgets it: it is not in uvicorn's set of connections, so uvicorn neither
closes it nor waits for it at shutdown. Whoever gave the door closes the sockets first.
"""

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from typing import cast

from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.utils import get_remote_addr

from hub.model.errors import OneThreadError, UnsupportedVersion
from hub.transport.websocket import handshake
from hub.transport.websocket.parser import (
    TEXT_HEADS,
    Close,
    Failure,
    Parser,
    Ping,
    close_frame,
    pong_frame,
    text_frame,
)
from hub.transport.websocket.wire import Door, Limits, Receiver

TOGETHER = 16  # messages: so many are passed on at once, and the store begins while we go on reading
WRITTEN = 2 * TOGETHER  # sockets: so many are written to at once, and their owners begin while we go on


def lean_protocol(door: Door, limits: Limits) -> Callable[..., asyncio.Protocol]:
    """What to give to `uvicorn.Config(ws=...)`. One for each server."""
    return partial(LeanSocket, Shared(door, limits))


class Shared:
    """What the sockets of one server share. What a turn of the event loop reads is passed on by one callback, and one
    writes to all that were sent to; of much, sixteen messages at a time.
    """

    __slots__ = ("_heard", "_sockets", "door", "limits", "queue_bytes", "queue_frames")

    def __init__(self, door: Door, limits: Limits) -> None:
        self.door = door
        self.limits = limits
        self.queue_frames, self.queue_bytes = limits.queue_frames, limits.queue_bytes  # asked for at each frame
        self._sockets: list[LeanSocket] = []
        self._heard: list[tuple[LeanSocket, bytes]] = []

    def hear(self, socket: "LeanSocket", text: bytes) -> None:
        """Pass it on when all that this turn brings is read: see hub/services/conversations.py: _work_on_all."""
        if not self._heard:
            asyncio.get_running_loop().call_soon(self.pass_on)
        self._heard.append((socket, text))
        if len(self._heard) >= TOGETHER:
            self.pass_on()

    def pass_on(self) -> None:
        """What was heard. Before anything else happens to a socket: its messages come first."""
        heard, self._heard = self._heard, []
        for socket, text in heard:
            socket.receive(text)

    def add(self, socket: "LeanSocket") -> None:
        """Write what waits there at the end of this turn, or when many have something."""
        if not self._sockets:
            asyncio.get_running_loop().call_soon(self._flush)
        self._sockets.append(socket)
        if len(self._sockets) >= WRITTEN:
            self._flush()

    def _flush(self) -> None:
        sockets, self._sockets = self._sockets, []
        for socket in sockets:
            socket.flush()


class Nobody:
    """The receiver of a socket that has none: not yet, or not any more."""

    __slots__ = ()

    def received(self, text: bytes) -> None:
        pass

    def lost(self) -> None:
        pass


NOBODY = Nobody()


class LeanSocket(asyncio.Protocol):
    """A Wire. Bytes -> parser -> `hear` -> receiver; and messages -> `_waiting` -> one write per turn.

    The transport's high-water mark is next to nothing, so `pause_writing` means that the kernel doesn't take more.
    From then on frames wait here, where they can be counted and dropped, and not in the transport.
    """

    __slots__ = (
        "_bytes",
        "_closing",
        "_drained",
        "_parser",
        "_paused",
        "_proxies",
        "_receiver",
        "_shared",
        "_timer",
        "_transport",
        "_waiting",
        "origin",
        "peer",
    )

    def __init__(self, shared: Shared, config: Config, **_: object) -> None:
        """As uvicorn calls it, `shared` apart; its other arguments are for ASGI."""
        self._shared = shared
        app = config.loaded_app
        self._proxies = app.trusted_hosts if isinstance(app, ProxyHeadersMiddleware) else None
        self._receiver: Receiver = NOBODY
        self._parser: Parser | None = None
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._paused = False
        self._closing = False
        self._timer: asyncio.TimerHandle | None = None
        self._drained: asyncio.Event | None = None
        self.origin: str | None = None
        self.peer = ""

    # --- from the loop --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # Not 0: a TLS transport would pause and resume at every write.
        self._transport.set_write_buffer_limits(high=1, low=0)

    def data_received(self, chunk: bytes) -> None:
        if self._parser is None:
            return self._upgrade(chunk)
        for event in self._parser.feed(chunk):
            if isinstance(event, bytes):
                self._shared.hear(self, event)
            else:
                self._shared.pass_on()
                self._control(event)

    def receive(self, text: bytes) -> None:
        if not self._closing:
            self._receiver.received(text)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self.flush()
        self._tell_drained()

    def eof_received(self) -> None:
        """The transport closes when its buffer is written; a peer that doesn't read must not keep it for ever."""
        self._shared.pass_on()
        self._closing = True
        self._waiting.clear()
        self._linger()

    def connection_lost(self, exc: Exception | None) -> None:
        self._shared.pass_on()
        self._closing, self._paused, self._bytes = True, False, 0
        self._waiting.clear()
        if self._timer:
            self._timer.cancel()
        self._tell_drained()
        receiver, self._receiver = self._receiver, NOBODY
        receiver.lost()

    # --- the upgrade ----------------------------------------------------------------------------------------

    def _upgrade(self, request: bytes) -> None:
        """uvicorn hands over the upgrade request in one piece, then makes this the transport's protocol."""
        try:
            asked = handshake.read(request)
            self.peer = self._peer(asked.forwarded_for)
            self._shared.door.admit(asked.origin, asked.subprotocols, self.peer)
        except UnsupportedVersion as error:
            self._open(asked)
            self.close(error.close or 1002, error.code)
        except OneThreadError as error:
            self._transport.write(handshake.refused(error))
            self._transport.close()
        else:
            self._open(asked)
            self._receiver = self._shared.door.open(self)

    def _open(self, asked: handshake.Asked) -> None:
        # An admitted origin is one of few: all its sockets share one string.
        self.origin = asked.origin and sys.intern(asked.origin)
        self._parser = Parser(self._shared.limits.frame_bytes)
        self._transport.write(handshake.accepted(asked))

    def _peer(self, forwarded_for: str) -> str:
        """The same address that uvicorn's middleware puts into an ASGI scope."""
        address = get_remote_addr(self._transport)
        host = address[0] if address else ""
        if forwarded_for and self._proxies is not None and host in self._proxies:
            return self._proxies.get_trusted_client_address(forwarded_for)[0] or host
        return host

    # --- out ------------------------------------------------------------------------------------------------

    @property
    def backlog(self) -> int:
        return self._bytes + self._transport.get_write_buffer_size()

    def send(self, text: bytes) -> bool:
        return self._offer(TEXT_HEADS[len(text)] + text)

    def send_ephemeral(self, text: bytes) -> bool:
        shared = self._shared
        if self._paused or len(self._waiting) >= shared.queue_frames // 4 or self._bytes >= shared.queue_bytes // 4:
            return False
        return self._offer(text_frame(text))

    def _offer(self, frame: bytes) -> bool:
        shared, waiting, size = self._shared, self._waiting, self._bytes + len(frame)
        if self._closing:
            return True
        if self._paused or size > shared.queue_bytes or len(waiting) >= shared.queue_frames:
            if not self._fits(len(frame)):
                return False
            size = self._bytes + len(frame)
        waiting.append(frame)
        self._bytes = size
        if len(waiting) == 1:
            shared.add(self)
        return True

    def _fits(self, size: int) -> bool:
        self.flush()  # a burst within one turn is no slow reader: first see what the kernel takes
        shared = self._shared
        return len(self._waiting) < shared.queue_frames and self.backlog + size <= shared.queue_bytes

    def flush(self) -> None:
        """Write what waits, unless the kernel doesn't take more; then resume_writing comes here."""
        waiting = self._waiting
        if waiting and not self._paused:
            frames = waiting[0] if len(waiting) == 1 else b"".join(waiting)
            waiting.clear()
            self._bytes = 0
            self._transport.write(frames)

    async def drained(self) -> None:
        self.flush()
        if self._paused:
            self._drained = self._drained or asyncio.Event()
            await self._drained.wait()

    def _tell_drained(self) -> None:
        if self._drained and not self._paused:
            self._drained.set()
            self._drained = None

    # --- the end --------------------------------------------------------------------------------------------

    def close(self, code: int, reason: str = "") -> None:
        if not self._closing:
            self._end(close_frame(code, reason))

    def _end(self, last: bytes) -> None:
        """Write the socket's last frame, behind what waits. From here on nothing is sent or received."""
        self._closing = True
        if self._paused:
            self._waiting.clear()  # so that the code arrives before the time is up
        self._waiting.append(last)
        self._paused = False  # the transport may hold these few bytes
        self.flush()
        self._linger()

    def _linger(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._shared.limits.close_s, self._transport.abort)

    def _control(self, event: Ping | Close | Failure) -> None:
        match event:
            case Ping(payload):
                self._offer(pong_frame(payload))  # a peer that reads no pongs fills its queue, and no more
            case Close(code):
                if not self._closing:
                    self._end(close_frame(code))
                self._transport.close()
            case Failure(code, reason):
                self._fail(code, reason)

    def _fail(self, code: int, reason: str) -> None:
        """Half-close and read on: closing over unread bytes would reset the connection, and the code with it."""
        self.close(code, reason)
        if self._transport.can_write_eof():
            self._transport.write_eof()
