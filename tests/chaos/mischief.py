"""A proxy that knows WebSocket: some messages come twice, some behind the next one, some late. Each way, 5 % each.

TCP never does that; a client's or a hub's own queues might. It begins with a connection's `live`: what comes before
is a handshake of one frame at a time.
"""

import asyncio
import random
import struct

from tests.chaos.proxy import CHUNK, Link, Proxy
from tests.chaos.websocket import TEXT

SHARE = 0.05
LATE_S = 0.05


class Mischief(Proxy):
    """`counts` says how often each was done."""

    def __init__(self, target: int, seed: int = 0) -> None:
        super().__init__(target)
        self.counts = {"twice": 0, "overtaken": 0, "late": 0}
        self._chance = random.Random(seed)
        self._armed: set[Link] = set()

    async def pump(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str) -> None:
        writer.write(await reader.readuntil(b"\r\n\r\n"))
        held = b""
        buffer = b""
        while True:
            message, buffer = cut(buffer)
            if not message:
                chunk = await self._more(reader, LATE_S if held else None)
                if not chunk and not held:
                    self._armed.discard(link)
                    return
                if not chunk:  # nothing comes that could overtake it
                    writer.write(held)
                    held = b""
                buffer += chunk
                continue
            out = message
            if link in self._armed and message[0] & 15 == TEXT:
                out, held = await self._play(message, held)
            elif name == "down" and b'{"t":"live"' in message[:16]:
                self._armed.add(link)
            writer.write(out)
            await writer.drain()

    async def _more(self, reader: asyncio.StreamReader, within_s: float | None) -> bytes:
        try:
            async with asyncio.timeout(within_s):
                return await reader.read(CHUNK)
        except TimeoutError:
            return b""

    async def _play(self, message: bytes, held: bytes) -> tuple[bytes, bytes]:
        """What goes out now, and what is held until the next one has gone by."""
        dice = self._chance.random()
        if held:
            return message + held, b""
        if dice < SHARE:
            self.counts["twice"] += 1
            return message + message, b""
        if dice < 2 * SHARE:
            self.counts["overtaken"] += 1
            return b"", message
        if dice < 3 * SHARE:
            self.counts["late"] += 1
            await asyncio.sleep(self._chance.uniform(0.0, LATE_S))
        return message, b""


def cut(buffer: bytes) -> tuple[bytes, bytes]:
    """The first whole frame and the rest; the frame is empty while it is not all there."""
    if len(buffer) < 2:
        return b"", buffer
    masked, length, start = buffer[1] & 0x80, buffer[1] & 0x7F, 2
    if length >= 126:
        start += 2 if length == 126 else 8
        if len(buffer) < start:
            return b"", buffer
        length = struct.unpack_from(">H" if start == 4 else ">Q", buffer, 2)[0]
    end = start + (4 if masked else 0) + length
    return (buffer[:end], buffer[end:]) if len(buffer) >= end else (b"", buffer)
