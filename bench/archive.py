"""What Redis holds when many customers have come and gone: `python -m bench.archive --customers 1000000`.

Each customer arrives, asks, is answered and resolved, by the hub's own services on a real store. Everything that is a
month old goes to the archive (SQLite), by the worker's own sweep; the clock is the bench's. At the end some of them
come back, and are timed: found by their account, with their newest page of history.
"""

import argparse
import asyncio
import json
import logging
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import structlog
import uvloop

from hub.main import new_id, nobody
from hub.model import commands as c
from hub.model.content import TextContent
from hub.model.dues import Policy
from hub.model.errors import StoreUnavailable
from hub.model.identity import Identity, IdentityKind, Proof
from hub.model.party import BOT, SYSTEM
from hub.options import store_options
from hub.services.archiving import Archiving
from hub.services.carrier import Carrier
from hub.services.conversations import Conversations
from hub.services.customers import Customers, customer_party
from hub.settings import Settings
from hub.store.archive import sqlite_in
from hub.store.outbox import Claimed
from hub.store.store import Store, open_store

BEFORE = 4  # months
ALIVE = 2_000  # conversations that stay: what Redis is for
AT_ONCE = 50
WAVE = 20_000
DAY_MS = 86_400_000
BACK = 200


def account(number: int) -> Identity:
    return Identity(kind=IdentityKind.ACCOUNT, value=f"customer-{number}", proof=Proof.SIGNED)


class Crowd:
    """Customers who come, are served, and do not come back for a month."""

    def __init__(self, store: Store, tasks: asyncio.TaskGroup) -> None:
        self.now = 1_800_000_000_000
        self.policy = replace(Policy(), archive_ms=30 * DAY_MS)
        self.store = store
        self.conversations = Conversations(store.committer, store.logs, self.policy, self.clock, nobody, tasks)
        self.customers = Customers(self.conversations, store.identities, new_id)
        self.carrier = Carrier(store.outbox, {"crm.session": self.carried}, self.clock)
        self.archiving = Archiving(store.places, store.logs, self.policy, self.clock)

    async def carried(self, _: Claimed) -> None:
        """The transcript is in the CRM."""

    def clock(self) -> int:
        return self.now

    async def serve(self, number: int) -> None:
        known, ask = account(number), self.conversations.ask
        it = await self.customers.recognise((known,))
        await ask(it.id, c.Arrive((known,), f"Customer {number}", "en"), customer_party(it), new_id(), "web")
        asked = c.PostMessage(TextContent(text=f"Where is my order {number}? " + "It was due on Monday. " * 3))
        said = await ask(it.id, asked, customer_party(it), new_id(), "web")
        answer = TextContent(text="It is on its way and will be with you tomorrow before noon. " * 2)
        tenure = (await self.conversations.state(it.id)).desk.tenure
        await ask(it.id, c.BotTurn(tenure, said.seq, (answer,)), BOT, new_id(), "web")
        await ask(it.id, c.Resolve(), SYSTEM, new_id())

    async def wave(self, numbers: range) -> None:
        places = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> None:
            async with places:
                while True:
                    try:
                        return await self.serve(number)
                    except StoreUnavailable:  # a machine that does other work as well: the customer tries again
                        await asyncio.sleep(1.0)

        async with asyncio.TaskGroup() as tasks:
            for number in numbers:
                tasks.create_task(one(number))

    async def a_month_goes_by(self, left: int) -> None:
        """Until no more than `left` conversations are in Redis."""
        self.now += 31 * DAY_MS
        async with asyncio.TaskGroup() as tasks:
            shards = frozenset(range(self.store.keys.shards))
            leaving = tasks.create_task(self.archiving.clear(lambda: shards))
            carrying = tasks.create_task(self.carrier.carry(lambda: shards))
            while await self._waiting() > left:  # noqa: ASYNC110 the store tells nobody
                await asyncio.sleep(0.05)
            leaving.cancel()
            carrying.cancel()
        # As a worker does ten minutes later, when all reactions have read them.
        now = f"{time.time_ns() // 1_000_000}-0"
        for shard in range(self.store.keys.shards):
            await self.store.feeds.trim(shard, now)
            await self.store.todo.trim(shard, now)

    async def _waiting(self) -> int:
        """Conversations that may go, and transcripts that nobody carried yet."""
        shards = range(self.store.keys.shards)
        keys, ask = self.store.keys, list[tuple[str | int, ...]]()
        for shard in shards:
            ask += [("ZCOUNT", keys.due(shard, "archive"), "-inf", self.now), ("ZCARD", keys.outbox(shard))]
        return sum(await self.store.client.several([*ask]))

    async def comes_back(self, number: int) -> float:
        """Seconds until the page of history is there."""
        began = time.perf_counter()
        it = await self.customers.recognise((account(number),))
        page = await self.store.logs.before(it.id, 0, 50)
        assert [e.seq for e in page] == list(range(1, it.seq + 1)), "whole and in order"
        return time.perf_counter() - began


async def memory(store: Store) -> int:
    """Bytes that Redis uses for what it holds."""
    info = (await store.client.do("INFO", "memory")).decode()
    return int(next(line.partition(":")[2] for line in info.splitlines() if line.startswith("used_memory:")))


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Store]:
    settings = Settings(data_dir=home, durability="memory", archive_url=sqlite_in(home))
    async with open_store(store_options(settings)) as store:
        yield store


async def run(customers: int, home: Path) -> dict[str, float]:
    async with opened(home) as store, asyncio.TaskGroup() as tasks:
        crowd = Crowd(store, tasks)
        # Those who are alive throughout are seen each month: a hub that has run for a while has seen them before.
        for _ in range(BEFORE):
            await crowd.wave(range(customers, customers + ALIVE))
            await crowd.a_month_goes_by(0)
        await crowd.wave(range(customers, customers + ALIVE))
        start, began = await memory(store), time.monotonic()
        most = 0
        for first in range(0, customers, WAVE):
            await crowd.wave(range(first, min(first + WAVE, customers)))
            most = max(most, await memory(store))
            await crowd.a_month_goes_by(0)
            await crowd.wave(range(customers, customers + ALIVE))
            print(f"{first + WAVE:>9,} gone  redis {await memory(store) / 1e6:6.1f} MB", flush=True)
        end = await memory(store)
        chosen = random.Random(1).sample(range(customers), min(BACK, customers))
        times = [await crowd.comes_back(number) for number in chosen]
        return {
            "customers": customers,
            "redis_start_mb": round(start / 1e6, 2),
            "redis_end_mb": round(end / 1e6, 2),
            "redis_grew": round(end / start - 1, 4),
            "redis_most_mb": round(most / 1e6, 2),
            "archive_mb": round((home / "archive.sqlite3").stat().st_size / 1e6, 1),
            "back_ms_p50": round(statistics.median(times) * 1e3, 2),
            "back_ms_max": round(max(times) * 1e3, 2),
            "took_s": round(time.monotonic() - began),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as home:
        print(json.dumps(uvloop.run(run(asked.customers, Path(home)))))  # as the hub does


if __name__ == "__main__":
    main()
