"""The store as the hub is given it: one object with everything in it, opened and closed in one place."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from hub.model.errors import StoreUnavailable
from hub.model.frozen import frozen
from hub.store.agents import Agents
from hub.store.client import Client
from hub.store.commits import Committer, Durability
from hub.store.contexts import Contexts
from hub.store.directory import StoreStart
from hub.store.embedded import EmbeddedStore
from hub.store.feeds import Feeds
from hub.store.identities import IdentityIndex
from hub.store.keys import Keys
from hub.store.leases import Leases
from hub.store.line import SILENCE_S, Line
from hub.store.logins import Logins
from hub.store.logs import Logs
from hub.store.outbox import Outbox
from hub.store.places import Places
from hub.store.positions import Positions
from hub.store.presence import Presence
from hub.store.throttle import Throttle
from hub.store.tickets import Tickets
from hub.store.whispers import Whispers

log = structlog.get_logger()
CONNECT_S = 10.0
LEASE_MS = 10_000


@frozen
class StoreOptions:
    """`url` empty = the embedded store in `data_dir`. Times in seconds."""

    url: str
    data_dir: Path
    prefix: str
    shards: int
    durability: Durability
    replicas: int
    durable_timeout_s: float
    login_s: int


class WrongShards(StoreUnavailable):
    code = "wrong_shards"
    sentence = "This store was made with another number of shards."
    retry = False


class UnusableUrl(StoreUnavailable):
    code = "unusable_url"
    sentence = "ONETHREAD_REDIS_URL is no address of a store."
    retry = False


@frozen
class Store:
    keys: Keys
    client: Client
    committer: Committer
    logs: Logs
    feeds: Feeds
    places: Places
    outbox: Outbox
    identities: IdentityIndex
    tickets: Tickets
    agents: Agents
    logins: Logins
    presence: Presence
    whispers: Whispers
    contexts: Contexts
    throttle: Throttle
    positions: Positions
    leases: Leases

    async def check(self) -> None:
        """Can it be read and written now? Raises StoreUnavailable."""
        await self.client.do("SET", self.keys.everywhere("probe"), 1, "EX", 60)


@asynccontextmanager
async def open_store(options: StoreOptions) -> AsyncIterator[Store]:
    """Connect (starting the embedded store if that is asked for). Raises StoreUnavailable, UnusableUrl or WrongShards.

    These, and what the block under it raises, come out as they are, and not in a group.
    """
    embedded = None if options.url else EmbeddedStore(options.data_dir, _fsync(options.durability))
    url = options.url
    if embedded is not None:
        url = await embedded.start()
    client = _client(url)
    try:
        with _unwrapped():
            async with asyncio.TaskGroup() as tasks:
                owned = []
                if embedded is not None:
                    owned.append(tasks.create_task(embedded.keep(_trouble)))
                where = embedded.ensure if embedded is not None else _fixed(url)
                store, lines = _assemble(options, where, client)
                owned += [tasks.create_task(line.run()) for line in lines]
                for line in lines:
                    await line.wait_up(CONNECT_S)
                await _same_shards(store, options.shards)
                try:
                    yield store
                finally:
                    for task in owned:
                        task.cancel()
    finally:
        await client.close()
        if embedded is not None:
            await embedded.stop()


@contextmanager
def _unwrapped() -> Iterator[None]:
    """The task group's wrap is taken off a single error: who opens a store expects a named error, not a group."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        problem = group.exceptions[0]
        raise problem from problem.__cause__  # `from`, or the group would be told of as its context


def _client(url: str) -> Client:
    try:
        _ = urlsplit(url).port
        return Client(url)
    except ValueError:
        # Not its words: they may hold the password.
        raise UnusableUrl("it must be like redis://[name:password@]host:port/0 or unix:///path") from None


def _fixed(url: str) -> Callable[[], Awaitable[str]]:
    async def where() -> str:
        return url

    return where


def _assemble(options: StoreOptions, where: Callable[[], Awaitable[str]], client: Client) -> tuple[Store, list[Line]]:
    keys = Keys(options.prefix, options.shards)
    appends = Line(where, silence_s=options.durable_timeout_s + SILENCE_S)  # WAIT blocks for as long as it may
    committer = Committer(appends, keys, options.durability, options.replicas, options.durable_timeout_s)
    appends.on_up = committer.prepare
    feed = Line(where)
    store = Store(
        keys=keys,
        client=client,
        committer=committer,
        logs=Logs(client, keys),
        feeds=Feeds(feed, client, keys),
        places=Places(client, keys),
        outbox=Outbox(client, keys),
        identities=IdentityIndex(client, keys),
        tickets=Tickets(client, keys),
        agents=Agents(client, keys),
        logins=Logins(client, keys, options.login_s),
        presence=Presence(client, keys),
        whispers=Whispers(client, keys),
        contexts=Contexts(client, keys),
        throttle=Throttle(client, keys),
        positions=Positions(client, keys),
        leases=Leases(client, keys, secrets.token_hex(8), LEASE_MS),
    )
    return store, [appends, feed]


def _fsync(durability: Durability) -> Durability:
    # One store on one machine has no replica; what it can do is write to disk.
    return "memory" if durability == "memory" else "fsync"


def _trouble(problem: StoreStart) -> None:
    log.error("embedded store does not start", why=str(problem))


async def _same_shards(store: Store, shards: int) -> None:
    key = store.keys.everywhere("shards")
    held = await store.client.do("SET", key, shards, "NX", "GET")
    if held is not None and int(held) != shards:
        raise WrongShards(f"made with {int(held)} shards, asked for {shards}: ONETHREAD_SHARDS is fixed for its life")
