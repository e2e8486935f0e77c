"""Reactions: durable followers of what is to be done. At least once, in order within a conversation; command ids make
it once. What they look at is said where it is committed (hub/model/effects.py: to_react).

A worker holds leases on shards. Where it stands in a shard is stored once everything before is done, so a killed
worker's successor begins at the oldest thing that may not have happened.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog

from hub.model.codec import decode
from hub.model.errors import OneThreadError, StoreUnavailable
from hub.model.events import Logged
from hub.services.conversations import Conversations
from hub.services.progress import Progress, Task
from hub.services.spans import span
from hub.store.feeds import FeedEntry, Feeds
from hub.store.positions import Positions

log = structlog.get_logger()
Reaction = Callable[[Logged], Awaitable[None]]
IN_FLIGHT = 1_000
GATHER_S = 0.02  # what is busy is read in batches
STORE_S = 0.25  # a killed worker's successor repeats so much, and each effect has an id
TRIES = 5


class Reactions:
    def __init__(
        self,
        todo: Feeds,
        positions: Positions,
        conversations: Conversations,
        reactions: Sequence[Reaction],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._todo = todo
        self._positions = positions
        self._conversations = conversations
        self._reactions = reactions
        self._tasks = tasks
        self._loop = asyncio.get_running_loop()
        self._in_flight = asyncio.Semaphore(IN_FLIGHT)
        self._chains: dict[str, deque[tuple[Task, FeedEntry]]] = {}

    async def follow(self, shards: Callable[[], frozenset[int]]) -> None:
        """React to what is to be done in `shards()`, until cancelled; which those are may change between reads."""
        progress: dict[int, Progress] = {}
        store_at = 0.0
        while True:
            try:
                await self._adopt(shards(), progress)
                if not progress:
                    await asyncio.sleep(0.2)
                    continue
                for entry in await self._todo.read({shard: at.read for shard, at in progress.items()}):
                    await self._begin(entry, progress[entry.shard])
                if self._loop.time() >= store_at:
                    await self._store(progress)
                    store_at = self._loop.time() + STORE_S
                await asyncio.sleep(GATHER_S)
            except StoreUnavailable as problem:
                log.warning("reactions wait for the store", why=problem.detail)
                self._conversations.forget_all()
                await asyncio.sleep(0.2)

    async def _adopt(self, held: frozenset[int], progress: dict[int, Progress]) -> None:
        for shard in set(progress) - held:
            del progress[shard]
        for shard in held - set(progress):
            progress[shard] = Progress(await self._positions.get(shard))

    async def _store(self, progress: dict[int, Progress]) -> None:
        for shard, at in progress.items():
            if at.advance():
                await self._positions.put(shard, at.position)

    async def _begin(self, entry: FeedEntry, progress: Progress) -> None:
        task = progress.begin(entry.id)
        self._conversations.observe(entry)
        await self._in_flight.acquire()
        chain = self._chains.get(entry.conversation)
        if chain is None:
            self._chains[entry.conversation] = deque([(task, entry)])
            self._tasks.create_task(self._run(entry.conversation))
        else:
            chain.append((task, entry))

    async def _run(self, conversation: str) -> None:
        """One conversation's entries, one after the other."""
        chain = self._chains[conversation]
        while chain:
            task, entry = chain.popleft()
            try:
                await self._react(entry)
                task.done = True  # not when cancelled: then it may not have happened
            finally:
                self._in_flight.release()
        del self._chains[conversation]

    async def _react(self, entry: FeedEntry) -> None:
        try:
            logged = decode(entry.frame)
        except ValueError:
            # One bad entry never stops a stream.
            log.exception("unreadable entry", conversation=entry.conversation, seq=entry.seq)
            return
        with span("react", event=logged.event.type, conversation=entry.conversation, seq=entry.seq):
            for reaction in self._reactions:
                await self._try(reaction, logged)

    async def _try(self, reaction: Reaction, entry: Logged) -> None:
        tries = 0
        while True:
            try:
                return await reaction(entry)
            except StoreUnavailable:
                await asyncio.sleep(0.2)
                continue  # not the entry's fault: for as long as it takes
            except OneThreadError as refusal:
                if not refusal.retry or tries >= TRIES:
                    log.warning(
                        "reaction refused",
                        of=entry.event.type,
                        why=refusal.code,
                        conversation=entry.conversation,
                        seq=entry.seq,
                    )
                    return
            except Exception:
                if tries >= TRIES:
                    log.exception(
                        "reaction failed", of=entry.event.type, conversation=entry.conversation, seq=entry.seq
                    )
                    return
            tries += 1
            await asyncio.sleep(min(2.0, 0.1 * 2**tries))
