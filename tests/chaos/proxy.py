"""A network that fails: a TCP proxy that delays, throttles, cuts one way, leaves half open, and resets.

Faults are fields that may change at any time; they count for bytes that pass from then on.
"""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field
from typing import Any, Self

CHUNK = 65_536
SMALL = 4_096  # what the kernel may hold for a throttled reader


@dataclass
class Way:
    """One direction. `cut`: bytes wait here and go nowhere. `bytes_per_s` 0 = as fast as it goes."""

    delay_s: float = 0.0
    bytes_per_s: float = 0.0
    cut: bool = False


@dataclass(eq=False)
class Link:
    """One connection through the proxy: the client's side and the server's."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    half_open: bool = False
    pumps: list[asyncio.Task[None]] = field(default_factory=list)


class Proxy:
    """`async with Proxy(port) as proxy`: listens on `proxy.port`. `up` is towards the server, `down` from it."""

    def __init__(self, target: int, *, narrow: bool = False) -> None:
        """`narrow`: the kernel holds little of what comes from the server, so that a throttled reader is felt there."""
        self.target = target
        self.narrow = narrow
        self.port = 0
        self.up, self.down = Way(), Way()
        self.links: set[Link] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.reset()
        pumps = [pump for link in self.links for pump in link.pumps]
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    # --- faults that happen at once -----------------------------------------------------------------------

    def reset(self) -> None:
        """RST to both sides of everything that is open."""
        for link in list(self.links):
            for side in (link.near, link.far):
                _abort(side)

    def half_open(self) -> None:
        """Clients are gone without a word: their sockets are reset, the server's stay open and silent."""
        for link in list(self.links):
            link.half_open = True
            _abort(link.near)

    def heal(self) -> None:
        self.up, self.down = Way(), Way()

    # --- one connection -----------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        try:
            far_reader, far = await self._reach()
        except OSError:
            _abort(near)
            return
        link = Link(near, far)
        self.links.add(link)
        loop = asyncio.get_running_loop()
        link.pumps = [
            loop.create_task(self._carry(link, *ends)) for ends in ((reader, far, "up"), (far_reader, near, "down"))
        ]
        await asyncio.gather(*link.pumps, return_exceptions=True)
        self.links.discard(link)
        _abort(far)
        _abort(near)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        to = socket.socket()
        to.setblocking(False)
        if self.narrow:  # before it connects: or the window is open already
            to.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        await asyncio.get_running_loop().sock_connect(to, ("127.0.0.1", self.target))
        return await asyncio.open_connection(sock=to, limit=SMALL if self.narrow else CHUNK)

    async def _carry(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str) -> None:
        """Until one side ends; then the other is told in the same way, unless it is to be left half open."""
        other = link.far if name == "up" else link.near
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self.pump(link, reader, writer, name)
        if link.half_open and name == "up":
            await asyncio.Event().wait()  # the server hears nothing, not even an end
        with contextlib.suppress(OSError):
            other.close()

    async def pump(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str) -> None:
        """Carry bytes in one direction until its end."""
        while chunk := await reader.read(SMALL if self.narrow else CHUNK):
            if delay_s := self._way(name).delay_s:
                await asyncio.sleep(delay_s)
            while chunk:
                chunk = await self._some(chunk, writer, name)

    async def _some(self, chunk: bytes, writer: asyncio.StreamWriter, name: str) -> bytes:
        """Write what may go now; returns the rest."""
        while self._way(name).cut:
            await asyncio.sleep(0.02)
        per_s = self._way(name).bytes_per_s
        size = max(1, int(per_s / 10)) if per_s else len(chunk)
        writer.write(chunk[:size])
        await writer.drain()
        if per_s:
            await asyncio.sleep(size / per_s)
        return chunk[size:]

    def _way(self, name: str) -> Way:
        return self.up if name == "up" else self.down


def _abort(side: asyncio.StreamWriter) -> None:
    transport: Any = side.transport
    sock = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing():
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
