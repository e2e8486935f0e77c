"""What tests of the store do again and again: make a commit, wait for its outcome, look at every key there is."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from hub.model.codec import encode
from hub.model.content import TextContent
from hub.model.events import Event, Logged, MessageCreated
from hub.model.party import Party, PartyKind
from hub.store import directory
from hub.store.commit import Commit
from hub.store.commits import Committer, Outcome
from hub.store.embedded import EmbeddedStore
from hub.store.pulse import pulse
from hub.store.resp import open_pipe
from hub.store.store import Store, StoreOptions, open_store
from tests.ports import free_port

PATIENCE_S = 8.0
WANG = Party(kind=PartyKind.CUSTOMER, id="wang", name="王芳")
T = TypeVar("T")


def frame(conversation: str, seq: int, words: str = "hello", event: Event | None = None) -> bytes:
    """A log entry as the hub encodes it."""
    said = event or MessageCreated(id=f"m{seq}", content=TextContent(text=words))
    return encode(Logged(conversation, seq, 1_795_572_000_000 + seq, WANG, f"m{seq}", "web", said))


def commit(conversation: str = "wang", expected: int = 0, count: int = 1, **more: object) -> Commit:
    """`count` messages that follow `expected`, under refs r<seq>."""
    seqs = range(expected + 1, expected + count + 1)
    fields: dict[str, object] = {
        "conversation": conversation,
        "expected": expected,
        "epoch": "e1",
        "tenure": 0,
        "new_tenure": 0,
        "refs": {f"r{seq}": seq for seq in seqs},
        "entries": [(seq, "e", frame(conversation, seq)) for seq in seqs],
    }
    dues: dict[str, int] = more.pop("dues", {})  # type: ignore[assignment]
    return Commit(**{**fields, **more}, dues=dues.items())  # type: ignore[arg-type]


async def outcome(committer: Committer, wanted: Commit) -> Outcome:
    done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    committer.submit(wanted, lambda it: None if done.done() else done.set_result(it))
    async with asyncio.timeout(PATIENCE_S):
        return await done


async def keys_like(store: Store, pattern: str) -> list[bytes]:
    """This test's keys, wherever they lie."""
    found = await store.client.each("KEYS", f"{store.keys.prefix}:{pattern}")
    return sorted(key for some in found for key in some)


async def everything(store: Store) -> dict[bytes, bytes]:
    """Every key of this test, with its content."""
    keys = await keys_like(store, "*")
    return dict(zip(keys, await store.client.several([("DUMP", key) for key in keys]), strict=True))


async def until(condition: Callable[[], Awaitable[T]]) -> T:
    """What `condition` answers as soon as that is true."""
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await condition()):
            await asyncio.sleep(0.002)
        return found


def options(url: str, home: Path, **more: object) -> StoreOptions:
    fields: dict[str, object] = {
        "url": url,
        "data_dir": home,
        "prefix": "t",
        "shards": 4,
        "durability": "fsync",
        "replicas": 1,
        "durable_timeout_s": 2.0,
        "login_s": 60,
    }
    return StoreOptions(**{**fields, **more})  # type: ignore[arg-type]


@asynccontextmanager
async def own_valkey(home: Path, durability: str = "fsync") -> AsyncIterator[EmbeddedStore]:
    """A Valkey that a test may stop, kill and set differently."""
    async with EmbeddedStore(home, durability) as embedded:  # type: ignore[arg-type]
        yield embedded


@asynccontextmanager
async def store_at(embedded: EmbeddedStore, **more: object) -> AsyncIterator[Store]:
    async with open_store(options(embedded.url, embedded.data_dir, **more)) as store:
        yield store


async def pid_of(embedded: EmbeddedStore) -> int:
    return (await pulse(directory.socket_path(embedded.data_dir))).pid


async def kill(embedded: EmbeddedStore) -> None:
    os.kill(await pid_of(embedded), signal.SIGKILL)


async def written(embedded: EmbeddedStore) -> tuple[Path, int]:
    """Its append-only file, and how long that is with all that was said so far."""
    pipe = await open_pipe(embedded.url)
    await pipe.call("SET", "fence", 1)
    assert (await pipe.call("WAITAOF", 1, 0, 5_000))[0] == 1
    pipe.close()
    await pipe.lost()
    path = max((embedded.data_dir / "appendonlydir").glob("*.incr.aof"), key=lambda p: p.stat().st_mtime)
    return path, path.stat().st_size


async def lose_what_came_after(embedded: EmbeddedStore, mark: tuple[Path, int]) -> None:
    """Its machine loses power, and the disk has only what was `written` then: as `memory` may have it."""
    await kill(embedded)
    os.truncate(*mark)


async def tcp_port(store: Store) -> int:
    """Let this Valkey listen on a free TCP port, too."""
    port = free_port()
    await store.client.do("CONFIG", "SET", "port", port)
    return port
