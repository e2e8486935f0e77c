"""A lean RESP connection: commands leave in few writes, replies come back in order.

While replies are awaited, what comes is gathered (as Nagle's algorithm does): under load each write, and each wake-up
at either end, then serves many commands; without load nothing waits.

redis-py serves everything else; this is for what runs once a message (appends, feeds), where a future and a lock
per command would cost more than the command (shared/performance.md: 24 us pipelined, 3.7 us like this).
"""

import asyncio
import contextlib
import os
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import SplitResult, unquote, urlsplit

import hiredis

from hub.model.errors import StoreUnavailable

# hiredis hands a server's errors over as values of this type.
ReplyError = hiredis.ReplyError
Reply = Any
Word = str | bytes | int | float
OnReply = Callable[[Reply], None]


def pack(*words: Word) -> bytes:
    """A command as it goes over the wire."""
    packed: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]
    return packed


def word(it: bytes) -> bytes:
    """One word of a command, for who spells the command out."""
    return b"$%d\r\n%b\r\n" % (len(it), it)


class Numbers(dict[int, bytes]):
    """`word` of a number: of the first thousand, which nearly all are, it is ready."""

    def __missing__(self, n: int) -> bytes:
        return word(b"%d" % n)


NUMBERS = Numbers({n: word(b"%d" % n) for n in range(1_024)})


class Lost(StoreUnavailable):
    """The connection broke before the reply came: whether the command took effect is unknown."""


BEHIND_S = 0.005
EARLY = 16  # commands: so many leave at once, whatever is on its way, and the server begins while we go on


class Pipe(asyncio.Protocol):
    """One connection to one server. Callbacks get the reply, a ReplyError, or a Lost.

    It writes to the socket itself while the kernel takes what is written: a transport of uvloop's writes at the end of
    a turn, and until then the server would have nothing to do, and then we.
    """

    def __init__(self) -> None:
        self._reader = hiredis.Reader(replyError=ReplyError)
        self._waiting: deque[OnReply] = deque()
        self._out: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._fd = -1  # of a socket that may be written to without the transport
        self._behind = False  # the transport has something to write: what comes now must wait behind that
        self._more = False  # and got more of it since we looked
        self._heard_at = 0.0
        self._loop = asyncio.get_running_loop()
        self._closed: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        if transport.get_extra_info("sslcontext") is None:
            # One of our own: the transport's number may belong to another socket as soon as it has closed it.
            self._fd = os.dup(transport.get_extra_info("socket").fileno())

    def data_received(self, chunk: bytes) -> None:
        reader, waiting = self._reader, self._waiting
        self._heard_at = self._loop.time()
        reader.feed(chunk)
        while True:
            reply = reader.gets()
            if reply is False:
                break
            waiting.popleft()(reply)
        if self._out and len(waiting) == len(self._out):
            self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
        waiting, self._waiting = self._waiting, deque()
        for on_reply in waiting:
            on_reply(Lost("connection to the store was lost"))
        if not self._closed.done():
            self._closed.set_result(None)

    @property
    def alive(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(self, command: bytes, on_reply: OnReply) -> None:
        """Queue a packed command; it leaves in this loop turn, or with the next reply. `on_reply` is called once."""
        if self._transport is None:
            self._loop.call_soon(on_reply, Lost("not connected to the store"))
            return
        if not self._out:
            self._loop.call_soon(self._turn)
            if not self._waiting:
                self._heard_at = self._loop.time()
        self._out.append(command)
        self._waiting.append(on_reply)
        if len(self._out) >= EARLY:
            self._flush()

    def _turn(self) -> None:
        """At the end of a loop turn: unless replies are on their way, with which it leaves."""
        if len(self._waiting) == len(self._out):
            self._flush()

    def _flush(self) -> None:
        if self._transport is None or not self._out:
            return
        out = b"".join(self._out)
        self._out.clear()
        if self._fd >= 0 and not self._behind:
            with contextlib.suppress(OSError):  # full; or broken, which the transport will find out
                out = out[os.write(self._fd, out) :]
        if out:
            self._transport.write(out)
            self._more = True
            if not self._behind:
                self._behind = True
                self._loop.call_later(BEHIND_S, self._catch_up)

    def _catch_up(self) -> None:
        """Is all written that the transport had? What it got in this very turn uvloop's does not count yet."""
        if self._transport is not None and (self._more or self._transport.get_write_buffer_size()):
            self._more = False
            self._loop.call_later(BEHIND_S, self._catch_up)
        else:
            self._behind = False

    async def call(self, *command: Word) -> Reply:
        """One command, awaited. Raises Lost, or hiredis.ReplyError as the server worded it."""
        done: asyncio.Future[Reply] = self._loop.create_future()

        def on_reply(reply: Reply) -> None:
            if done.done():
                return
            if isinstance(reply, Exception):
                done.set_exception(reply)
            else:
                done.set_result(reply)

        self.send(pack(*command), on_reply)
        return await done

    async def lost(self) -> None:
        """Returns when the connection is gone."""
        await asyncio.shield(self._closed)

    @property
    def owing_s(self) -> float:
        """For how long the server has been silent while it owes a reply; 0 when it owes none."""
        return self._loop.time() - self._heard_at if self._waiting else 0.0

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close without waiting for what was written to leave."""
        if self._transport is not None:
            self._transport.abort()


async def open_pipe(url: str, timeout_s: float = 5.0) -> Pipe:
    """Connect to redis://, rediss:// or unix:// and sign in. Raises StoreUnavailable."""
    parts = urlsplit(url)
    pipe: Pipe | None = None
    try:
        async with asyncio.timeout(timeout_s):
            pipe = await _connect(parts)
            await _sign_in(
                pipe,
                unquote(parts.username or ""),
                unquote(parts.password or ""),
                "" if parts.scheme == "unix" else parts.path,
            )
            return pipe
    except (OSError, ReplyError, Lost) as problem:
        if pipe is not None:
            pipe.abort()
        raise StoreUnavailable(f"can't connect to the store: {problem}") from problem


async def _connect(parts: SplitResult) -> Pipe:
    loop = asyncio.get_running_loop()
    if parts.scheme == "unix":
        _, pipe = await loop.create_unix_connection(Pipe, unquote(parts.path))
    else:
        tls = ssl.create_default_context() if parts.scheme == "rediss" else None
        _, pipe = await loop.create_connection(Pipe, parts.hostname or "127.0.0.1", parts.port or 6379, ssl=tls)
    return pipe


async def _sign_in(pipe: Pipe, name: str, password: str, path: str) -> None:
    if password:
        await (pipe.call("AUTH", name, password) if name else pipe.call("AUTH", password))
    database = path.strip("/")
    if database.isdigit() and database != "0":
        await pipe.call("SELECT", database)
    with contextlib.suppress(ReplyError):
        await pipe.call("CLIENT", "SETNAME", "onethread")
