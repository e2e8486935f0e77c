"""Following the shards' feeds from a known position. Facts travel here, never by a bare pub/sub."""

from collections.abc import AsyncIterator

from hub.model.errors import StoreUnavailable
from hub.model.frozen import frozen
from hub.store.client import Client
from hub.store.keys import Keys
from hub.store.line import Line
from hub.store.resp import ReplyError

# Longer blocks than redis-py's 5 s socket timeout hang in silence elsewhere; 2 s also bounds a half-open wait.
BLOCK_MS = 2_000
BATCH = 500


@frozen
class FeedEntry:
    """One committed event: `id` is its place in the feed, `seq` its place in the conversation's log."""

    shard: int
    id: str
    conversation: str
    seq: int
    audience: str
    frame: bytes


class Feeds:
    """Reads several shards of one server over one line of its own (a blocked read holds the connection)."""

    def __init__(self, line: Line, client: Client, keys: Keys) -> None:
        self._line = line
        self._client = client
        self._keys = keys

    async def tips(self, shards: list[int]) -> dict[int, str]:
        """The newest id of each feed, resolved once: a bare `$` after a reconnect would skip what came between."""
        newest = await self._client.several([("XREVRANGE", self._keys.feed(s), "+", "-", "COUNT", 1) for s in shards])
        return {s: reply[0][0].decode() if reply else "0-0" for s, reply in zip(shards, newest, strict=True)}

    async def read(self, positions: dict[int, str]) -> list[FeedEntry]:
        """What follows `positions` (shard -> feed id); waits up to 2 s. Raises StoreUnavailable."""
        shards = list(positions)
        keys = [self._keys.feed(s) for s in shards]
        by_key = dict(zip((k.encode() for k in keys), shards, strict=True))
        try:
            reply = await self._line.call(
                "XREAD", "COUNT", BATCH, "BLOCK", BLOCK_MS, "STREAMS", *keys, *(positions[s] for s in shards)
            )
        except ReplyError as problem:
            raise StoreUnavailable(f"XREAD: {str(problem)[:120]}") from problem
        return [_entry(by_key[key], item) for key, items in reply or () for item in items]

    async def first_id(self, shard: int) -> str:
        """The oldest id still in the feed ("0-0" when it is empty): below it, a reader has missed something."""
        reply = await self._client.do("XRANGE", self._keys.feed(shard), "-", "+", "COUNT", 1)
        return reply[0][0].decode() if reply else "0-0"

    async def trim(self, shard: int, before: str) -> None:
        """Forget entries older than `before`, which every reaction has done with."""
        await self._client.do("XTRIM", self._keys.feed(shard), "MINID", "~", before)

    async def follow(self, positions: dict[int, str]) -> AsyncIterator[list[FeedEntry]]:
        """Batches from `positions` on, which are moved along. Raises StoreUnavailable; call again to go on."""
        while True:
            entries = await self.read(positions)
            for entry in entries:
                positions[entry.shard] = entry.id
            yield entries


def _entry(shard: int, item: tuple[bytes, list[bytes]]) -> FeedEntry:
    place, (_, conversation, _, seq, _, audience, _, frame) = item
    return FeedEntry(shard, place.decode(), conversation.decode(), int(seq), audience.decode(), frame)
