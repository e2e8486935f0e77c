"""Following the shards' feeds from a known position. Facts travel here, never by a bare pub/sub.

There are two in each shard: `feed` has all that was committed, for whoever shows it; `todo` has what a reaction must
look at. An entry is one field: audience, seq and conversation ("e7:wang") -> the frame.

In a cluster one read can't span two slots: each shard has a read under way of its own, and whoever follows gets what
comes first. After a failover the feed goes on where the new primary's copy ends; see `_from`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

from redis.crc import key_slot

from hub.model.errors import StoreUnavailable
from hub.model.frozen import frozen
from hub.store.client import Client, fence_of
from hub.store.line import Line
from hub.store.lines import Lines
from hub.store.resp import ReplyError
from hub.store.topology import Topology

# Longer blocks than redis-py's 5 s socket timeout hang in silence elsewhere; 2 s also bounds a half-open wait.
BLOCK_MS = 2_000
BATCH = 500
# A new primary's clock may be behind, and its entries then have smaller ids than those that its predecessor took
# along. So much is read again; who follows passes over what it knows.
BACK_MS = 60_000
# The feed is on its way to another member of the cluster. Nothing is committed in its shard until all of it is there.
MOVING = ("ASK ", "TRYAGAIN")
MOVING_S = 0.1


@frozen
class FeedEntry:
    """One committed event: `id` is its place in the feed, `seq` its place in the conversation's log."""

    shard: int
    id: str
    conversation: str
    seq: int
    audience: str
    frame: bytes


class Ear:
    """What reads over one line. `wait`: (replicas, ms) that must have an entry before it is told; None = at once."""

    def __init__(self, line: Line, wait: tuple[int, int] | None) -> None:
        self._line = line
        self._wait = wait
        self.task: asyncio.Task[list[FeedEntry] | StoreUnavailable] | None = None
        self.asked: dict[int, str] = {}  # what `task` was asked for: shard -> position

    async def heard(self, keys: dict[bytes, int], positions: list[str]) -> list[FeedEntry] | StoreUnavailable:
        """As `read`, for a task that must not end its group."""
        try:
            return await self.read(keys, positions)
        except StoreUnavailable as problem:
            return problem

    async def read(self, keys: dict[bytes, int], positions: list[str]) -> list[FeedEntry]:
        """What follows `positions` of `keys` (key -> shard). Raises StoreUnavailable."""
        try:
            reply = await self._line.call("XREAD", "COUNT", BATCH, "BLOCK", BLOCK_MS, "STREAMS", *keys, *positions)
            if reply and self._wait:
                await self._replicated(next(iter(keys)).decode(), *self._wait)
        except ReplyError as problem:
            if str(problem).startswith(MOVING):
                await asyncio.sleep(MOVING_S)
                return []
            raise StoreUnavailable(f"XREAD: {str(problem)[:120]}") from problem
        found = []
        for key, items in reply or ():
            shard = keys[key]
            for place, (head, frame) in items:
                conversation, seq, audience = read_head(head)
                found.append(FeedEntry(shard, place.decode(), conversation, seq, audience, frame))
        return found

    async def _replicated(self, key: str, replicas: int, timeout_ms: int) -> None:
        """Until the replicas have all that was read: for as long as this line lasts."""
        await self._line.call("SET", fence_of(key), 1)
        reached = -1
        while reached < replicas:
            reached = await self._line.call("WAIT", replicas, timeout_ms)


class Feeds:
    """Reads shards over lines of its own (a blocked read holds the connection). One who reads at a time."""

    def __init__(
        self,
        topology: Topology,
        client: Client,
        key: Callable[[int], str],
        shards: int,
        wait: tuple[int, int] | None = None,
    ) -> None:
        """`key`: that of a shard's feed."""
        self._topology = topology
        self._client = client
        self._key = key
        self._wait = wait
        self._slots = [key_slot(key(shard).encode()) for shard in range(shards)]
        self._lines: Lines[Ear]
        self._tasks: asyncio.TaskGroup
        self._primary: dict[int, str] = {}
        self._back: dict[int, tuple[str, str]] = {}

    def over(self, lines: Lines[Ear], tasks: asyncio.TaskGroup) -> None:
        """Use these lines, made by `open`; reads that outlive a call belong to `tasks`."""
        self._lines = lines
        self._tasks = tasks

    def open(self, line: Line) -> Ear:
        return Ear(line, self._wait)

    async def tips(self, shards: list[int]) -> dict[int, str]:
        """The newest id of each feed, resolved once: a bare `$` after a reconnect would skip what came between."""
        newest = await self._client.several([("XREVRANGE", self._key(s), "+", "-", "COUNT", 1) for s in shards])
        return {s: reply[0][0].decode() if reply else "0-0" for s, reply in zip(shards, newest, strict=True)}

    async def read(self, positions: dict[int, str]) -> list[FeedEntry]:
        """What follows `positions` (shard -> feed id); waits up to 2 s. Raises StoreUnavailable."""
        if self._topology.moves and [shard for shard, at in positions.items() if self._has_moved(shard, at)]:
            # What was read last may be gone: whoever goes by it must know.
            raise StoreUnavailable("another server is primary now")
        groups = self._lines.groups(list(positions))
        if len(groups) == 1:
            [(ear, shards)] = groups.items()
            if ear.task is None:
                return await ear.read(*self._asked(shards, positions))
        return await self._first_of(groups, positions)

    def _asked(self, shards: list[int], positions: dict[int, str]) -> tuple[dict[bytes, int], list[str]]:
        return {self._key(s).encode(): s for s in shards}, [self._from(s, positions[s]) for s in shards]

    async def _first_of(self, groups: dict[Ear, list[int]], positions: dict[int, str]) -> list[FeedEntry]:
        """Let each be read, go on when one has something to say, leave the others listening."""
        for ear, shards in groups.items():
            if ear.task is None:
                ear.asked = {shard: positions[shard] for shard in shards}
                ear.task = self._tasks.create_task(ear.heard(*self._asked(shards, positions)))
        await asyncio.wait([ear.task for ear in groups if ear.task], return_when=asyncio.FIRST_COMPLETED)
        found: list[FeedEntry] = []
        problem: StoreUnavailable | None = None
        for ear in groups:
            heard = _taken(ear)
            if isinstance(heard, StoreUnavailable):
                problem = heard
            else:
                found += [entry for entry in heard if ear.asked[entry.shard] == positions.get(entry.shard)]
        if problem and not found:  # one primary that is away keeps back nothing of the others'
            raise problem
        return found

    def _has_moved(self, shard: int, position: str) -> bool:
        """Has it another primary than when it was read last? Then it is read again from a minute ago."""
        try:
            primary = self._topology.map.at(self._slots[shard])
        except StoreUnavailable:
            return False  # nobody has it now
        if self._primary.setdefault(shard, primary) == primary:
            return False
        self._primary[shard] = primary
        at = int(position.partition("-")[0])
        self._back[shard] = (position, f"{max(0, at - BACK_MS)}-0")
        return True

    def _from(self, shard: int, position: str) -> str:
        """Where to read on. After a change of primary a minute is read again: what its predecessor had said last may
        be gone, and what came instead may stand before `position`. Until an entry has moved the reader, that holds.
        """
        asked, back = self._back.get(shard, ("", ""))
        if asked == position:
            return back
        self._back.pop(shard, None)
        return position

    async def first_id(self, shard: int) -> str:
        """The oldest id still in the feed ("0-0" when it is empty): below it, a reader has missed something."""
        reply = await self._client.do("XRANGE", self._key(shard), "-", "+", "COUNT", 1)
        return reply[0][0].decode() if reply else "0-0"

    async def trim(self, shard: int, before: str) -> None:
        """Forget entries older than the feed id `before`."""
        # One `~` forgets 10,000 at most, so that nobody waits for it: a busy feed would grow for ever.
        while await self._client.do("XTRIM", self._key(shard), "MINID", "~", before):
            pass

    async def follow(self, positions: dict[int, str]) -> AsyncIterator[list[FeedEntry]]:
        """Batches from `positions` on, which are moved along. Raises StoreUnavailable; call again to go on."""
        while True:
            entries = await self.read(positions)
            for entry in entries:
                positions[entry.shard] = entry.id
            yield entries


def _taken(ear: Ear) -> list[FeedEntry] | StoreUnavailable:
    """What its read brought, if that has ended."""
    if ear.task is None or not ear.task.done():
        return []
    task, ear.task = ear.task, None
    return task.result()


def head_of(conversation: str, seq: int, audience: str) -> str:
    """The field of an entry, as hub/store/lua/commit.lua writes it."""
    return f"{audience}{seq}:{conversation}"


def read_head(head: bytes) -> tuple[str, int, str]:
    """(conversation, seq, audience) of an entry's field."""
    text = head.decode()
    seq, _, conversation = text.partition(":")
    return conversation, int(seq[1:]), seq[0]
