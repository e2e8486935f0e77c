"""A Pipe that comes back: one owner task connects, loads scripts, and connects again when the store was away."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from importlib.resources import files

from hub.model.errors import StoreUnavailable
from hub.store.address import UnusableUrl
from hub.store.resp import OnReply, Pipe, Reply, ReplyError, Word, open_pipe

LONGEST_PAUSE_S = 1.0
PREPARE_S = 5.0
SILENCE_S = 6.0
# Of name and password; with NOAUTH there was none.
REFUSALS = ("WRONGPASS", "NOAUTH", "NOPERM", "ERR AUTH")


def script(name: str) -> str:
    """The source of hub/store/lua/NAME.lua."""
    return (files("hub.store") / "lua" / f"{name}.lua").read_text()


class Line:
    """`url` is asked for at each attempt, so that a new address (failover, a restarted embedded store) is found.

    `on_up` runs after each connect, before others may use the line; when it raises, the line connects again.
    `silence_s`: who owes a reply for so long is gone (a cut network says no farewell). No command may block longer.
    """

    def __init__(
        self,
        url: Callable[[], Awaitable[str]],
        on_up: Callable[[Pipe], Awaitable[None]] | None = None,
        silence_s: float = SILENCE_S,
    ) -> None:
        self._url = url
        self.on_up = on_up
        self._silence_s = silence_s
        self.pipe: Pipe | None = None  # while it is up
        self._up = asyncio.Event()
        self._why = ""
        self._refused = False

    async def run(self) -> None:
        """Own the connection until cancelled."""
        failures = 0
        while True:
            try:
                pipe = await open_pipe(await self._url())
                try:
                    if self.on_up:
                        async with asyncio.timeout(PREPARE_S):
                            await self.on_up(pipe)
                    self.pipe, failures = pipe, 0
                    self._up.set()
                    await self._until_lost(pipe)
                finally:
                    self._up.clear()
                    self.pipe = None
                    pipe.close()
            except (StoreUnavailable, ReplyError, OSError) as problem:  # ReplyError: it still loads its log, say
                failures += 1
                self._why = str(problem)
                if str(problem.__cause__).startswith(REFUSALS):
                    self._refused = True
                    self._up.set()  # who waits need not: asked again, it says the same
            await asyncio.sleep(random.uniform(0.01, min(LONGEST_PAUSE_S, 0.05 * 2**failures)))  # noqa: S311 jitter

    async def _until_lost(self, pipe: Pipe) -> None:
        while pipe.alive:
            try:
                async with asyncio.timeout(self._silence_s / 4):
                    await pipe.lost()
            except TimeoutError:
                if pipe.owing_s > self._silence_s:
                    pipe.abort()

    @property
    def up(self) -> bool:
        return self.pipe is not None and self.pipe.alive

    async def wait_up(self, timeout_s: float) -> None:
        """Raises StoreUnavailable when the store did not come in time, UnusableUrl when it does not let us in."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._up.wait()
        except TimeoutError as late:
            raise StoreUnavailable(f"the store is not reachable: {self._why or 'no answer'}") from late
        if self._refused and self.pipe is None:
            raise UnusableUrl(f"with this name and password we {self._why}")

    def send(self, command: bytes, on_reply: OnReply) -> None:
        """As Pipe.send. Raises StoreUnavailable when there is no connection."""
        if self.pipe is None:
            raise StoreUnavailable("the store is not reachable")
        self.pipe.send(command, on_reply)

    async def call(self, *command: Word) -> Reply:
        """As Pipe.call. Raises StoreUnavailable when there is no connection."""
        if self.pipe is None:
            raise StoreUnavailable("the store is not reachable")
        return await self.pipe.call(*command)

    def leave(self) -> None:
        """Its server is no primary any more: whoever waits for a reply is told so now."""
        if self.pipe is not None:
            self.pipe.abort()

    def drop(self) -> None:
        """Close the connection; it is opened anew at once."""
        if self.pipe is not None:
            self.pipe.close()
