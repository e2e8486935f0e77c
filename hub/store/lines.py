"""A Line to each primary, and which of them leads to a shard. They come and go as primaries do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from redis.crc import key_slot

from hub.model.errors import StoreUnavailable
from hub.store.keys import Keys
from hub.store.line import Line
from hub.store.resp import Pipe
from hub.store.topology import Topology

End = TypeVar("End")


class Lines(Generic[End]):
    """`make` says what works over a line; it may set the line's `on_up`.

    `apart`: each shard has a line of its own, even to the same primary. (A blocked read holds its line, and a cluster
    refuses to read two slots at once.)
    """

    def __init__(
        self,
        topology: Topology,
        keys: Keys,
        make: Callable[[Line], End],
        tasks: asyncio.TaskGroup,
        silence_s: float,
        *,
        apart: bool = False,
    ) -> None:
        self._topology = topology
        self._slots = [key_slot(keys.shard(shard).encode()) for shard in range(keys.shards)]
        self._make = make
        self._tasks = tasks
        self._silence_s = silence_s
        self._apart = apart
        self._open: dict[tuple[str, int], tuple[Line, End, asyncio.Task[None]]] = {}
        self._by_shard: list[End | None] = []
        topology.changed.append(self.arrange)

    async def arrange(self) -> None:
        """Open lines to new primaries, leave those that are none any more."""
        ways = [self._way(shard) for shard in range(len(self._slots))]
        wanted = dict.fromkeys(way for way in ways if way)
        if not self._apart:
            wanted |= dict.fromkeys((url, 0) for url in self._topology.map.urls)
        for way in set(self._open) - set(wanted):
            line, _, task = self._open.pop(way)
            line.leave()
            task.cancel()
        for way in wanted:
            if way not in self._open:
                self._open[way] = self._new(way[0])
        self._by_shard = [self._open[way][1] if way else None for way in ways]

    def _way(self, shard: int) -> tuple[str, int] | None:
        try:
            return self._topology.map.at(self._slots[shard]), shard if self._apart else 0
        except StoreUnavailable:
            return None

    def _new(self, url: str) -> tuple[Line, End, asyncio.Task[None]]:
        line = Line(partial(self._topology.where, url), silence_s=self._silence_s)
        end = self._make(line)
        if self._topology.moves:
            line.on_up = partial(_as_primary, line.on_up)
        return line, end, self._tasks.create_task(line.run())

    def to(self, shard: int) -> End:
        """Raises StoreUnavailable when the shard has no primary now."""
        end = self._by_shard[shard]
        if end is None:
            raise StoreUnavailable("the shard has no primary now")
        return end

    def at(self, url: str) -> End | None:
        """What leads to the primary with this URL."""
        return self._open[url, 0][1] if (url, 0) in self._open else None

    def groups(self, shards: Sequence[int]) -> dict[End, list[int]]:
        """Shards by what leads to them; those without a primary are left out. Raises StoreUnavailable when all are."""
        found: dict[End, list[int]] = {}
        for shard in shards:
            if (end := self._by_shard[shard]) is not None:
                found.setdefault(end, []).append(shard)
        if not found:
            raise StoreUnavailable("no shard has a primary now")
        return found

    async def wait_up(self, timeout_s: float) -> None:
        """Raises StoreUnavailable when a primary did not come in time, UnusableUrl when one does not let us in."""
        for line, _, _ in list(self._open.values()):
            await line.wait_up(timeout_s)

    def close(self) -> None:
        for _, _, task in self._open.values():
            task.cancel()


async def _as_primary(prepare: Callable[[Pipe], Awaitable[None]] | None, pipe: Pipe) -> None:
    """A server that was demoted while it was away still answers, and would refuse each write."""
    role, *_ = await pipe.call("ROLE")
    if role != b"master":
        raise StoreUnavailable("this server is no primary now")
    if prepare:
        await prepare(pipe)
