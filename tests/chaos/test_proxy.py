"""Covers tests/chaos/proxy.py and mischief.py: each fault does what its name says, to bytes of a real connection."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos.mischief import Mischief, cut
from tests.chaos.proxy import Proxy
from tests.chaos.websocket import TEXT, frame

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def through(kind: type[Proxy] = Proxy) -> AsyncIterator[tuple[Proxy, Ends, Ends]]:
    """A proxy, the client's end, and the server's end of one connection through it."""
    accepted: asyncio.Queue[Ends] = asyncio.Queue()
    server = await asyncio.start_server(lambda r, w: accepted.put_nowait((r, w)), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with kind(port) as proxy:
        near = await asyncio.open_connection("127.0.0.1", proxy.port)
        far = await accepted.get()
        yield proxy, near, far
        for _, writer in (near, far):
            writer.transport.abort()
    server.close()
    await server.wait_closed()


async def test_bytes_pass_both_ways_and_an_end_is_passed_on() -> None:
    async with through() as (_, near, far):
        near[1].write(b"ask")
        assert await far[0].readexactly(3) == b"ask"
        far[1].write(b"answer")
        assert await near[0].readexactly(6) == b"answer"
        near[1].close()
        assert await far[0].read() == b""


async def test_delay() -> None:
    async with through() as (proxy, near, far):
        proxy.up.delay_s = 0.1
        began = asyncio.get_running_loop().time()
        near[1].write(b"x")
        await far[0].readexactly(1)
        assert asyncio.get_running_loop().time() - began >= 0.1


async def test_cut_one_way_holds_bytes_until_it_heals() -> None:
    async with through() as (proxy, near, far):
        proxy.up.cut = True
        near[1].write(b"held")
        far[1].write(b"passes")
        assert await near[0].readexactly(6) == b"passes"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(far[0].read(1), 0.05)
        proxy.heal()
        assert await far[0].readexactly(4) == b"held"


async def test_throttle() -> None:
    async with through() as (proxy, near, far):
        proxy.down.bytes_per_s = 100.0
        began = asyncio.get_running_loop().time()
        far[1].write(bytes(30))
        await near[0].readexactly(30)
        assert asyncio.get_running_loop().time() - began >= 0.2


async def test_reset() -> None:
    async with through() as (proxy, near, far):
        near[1].write(b"x")
        await far[0].readexactly(1)
        proxy.reset()
        for reader, _ in (near, far):
            with pytest.raises(ConnectionResetError):
                await reader.read(1)


async def test_half_open_is_an_end_for_the_client_only() -> None:
    async with through() as (proxy, near, far):
        near[1].write(b"x")
        await far[0].readexactly(1)
        proxy.half_open()
        with pytest.raises(ConnectionResetError):
            await near[0].read(1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(far[0].read(1), 0.05)


async def test_mischief_loses_nothing_and_does_each_of_its_tricks() -> None:
    count = 400
    async with through(Mischief) as (proxy, near, far):
        assert isinstance(proxy, Mischief)
        near[1].write(b"GET / HTTP/1.1\r\n\r\n")
        await far[0].readuntil(b"\r\n\r\n")
        far[1].write(b"HTTP/1.1 101 Yes\r\n\r\n" + b"\x81\x0c" + b'{"t":"live"}')
        await near[0].readuntil(b'{"t":"live"}')
        sent = [frame(TEXT, b"%04d" % number) for number in range(count)]
        near[1].write(b"".join(sent))
        came, buffer = list[bytes](), b""
        while len(set(came)) < count:
            buffer += await far[0].read(65_536)
            while True:
                message, buffer = cut(buffer)
                if not message:
                    break
                came.append(message)
        times = Counter(came)
        assert set(times) == set(sent)
        assert sum(count - 1 for count in times.values()) in range(1, proxy.counts["twice"] + 1)
        assert came != sorted(came)
        assert min(proxy.counts.values()) >= 5
