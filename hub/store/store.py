"""The store as the hub is given it: one object with everything in it, opened and closed in one place."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from hub.model.errors import StoreUnavailable
from hub.model.frozen import frozen
from hub.store.address import Address, UnusableUrl, parse
from hub.store.agents import Agents
from hub.store.archive import Archive, open_archive
from hub.store.client import Client, Nodes
from hub.store.clock import StoreClock
from hub.store.commits import Committer, Durability
from hub.store.contexts import Contexts
from hub.store.crm_people import CrmPeople
from hub.store.directory import StoreStart
from hub.store.embedded import EmbeddedStore
from hub.store.feeds import Feeds
from hub.store.grants import Grants
from hub.store.guests import Guests
from hub.store.halls import Halls
from hub.store.identities import IdentityIndex
from hub.store.integrations import IntegrationHealth
from hub.store.keys import Keys
from hub.store.leases import Leases
from hub.store.line import SILENCE_S
from hub.store.lines import Lines
from hub.store.logins import Logins
from hub.store.logs import Logs
from hub.store.media import MediaWorkers
from hub.store.media_asks import MediaAsks
from hub.store.media_reports import MediaReports
from hub.store.outbox import Outbox
from hub.store.places import Places
from hub.store.positions import Positions
from hub.store.presence import Presence
from hub.store.qualities import Qualities
from hub.store.seats import Seats
from hub.store.throttle import Throttle
from hub.store.tickets import Tickets
from hub.store.topology import ClusterLook, Map, Members, Topology, by_sentinels, still
from hub.store.voice import VoiceJobs
from hub.store.whispers import Whispers

__all__ = ["Store", "StoreOptions", "UnusableUrl", "WrongShards", "open_store"]

log = structlog.get_logger()
CONNECT_S = 10.0
LEASE_MS = 10_000


@frozen
class StoreOptions:
    """`url` empty = the embedded store in `data_dir`; `archive_url` empty = no archive. Times in seconds."""

    url: str
    data_dir: Path
    prefix: str
    shards: int
    durability: Durability
    replicas: int
    durable_timeout_s: float
    login_s: int
    archive_url: str = ""


class WrongShards(StoreUnavailable):
    code = "wrong_shards"
    sentence = "This store was made with another number of shards."
    retry = False


@frozen
class Store:
    keys: Keys
    client: Client
    clock: StoreClock
    committer: Committer
    logs: Logs
    feeds: Feeds
    todo: Feeds
    places: Places
    outbox: Outbox
    identities: IdentityIndex
    tickets: Tickets
    agents: Agents
    logins: Logins
    presence: Presence
    whispers: Whispers
    contexts: Contexts
    integrations: IntegrationHealth
    crm_people: CrmPeople
    seats: Seats
    guests: Guests
    halls: Halls
    qualities: Qualities
    grants: Grants
    throttle: Throttle
    positions: Positions
    leases: Leases
    media: MediaWorkers
    media_asks: MediaAsks
    media_reports: MediaReports
    voice: VoiceJobs

    async def check(self) -> None:
        """Can it be read and written now? Raises StoreUnavailable."""
        await self.client.do("SET", self.keys.everywhere("probe"), 1, "EX", 60)


@asynccontextmanager
async def open_store(options: StoreOptions) -> AsyncIterator[Store]:
    """Connect (starting the embedded store if that is asked for). Raises StoreUnavailable, UnusableUrl or WrongShards.

    These, and what the block under it raises, come out as they are, and not in a group.
    """
    address = parse(options.url) if options.url else None
    embedded = None if address else EmbeddedStore(options.data_dir, _fsync(options.durability))
    members = Members()
    archive = open_archive(options.archive_url) if options.archive_url else None
    nodes: Nodes | None = None
    try:
        if archive is not None:
            await archive.prepare()
        topology = await _topology(address, embedded, members)
        nodes = Nodes(topology)
        with _unwrapped():
            async with asyncio.TaskGroup() as tasks:
                owned = [tasks.create_task(topology.keep())]
                if embedded is not None:
                    owned.append(tasks.create_task(embedded.keep(_trouble)))
                store, lines = _assemble(options, topology, nodes, archive, tasks)
                try:
                    for some in lines:
                        await some.arrange()
                        await some.wait_up(CONNECT_S)
                    await _same_shards(store, options.shards)
                    await store.clock.look()
                    owned.append(tasks.create_task(store.clock.keep()))
                    yield store
                finally:
                    for task in owned:
                        task.cancel()
                    for some in lines:
                        some.close()
    finally:
        await members.close()
        if nodes is not None:
            await nodes.close()
        if archive is not None:
            await archive.close()
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


async def _topology(address: Address | None, embedded: EmbeddedStore | None, members: Members) -> Topology:
    """Who is primary, as soon as somebody says. Raises StoreUnavailable when nobody does in CONNECT_S."""
    if embedded is not None:
        return still(await embedded.start(), embedded.ensure)
    assert address is not None
    if address.kind == "one":
        return still(address.one)
    look = ClusterLook(address, members) if address.kind == "cluster" else partial(by_sentinels, address, members)
    topology = Topology(Map(()), look, address.member, clustered=address.kind == "cluster")
    await topology.first(CONNECT_S)
    return topology


def _assemble(
    options: StoreOptions, topology: Topology, nodes: Nodes, archive: Archive | None, tasks: asyncio.TaskGroup
) -> tuple[Store, list[Lines[Any]]]:
    keys, timeout_s = Keys(options.prefix, options.shards), options.durable_timeout_s
    wait = (options.replicas, int(timeout_s * 1000)) if options.durability == "replicated" else None
    client = Client(nodes)
    # What it answers is replicated: a failover takes nothing back that was shown, decided on or carried out.
    sure = Client(nodes, *wait) if wait else client
    clock = StoreClock(client)
    committer = Committer(topology, keys, options.durability, options.replicas, timeout_s)
    feeds = Feeds(topology, client, keys.feed, keys.shards, wait)
    todo = Feeds(topology, client, keys.todo, keys.shards, wait)
    # WAIT blocks for as long as it may.
    appends = Lines(topology, keys, committer.open, tasks, timeout_s + SILENCE_S)
    ears = Lines(topology, keys, feeds.open, tasks, timeout_s + SILENCE_S, apart=topology.clustered)
    committer.over(appends)
    feeds.over(ears, tasks)
    workers_ears = Lines(topology, keys, todo.open, tasks, timeout_s + SILENCE_S, apart=topology.clustered)
    todo.over(workers_ears, tasks)
    store = Store(
        keys=keys,
        client=client,
        clock=clock,
        committer=committer,
        logs=Logs(sure, keys, archive),
        feeds=feeds,
        todo=todo,
        places=Places(client, keys),
        outbox=Outbox(sure, keys),
        identities=IdentityIndex(sure, keys, archive),
        tickets=Tickets(client, keys),
        agents=Agents(sure, keys),
        logins=Logins(sure, keys, options.login_s),
        presence=Presence(client, keys),
        whispers=Whispers(client, keys),
        contexts=Contexts(client, keys),
        crm_people=CrmPeople(client, keys),
        seats=Seats(client, keys),
        guests=Guests(client, keys),
        halls=Halls(client, keys),
        qualities=Qualities(client, keys),
        grants=Grants(client, keys),
        integrations=IntegrationHealth(client, keys, secrets.token_hex(8)),
        throttle=Throttle(client, keys),
        positions=Positions(client, keys),
        leases=Leases(client, keys, secrets.token_hex(8), LEASE_MS),
        media=MediaWorkers(client, keys),
        media_asks=MediaAsks(client, keys, clock),
        media_reports=MediaReports(client, keys),
        voice=VoiceJobs(client, keys),
    )
    return store, [appends, ears, workers_ears]


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
