"""A WebSocket client made light: one protocol object a socket, no task, no buffer while idle. And a plain HTTP request.

It speaks what the hub speaks: text frames that are whole, and close and ping. Its masking key is 0, which RFC 6455
does not forbid and which costs nothing.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Any

import orjson

ABNORMAL = 1006
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_UPGRADE = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: {origin}\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: onethread.v1\r\n\r\n"
)


class WebSocket(asyncio.Protocol):
    """`on_text` gets each text message, `on_lost` the close code (1006: there was none), once."""

    __slots__ = ("_buffer", "_code", "_on_lost", "_on_open", "_on_text", "_request", "_transport", "_upgraded")

    def __init__(
        self,
        port: int,
        origin: str,
        on_open: Callable[[], None],
        on_text: Callable[[bytes], None],
        on_lost: Callable[[int], None],
    ) -> None:
        self._request = _UPGRADE.format(port=port, origin=origin).encode()
        self._on_open, self._on_text, self._on_lost = on_open, on_text, on_lost
        self._buffer = b""
        self._upgraded = False
        self._code = ABNORMAL

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)
        self._request = b""

    def data_received(self, chunk: bytes) -> None:
        self._buffer = self._buffer + chunk if self._buffer else chunk
        if not self._upgraded and not self._answered():
            return
        self._buffer = self._buffer[self._read(self._buffer) :]

    def _answered(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 101 " not in head[:16]:
            self._transport.abort()  # refused over HTTP: 1006, as a browser sees it
            return False
        self._upgraded, self._buffer = True, rest
        self._on_open()
        return True

    def _read(self, buffer: bytes) -> int:
        """Handle the whole frames; returns where the rest begins."""
        at, size = 0, len(buffer)
        while size - at >= 2:
            length, start = buffer[at + 1], at + 2
            if length == 126:
                if size < start + 2:
                    break
                length, start = struct.unpack_from(">H", buffer, start)[0], start + 2
            elif length == 127:
                if size < start + 8:
                    break
                length, start = struct.unpack_from(">Q", buffer, start)[0], start + 8
            if size < start + length:
                break
            self._frame(buffer[at] & 15, buffer[start : start + length])
            at = start + length
        return at

    def _frame(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._on_text(payload)
        elif opcode == PING:
            self._write(PONG, payload)
        elif opcode == CLOSE:
            self._code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
            self._write(CLOSE, payload[:2])
            self._transport.close()

    def send(self, text: bytes) -> None:
        self._write(TEXT, text)

    def _write(self, opcode: int, payload: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(frame(opcode, payload))

    def close(self, code: int = 1000) -> None:
        self._write(CLOSE, struct.pack(">H", code))
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def connection_lost(self, problem: Exception | None) -> None:
        self._on_lost(self._code)


def frame(opcode: int, payload: bytes) -> bytes:
    """A client's frame: final, masked with zeros."""
    size = len(payload)
    if size < 126:
        return struct.pack(">BBL", 0x80 | opcode, 0x80 | size, 0) + payload
    if size < 65_536:
        return struct.pack(">BBHL", 0x80 | opcode, 0x80 | 126, size, 0) + payload
    return struct.pack(">BBQL", 0x80 | opcode, 0x80 | 127, size, 0) + payload


class Answer:
    """Of an HTTP request. `body` is {} when `text` is no JSON object."""

    def __init__(self, raw: bytes) -> None:
        head, _, rest = raw.partition(b"\r\n\r\n")
        self.text = rest.decode(errors="replace")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        try:
            read = orjson.loads(rest)
        except orjson.JSONDecodeError:
            read = {}
        self.body: dict[str, Any] = read if isinstance(read, dict) else {}


async def ask(
    port: int, method: str, path: str, body: Any = None, *, timeout_s: float = 10.0, **headers: str
) -> Answer:
    """One request on a connection of its own. Raises OSError (also TimeoutError) when there is no whole answer."""
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            payload = orjson.dumps(body) if body is not None else b""
            lines = {
                "Host": f"127.0.0.1:{port}",
                "Connection": "close",
                "Content-Type": "application/json",
                "Content-Length": str(len(payload)),
                **headers,
            }
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + payload)
            raw = await reader.read(-1)
        finally:
            writer.close()
    if not raw:
        raise ConnectionResetError("no answer")
    return Answer(raw)
