"""One node's ear: the feeds of all shards and the whispers, handed to whoever here needs them."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from hub.model.errors import StoreUnavailable
from hub.services.conversations import Conversations
from hub.services.fanout import Fanout
from hub.store.feeds import FeedEntry, Feeds
from hub.store.whispers import Whisper, Whispers

log = structlog.get_logger()
# What other nodes commit is handed out in batches; what this one commits does not wait for its echo.
GATHER_S = 0.001
ECHO_S = 0.005
# A read takes 2 s. What a process missed that was stopped for longer the feed may not know any more (worker.py: _trim).
SLEPT_S = 60.0


class Live:
    """`changed` is told of every conversation that gained entries (the inbox listens), `interrupted` when some may have
    gained entries that nobody will ever tell of.
    """

    def __init__(
        self,
        feeds: Feeds,
        whispers: Whispers,
        conversations: Conversations,
        fanout: Fanout,
        shards: Sequence[int],
        changed: Callable[[str], None],
        whispered: Callable[[Whisper], None],
        interrupted: Callable[[], None],
    ) -> None:
        self._feeds = feeds
        self._whispers = whispers
        self._conversations = conversations
        self._fanout = fanout
        self._shards = list(shards)
        self._changed = changed
        self._whispered = whispered
        self._interrupted = interrupted
        self._following = asyncio.Event()

    async def ready(self) -> None:
        """Returns when the feeds are followed: from then on nothing is missed."""
        await self._following.wait()

    async def follow(self) -> None:
        """Follow the feeds until cancelled."""
        positions: dict[int, str] = {}
        loop = asyncio.get_running_loop()
        while True:
            try:
                if not positions:
                    positions = await self._feeds.tips(self._shards)
                    self._following.set()
                at = loop.time()
                async for entries in self._feeds.follow(positions):
                    if loop.time() - at > SLEPT_S:
                        self._start_over()
                    news = self._hand_out(entries)
                    await asyncio.sleep(GATHER_S if news else ECHO_S)
                    at = loop.time()
            except StoreUnavailable as problem:
                log.warning("feed interrupted", why=problem.detail)
                await asyncio.sleep(0.2)
                self._start_over()

    def _start_over(self) -> None:
        """The store may have come back as another one, and the feed may have been trimmed meanwhile."""
        self._conversations.forget_all()
        self._fanout.catch_up_all()
        self._interrupted()

    def _hand_out(self, entries: list[FeedEntry]) -> bool:
        """Was there anything that is new here?"""
        by_conversation: dict[str, list[tuple[int, str, bytes]]] = {}
        for entry in entries:
            if self._conversations.observe(entry):
                by_conversation.setdefault(entry.conversation, []).append((entry.seq, entry.audience, entry.frame))
        for conversation, its in by_conversation.items():
            self.appended(conversation, its)
        return bool(by_conversation)

    def appended(self, conversation: str, entries: list[tuple[int, str, bytes]]) -> None:
        """New entries (seq, audience, frame), of this process at once and of others by the feed."""
        self._fanout.entries(conversation, entries)
        self._changed(conversation)

    async def hear(self) -> None:
        """Hear whispers until cancelled."""
        while True:
            try:
                async for whisper in self._whispers.hear():
                    self._whispered(whisper)
            except StoreUnavailable:
                await asyncio.sleep(0.2)
