"""Room 4: hand committed events to the connections that follow their conversation and may see them.

An event reaches a node once at once (its own commits) and once by the feed. Each follower's cursor says send, skip
or gap; a gap is filled from the log. So live, resume, repeats and lost reads are one mechanism.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from hub.model.cursor import SEND, SKIP, Cursor
from hub.model.errors import StoreUnavailable
from hub.model.events import visible
from hub.store.logs import Logs

PAGE = 100  # less than a wire may queue


class Receiver(Protocol):
    """A connection, as fan-out sees it: it never awaits and never raises."""

    @property
    def id(self) -> str: ...
    @property
    def staff(self) -> bool: ...
    def deliver(self, frame: bytes) -> None: ...
    def deliver_ephemeral(self, frame: bytes) -> bool: ...
    async def drained(self) -> None:
        """Until what was delivered has left: a long replay goes page by page."""


class Nobody:
    """Who listens when the connection has gone. It and its follower would hold each other until the collector comes,
    which is seldom (hub/process.py): with connections that come and go, memory would grow (docs/reliability.md, R11).
    """

    id = ""
    staff = False

    def deliver(self, frame: bytes) -> None:
        pass

    def deliver_ephemeral(self, frame: bytes) -> bool:
        return False

    async def drained(self) -> None:
        pass


NOBODY = Nobody()


class Follower:
    """One connection's place in one conversation. While it reads history, live events wait in the log."""

    __slots__ = ("conversation", "cursor", "missed", "reading", "receiver", "skipped")

    def __init__(self, conversation: str, receiver: Receiver, seq: int) -> None:
        self.conversation = conversation
        self.receiver = receiver
        self.cursor = Cursor(seq)
        self.reading = True
        self.missed = False
        self.skipped = False

    def offer(self, seq: int, audience: str, frame: bytes) -> bool:
        """Serve one entry in order; False when there is a gap before it."""
        verdict = self.cursor.see(seq)
        if verdict is not SEND:
            return verdict is SKIP
        if not visible(audience, staff=self.receiver.staff):
            self.skipped = True
            return True
        if self.skipped:
            self._tell(seq - 1)  # what was hidden just before must not look like a gap
        self.receiver.deliver(frame)
        return True

    def flush(self) -> None:
        """After a batch: if its end was not for this receiver, tell them where they are."""
        if self.skipped:
            self._tell(self.cursor.seq)

    def _tell(self, seq: int) -> None:
        self.skipped = False
        self.receiver.deliver(b'{"t":"next","conversation":"%b","seq":%d}' % (self.conversation.encode(), seq))


class Fanout:
    def __init__(self, logs: Logs, tasks: asyncio.TaskGroup) -> None:
        self._logs = logs
        self._tasks = tasks
        self._followers: dict[str, list[Follower]] = {}
        self.handed = 0  # entries, counted once for each follower

    def follow(self, conversation: str, receiver: Receiver, seq: int) -> Follower:
        """Follow from `seq` on. Follow before reading history: an event in between would be lost.

        The follower starts as `reading`: nothing is sent until `go_live`.
        """
        follower = Follower(conversation, receiver, seq)
        self._followers.setdefault(conversation, []).append(follower)
        return follower

    def unfollow(self, follower: Follower) -> None:
        rest = self._followers.get(follower.conversation)
        if rest is None or follower not in rest:
            return
        rest.remove(follower)
        follower.receiver = NOBODY
        if not rest:
            del self._followers[follower.conversation]

    @property
    def conversations(self) -> int:
        """How many are followed."""
        return len(self._followers)

    def followed(self, conversation: str) -> bool:
        return conversation in self._followers

    def entries(self, conversation: str, entries: Sequence[tuple[int, str, bytes]]) -> None:
        """New log entries (seq, audience, frame), in order. Called for own commits and for the feed's."""
        for follower in self._followers.get(conversation, ()):
            if follower.reading:
                follower.missed = True
                continue
            self.handed += len(entries)
            for seq, audience, frame in entries:
                if not follower.offer(seq, audience, frame):
                    self._catch_up(follower)
                    break
            if follower.skipped:
                follower.flush()

    def ephemeral(self, conversation: str, frame: bytes, *, staff_only: bool, but: str = "") -> None:
        for follower in self._followers.get(conversation, ()):
            if (follower.receiver.staff or not staff_only) and follower.receiver.id != but:
                follower.receiver.deliver_ephemeral(frame)

    def catch_up_all(self) -> None:
        """The feed was interrupted: everybody reads the log from where they are."""
        for followers in self._followers.values():
            for follower in followers:
                if follower.reading:
                    follower.missed = True  # its page may be older than what the feed lost
                else:
                    self._catch_up(follower)

    def _catch_up(self, follower: Follower) -> None:
        follower.reading = True
        self._tasks.create_task(self.go_live(follower))

    async def go_live(self, follower: Follower) -> None:
        """Read the log from the follower's cursor to its end, then let live entries through.

        When the store is away it tries again for as long as the connection follows.
        """
        while follower in self._followers.get(follower.conversation, ()):
            # What passes by while the page is on its way may not be in it: then one more is read.
            follower.missed = False
            try:
                page = await self._logs.after(follower.conversation, follower.cursor.seq, PAGE)
            except StoreUnavailable:
                await asyncio.sleep(0.2)
                continue
            for entry in page:
                follower.offer(entry.seq, entry.audience, entry.frame)
            follower.flush()
            await follower.receiver.drained()
            if len(page) < PAGE and not follower.missed:
                follower.reading = False
                return
