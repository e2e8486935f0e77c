"""redis-py, for everything but the hot path: one pool, raw replies, and its errors under our names."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import redis.asyncio as redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

from hub.model.errors import StoreUnavailable
from hub.store.line import script
from hub.store.resp import Word


@contextmanager
def cancellable() -> Iterator[None]:
    """redis-py sends through asyncio.wait_for, which in Python 3.11 loses a cancellation that arrives as it finishes:
    a loop would go on for ever. Whoever was cancelled meanwhile is told so now.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    yield
    if task and task.cancelling() > before:
        raise asyncio.CancelledError


class Client:
    """Raises StoreUnavailable for whatever goes wrong with the store."""

    def __init__(self, url: str) -> None:
        # A plain Redis() raises MaxConnectionsError at 100 connections; a blocking pool waits its turn.
        pool = redis.BlockingConnectionPool.from_url(url, max_connections=32, timeout=5, socket_timeout=5, protocol=3)
        self._redis = redis.Redis(connection_pool=pool)
        # Replies as RESP3 gives them: redis-py's callbacks turn, say, SET ... GET into a bool.
        self._redis.response_callbacks.clear()
        self._shas: dict[str, str] = {}

    async def do(self, *command: Word) -> Any:
        """One command; bytes in the reply stay bytes."""
        try:
            with cancellable():
                return await self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as problem:
            raise StoreUnavailable(f"{command[0]!s}: {str(problem)[:120]}") from problem

    async def several(self, commands: list[tuple[Word, ...]]) -> list[Any]:
        """Independent commands in one round trip."""
        if not commands:
            return []
        pipeline = self._redis.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        try:
            with cancellable():
                return list(await pipeline.execute())
        except (RedisError, OSError) as problem:
            raise StoreUnavailable(str(problem)[:120]) from problem

    async def run(self, name: str, key: str, *arguments: Word) -> Any:
        """Run hub/store/lua/NAME.lua on one key."""
        if name not in self._shas:
            self._shas[name] = str(await self.do("SCRIPT", "LOAD", script(name)), "utf8")
        try:
            with cancellable():
                return await self._redis.execute_command("EVALSHA", self._shas[name], 1, key, *arguments)  # type: ignore[no-untyped-call]
        except redis.ResponseError as problem:
            if not str(problem).startswith(("NOSCRIPT", "No matching")):
                raise StoreUnavailable(f"{name}: {str(problem)[:120]}") from problem
            del self._shas[name]
            return await self.do("EVAL", script(name), 1, key, *arguments)
        except (RedisError, OSError) as problem:
            raise StoreUnavailable(f"{name}: {str(problem)[:120]}") from problem

    async def listen(self, channels: list[str]) -> AsyncIterator[bytes]:
        """Payloads of pub/sub messages, while the connection lasts. Raises StoreUnavailable when it is lost."""
        pubsub = self._redis.pubsub()
        try:
            with cancellable():
                await pubsub.subscribe(*channels)
            while True:
                with cancellable():
                    message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=2.0)
                if message is not None:
                    yield message["data"]
        except (RedisConnectionError, RedisTimeout, RedisError, OSError) as problem:
            raise StoreUnavailable(str(problem)[:120]) from problem
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()
