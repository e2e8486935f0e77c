"""A Pipe that comes back: one owner task connects, loads scripts, and connects again when the store was away."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from importlib.resources import files

from hub.model.errors import StoreUnavailable
from hub.store.resp import OnReply, Pipe, Reply, Word, open_pipe

LONGEST_PAUSE_S = 1.0


def script(name: str) -> str:
    """The source of hub/store/lua/NAME.lua."""
    return (files("hub.store") / "lua" / f"{name}.lua").read_text()


class Line:
    """`url` is asked for at each attempt, so that a new address (failover, a restarted embedded store) is found.

    `on_up` runs after each connect, before others may use the line; when it raises, the line connects again.
    """

    def __init__(self, url: Callable[[], Awaitable[str]], on_up: Callable[[Pipe], Awaitable[None]] | None = None):
        self._url = url
        self.on_up = on_up
        self._pipe: Pipe | None = None
        self._up = asyncio.Event()

    async def run(self) -> None:
        """Own the connection until cancelled."""
        failures = 0
        while True:
            try:
                pipe = await open_pipe(await self._url())
                try:
                    if self.on_up:
                        await self.on_up(pipe)
                    self._pipe, failures = pipe, 0
                    self._up.set()
                    await pipe.lost()
                finally:
                    self._up.clear()
                    self._pipe = None
                    pipe.close()
            except (StoreUnavailable, OSError):
                failures += 1
            await asyncio.sleep(random.uniform(0.01, min(LONGEST_PAUSE_S, 0.05 * 2**failures)))  # noqa: S311 jitter

    @property
    def up(self) -> bool:
        return self._pipe is not None and self._pipe.alive

    async def wait_up(self, timeout_s: float) -> None:
        """Raises StoreUnavailable when the store did not come within `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._up.wait()
        except TimeoutError as late:
            raise StoreUnavailable("the store is not reachable") from late

    def send(self, command: bytes, on_reply: OnReply) -> None:
        """As Pipe.send. Raises StoreUnavailable when there is no connection."""
        if self._pipe is None:
            raise StoreUnavailable("the store is not reachable")
        self._pipe.send(command, on_reply)

    async def call(self, *command: Word) -> Reply:
        """As Pipe.call. Raises StoreUnavailable when there is no connection."""
        if self._pipe is None:
            raise StoreUnavailable("the store is not reachable")
        return await self._pipe.call(*command)

    def drop(self) -> None:
        """Close the connection; it is opened anew at once."""
        if self._pipe is not None:
            self._pipe.close()
