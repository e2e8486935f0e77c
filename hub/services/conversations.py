"""Room 2 of a message's walk: load, decide, commit; decide again when another came first.

One conversation has one commit in flight in a process. Commands that arrive meanwhile wait and leave together in
the next one. There are no locks: the store refuses a commit that was decided on an older seq. A refusal is put to the
store as well: what this process knows may be old, and the command may have been done before.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

import structlog

from hub.model.codec import decode, snapshot
from hub.model.commands import Command
from hub.model.conversation import Conversation, place, waits_from
from hub.model.dues import LAZY, Policy, dues
from hub.model.errors import Conflict, Draining, OneThreadError, Overloaded, StoreUnavailable
from hub.model.party import Party, PartyKind
from hub.services.round import Answer, Done, OnAnswer, Round, Waiting, ref_of
from hub.store.commit import Commit
from hub.store.commits import Appended, Lagging, OnOutcome, Outcome, Repeated
from hub.store.feeds import FeedEntry
from hub.store.logs import Logs, with_entry
from hub.store.resp import EARLY

log = structlog.get_logger()
SNAPSHOT_EVERY = 16
WAITING_COMMANDS = 1_000
AT_ONCE = 500  # commands in one commit: a script that runs long makes everybody wait
CONFLICTS = 20
SENT_AGAIN = 100  # who has no answer sends again soon: what it asked for is among a log's newest entries


# (conversation, [(seq, audience, frame)]): what was just committed here, in order.
OnAppended = Callable[[str, list[tuple[int, str, bytes]]], None]
# (how a commit ended, after how many seconds, its entries): for whoever counts.
OnEnded = Callable[[Outcome, float, list[tuple[int, str, bytes]]], None]


def uncounted(outcome: Outcome, seconds: float, entries: list[tuple[int, str, bytes]]) -> None:
    pass


@dataclass(slots=True)
class Slot:
    """What this process knows of one conversation, and what waits to be done in it.

    `seen` is the feed's newest seq, `told` that of the newest commit of ours, which `appended` was told of.
    """

    state: Conversation | None = None
    waiting: list[Waiting] = field(default_factory=list)  # an empty deque is 700 bytes more
    busy: bool = False
    seen: int = 0
    told: int = 0


class Commits(Protocol):
    def submit(self, commit: Commit, done: OnOutcome) -> None:
        """As hub/store/commits.py: Committer.submit."""


class Conversations:
    """`appended` is told of each commit at once (the feed's copy is then a skip for local followers)."""

    def __init__(
        self,
        committer: Commits,
        logs: Logs,
        policy: Policy,
        now: Callable[[], int],
        appended: OnAppended,
        tasks: asyncio.TaskGroup,
        patience_s: float = 2.0,
        keep: int = 4_096,
        ended: OnEnded = uncounted,
    ) -> None:
        self._committer = committer
        self._logs = logs
        self._policy = policy
        self._now = now
        self._appended = appended
        self._tasks = tasks
        self._patience_s = patience_s
        self._keep = keep
        self._ended = ended
        self._slots: OrderedDict[str, Slot] = OrderedDict()
        self._ready: list[tuple[str, Slot]] = []
        self._loop = asyncio.get_running_loop()

    # --- asking -------------------------------------------------------------------------------------------

    def submit(
        self,
        conversation: str,
        command: Command,
        by: Party,
        id: str,
        done: OnAnswer,
        channel: str = "",
        also: tuple[str, ...] = (),
    ) -> None:
        """Carry out `command`; `done` is called exactly once, with Done or a named error. Never blocks.

        `also`: refs of commands that count as done with it (see `refs_of_customer`).
        """
        slot = self._slot(conversation)
        if len(slot.waiting) >= WAITING_COMMANDS:
            self._loop.call_soon(done, Overloaded("too many commands wait for this conversation"))
            return
        slot.waiting.append(
            Waiting(command, by, id, channel, done, self._loop.time() + self._patience_s, ref_of(by, id), also)
        )
        if not slot.busy:
            slot.busy = True
            if not self._ready:
                self._loop.call_soon(self._work_on_all)
            self._ready.append((conversation, slot))
            if len(self._ready) >= EARLY:
                self._work_on_all()

    async def ask(
        self,
        conversation: str,
        command: Command,
        by: Party,
        id: str,
        channel: str = "",
        also: tuple[str, ...] = (),
    ) -> Done:
        """As `submit`, awaited. Raises what the command raises."""
        answered: asyncio.Future[Answer] = self._loop.create_future()

        def on_answer(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        self.submit(conversation, command, by, id, on_answer, channel, also)
        answer = await answered
        if isinstance(answer, OneThreadError):
            raise answer
        return answer

    async def state(self, conversation: str, at_least: int = 0) -> Conversation:
        """The state as far as this process knows; read from the store when that is nothing or before `at_least`."""
        slot = self._slots.get(conversation)
        if slot is not None and slot.state is not None and slot.state.seq >= max(at_least, slot.seen):
            return slot.state
        return await self.newest(conversation)

    async def newest(self, conversation: str) -> Conversation:
        """The state as the store has it, for who acts on it outside of a command."""
        slot = self._slot(conversation)
        it = await self._logs.load(conversation)
        # What the feed brought while the answer was on its way may not be in it: then it is not worth keeping.
        if not slot.busy and it.seq >= slot.seen and (slot.state is None or slot.state.seq < it.seq):
            slot.state = it
        return it

    async def refs_of_customer(self, conversation: str) -> tuple[str, ...]:
        """What the customer's newest commands there are known by: those that may still be sent again."""
        found = {}
        for stored in await self._logs.before(conversation, 0, SENT_AGAIN):
            with suppress(ValueError):  # a bad entry
                entry = decode(stored.frame)
                if entry.by.kind is PartyKind.CUSTOMER:
                    found[ref_of(entry.by, entry.id)] = True
        return tuple(found)

    def owner_of(self, conversation: str) -> str:
        """The id of the agent (or bot, or team) who has it, as far as this process knows; "" when it does not."""
        slot = self._slots.get(conversation)
        return slot.state.desk.owner.id if slot and slot.state else ""

    def observe(self, entry: FeedEntry) -> bool:
        """A feed entry, from this or another process: keep a known state current. False: `appended` was told of it."""
        slot = self._slots.get(entry.conversation)
        if slot is None:
            return True
        if entry.seq <= slot.told:
            return False
        slot.seen = max(slot.seen, entry.seq)
        if slot.state is None or slot.busy or entry.seq <= slot.state.seq:
            return True  # busy: our own commit is on its way; if another came first, the store will tell
        slot.state = with_entry(slot.state, entry.seq, entry.frame) if entry.seq == slot.state.seq + 1 else None
        return True

    def forget_all(self) -> None:
        """The feed was interrupted: what is known may be old."""
        for slot in self._slots.values():
            slot.seen = slot.told = 0
            if not slot.busy:
                slot.state = None

    def _slot(self, conversation: str) -> Slot:
        slot = self._slots.get(conversation)
        if slot is None:
            slot = self._slots[conversation] = Slot()
            if len(self._slots) > self._keep:
                self._evict()
        else:
            self._slots.move_to_end(conversation)
        return slot

    def _evict(self) -> None:
        for conversation, slot in list(self._slots.items())[: self._keep // 8]:
            if not slot.busy:
                del self._slots[conversation]

    # --- deciding -----------------------------------------------------------------------------------------

    def _work_on_all(self) -> None:
        """What was asked for in one turn of the loop, or as much of it as leaves for the store at once.

        Step by step for all, not all steps for each: a processor that does the same thing again does it faster
        (bench/README.md has by how much).
        """
        ready, self._ready = self._ready, []
        now, began = self._now(), perf_counter()
        decided = [(conversation, slot, self._decide(conversation, slot, now, began)) for conversation, slot in ready]
        for conversation, slot, round in decided:
            self._commit(conversation, slot, round)

    def _work(self, conversation: str, slot: Slot) -> None:
        """Decide on everything that waits, and commit it. `slot.busy` is ours."""
        self._commit(conversation, slot, self._decide(conversation, slot, self._now(), perf_counter()))

    def _decide(self, conversation: str, slot: Slot, now: int, began: float) -> Round | None:
        """None: its state must be read first."""
        if slot.state is None:
            self._start(self._load(conversation, slot), slot, [])
            return None
        round = Round(slot.state, began)
        again: list[Waiting] = []
        taken, slot.waiting = slot.waiting, []
        if len(taken) > AT_ONCE:
            taken, slot.waiting = taken[:AT_ONCE], taken[AT_ONCE:]
        for asked in taken:
            if asked.ref in round.refs:
                again.append(asked)  # the same command, sent twice: the store will know what the first was answered
            else:
                round.decide(asked, now, self._policy)
        if again:
            self._again(slot, again)
        return round

    def _commit(self, conversation: str, slot: Slot, round: Round | None) -> None:
        before = slot.state
        if round is None or before is None:
            return
        it = round.it
        commit = Commit(
            conversation,
            before.seq,
            before.epoch,
            before.desk.tenure,
            it.desk.tenure,
            round.refs,
            round.entries,
            round.todo,
            jobs=[job for _, job in round.jobs] if round.jobs else (),
        )

        def settled(outcome: Outcome) -> None:
            self._settled(conversation, slot, round, outcome)

        try:
            self._index(commit, before, it)
            self._committer.submit(commit, settled)
        except StoreUnavailable as problem:
            settled(problem)
        except Exception:
            # A fault of ours in one conversation must stop neither the others, nor itself for ever.
            log.exception("commit failed", conversation=conversation)
            waiting, slot.waiting, slot.busy = [*(asked for asked, _ in round.asked), *slot.waiting], [], False
            for asked in waiting:
                asked.done(OneThreadError())

    def _index(self, commit: Commit, before: Conversation, it: Conversation) -> None:
        """What else the commit keeps: a snapshot now and then, the place and the deadlines if they changed."""
        heavy = before.desk is not it.desk or before.who is not it.who
        if heavy or before.seq // SNAPSHOT_EVERY != it.seq // SNAPSHOT_EVERY or not before.seq:
            commit.snapshot = snapshot(it)
        if before.desk is not it.desk:
            if place(before) != place(it) or waits_from(before) != waits_from(it):
                commit.place, commit.score = place(it), waits_from(it)
        elif before.seq and before.call is it.call and before.talk.waiting_since == it.talk.waiting_since:
            return
        old, new = dues(before, self._policy), dues(it, self._policy)
        commit.dues = [(k, new.get(k, 0)) for k in old.keys() | new.keys() if _due_changed(k, old, new)]

    # --- afterwards ---------------------------------------------------------------------------------------

    def _settled(self, conversation: str, slot: Slot, round: Round, outcome: Outcome) -> None:
        self._ended(outcome, perf_counter() - round.began, round.entries)
        match outcome:
            case Appended():
                slot.state = round.it if slot.seen <= round.it.seq else None
                if round.entries:
                    slot.told = round.it.seq
                    self._appended(conversation, round.entries)
                for asked, answer in round.asked:
                    asked.done(answer)
            case Repeated(seqs=seqs):
                slot.state = None
                self._again(slot, [asked for asked, _ in round.asked if not _answered(asked, seqs)])
                for asked in slot.waiting:
                    asked.also = tuple(ref for ref in asked.also if ref not in seqs)
            case Lagging():
                slot.state = None
                self._again(slot, [asked for asked, _ in round.asked if not _tired(asked)])
            case problem:
                # It may or may not have happened. Asked again under the same ids, it happens once.
                slot.state = None
                taken = [asked for asked, _ in round.asked]
                self._start(self._later(conversation, slot, taken, problem), slot, taken)
                return
        if slot.waiting:
            self._work(conversation, slot)
        else:
            slot.busy = False

    def _again(self, slot: Slot, asked: list[Waiting]) -> None:
        slot.waiting[:0] = asked

    def _start(self, work: Coroutine[Any, Any, None], slot: Slot, taken: list[Waiting]) -> None:
        """Go on in a task of this process; when they have ended, whoever waits here is told."""
        try:
            self._tasks.create_task(work)
        except RuntimeError:
            work.close()
            self._again(slot, taken)
            while slot.waiting:
                slot.waiting.pop(0).done(Draining())

    async def _later(self, conversation: str, slot: Slot, taken: list[Waiting], problem: OneThreadError) -> None:
        """The store is away: try until each command's patience ends, then say that it may be sent again."""
        await asyncio.sleep(0.05)
        now = self._loop.time()
        waiting = [*taken, *slot.waiting]
        slot.waiting.clear()
        for asked in waiting:
            if now >= asked.deadline:
                asked.done(problem)
        self._again(slot, [asked for asked in waiting if now < asked.deadline])
        if slot.waiting:
            self._work(conversation, slot)
        else:
            slot.busy = False

    async def _load(self, conversation: str, slot: Slot) -> None:
        try:
            slot.state = await self._logs.load(conversation)
        except OneThreadError as problem:
            await self._later(conversation, slot, [], problem)
            return
        self._work(conversation, slot)


def _due_changed(kind: str, old: dict[str, int], new: dict[str, int]) -> bool:
    """Must the store know?"""
    return old.get(kind) != new.get(kind) and not (kind in LAZY and kind in old)


def _answered(asked: Waiting, seqs: dict[str, int]) -> bool:
    """Was it done before? Then it gets its first answer again."""
    seq = seqs.get(asked.ref)
    if seq is not None:
        asked.done(Done(seq, dup=True))
    return seq is not None


def _tired(asked: Waiting) -> bool:
    asked.conflicts += 1
    if asked.conflicts < CONFLICTS:
        return False
    asked.done(Conflict())
    return True
