"""A line comes back: after a kill, a hang, a refusal, a move to another address."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub.model.errors import StoreUnavailable
from hub.store.address import UnusableUrl
from hub.store.line import Line
from hub.store.resp import Pipe, ReplyError, pack
from tests.store.acts import PATIENCE_S, kill, own_valkey, pid_of, store_at, until


@asynccontextmanager
async def running(line: Line) -> AsyncIterator[Line]:
    async with asyncio.TaskGroup() as tasks:
        owner = tasks.create_task(line.run())
        yield line
        owner.cancel()


def fixed(url: str) -> Callable[[], Awaitable[str]]:
    async def where() -> str:
        return url

    return where


async def pings(line: Line) -> bool:
    try:
        return bool(await line.call("PING") == b"PONG")
    except StoreUnavailable:
        return False


async def test_it_comes_back_after_a_kill_and_prepares_each_connection_first(tmp_path: Path) -> None:
    prepared: list[Pipe] = []

    async def on_up(pipe: Pipe) -> None:
        assert not line.up, "nobody may use it yet"
        prepared.append(pipe)

    async with own_valkey(tmp_path) as embedded:
        line = Line(embedded.ensure, on_up)
        async with running(line):
            await line.wait_up(PATIENCE_S)
            for times in (1, 2, 3):
                assert len(prepared) == times
                await kill(embedded)
                await prepared[-1].lost()
                assert await until(lambda: pings(line))


async def test_without_a_connection_nothing_is_sent(tmp_path: Path) -> None:
    line = Line(fixed(f"unix://{tmp_path}/none.sock"))
    with pytest.raises(StoreUnavailable):
        line.send(pack("PING"), lambda _: pytest.fail("nothing was sent"))
    with pytest.raises(StoreUnavailable):
        await line.call("PING")
    async with running(line):
        with pytest.raises(StoreUnavailable, match=r"not reachable: can't connect .*none\.sock|No such file"):
            await line.wait_up(0.1)


async def test_a_wrong_password_is_told_at_once(valkey: str) -> None:
    """Who starts with it would wait for ten seconds, and then hear that the store is away."""
    where = urlsplit(valkey)
    line = Line(fixed(where._replace(netloc=f"nobody:secret-7@{where.netloc}").geturl()))
    async with running(line):
        with pytest.raises(UnusableUrl, match="WRONGPASS") as told:
            await line.wait_up(60)
    assert "secret-7" not in str(told.value)


async def test_the_address_is_asked_for_each_time(valkey: str, tmp_path: Path) -> None:
    """After a failover the store lives elsewhere."""
    places = [f"unix://{tmp_path}/none.sock", f"unix://{tmp_path}/none.sock", valkey]

    async def where() -> str:
        return places.pop(0)

    async with running(Line(where)) as line:
        await line.wait_up(PATIENCE_S)
        assert places == []


async def test_a_server_that_refuses_to_be_prepared_is_tried_again(tmp_path: Path) -> None:
    """A store that still loads its log answers every command with an error: that ended the whole process."""
    async with own_valkey(tmp_path) as embedded, store_at(embedded) as store:
        await store.client.do("ACL", "SETUSER", "hub", "on", ">pw", "+@all", "-script", "~*")
        refused = asyncio.Event()

        async def on_up(pipe: Pipe) -> None:
            try:
                await pipe.call("SCRIPT", "LOAD", "return 1")
            except ReplyError:
                refused.set()
                raise

        async with running(Line(fixed(embedded.url.replace("unix://", "unix://hub:pw@")), on_up)) as line:
            await refused.wait()
            with pytest.raises(StoreUnavailable, match="NOPERM"):
                await line.wait_up(0.05)
            await store.client.do("ACL", "SETUSER", "hub", "+script")
            await line.wait_up(PATIENCE_S)


async def test_a_server_that_falls_silent_is_left(tmp_path: Path) -> None:
    """A cut network says no farewell: without this, whoever waits for an append waits for a quarter of an hour."""
    async with own_valkey(tmp_path) as embedded, running(Line(fixed(embedded.url), silence_s=0.2)) as line:
        await line.wait_up(PATIENCE_S)
        pid = await pid_of(embedded)
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(StoreUnavailable):
                async with asyncio.timeout(PATIENCE_S):
                    await line.call("PING")
        finally:
            os.kill(pid, signal.SIGCONT)
        assert await until(lambda: pings(line))


async def test_a_server_that_owes_nothing_may_be_silent(valkey: str) -> None:
    connected = 0

    async def on_up(pipe: Pipe) -> None:
        nonlocal connected
        connected += 1

    async with running(Line(fixed(valkey), on_up, silence_s=0.05)) as line:
        await line.wait_up(PATIENCE_S)
        await asyncio.wait([asyncio.ensure_future(other_work())])
        assert await line.call("PING") == b"PONG"
        assert connected == 1


async def other_work() -> None:
    """Three times as long as a silent server is waited for."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    loop.call_later(0.15, done.set_result, None)
    await done


async def test_a_dropped_line_is_opened_anew(valkey: str) -> None:
    async with running(Line(fixed(valkey))) as line:
        await line.wait_up(PATIENCE_S)
        first = await line.call("CLIENT", "ID")
        line.drop()
        await until(lambda: pings(line))
        assert await line.call("CLIENT", "ID") != first
