"""redis-py as the hub uses it: plain replies, one name for all that goes wrong, and cancellations that arrive."""

import asyncio
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import uvloop
from redis.exceptions import ConnectionError as RedisConnectionError

from hub.model.errors import StoreUnavailable
from hub.store.client import Client, Nodes, cancellable
from hub.store.store import Store
from hub.store.topology import still
from tests.store.acts import own_valkey, store_at, until


async def test_replies_are_plain(store: Store) -> None:
    do, key = store.client.do, store.keys.everywhere("x")
    assert await do("SET", key, 1, "NX", "GET") is None
    assert await do("SET", key, 2, "NX", "GET") == b"1"
    assert await do("GET", key) == b"1"
    assert await do("TTL", key) == -1


async def test_several_in_one_round_trip(store: Store) -> None:
    key = store.keys.everywhere("x")
    assert await store.client.several([]) == []
    assert await store.client.several([("INCR", key), ("INCR", key), ("GET", key)]) == [1, 2, b"2"]


async def test_whatever_the_server_says_is_store_unavailable(store: Store) -> None:
    key = store.keys.everywhere("x")
    await store.client.do("SET", key, "no hash")
    with pytest.raises(StoreUnavailable, match="HGET: WRONGTYPE"):
        await store.client.do("HGET", key, "f")
    with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
        await store.client.several([("GET", key), ("HGET", key, "f")])
    await store.client.do("ZADD", store.keys.outbox(0), 0, "no string")
    with pytest.raises(StoreUnavailable, match="lease: WRONGTYPE"):
        await store.client.run("lease", store.keys.outbox(0), "me", 10)


async def test_scripts_survive_a_server_that_forgot_them(store: Store) -> None:
    key = store.keys.everywhere("lease:x")
    assert await store.client.run("lease", key, "me", 1_000) == 1
    await store.client.do("SCRIPT", "FLUSH")
    assert await store.client.run("lease", key, "me", 1_000) == 1
    assert await store.client.run("lease", key, "you", 1_000) == 0


async def test_more_callers_than_connections_wait_their_turn(store: Store) -> None:
    """A plain redis-py client raises at its hundredth connection."""
    key = store.keys.everywhere("x")
    assert sorted(await asyncio.gather(*(store.client.do("INCR", key) for _ in range(150)))) == list(range(1, 151))


async def test_a_store_that_is_gone_is_named_at_once_and_found_again(tmp_path: Path) -> None:
    async with own_valkey(tmp_path) as embedded, store_at(embedded) as store:
        await store.check()
        await embedded.stop()
        for ask in (store.check(), store.client.several([("PING",)]), store.client.run("lease", "k", "me", 10)):
            async with asyncio.timeout(1.0):
                with pytest.raises(StoreUnavailable):
                    await ask
        await embedded.start()
        await store.check()


def test_a_connection_that_breaks_while_it_is_written_to_is_store_unavailable(tmp_path: Path) -> None:
    """uvloop says so by a RuntimeError, which redis-py lets through: a serving process ended by it in a failover."""

    async def write() -> None:
        async with own_valkey(tmp_path) as embedded:
            reader, writer = await asyncio.open_unix_connection(unquote(urlsplit(embedded.url).path))
            writer.transport.abort()
            assert await reader.read() == b""
            with pytest.raises(RedisConnectionError), cancellable():
                writer.writelines([b"PING\r\n"])
            with pytest.raises(RuntimeError, match="another"), cancellable():
                raise RuntimeError("another")

    uvloop.run(write())


async def test_who_is_cancelled_while_the_connection_breaks_is_cancelled() -> None:
    """Else a process that is told to end goes on for ever."""

    async def ask() -> None:
        with cancellable():
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:  # as wait_for may lose it
                raise RuntimeError("unable to perform operation on <X>; the handler is closed") from None

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_cancelled_caller_is_cancelled(store: Store) -> None:
    """In Python 3.11 asyncio.wait_for loses a cancellation that comes as it finishes; a loop then ran for ever."""

    async def forever() -> None:
        while True:
            await store.client.do("PING")

    for turns in range(0, 60, 3):
        task = asyncio.ensure_future(forever())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=2.0)
        assert done, f"lost after {turns} turns"


async def test_listening(store: Store) -> None:
    channel = store.keys.everywhere("c")
    heard: list[bytes] = []

    async def listen() -> None:
        async for payload in store.client.listen([channel]):
            heard.append(payload)

    listening = asyncio.ensure_future(listen())

    async def said(word: str) -> bool:
        return bool(await store.client.do("PUBLISH", channel, word))

    await until(lambda: said("one"))
    await said("two")

    async def both() -> bool:
        return heard == [b"one", b"two"]

    await until(both)
    listening.cancel()
    await asyncio.wait([listening])


async def test_a_broken_listener_says_so(tmp_path: Path) -> None:
    async with own_valkey(tmp_path) as embedded:
        client = Client(Nodes(still(embedded.url)))

        async def listen() -> None:
            async for _ in client.listen(["c"]):
                pytest.fail("nobody said anything")

        listening = asyncio.ensure_future(listen())

        async def listens() -> bool:
            return bool((await client.do("PUBSUB", "NUMSUB", "c"))[1])

        await until(listens)
        await embedded.stop()
        with pytest.raises(StoreUnavailable):
            async with asyncio.timeout(4.0):
                await listening
        await client.close()
