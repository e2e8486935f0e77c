"""What shape the store's keys have, and which life of the store this is: both are looked at before anything else.

`schema` is raised when keys change their meaning; a store of an older one is brought up at start by MIGRATIONS, one
of a newer one is refused. `life` changes when a store is restored or emptied: who knew the old one starts anew.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping

import structlog

from hub.model.errors import StoreUnavailable
from hub.store.client import Client
from hub.store.feeds import head_of
from hub.store.keys import Keys

log = structlog.get_logger()
SCHEMA = 2
RESTORING = b"restoring"
LOOK_S = 1.0
LEASE_MS = 60_000

# From which schema -> what makes the next one of it. It may be cut off anywhere and is then run again.
Migration = Callable[[Client, Keys], Awaitable[None]]


async def todo_from_feeds(client: Client, keys: Keys) -> None:
    """1 -> 2: what reactions must look at has a stream of its own, and an entry is one field (hub/store/feeds.py)."""
    for shard in range(keys.shards):
        feed, todo = keys.feed(shard), keys.todo(shard)
        if not await client.do("EXISTS", feed):
            continue  # it is done, or there was nothing
        await client.do("DEL", todo)
        reacted = await client.do("GET", f"{keys.shard(shard)}reacted") or b"0-0"
        for place, (_, conversation, _, seq, _, audience, _, frame) in await client.do(
            "XRANGE", feed, b"(" + reacted, "+"
        ):
            head = head_of(conversation.decode(), int(seq), audience.decode())
            await client.do("XADD", todo, place, head, frame)
        await client.do("DEL", feed)


MIGRATIONS: Mapping[int, Migration] = {1: todo_from_feeds}


class StoreTooNew(StoreUnavailable):
    code = "store_too_new"
    sentence = "This store belongs to a newer OneThread."
    retry = False


class RestoreUnfinished(StoreUnavailable):
    code = "restore_unfinished"
    sentence = "A restore into this store has not ended. Run it again."
    retry = False


async def settle(
    client: Client, keys: Keys, migrations: Mapping[int, Migration] = MIGRATIONS, schema: int = SCHEMA
) -> "Life":
    """Make sure that the store has our schema. Raises StoreTooNew, RestoreUnfinished, StoreUnavailable."""
    key = keys.everywhere("schema")
    await client.do("SET", key, schema, "NX")
    while (held := await client.do("GET", key)) != str(schema).encode():
        if held == RESTORING:
            raise RestoreUnfinished
        if held is None or int(held) > schema:
            raise StoreTooNew(f"it has schema {int(held or 0)}, this version knows {schema}")
        await _migrate(client, keys, int(held), migrations)
    life = keys.everywhere("life")
    await client.do("SET", life, secrets.token_hex(8), "NX")
    return Life(client, life, await client.do("GET", life))


async def _migrate(client: Client, keys: Keys, held: int, migrations: Mapping[int, Migration]) -> None:
    """One step, by one process at a time; the others look again in a moment."""
    lease = keys.everywhere("lease:migration")
    if not await client.do("SET", lease, "1", "NX", "PX", LEASE_MS):
        await asyncio.sleep(0.1)
        return
    log.info("store migrates", schema=held)
    try:
        if await client.do("GET", keys.everywhere("schema")) == str(held).encode():  # or somebody was quicker
            await migrations[held](client, keys)
            await client.do("SET", keys.everywhere("schema"), held + 1)
    finally:
        await client.do("DEL", lease)


class Life:
    """One life of the store, as a process found it at its start."""

    def __init__(self, client: Client, key: str, life: bytes) -> None:
        self._client = client
        self._key = key
        self._life = life

    async def ended(self) -> None:
        """Returns when the store was restored or emptied: what this process knows is of another life."""
        while await self._same():  # noqa: ASYNC110 the store is asked, nobody tells
            await asyncio.sleep(LOOK_S)
        log.warning("the store was restored or emptied: this process ends, to start anew")

    async def _same(self) -> bool:
        try:
            return bool(await self._client.do("GET", self._key) == self._life)
        except StoreUnavailable:
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from None  # redis-py may turn it into an error of its own
            return True  # away is not gone
