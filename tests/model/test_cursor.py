"""Send, skip or gap: whatever is lost, repeated or out of order on the way, every reader ends complete, in order, once.

The second half drives the real Fanout by hand: each read of the log stands still until the test lets it go on, so
Hypothesis chooses what happens in between. No event loop, no time.
"""

import json
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hub.model.cursor import Cursor, Verdict
from hub.model.events import Audience, visible
from hub.services.fanout import PAGE, Fanout, Follower
from hub.store.logs import Stored


@given(st.integers(0, 50), st.integers(-3, 3))
def test_the_next_is_sent_the_old_is_skipped_and_a_gap_moves_nothing(stands: int, ahead: int) -> None:
    cursor = Cursor(stands)
    expected = Verdict.SKIP if ahead <= 0 else Verdict.SEND if ahead == 1 else Verdict.GAP
    assert cursor.see(stands + ahead) is expected
    assert cursor.seq == stands + (expected is Verdict.SEND)


@given(st.lists(st.integers(1, 12), max_size=40), st.integers(0, 12))
def test_with_its_gaps_filled_from_the_log_any_feed_is_complete_in_order_and_once(feed: list[int], start: int) -> None:
    cursor = Cursor(start)
    sent: list[int] = []
    for seq in feed:
        verdict = cursor.see(seq)
        sent += [seq] if verdict is Verdict.SEND else []
        if verdict is Verdict.GAP:
            sent += [entry for entry in range(cursor.seq + 1, seq + 1) if cursor.see(entry) is Verdict.SEND]
    assert sent == list(range(start + 1, max([*feed, start]) + 1))


# --- the real fan-out, step by step -----------------------------------------------------------------------


class Pause:
    """Where a coroutine stands still until the test sends it on."""

    def __await__(self) -> Generator[None, None, None]:
        yield


@dataclass
class Log:
    """The log as the store has it: a read sees what is there at one moment between its question and its answer."""

    entries: list[Stored] = field(default_factory=list)

    async def after(self, conversation: str, seq: int, limit: int) -> list[Stored]:
        await Pause()
        page = self.entries[seq : seq + limit]
        await Pause()
        return page


@dataclass
class Tasks:
    running: list[Coroutine[Any, Any, None]] = field(default_factory=list)

    def create_task(self, work: Coroutine[Any, Any, None]) -> None:
        self.running.append(work)

    def step(self, n: int) -> None:
        try:
            self.running[n].send(None)
        except StopIteration:
            del self.running[n]


@dataclass(eq=False)
class Reader:
    """A connection: remembers what it got, and where it thinks it stands."""

    id: str
    staff: bool
    start: int
    got: list[int] = field(default_factory=list)
    at: int = 0

    def deliver(self, frame: bytes) -> None:
        seen = json.loads(frame)
        if seen["t"] == "event":
            self.got.append(seen["seq"])
        assert seen["seq"] > self.at
        self.at = seen["seq"]

    def deliver_ephemeral(self, frame: bytes) -> None:
        raise AssertionError

    async def drained(self) -> None:
        await Pause()


def stored(seq: int, audience: Audience) -> Stored:
    return Stored(seq, audience, b'{"t":"event","seq":%d}' % seq)


Draw = Callable[[st.SearchStrategy[Any]], Any]
HAPPENS = (
    "commit",
    "commit",
    "feed",
    "feed",
    "follow",
    "leave",
    "read",
    "read",
    "read",
    "read",
    "interruption",
    "quiet",
)


class FanoutMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.log, self.tasks = Log(), Tasks()
        self.fanout = Fanout(self.log, self.tasks)  # type: ignore[arg-type]
        self.readers: list[tuple[Reader, Follower]] = []
        self.fed = 0  # the feed has brought its entries up to here
        self.told = 0  # nothing after this seq has been heard of

    @rule(draw=st.data())
    def something_happens(self, draw: st.DataObject) -> None:
        """One rule and not one for each: Hypothesis leaves rules out, and then little happens at all."""
        getattr(self, draw.draw(st.sampled_from(HAPPENS)))(draw.draw)

    # --- what can happen --------------------------------------------------------------------------------------

    def commit(self, draw: Draw) -> None:
        """Entries are appended; by this node, then its own readers are told at once."""
        audiences = draw(st.lists(st.sampled_from(Audience), min_size=1, max_size=3))
        first = len(self.log.entries)
        for audience in audiences + [Audience.EVERYONE] * draw(st.sampled_from((0, 0, 0, 0, 0, 0, PAGE))):
            self.log.entries.append(stored(len(self.log.entries) + 1, audience))
        if draw(st.sampled_from((False, False, True))):
            self.hand_out(self.log.entries[first:])

    def feed(self, draw: Draw) -> None:
        """The feed brings its next entry, or others again or early, in any order, one by one or together."""
        if not self.log.entries:
            return
        self.fed = min(self.fed + 1, len(self.log.entries))
        wild = draw(st.lists(st.integers(0, len(self.log.entries) - 1), max_size=4))
        entries = [self.log.entries[n] for n in wild] or self.log.entries[self.fed - 1 : self.fed]
        for some in [entries] if draw(st.booleans()) else [[entry] for entry in entries]:
            self.hand_out(some)

    def follow(self, draw: Draw) -> None:
        """A socket opens and goes on from a seq that it has."""
        if len(self.readers) < 3:
            staff, back = draw(st.booleans()), draw(st.sampled_from((0, 0, 1, 5, 2 * PAGE)))
            start = max(0, len(self.log.entries) - back)
            reader = Reader(f"r{len(self.readers)}", staff, start, at=start)
            follower = self.fanout.follow("wang", reader, start)
            self.readers.append((reader, follower))
            self.tasks.create_task(self.fanout.go_live(follower))

    def leave(self, draw: Draw) -> None:
        if self.readers:
            _, follower = self.readers.pop(draw(st.integers(0, len(self.readers) - 1)))
            self.fanout.unfollow(follower)

    def read(self, draw: Draw) -> None:
        """One of the reads of the log goes on to its next standstill."""
        if self.tasks.running:
            self.tasks.step(draw(st.integers(0, len(self.tasks.running) - 1)))

    def interruption(self, draw: Draw) -> None:
        """What the feed had not brought is lost, and everybody reads the log."""
        self.fed = self.told = len(self.log.entries)
        self.fanout.catch_up_all()

    def quiet(self, draw: Draw) -> None:
        """The newest entry arrived, or an interruption was noticed after it; all reads end: nobody lacks anything."""
        if self.told < len(self.log.entries):
            self.hand_out(self.log.entries[-1:])
        while self.tasks.running:
            self.tasks.step(0)
        for reader, follower in self.readers:
            assert reader.got == self.due(reader), "complete, in order, once"
            assert reader.at == follower.cursor.seq == len(self.log.entries), "and it knows where it stands"
            assert not follower.reading

    def hand_out(self, entries: list[Stored]) -> None:
        self.told = max([self.told, *(e.seq for e in entries)])
        self.fanout.entries("wang", [(e.seq, e.audience, e.frame) for e in entries])

    # --- what must hold ---------------------------------------------------------------------------------------

    def due(self, reader: Reader) -> list[int]:
        return [e.seq for e in self.log.entries[reader.start :] if visible(e.audience, staff=reader.staff)]

    @invariant()
    def what_was_sent_is_a_beginning_of_what_is_due(self) -> None:
        for reader, follower in self.readers:
            assert reader.got == self.due(reader)[: len(reader.got)]
            assert reader.at <= follower.cursor.seq <= len(self.log.entries)

    def teardown(self) -> None:
        self.quiet(least)


def least(strategy: st.SearchStrategy[Any]) -> Any:
    """Draws the simplest example: for a story told by hand."""
    return find(strategy, lambda _: True)


def test_what_was_committed_while_the_feed_was_away_and_a_page_was_on_its_way_is_read() -> None:
    """Who was just reading was left out of the catch-up, and lacked an event until the next one came."""
    story = FanoutMachine()
    story.follow(least)
    story.read(least)
    story.read(least)  # the store has read its page: empty
    story.commit(least)
    story.interruption(least)
    story.quiet(least)


TestFanout = FanoutMachine.TestCase
TestFanout.settings = settings(max_examples=50, stateful_step_count=40)
