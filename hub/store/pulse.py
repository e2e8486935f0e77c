"""How a Valkey behind a unix socket is doing: one command over a connection of its own, without a client library."""

import asyncio
import contextlib
import socket
import struct
from enum import Enum
from pathlib import Path
from typing import NamedTuple

ANSWER_S = 1.0


class State(Enum):
    ABSENT = "nobody listens"
    SILENT = "no answer"
    LOADING = "loading its log"
    READY = "ready"


class Pulse(NamedTuple):
    state: State
    pid: int  # of the process that listens; 0 = not known (another container's, or macOS)


class Answer(NamedTuple):
    line: bytes  # the first line, without its end; empty = no answer
    pid: int


async def pulse(path: Path, timeout_s: float = ANSWER_S) -> Pulse:
    try:
        answer = await ask(path, "PING", timeout_s)
    except OSError:
        return Pulse(State.ABSENT, 0)
    if answer.line == b"+PONG":
        return Pulse(State.READY, answer.pid)
    loading = answer.line.startswith(b"-LOADING")
    return Pulse(State.LOADING if loading else State.SILENT, answer.pid)


async def ask(path: Path, command: str, timeout_s: float = ANSWER_S) -> Answer:
    """Raises OSError when nobody listens there."""
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_unix_connection(path)
    pid = _peer(writer.get_extra_info("socket"))
    try:
        writer.write(f"{command}\r\n".encode())
        async with asyncio.timeout(timeout_s):
            return Answer((await reader.readline()).rstrip(), pid)
    except (TimeoutError, ConnectionError):
        return Answer(b"", pid)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def _peer(sock: socket.socket) -> int:
    """The pid of the process that listens: the kernel's word, so never stale as a pid file would be."""
    if not hasattr(socket, "SO_PEERCRED"):
        return 0
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[0])
