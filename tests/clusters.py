"""Sentinel and Cluster set-ups, made from the embedded store's own Valkey: no other server need be installed.

Every member is a process of its own on free ports, in a directory that goes with it. A test may kill, stop, continue,
cut off and start any of them again.
"""

import asyncio
import contextlib
import hashlib
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.model.errors import StoreUnavailable
from hub.store.embedded import find_binary
from hub.store.resp import Pipe, ReplyError, open_pipe
from tests.ports import free_port

SERVICE = "hub"
DOWN_MS = 1_500  # after so long without a word a member is taken for dead; 500 ms made healthy ones change places
PATIENCE_S = 15.0
SLOTS = 16_384


@dataclass
class Member:
    """One server. `cut_off` needs the accounts that `PEERS` makes."""

    home: Path
    given: dict[str, Any]
    sentinel: bool = False
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"redis://{'' if self.sentinel or 'user' not in self.given else LOGIN}127.0.0.1:{self.port}"

    @property
    def at(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        self.home.mkdir(exist_ok=True)
        config = self.home / "valkey.conf"
        if not config.exists():  # Sentinel and CONFIG REWRITE keep there what they learned
            always = {
                "port": self.port,
                "bind": "127.0.0.1",
                "dir": self.home,
                "logfile": self.home / "log",
                "save": '""',
            }
            lines = [f"{name} {value}" for name, value in (always | self.given).items()]
            config.write_text("\n".join(lines) + "\n")
        mode = ("--sentinel",) if self.sentinel else ()
        self.process = await asyncio.create_subprocess_exec(find_binary(), config, *mode)
        await until(self._answers, f"{self.home / 'log'}")

    async def _answers(self) -> bool:
        assert self.process
        assert self.process.returncode is None, (self.home / "log").read_text()[-2000:]
        return await self.ask("PING") == b"PONG"

    async def ask(self, *words: Any) -> Any:
        """One command over a connection of its own; None when there is no answer or it is a refusal."""
        try:
            pipe = await open_pipe(self.url, 0.5)
        except StoreUnavailable:
            return None
        try:
            async with asyncio.timeout(1.0):
                return await pipe.call(*words)
        except (StoreUnavailable, ReplyError, TimeoutError):
            return None
        finally:
            await closed(pipe)

    async def told(self, name: str) -> str:
        """A field of INFO; "" when it does not say."""
        lines = (await self.ask("INFO") or b"").decode().splitlines()
        return next((line.partition(":")[2] for line in lines if line.startswith(f"{name}:")), "")

    def signal(self, what: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(what)

    def stop(self) -> None:
        """It hangs: its sockets stay open and nothing is answered."""
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.signal(signal.SIGCONT)

    async def kill(self) -> None:
        process, self.process = self.process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def cut_off(self) -> None:
        """An asymmetric partition: replicas and sentinels can't reach it any more; whoever writes to it still does."""
        for name in PEERS:
            await self.ask("ACL", "SETUSER", name, "off")
            await self.ask("CLIENT", "KILL", "USER", name)

    async def join(self) -> None:
        """The partition heals."""
        for name in PEERS:
            await self.ask("ACL", "SETUSER", name, "on")


async def closed(pipe: Pipe) -> None:
    pipe.abort()
    await pipe.lost()


async def until(condition: Any, what: str = "") -> Any:
    """What `condition` answers as soon as that is true."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (found := await condition()):
                await asyncio.sleep(0.02)
            return found
    except TimeoutError:
        raise AssertionError(f"not in {PATIENCE_S} s: {what or condition}") from None


@dataclass
class Setup:
    """Some members and the address under which the hub finds them."""

    members: list[Member]
    url: str

    async def primary_of(self, key: str) -> Member:
        """Who takes writes of `key` now."""

        async def found() -> Member | None:
            for member in self.members:
                if await self._takes(member, key):
                    return member
            return None

        held: Member = await until(found, f"a primary of {key}")
        return held

    async def _takes(self, member: Member, key: str) -> bool:
        raise NotImplementedError


# --- Sentinel ---------------------------------------------------------------------------------------------

PEERS = ("replica", "watcher")  # accounts of those who may be cut off
PEER_WORD = "peer"
LOGIN = "hub:a%20word@"  # whoever has no account is let in nowhere, or nobody could be cut off
DATA = {
    "appendonly": "yes",
    "appendfsync": "everysec",
    "repl-diskless-sync-delay": 0,
    "masteruser": "replica",
    "masterauth": PEER_WORD,
    "user": f"default off\nuser hub on #{hashlib.sha256(b'a word').hexdigest()} ~* &* +@all\n"
    f"user replica on >{PEER_WORD} ~* &* +@all\nuser watcher on >{PEER_WORD} ~* &* +@all",
}


@dataclass
class SentinelSetup(Setup):
    sentinels: list[Member] = field(default_factory=list)

    async def primary(self) -> Member:
        """Whom the sentinels name."""
        return await self.primary_of("")

    async def _takes(self, member: Member, key: str) -> bool:
        named = [await s.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE) for s in self.sentinels]
        return [b"127.0.0.1", b"%d" % member.port] in named and await member.told("role") == "master"

    async def replicas(self) -> int:
        return int(await (await self.primary()).told("connected_slaves") or 0)


@asynccontextmanager
async def sentinel_setup(replicas: int = 2, sentinels: int = 3) -> AsyncIterator[SentinelSetup]:
    """One primary with its replicas, and sentinels that watch them. About a second to start."""
    with home() as place:
        first = Member(place / "0", DATA)
        rest = [Member(place / f"{n}", DATA | {"replicaof": f"127.0.0.1 {first.port}"}) for n in range(1, replicas + 1)]
        watchers = [Member(place / f"s{n}", _watching(first, sentinels // 2 + 1), True) for n in range(sentinels)]
        hosts = ",".join(w.at for w in watchers)
        setup = SentinelSetup([first, *rest], f"redis+sentinel://{LOGIN}{hosts}/{SERVICE}", watchers)
        async with running([first, *rest, *watchers], first=1):
            await until(lambda: _seen(setup, replicas, sentinels), "sentinels that know each other and every replica")
            yield setup


def _watching(primary: Member, quorum: int) -> dict[str, Any]:
    return {
        "sentinel": f"monitor {SERVICE} 127.0.0.1 {primary.port} {quorum}\n"
        f"sentinel down-after-milliseconds {SERVICE} {DOWN_MS}\n"
        f"sentinel failover-timeout {SERVICE} 3000\n"
        f"sentinel auth-user {SERVICE} watcher\n"
        f"sentinel auth-pass {SERVICE} {PEER_WORD}"
    }


async def _seen(setup: SentinelSetup, replicas: int, sentinels: int) -> bool:
    for watcher in setup.sentinels:
        told = await watcher.ask("SENTINEL", "MASTER", SERVICE) or []
        known = dict(zip(told[::2], told[1::2], strict=True))
        if (known.get(b"num-slaves"), known.get(b"num-other-sentinels")) != (
            b"%d" % replicas,
            b"%d" % (sentinels - 1),
        ):
            return False
    told = [await member.told("master_link_status") for member in setup.members[1:]]
    return told == ["up"] * replicas


# --- Cluster ----------------------------------------------------------------------------------------------


@dataclass
class ClusterSetup(Setup):
    async def start_move(self, key: str) -> "Move":
        """The slot of `key` begins to move to another member, key by key, as a rebalance does it."""
        slot, source = await self.members[0].ask("CLUSTER", "KEYSLOT", key), await self.primary_of(key)
        target = self.members[(self.members.index(source) + 1) % len(self.members)]
        move = Move(self, slot, source, target)
        await move.say(target, "IMPORTING", await source.ask("CLUSTER", "MYID"))
        await move.say(source, "MIGRATING", await target.ask("CLUSTER", "MYID"))
        return move

    async def _takes(self, member: Member, key: str) -> bool:
        slot = await member.ask("CLUSTER", "KEYSLOT", key)
        if slot is None:
            return False  # it was killed a moment ago
        for first, last, (_, port, *_rest), *_ in await member.ask("CLUSTER", "SLOTS") or []:
            if first <= slot <= last and port == member.port:
                return b"cluster_state:ok" in await member.ask("CLUSTER", "INFO")
        return False


@dataclass
class Move:
    """A slot on its way from one member to another."""

    setup: ClusterSetup
    slot: int
    source: Member
    target: Member

    async def say(self, member: Member, *words: Any) -> None:
        assert await member.ask("CLUSTER", "SETSLOT", self.slot, *words) == b"OK", words

    async def keys(self) -> list[str]:
        """Those that have not moved."""
        return sorted(k.decode() for k in await self.source.ask("CLUSTER", "GETKEYSINSLOT", self.slot, 100_000))

    async def take(self, *keys: str) -> None:
        for key in keys:
            moved = await self.source.ask("MIGRATE", "127.0.0.1", self.target.port, key, 0, 5_000)
            assert moved in (b"OK", b"NOKEY"), key  # NOKEY: it went by itself

    async def end(self) -> None:
        while keys := await self.keys():
            await self.take(*keys)
        for member in (self.target, self.source, *self.setup.members):
            await self.say(member, "NODE", await self.target.ask("CLUSTER", "MYID"))


@asynccontextmanager
async def cluster_setup(primaries: int = 3, replicas: int = 0, fsync: str = "everysec") -> AsyncIterator[ClusterSetup]:
    """A cluster; `replicas` for each primary. 2 s to start: so long a primary that starts up takes no writes."""
    with home() as place:
        members = [Member(place / f"{n}", _clustered(free_port(), fsync)) for n in range(primaries * (1 + replicas))]
        _introduce(members, primaries)
        hosts = ",".join(member.at for member in members)
        async with running(members):
            await until(lambda: _whole(members, primaries), "a cluster in which all know each other")
            yield ClusterSetup(members, f"redis+cluster://{hosts}")


def _clustered(bus: int, fsync: str) -> dict[str, Any]:
    return {
        "cluster-enabled": "yes",
        "cluster-port": bus,
        "cluster-node-timeout": DOWN_MS,
        "cluster-require-full-coverage": "no",
        "appendonly": "yes",
        "appendfsync": fsync,
        "repl-diskless-sync-delay": 0,
    }


def _introduce(members: list[Member], primaries: int) -> None:
    """Write what CLUSTER MEET, ADDSLOTS and REPLICATE would take seconds to spread."""
    names = [hashlib.sha1(member.at.encode()).hexdigest() for member in members]
    for own, member in enumerate(members):
        lines = []
        for n, other in enumerate(members):
            leads = n < primaries
            flags = ("myself," if n == own else "") + ("master" if leads else "slave")
            first, last = n * SLOTS // primaries, (n + 1) * SLOTS // primaries - 1
            where = f"127.0.0.1:{other.port}@{other.given['cluster-port']}"
            leader, slots = ("-", f" {first}-{last}") if leads else (names[n % primaries], "")
            epoch = n % primaries + 1
            lines.append(f"{names[n]} {where} {flags} {leader} 0 0 {epoch} connected{slots}")
        lines.append(f"vars currentEpoch {primaries} lastVoteEpoch 0\n")
        member.home.mkdir()
        (member.home / "nodes.conf").write_text("\n".join(lines))


async def _whole(members: list[Member], primaries: int) -> bool:
    for member in members:
        if b"cluster_state:ok" not in (await member.ask("CLUSTER", "INFO") or b""):
            return False
        if await member.told("master_link_status") not in ("", "up"):
            return False
    return all([await m.told("connected_slaves") == str(len(members) // primaries - 1) for m in members[:primaries]])


# --- both -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def home() -> Any:
    place = Path(tempfile.mkdtemp(prefix="ot-"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@asynccontextmanager
async def running(members: list[Member], first: int = 0) -> AsyncIterator[None]:
    """Start them (`first` so many before the others), and at the end kill them: nothing of theirs is kept."""
    try:
        for some in (members[:first], members[first:]):
            await asyncio.gather(*(member.start() for member in some))
        yield
    finally:
        await asyncio.gather(*(member.kill() for member in members))


@contextlib.contextmanager
def kept(setup: Any) -> Iterator[Any]:
    """A set-up for several tests: it lives in a loop of its own, as they come and go."""
    with asyncio.Runner() as runner:
        it = runner.run(setup.__aenter__())
        try:
            yield it
        finally:
            runner.run(setup.__aexit__(None, None, None))
