"""Covers tests/chaos/websocket.py: frames that the hub sends, however the bytes are cut, and those that it is sent."""

import asyncio
import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos import mischief
from tests.chaos.websocket import CLOSE, PING, PONG, TEXT, WebSocket, frame

UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


class Sink:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closing = False

    def write(self, chunk: bytes) -> None:
        self.written.append(chunk)

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    abort = close


class Ear:
    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.codes: list[int] = []
        self.opened = 0
        self.socket = WebSocket(1, "http://a", self._open, self.texts.append, self.codes.append)
        self.sink = Sink()
        self.socket.connection_made(self.sink)

    def _open(self) -> None:
        self.opened += 1


def server_frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        head = bytes([0x80 | opcode, size])
    elif size < 65_536:
        head = struct.pack(">BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack(">BBQ", 0x80 | opcode, 127, size)
    return head + payload


@given(st.lists(st.sampled_from([0, 1, 125, 126, 65_535, 65_536]), max_size=4), st.integers(1, 70_000))
def test_messages_come_whole_however_the_bytes_are_cut(sizes: list[int], step: int) -> None:
    ear, sent = Ear(), [bytes([65 + n]) * size for n, size in enumerate(sizes)]
    wire = UPGRADED + b"".join(server_frame(TEXT, text) for text in sent)
    for at in range(0, len(wire), step):
        ear.socket.data_received(wire[at : at + step])
    assert (ear.texts, ear.opened) == (sent, 1)


def test_a_ping_is_answered_and_a_close_is_echoed_with_its_code() -> None:
    ear = Ear()
    ear.socket.data_received(UPGRADED + server_frame(PING, b"x") + server_frame(CLOSE, struct.pack(">H", 4213)))
    assert ear.sink.written[1:] == [frame(PONG, b"x"), frame(CLOSE, struct.pack(">H", 4213))]
    ear.socket.connection_lost(None)
    assert ear.codes == [4213]


def test_a_refused_upgrade_and_a_cut_are_1006() -> None:
    ear = Ear()
    ear.socket.data_received(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
    assert ear.sink.closing
    ear.socket.connection_lost(ConnectionResetError())
    assert (ear.codes, ear.opened) == ([1006], 0)


@given(st.lists(st.binary(max_size=70_000), max_size=4), st.binary(max_size=3))
def test_the_proxy_finds_the_same_frames(texts: list[bytes], rest: bytes) -> None:
    for make in (frame, server_frame):
        buffer, found = b"".join(make(TEXT, text) for text in texts), []
        while buffer:
            message, buffer = mischief.cut(buffer)
            found.append(message)
        assert found == [make(TEXT, text) for text in texts]


async def test_a_request_over_http() -> None:
    from tests.chaos.websocket import ask

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0]))
        writer.write(b'HTTP/1.1 201 Created\r\nX-Is: there\r\n\r\n{"got": %b}' % body)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        answer = await ask(server.sockets[0].getsockname()[1], "POST", "/", {"a": 1})
    found: dict[str, Any] = answer.body
    assert (answer.status, answer.headers["x-is"], found) == (201, "there", {"got": {"a": 1}})
