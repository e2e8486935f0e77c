"""A hub's store with something of everything in it, its backup, and an empty store to restore it into."""

import gzip
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hub.backup.file import Line, reading, writing
from hub.backup.taking import Taken, Taking, scan
from hub.main import now_ms
from hub.model import commands as c
from hub.options import store_options
from hub.settings import Settings
from hub.store.agents import Account
from hub.store.store import Store, open_store
from tests.services.acts import LI, Process, account, device

Change = Callable[[list[Line]], object]


async def take(store: Store, path: Path) -> Taken:
    with writing(path) as writer:
        return await Taking(store, writer, now_ms).run()


@asynccontextmanager
async def empty_store(settings: Settings, **more: Any) -> AsyncIterator[Store]:
    """Another hub's place in the same Valkey; or anything else, by its settings."""
    fresh = {"key_prefix": f"{settings.key_prefix}r{secrets.token_hex(2)}"}
    async with open_store(store_options(settings.model_copy(update=fresh | more))) as store:
        yield store


async def furnish(process: Process) -> dict[str, str]:
    """Conversations in every state, an agent who is signed in, jobs that wait and one that was put aside."""
    store = process.store
    await store.agents.add(Account(id="li", name="李明", email="li@example.com", role="admin", password="a hash"))
    await store.logins.open("li")
    made = {"queued": "queued", "held": "held", "done": "done", "bot": "bot", "long": "long"}
    await process.to_queue(made["queued"])
    await process.to_agent(made["held"])
    await process.say(made["bot"], "在吗")
    await process.arrive(made["done"], account("4711"), name="王芳")
    await process.to_agent(made["done"])
    await process.ask(made["done"], c.Resolve("solved"), LI)
    for n in range(45):  # over two snapshots
        await process.say(made["long"], f"message {n}")
    await store.identities.bind(account("4711").key, made["done"])
    await store.identities.bind(device("d1").key, made["bot"])
    return made


def lines(path: Path) -> list[Line]:
    return list(reading(path))


def rewrite(path: Path, change: Change) -> Path:
    """The same backup with something else in it, and a checksum that agrees."""
    its = lines(path)
    change(its)
    other = path.with_name("changed")
    with writing(other) as writer:
        for line in its:
            writer.write(**line)
    return other


def tail_off(path: Path) -> None:
    """As a full disk or a broken copy leaves it."""
    with gzip.open(path) as packed:
        held = packed.read().splitlines(keepends=True)
    with gzip.open(path, "wb") as packed:
        packed.write(b"".join(held[:-1]))


async def logs(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Every conversation's entries, as clients get them."""
    found = {}
    for shard in range(store.keys.shards):
        async for conversations in scan(store, shard, "c:"):
            for conversation in conversations:
                found[conversation] = [json.loads(e.frame) for e in await store.logs.after(conversation, 0)]
    return found
