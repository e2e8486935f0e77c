"""Room 4: hand committed events to the connections that follow their conversation and may see them.

An event reaches a node once at once (its own commits) and once by the feed. Each follower's cursor says send, skip
or gap; a gap is filled from the log. So live, resume, repeats and lost reads are one mechanism.

A store that crashed at a low durability may come back without the end of a log. Who was shown that end would take
what is said next for repeats. So after an interruption the entry at each cursor is compared with what was shown; when
it is another one, the log gets a new epoch and its followers are closed: they come back and are told `reset`.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from hub.model.cursor import SEND, SKIP, Cursor
from hub.model.errors import OneThreadError, StoreUnavailable
from hub.model.events import visible
from hub.store.archive import Stored
from hub.store.logs import Logs

PAGE = 100  # less than a wire may queue
NONE_YET = 0, 0


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

    def close(self, problem: OneThreadError) -> None: ...


class Nobody:
    """Who listens when the connection has gone. It and its follower would hold each other until the collector comes,
    which is seldom (hub/memory.py): with connections that come and go, memory would grow (docs/reliability.md, R11).
    """

    id = ""
    staff = False

    def deliver(self, frame: bytes) -> None:
        pass

    def deliver_ephemeral(self, frame: bytes) -> bool:
        return False

    async def drained(self) -> None:
        pass

    def close(self, problem: OneThreadError) -> None:
        pass


NOBODY = Nobody()


class Follower:
    """One connection's place in one conversation. While it reads history, live events wait in the log.

    `doubted`: what it was shown last may not be in the log any more.
    """

    __slots__ = ("conversation", "cursor", "doubted", "epoch", "missed", "reading", "receiver", "skipped")

    def __init__(self, conversation: str, receiver: Receiver, seq: int) -> None:
        self.conversation = conversation
        self.receiver = receiver
        self.cursor = Cursor(seq)
        self.epoch = ""
        self.doubted = False
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
        self._newest: dict[str, tuple[int, int]] = {}  # conversation -> seq and hash of the newest entry handed out
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
            self._newest.pop(follower.conversation, None)

    @property
    def conversations(self) -> int:
        """How many are followed."""
        return len(self._followers)

    def followed(self, conversation: str) -> bool:
        return conversation in self._followers

    def entries(self, conversation: str, entries: Sequence[tuple[int, str, bytes]]) -> None:
        """New log entries (seq, audience, frame), in order. Called for own commits and for the feed's."""
        followers = self._followers.get(conversation)
        if not followers:
            return
        newest, known = self._newest.get(conversation, NONE_YET)
        if newest >= entries[0][0] and any(seq == newest and hash(frame) != known for seq, _, frame in entries):
            self._doubt(followers)  # another entry in the place of the newest that was handed out
            return
        for follower in followers:
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
        self._note(conversation, entries[-1][0], entries[-1][2])

    def _note(self, conversation: str, seq: int, frame: bytes) -> None:
        if seq > self._newest.get(conversation, NONE_YET)[0]:
            self._newest[conversation] = seq, hash(frame)

    def ephemeral(self, conversation: str, frame: bytes, *, staff_only: bool, but: str = "") -> None:
        for follower in self._followers.get(conversation, ()):
            if (follower.receiver.staff or not staff_only) and follower.receiver.id != but:
                follower.receiver.deliver_ephemeral(frame)

    def catch_up_all(self) -> None:
        """The feed was interrupted: everybody reads the log from where they are, if it is still the same one."""
        for followers in self._followers.values():
            self._doubt(followers)

    def _doubt(self, followers: Sequence[Follower]) -> None:
        for follower in followers:
            follower.doubted = True
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
                page = await self._page(follower)
            except StoreUnavailable:
                await asyncio.sleep(0.2)
                continue
            for entry in page:
                follower.offer(entry.seq, entry.audience, entry.frame)
            if page:
                self._note(follower.conversation, page[-1].seq, page[-1].frame)
            follower.flush()
            await follower.receiver.drained()
            if len(page) < PAGE and not follower.missed:
                follower.reading = False
                return

    async def _page(self, follower: Follower) -> list[Stored]:
        """What follows in the log; nothing, and the follower is sent away, when it is not what they were shown."""
        doubted, follower.doubted = follower.doubted and follower.cursor.seq > 0, False
        try:
            page = await self._logs.after(follower.conversation, follower.cursor.seq - doubted, PAGE + doubted)
            if doubted and self._is_another(follower, page):
                await self._logs.begin_again(follower.conversation, follower.epoch)
                self._send_away(follower.conversation)
                return []
        except StoreUnavailable:
            follower.doubted = doubted
            raise
        return page[doubted:]

    def _is_another(self, follower: Follower, page: list[Stored]) -> bool:
        if not page or page[0].seq != follower.cursor.seq:
            return True
        seq, shown = self._newest.get(follower.conversation, NONE_YET)
        return seq == page[0].seq and shown != hash(page[0].frame)

    def _send_away(self, conversation: str) -> None:
        self._newest.pop(conversation, None)
        for follower in self._followers.pop(conversation, ()):
            follower.receiver.close(StoreUnavailable("the store has lost the end of this conversation"))
            follower.receiver = NOBODY
