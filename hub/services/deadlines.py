"""Deadlines are data: what is due is swept by whoever holds the shard. No sleeping task per conversation."""

import asyncio
from collections.abc import Callable

import structlog

from hub.model.commands import Tick
from hub.model.conversation import Conversation, Policy, dues
from hub.model.errors import OneThreadError, StoreUnavailable
from hub.model.ids import derived
from hub.model.party import SYSTEM
from hub.services.conversations import Conversations
from hub.store.logs import Logs
from hub.store.places import Places

log = structlog.get_logger()
EVERY_S = 0.25


class Deadlines:
    def __init__(
        self, places: Places, logs: Logs, conversations: Conversations, policy: Policy, now: Callable[[], int]
    ) -> None:
        self._places = places
        self._logs = logs
        self._conversations = conversations
        self._policy = policy
        self._now = now

    async def sweep(self, shards: Callable[[], frozenset[int]]) -> None:
        """Sweep the due-times of `shards()` until cancelled."""
        while True:
            try:
                overdue = await self._places.overdue(sorted(shards()), self._now())
                for shard, kind, conversation in overdue:
                    if kind != "archive":
                        await self._tick(shard, kind, conversation)
                await self._put_away([(shard, c) for shard, kind, c in overdue if kind == "archive"])
            except StoreUnavailable:
                log.info("deadlines wait for the store")
            await asyncio.sleep(EVERY_S)

    async def _put_away(self, found: list[tuple[int, str]]) -> None:
        """What nobody touched for long leaves Redis, many at a time. It is no event: nothing happened."""
        its = {it.id: it for it in await self._logs.load_several([conversation for _, conversation in found])}
        ready = [its[c] for shard, c in found if c in its and await self._is_due(shard, "archive", its[c])]
        await self._logs.put_away(ready)

    async def _is_due(self, shard: int, kind: str, it: Conversation) -> bool:
        """The store's word is only a reminder: what the state says counts."""
        due = dues(it, self._policy).get(kind)
        if due is None:
            await self._places.forget_due(shard, kind, it.id)
        elif due > self._now():
            await self._places.postpone(shard, kind, it.id, due)
        return due is not None and due <= self._now()

    async def _tick(self, shard: int, kind: str, conversation: str) -> None:
        # From the store: a deadline that an old state does not know would be dropped.
        it = await self._conversations.newest(conversation)
        if await self._is_due(shard, kind, it):
            # The seq makes each occurrence its own command; what the tick does moves the seq.
            id = derived("tick", kind, conversation, str(it.seq))
            try:
                await self._conversations.ask(conversation, Tick(kind), SYSTEM, id, it.talk.channel)
            except StoreUnavailable:
                raise
            except OneThreadError as refusal:
                log.warning("tick refused", kind=kind, conversation=conversation, why=refusal.code)
                await self._places.postpone(shard, kind, conversation, self._now() + 5_000)
