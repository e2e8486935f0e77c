"""A server that breaks promises on purpose, at named messages: the generator has to notice each of them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve

OPEN = '0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":65536}'


@dataclass
class FaultySocketIo:
    """Speaks what the generator speaks to Socket.IO, for one conversation. Message numbers count from 1."""

    lose: set[int] = field(default_factory=set)
    double: set[int] = field(default_factory=set)
    swap: set[int] = field(default_factory=set)  # delivered after the one behind it
    skip_seq: set[int] = field(default_factory=set)
    drop_ack: set[int] = field(default_factory=set)
    _agents: list[ServerConnection] = field(default_factory=list)
    _held: list[str] = field(default_factory=list)
    _count: int = 0
    _seq: int = 0

    async def on_connection(self, socket: ServerConnection) -> None:
        await socket.send(OPEN)
        async for packet in socket:
            text = str(packet)
            if text.startswith("40"):
                if json.loads(text[2:])["role"] == "agent":
                    self._agents.append(socket)
                await socket.send('40{"sid":"y"}')
            elif text.startswith("42"):
                number, body = text[2:].split("[", 1)
                await self._on_message(socket, number, json.loads("[" + body)[1])

    async def _on_message(self, socket: ServerConnection, number: str, message: dict[str, str]) -> None:
        self._count += 1
        self._seq += 2 if self._count in self.skip_seq else 1
        if self._count not in self.drop_ack:
            await socket.send(f"43{number}[{json.dumps({'id': message['id'], 's': self._seq})}]")
        if self._count in self.lose:
            return
        event = f"42{json.dumps(['m', {**message, 's': self._seq}])}"
        if self._count in self.swap:
            self._held.append(event)
            return
        times = 2 if self._count in self.double else 1
        for frame in [event] * times + self._held:
            for agent in self._agents:
                await agent.send(frame)
        self._held.clear()


@asynccontextmanager
async def running(server: FaultySocketIo) -> AsyncIterator[int]:
    """Yields the port."""
    async with serve(server.on_connection, "127.0.0.1", 0) as listening:
        yield next(iter(listening.sockets)).getsockname()[1]
