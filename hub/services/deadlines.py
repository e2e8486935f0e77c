"""Deadlines are data: what is due is swept by whoever holds the shard. No sleeping task per conversation."""

import asyncio
from collections.abc import Callable

import structlog

from hub.model.commands import Tick
from hub.model.conversation import Conversation
from hub.model.dues import Policy, dues
from hub.model.errors import OneThreadError, StoreUnavailable
from hub.model.ids import derived
from hub.model.party import SYSTEM
from hub.services.conversations import Conversations
from hub.store.places import Places

log = structlog.get_logger()
EVERY_S = 0.25


class Deadlines:
    def __init__(self, places: Places, conversations: Conversations, policy: Policy, now: Callable[[], int]) -> None:
        self._places = places
        self._conversations = conversations
        self._policy = policy
        self._now = now

    async def sweep(self, shards: Callable[[], frozenset[int]]) -> None:
        """Sweep the due-times of `shards()` until cancelled."""
        while True:
            try:
                for shard, kind, conversation in await self._places.overdue(sorted(shards()), self._now()):
                    await self._tick(shard, kind, conversation)
            except StoreUnavailable:
                log.info("deadlines wait for the store")
            await asyncio.sleep(EVERY_S)

    async def _tick(self, shard: int, kind: str, conversation: str) -> None:
        # From the store: a deadline that an old state does not know would be dropped.
        it = await self._conversations.newest(conversation)
        if await is_due(self._places, shard, kind, it, self._policy, self._now()):
            # The seq makes each occurrence its own command; what the tick does moves the seq. And when it was due: the
            # seq may come again (a store that lost the end of a log), and what leaves the hub is known by this id.
            id = derived("tick", kind, conversation, str(it.seq), str(dues(it, self._policy)[kind]))
            try:
                await self._conversations.ask(conversation, Tick(kind), SYSTEM, id, it.talk.channel)
            except StoreUnavailable:
                raise
            except OneThreadError as refusal:
                log.warning("tick refused", kind=kind, conversation=conversation, why=refusal.code)
                await self._places.postpone(shard, kind, conversation, self._now() + 5_000)


async def is_due(places: Places, shard: int, kind: str, it: Conversation, policy: Policy, now: int) -> bool:
    """The store's word is only a reminder: what the state says counts. Otherwise the reminder is moved or dropped."""
    due = dues(it, policy).get(kind)
    if due is None:
        await places.forget_due(shard, kind, it.id)
    elif due > now:
        await places.postpone(shard, kind, it.id, due)
    return due is not None and due <= now
