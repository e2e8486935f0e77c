"""uvicorn's own socket protocol for the plain path, with its loose ends tied: early bytes, idle pongs, stuck peers.

What this path can't do, and the lean one can: answer messages that came in one segment with a close or a violation
behind them (they are received); refuse bad UTF-8 or a binary message before it is whole; let a peer close in the middle
of a fragmented message (it gets 1002); answer pings in order with messages. Its `backlog` doesn't count what already
lies in the transport, 64 KiB at most.
"""

import asyncio
from typing import Any, ClassVar

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hub.transport.websocket.parser import INVALID_TEXT, is_utf8
from hub.transport.websocket.wire import Limits


def plain_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """The class to give to `uvicorn.Config(ws=...)`, beside `ws_max_size=limits.frame_bytes`."""

    class Socket(PlainSocket):
        close_s = limits.close_s
        queue_bytes = limits.queue_bytes

    return Socket


class PlainSocket(WebSocketsSansIOProtocol):
    close_s: ClassVar[float]
    queue_bytes: ClassVar[int]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.early: list[bytes] = []
        self.last_timer: asyncio.TimerHandle | None = None

    def data_received(self, chunk: bytes) -> None:
        if self.handshake_initiated and not self.handshake_complete:
            # Frames that came before the endpoint accepted: a pong to them must not precede the handshake's answer.
            self.early.append(chunk)
            self.transport.pause_reading()
        else:
            super().data_received(chunk)

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        if self.initial_response:
            self.handshake_complete = self.close_sent  # else uvicorn logs each refusal as an error of ours
        elif self.early and self.handshake_complete:
            early = b"".join(self.early)
            self.early.clear()
            self.transport.resume_reading()
            super().data_received(early)

    def handle_ping(self) -> None:
        """A peer that sends pings and reads no pongs must not fill the transport's buffer."""
        pongs = b"".join(self.conn.data_to_send())
        if self.transport.get_write_buffer_size() + len(pongs) <= self.queue_bytes:
            self.transport.write(pongs)

    def send_receive_event_to_app(self) -> None:
        """Text that isn't UTF-8 is the peer's doing: uvicorn would log a traceback for each, and fail on some."""
        if self.curr_msg_data_type == "text" and not is_utf8(b"".join(self.frames)):
            self.conn.fail(INVALID_TEXT, "text is UTF-8")
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Take what came before; then half-close and read on, since closing over unread bytes would reset the
        connection, and the code with it."""
        closed = self.conn.close_sent
        if self.close_timer or not closed:
            return
        self.handle_events()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": closed.code, "reason": closed.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.close_timer = self.loop.call_later(self.close_s, self.transport.abort)

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The endpoint is done with the socket; whatever the peer does, so are we, soon."""
        super().on_task_complete(task)
        if not self.disconnected:
            self._last_call()
            if not self.writable.is_set():
                self.transport.abort()  # it had its time

    def eof_received(self) -> None:
        """The transport closes when its buffer is written; a peer that doesn't read must not keep it for ever."""
        self._last_call()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.last_timer:
            self.last_timer.cancel()

    def _last_call(self) -> None:
        if not self.last_timer:
            self.last_timer = self.loop.call_later(self.close_s, self.transport.abort)
