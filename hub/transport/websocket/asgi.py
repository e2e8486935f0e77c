"""The plain path: a Starlette endpoint, a reader and a writer, behind the same Door, Wire and Receiver."""

import asyncio
from collections import deque
from contextlib import suppress

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.model.errors import NotFound, OneThreadError, UnsupportedVersion
from hub.transport.http.problems import answer
from hub.transport.websocket.handshake import SOCKET_PATH, choose, more_of
from hub.transport.websocket.parser import UNSUPPORTED, short
from hub.transport.websocket.wire import Door, Limits, Receiver


def socket_routes(door: Door, limits: Limits) -> list[WebSocketRoute]:
    """Starlette's routes for sockets: ours, and 404 for every other path (its own answer would be 403)."""

    async def ours(socket: WebSocket) -> None:
        await _serve(socket, door, limits)

    async def other(socket: WebSocket) -> None:
        await _refuse(socket, NotFound())

    return [WebSocketRoute(SOCKET_PATH, ours), WebSocketRoute("/{path:path}", other)]


async def _serve(socket: WebSocket, door: Door, limits: Limits) -> None:
    wire = PlainWire(socket, limits)
    offered = socket.scope["subprotocols"]
    try:
        door.admit(wire.origin, offered, wire.peer)
    except UnsupportedVersion as error:
        await socket.accept(choose(offered))
        wire.close(error.close or 1002, error.code)
        await wire.run(None)
    except OneThreadError as error:
        await _refuse(socket, error)
    else:
        await socket.accept(choose(offered))
        await wire.run(door.open(wire))


async def _refuse(socket: WebSocket, error: OneThreadError) -> None:
    response = answer(error)
    response.headers.update({"Connection": "close", **more_of(error)})
    await socket.receive()
    await socket.send_denial_response(response)


class PlainWire:
    """A Wire. Its writer sends what waits; while that blocks, the queue fills up to its bound."""

    def __init__(self, socket: WebSocket, limits: Limits) -> None:
        self._socket = socket
        self._limits = limits
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._blocked = False
        self._last: tuple[int, str] | None = None
        self._until: float | None = None
        self._deadline: asyncio.Timeout | None = None
        self.origin = socket.headers.get("origin")
        self.peer = socket.client.host if socket.client else ""

    async def run(self, receiver: Receiver | None) -> None:
        """Returns when the socket is gone, or given up; then the server's protocol (PlainSocket) cuts it."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._until) as self._deadline, asyncio.TaskGroup() as tasks:
                    writer = tasks.create_task(self._write())
                    await self._read(receiver)
                    writer.cancel()
        finally:
            self._last = self._last or (1006, "")
            self._forget()
            if receiver:
                receiver.lost()

    async def _read(self, receiver: Receiver | None) -> None:
        while (message := await self._socket.receive())["type"] == "websocket.receive":
            text = message.get("text")
            if text is None:
                self.close(UNSUPPORTED, "text only")
            elif receiver and not self._last:
                receiver.received(text.encode())

    async def _write(self) -> None:
        with suppress(WebSocketDisconnect):
            while await self._ready.wait():
                self._ready.clear()
                # Sending does not give way unless the transport is full: seen from outside, this means "blocked".
                self._blocked = True
                while self._waiting:
                    await self._socket.send({"type": "websocket.send", "text": self._waiting[0].decode()})
                    self._taken()
                self._blocked = False
                if self._last:
                    return await self._socket.close(*self._last)

    def _taken(self) -> None:
        if self._waiting:  # unless they were dropped meanwhile
            self._bytes -= len(self._waiting.popleft())
        if not self._waiting:
            self._empty.set()

    def _forget(self) -> None:
        self._waiting.clear()
        self._bytes = 0
        self._empty.set()

    @property
    def backlog(self) -> int:
        return self._bytes

    def send(self, text: bytes) -> bool:
        if self._last:
            return True
        if self._bytes + len(text) > self._limits.queue_bytes:
            return False
        if self._blocked and len(self._waiting) >= self._limits.queue_frames:
            return False
        self._waiting.append(text)
        self._bytes += len(text)
        self._empty.clear()
        self._ready.set()
        return True

    def send_ephemeral(self, text: bytes) -> bool:
        behind = self._blocked or len(self._waiting) >= self._limits.queue_frames // 4
        return not behind and self._bytes < self._limits.queue_bytes // 4 and self.send(text)

    async def drained(self) -> None:
        await self._empty.wait()

    def close(self, code: int, reason: str = "") -> None:
        if self._last:
            return
        self._last = code, short(reason)
        if self._blocked:
            self._forget()
        self._ready.set()
        self._until = asyncio.get_running_loop().time() + self._limits.close_s
        if self._deadline:
            self._deadline.reschedule(self._until)
