"""redis-py, for everything but the hot path: a pool for each primary, raw replies, and its errors under our names.

Which primary has a key is known (topology.py), and who is redirected or refused by a server that is none any more asks
there again. redis-py's own RedisCluster and Sentinel are not used: one way for all three kinds of store, and a fence
must leave on the connection of what it fences.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import redis.asyncio as redis
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MasterDownError,
    MovedError,
    ReadOnlyError,
    RedisError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeout

from hub.model.errors import NotDurable, StoreUnavailable
from hub.store.line import script
from hub.store.resp import Word
from hub.store.topology import Topology, just_closed

T = TypeVar("T")
Command = tuple[Word, ...]
TRIES = 4
PAUSE_S = 0.05
# Said before anything was done: to ask again is safe.
REFUSED = (MovedError, ReadOnlyError, ClusterDownError, MasterDownError, TryAgainError)


@contextmanager
def cancellable() -> Iterator[None]:
    """redis-py sends through asyncio.wait_for, which in Python 3.11 loses a cancellation that arrives as it finishes:
    a loop would go on for ever. Whoever was cancelled meanwhile is told so now.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    except (RedisError, OSError, RuntimeError) as problem:  # it may also have been taken for a broken connection
        if task and task.cancelling() > before:
            raise asyncio.CancelledError from None
        if isinstance(problem, RuntimeError) and just_closed(problem):
            raise RedisConnectionError("the connection was just lost") from problem
        raise
    if task and task.cancelling() > before:
        raise asyncio.CancelledError


class Nodes:
    """A redis-py client for each primary."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self._open: dict[str, Any] = {}
        topology.changed.append(self._leave)

    def of(self, key: str) -> Any:
        """Whoever has this key. Raises StoreUnavailable when nobody has."""
        there = self.topology.map
        one = len(there.ranges) == 1 and there.urls
        return self.at(one[0] if one else there.at(key_slot(key.encode())))

    def at(self, url: str) -> Any:
        if url not in self._open:
            # A plain Redis() raises MaxConnectionsError at 100 connections; a blocking pool waits its turn.
            pool = redis.BlockingConnectionPool.from_url(
                url, max_connections=32, timeout=5, socket_timeout=5, protocol=3
            )
            self._open[url] = node = redis.Redis(connection_pool=pool)
            # Replies as RESP3 gives them: redis-py's callbacks turn, say, SET ... GET into a bool.
            node.response_callbacks.clear()
        return self._open[url]

    def every(self) -> list[Any]:
        return [self.at(url) for url in self.topology.map.urls]

    def is_current(self, node: Any) -> bool:
        return any(node is self._open.get(url) for url in self.topology.map.urls)

    async def _leave(self) -> None:
        """Who waits for a primary that is none any more is told so now, and not after 5 s."""
        for url in set(self._open) - set(self.topology.map.urls):
            await _close(self._open.pop(url))

    async def close(self) -> None:
        for node in self._open.values():
            await _close(node)


async def _close(node: Any) -> None:
    await node.aclose()
    await node.connection_pool.disconnect()


class Client:
    """Raises StoreUnavailable for whatever goes wrong with the store.

    `replicas`: answers are given once so many replicas have all that was there to be answered from; 0 = at once.
    Then nobody is shown, decides on or carries out what a failover could take back. NotDurable when they don't.
    """

    def __init__(self, nodes: Nodes, replicas: int = 0, timeout_ms: int = 2_000) -> None:
        self._nodes = nodes
        self._replicas = replicas
        self._timeout_ms = timeout_ms

    @property
    def topology(self) -> Topology:
        return self._nodes.topology

    async def do(self, *command: Word) -> Any:
        """One command; bytes in the reply stay bytes."""
        return await self._asked(str(command[0]), key_of(command), lambda node: self._one(node, command))

    async def several(self, commands: list[tuple[Word, ...]]) -> list[Any]:
        """Independent commands, in one round trip to each primary that has a part of them."""
        answers: list[Any] = [None] * len(commands)
        left = list(range(len(commands)))
        for tries in range(TRIES):
            if not left:
                break
            if tries:
                await self._look_again()
            left = await self._some(commands, left, answers)
        for n in left:
            raise StoreUnavailable(f"{commands[n][0]!s}: {str(answers[n])[:120]}")
        return answers

    async def run(self, name: str, key: str, *arguments: Word) -> Any:
        """Run hub/store/lua/NAME.lua on one key, and on whatever else of that shard it names itself."""
        source, sha = loaded(name)
        keys = self._keys(key)

        async def once(node: Any) -> Any:
            try:
                return await self._one(node, ("EVALSHA", sha, *keys, *arguments))
            except redis.ResponseError as problem:
                if not str(problem).startswith(("NOSCRIPT", "No matching")):
                    raise
                return await self._one(node, ("EVAL", source, *keys, *arguments))

        return await self._asked(name, key, once)

    async def run_several(self, name: str, calls: list[tuple[Word, ...]]) -> list[Any]:
        """`run`, of many calls (key, *arguments) that do not depend on each other, as `several`."""
        source, sha = loaded(name)
        await self.each("SCRIPT", "LOAD", source)
        return await self.several([("EVALSHA", sha, *self._keys(str(key)), *rest) for key, *rest in calls])

    def _keys(self, key: str) -> tuple[Word, ...]:
        """The keys that a script names, with their number in front.

        Of a slot that is on its way to another member, half is here and half there. With a key that is nowhere, a
        script is refused at both (TRYAGAIN) and can't take what it does not see for gone.
        """
        return (2, key, beside(key, "nothing")) if self._nodes.topology.clustered else (1, key)

    async def each(self, *command: Word) -> list[Any]:
        """One command, asked of every primary."""
        try:
            with cancellable():
                return [await node.execute_command(*command) for node in self._nodes.every()]
        except (RedisError, OSError) as problem:
            raise self._gone(str(command[0]), problem) from problem

    async def listen(self, channels: list[str]) -> AsyncIterator[bytes]:
        """Payloads of pub/sub messages, while the connection lasts. Raises StoreUnavailable when it is lost.

        The channels are of one slot. In a cluster every member could be asked, and its primary need ask no other.
        """
        node = self._nodes.of(channels[0])
        pubsub = node.pubsub()
        try:
            with cancellable():
                await pubsub.subscribe(*channels)
            while self._nodes.is_current(node):
                with cancellable():
                    message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=2.0)
                if message is not None:
                    yield message["data"]
            raise StoreUnavailable("another server is primary now")
        except (RedisConnectionError, RedisTimeout, RedisError, OSError) as problem:
            raise self._gone("SUBSCRIBE", problem) from problem
        finally:
            await pubsub.aclose()

    async def close(self) -> None:
        await self._nodes.close()

    # --- small steps --------------------------------------------------------------------------------------

    async def _asked(self, what: str, key: str, once: Callable[[Any], Awaitable[T]]) -> T:
        """Ask whoever has the key; again, when that was another one by now."""
        for tries in range(TRIES):
            try:
                with cancellable():
                    return await once(self._nodes.of(key))
            except REFUSED as refusal:
                if not self._nodes.topology.moves or tries == TRIES - 1:
                    raise StoreUnavailable(f"{what}: {str(refusal)[:120]}") from refusal
                await self._look_again()
            except (RedisError, OSError) as problem:
                raise self._gone(what, problem) from problem
        raise AssertionError

    async def _look_again(self) -> None:
        await asyncio.sleep(PAUSE_S)
        await self._nodes.topology.refresh()

    def _gone(self, what: str, problem: Exception) -> StoreUnavailable:
        self._nodes.topology.poke()
        return StoreUnavailable(f"{what}: {str(problem)[:120]}")

    async def _one(self, node: Any, command: Command) -> Any:
        try:
            if not self._replicas:
                return await node.execute_command(*command)
            [answer] = await self._fenced(node, [command])
            if isinstance(answer, Exception):
                raise answer
            return answer
        except MovedError:  # which redis-py takes for a kind of AskError
            raise
        except AskError as ask:
            return await self._asking(command, ask)

    async def _asking(self, command: Command, ask: AskError) -> Any:
        """Its slot is on the way to another member, and this key is there already."""
        if self._replicas:  # what is there can't be fenced: a fence in that slot might be in the way of its own
            raise StoreUnavailable("its slot is on the way to another member")
        there = self._nodes.at(self._nodes.topology.member(ask.host, ask.port))
        pipeline = there.pipeline(transaction=False)
        pipeline.execute_command("ASKING")
        pipeline.execute_command(*command)
        _, answer = await pipeline.execute(raise_on_error=False)  # which would wrap what the server said
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _asked_there(self, command: Command, ask: AskError) -> Any:
        """As `_asking`; a refusal is an answer, too."""
        try:
            with cancellable():
                return await self._asking(command, ask)
        except REFUSED as refusal:
            return refusal
        except (RedisError, OSError) as problem:
            raise self._gone(str(command[0]), problem) from problem

    async def _some(self, commands: list[Command], wanted: list[int], answers: list[Any]) -> list[int]:
        """Fill in the answers to those `wanted`; returns those that were refused and may be asked again."""
        groups: dict[Any, list[int]] = {}
        for n in wanted:
            groups.setdefault(self._nodes.of(key_of(commands[n])), []).append(n)
        again: list[int] = []
        for node, numbers in groups.items():
            try:
                with cancellable():
                    replies = await self._fenced(node, [commands[n] for n in numbers])
            except (RedisError, OSError) as problem:
                raise self._gone(str(commands[numbers[0]][0]), problem) from problem
            for n, reply in zip(numbers, replies, strict=True):
                if isinstance(reply, AskError) and not isinstance(reply, MovedError):
                    reply = await self._asked_there(commands[n], reply)  # noqa: PLW2901 it is the answer
                answers[n] = reply
                if isinstance(reply, (*REFUSED, AskError)) and self._nodes.topology.moves:
                    again.append(n)
                elif isinstance(reply, Exception):
                    raise StoreUnavailable(str(reply)[:120]) from reply
        return again

    async def _fenced(self, node: Any, commands: list[Command]) -> list[Any]:
        """Replies, errors among them; with `replicas`, once these have what was there to be answered from.

        WAIT waits for what its own connection has written: hence the small write before it.
        """
        pipeline = node.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        if self._replicas:
            pipeline.execute_command("SET", fence_of(key_of(commands[0])), 1)
            pipeline.execute_command("WAIT", self._replicas, self._timeout_ms)
        replies = list(await pipeline.execute(raise_on_error=False))
        if not self._replicas:
            return replies
        *replies, fence, reached = replies
        if isinstance(fence, Exception):
            raise fence
        if not isinstance(reached, int) or reached < self._replicas:
            raise NotDurable(f"{reached} of {self._replicas} replicas have it")
        return replies


def key_of(command: Command) -> str:
    """The key that says where a command belongs; of those without one, whatever stands there."""
    place = 3 if command[0] in ("EVAL", "EVALSHA") else 1
    key = command[place] if len(command) > place else ""
    return key.decode() if isinstance(key, bytes) else str(key)


def fence_of(key: str) -> str:
    """A key in the same slot, to be written when something read must be known to be replicated."""
    return beside(key, "fence")


def beside(key: str, name: str) -> str:
    """Another key in the same slot."""
    return f"{key.partition('}')[0]}}}:{name}"


@cache
def loaded(name: str) -> tuple[str, str]:
    """A script's source and its name on a server."""
    source = script(name)
    return source, hashlib.sha1(source.encode()).hexdigest()  # noqa: S324 - how the server names scripts
