"""Who is primary of which slot now: fixed for one server, asked again and again of sentinels or of a cluster.

A failover is noticed within a second, or at once by whoever was refused (`poke`). Answers are believed by their epoch:
a member on the wrong side of a cut network tells of yesterday.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import redis.asyncio as redis
import structlog
from redis.exceptions import RedisError

from hub.model.errors import StoreUnavailable
from hub.model.frozen import frozen
from hub.store.address import Address

log = structlog.get_logger()
SLOTS = 16_384
LOOK_EVERY_S = 1.0
LOOK_AGAIN_S = 0.1  # after a poke
ANSWER_S = 0.5


@frozen
class Map:
    """Slots from `first` to `last` are at the primary with this URL. `epoch` grows with each failover."""

    ranges: tuple[tuple[int, int, str], ...]
    epoch: int = 0

    def at(self, slot: int) -> str:
        """Raises StoreUnavailable when nobody has this slot."""
        for first, last, url in self.ranges:
            if first <= slot <= last:
                return url
        raise StoreUnavailable(f"no primary has slot {slot}")

    @property
    def urls(self) -> list[str]:
        return list(dict.fromkeys(url for _, _, url in self.ranges))


def whole(url: str, epoch: int = 0) -> Map:
    return Map(((0, SLOTS - 1, url),), epoch)


Look = Callable[[], Awaitable[list[Map]]]


class Topology:
    """`changed` are told, in order, whenever a slot has another primary. All raise StoreUnavailable."""

    def __init__(
        self,
        now: Map,
        look: Look | None = None,
        member: Callable[[str, int], str] | None = None,
        clustered: bool = False,
        ensure: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        """`look` gives what each member says, None = it never changes; `member` is the URL of a host and port;
        `ensure` starts an embedded store again.
        """
        self.map = now
        self.clustered = clustered
        self._member = member
        self.changed: list[Callable[[], Awaitable[None]]] = []
        self._look = look
        self._ensure = ensure
        self._poked = asyncio.Event()
        self._turn = asyncio.Lock()

    @property
    def moves(self) -> bool:
        """May another server become primary?"""
        return self._look is not None

    def member(self, host: str, port: int) -> str:
        """The URL of somebody that a server names. Raises StoreUnavailable where there are no others."""
        if self._member is None:
            raise StoreUnavailable("a single server names another one")
        return self._member(host, port)

    async def where(self, url: str) -> str:
        """For a Line that connects again: where this primary is."""
        if self._ensure is not None:
            return await self._ensure()
        self.poke()
        return url

    def poke(self) -> None:
        """Something looks as if a primary had changed: see at once."""
        self._poked.set()

    async def keep(self) -> None:
        """Look every second, and when poked, until cancelled."""
        while self._look is not None:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._poked.wait()
                    await asyncio.sleep(LOOK_AGAIN_S)
            except TimeoutError:
                pass
            self._poked.clear()
            try:
                await self.refresh()
            except StoreUnavailable as problem:
                log.warning("nobody tells who is primary", why=problem.detail)

    async def first(self, timeout_s: float) -> None:
        """The first look. Raises StoreUnavailable when nobody tells in `timeout_s`."""
        ends = asyncio.get_running_loop().time() + timeout_s
        while not self.map.ranges:
            try:
                await self.refresh()
            except StoreUnavailable:
                if asyncio.get_running_loop().time() >= ends:
                    raise
                await asyncio.sleep(LOOK_AGAIN_S)

    async def refresh(self) -> None:
        if self._look is None:
            return
        async with self._turn:
            found = believed(await self._look(), self.map)
            if found.ranges == self.map.ranges:
                self.map = found
                return
            if self.map.ranges:
                log.warning("primaries changed", now=[place_of(url) for url in found.urls])
            self.map = found
            for tell in self.changed:
                await tell()


def place_of(url: str) -> str:
    """host:port, without the password."""
    return urlsplit(url).netloc.rpartition("@")[2]


def still(url: str, ensure: Callable[[], Awaitable[str]] | None = None) -> Topology:
    """One server that stays where it is. `ensure` starts an embedded one again."""
    return Topology(whole(url), ensure=ensure)


def believed(told: Sequence[Map], known: Map) -> Map:
    """The newest answer. An older one than is known counts only when all say so: they were set up anew."""
    if not told:
        raise StoreUnavailable("none of them answers")
    newest = max(told, key=lambda it: it.epoch)
    agreed = all(it.ranges == newest.ranges for it in told)
    return newest if newest.epoch >= known.epoch or agreed else known


# --- asking -----------------------------------------------------------------------------------------------


def just_closed(problem: RuntimeError) -> bool:
    """uvloop's word for a connection that broke between two steps of whoever writes to it; redis-py lets it through."""
    return "the handler is closed" in str(problem)


class Members:
    """Asks servers, all at once. Who is silent for half a second is passed over."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}

    async def ask(self, urls: Sequence[str], *commands: tuple[str, ...]) -> dict[str, list[Any]]:
        """url -> replies, of those who answered every command."""
        answers: dict[str, list[Any]] = {}

        async def one(url: str) -> None:
            try:
                async with asyncio.timeout(ANSWER_S):
                    answers[url] = [await self._client(url).execute_command(*command) for command in commands]
            except (RedisError, OSError, TimeoutError):
                return
            except RuntimeError as problem:
                if not just_closed(problem):
                    raise

        async with asyncio.TaskGroup() as tasks:
            for url in urls:
                tasks.create_task(one(url))
        return answers

    def _client(self, url: str) -> Any:
        if url not in self._clients:
            client = redis.Redis.from_url(url, socket_timeout=ANSWER_S, socket_connect_timeout=ANSWER_S, protocol=3)
            client.response_callbacks.clear()
            self._clients[url] = client
        return self._clients[url]

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()


async def by_sentinels(address: Address, members: Members) -> list[Map]:
    """During a failover MASTER names the old primary under the new epoch; GET-MASTER-ADDR-BY-NAME the new one."""
    urls = [address.watcher(host, port) for host, port in address.hosts]
    service = address.service
    told = await members.ask(urls, ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", service), ("SENTINEL", "MASTER", service))
    return [_named(address, *answers) for answers in told.values()]


def _named(address: Address, at: list[bytes], master: dict[bytes, bytes]) -> Map:
    host, port = at
    return whole(address.member(host.decode(), int(port)), int(master[b"config-epoch"]))


class ClusterLook:
    """Asks the members that the last answer named, or, when all of them are gone, those of the address."""

    def __init__(self, address: Address, members: Members) -> None:
        self._address = address
        self._members = members
        self._seeds = [address.member(host, port) for host, port in address.hosts]
        self._known: list[str] = []

    async def __call__(self) -> list[Map]:
        for urls in (self._known, self._seeds):
            told = await self._members.ask(urls, ("CLUSTER", "SLOTS"), ("CLUSTER", "INFO"))
            if told:
                return [self._read(url, slots, state) for url, (slots, state) in told.items()]
        return []

    def _read(self, asked: str, slots: list[Any], state: bytes) -> Map:
        host = (
            asked.rpartition("@")[2].removeprefix("rediss://").removeprefix("redis://").rpartition(":")[0].strip("[]")
        )
        ranges, known = [], set(self._known)
        for first, last, *nodes in slots:
            urls = [self._address.member((node[0] or b"").decode() or host, int(node[1])) for node in nodes]
            ranges.append((int(first), int(last), urls[0]))
            known.update(urls)
        self._known = sorted(known)
        return Map(tuple(sorted(ranges)), epoch_of(state))


def epoch_of(state: bytes) -> int:
    fields = dict(line.partition(b":")[::2] for line in state.splitlines())
    return int(fields.get(b"cluster_current_epoch", 0))
