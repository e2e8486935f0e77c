"""Group commit: compare-and-append of one conversation in one atomic script, acked when it is durable.

Commits that arrive within one event-loop turn, or while others are on their way, leave in one write (resp.py).
One fsync (or one WAIT) serves them all.
"""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from hub.model.errors import NotDurable, OneThreadError, StoreUnavailable
from hub.model.frozen import frozen
from hub.model.ids import shard_of
from hub.store.commit import Commit, address, packed
from hub.store.keys import Keys
from hub.store.line import Line, script
from hub.store.lines import Lines
from hub.store.resp import Pipe, Reply, ReplyError, pack
from hub.store.topology import Topology

Durability = Literal["memory", "fsync", "replicated"]
ADDRESSES = 4_096  # are kept, a third of a KB each: those of conversations in which something is said


@frozen
class Appended:
    seq: int


@frozen
class Lagging:
    """Another commit came first (or the log was reborn): read, decide and commit again."""


@frozen
class Repeated:
    """Some of the commands were done before: ref -> the first answer. Nothing was changed."""

    seqs: dict[str, int]


Outcome = Appended | Lagging | Repeated | OneThreadError
OnOutcome = Callable[[Outcome], None]


class Committer:
    """Commits, each through the line to the primary of its shard. `durability` is what an Appended means; it is
    checked, not hoped for.
    """

    def __init__(self, topology: Topology, keys: Keys, durability: Durability, replicas: int, timeout_s: float) -> None:
        self._topology = topology
        self._keys = keys
        self._addressed = lru_cache(ADDRESSES)(self._address)
        self._terms = (durability, replicas, int(timeout_s * 1000))
        self._lines: Lines[Appends]

    def over(self, lines: "Lines[Appends]") -> None:
        """Use these lines, made by `open`."""
        self._lines = lines

    def open(self, line: Line) -> "Appends":
        """What appends over one line."""
        appends = Appends(line, DurabilityCheck(*self._terms), self._topology.poke, self._at)
        line.on_up = appends.prepare
        return appends

    def _at(self, host: str) -> "Appends | None":
        name, _, port = host.rpartition(":")
        return self._lines.at(self._topology.member(name, int(port)))

    def submit(self, commit: Commit, done: OnOutcome) -> None:
        """`done` is called once with the outcome; StoreUnavailable means that it may or may not have happened.

        Raises StoreUnavailable when there is no connection: then nothing happened.
        """
        shard, begins = self._addressed(commit.conversation, commit.epoch, commit.tenure)
        self._lines.to(shard).submit(packed(commit, begins), done)

    def _address(self, conversation: str, epoch: str, tenure: int) -> tuple[int, bytes]:
        return shard_of(conversation, self._keys.shards), address(self._keys, conversation, epoch, tenure)


ASKING = pack("ASKING")
# Its server is not the primary, or not of this slot, any more (or not yet): nothing was done.
MOVED = ("MOVED", "READONLY", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN")


class Appends:
    """Commits over one line. Those of one loop turn share one check."""

    def __init__(
        self,
        line: Line,
        check: "DurabilityCheck",
        poke: Callable[[], None],
        at: Callable[[str], "Appends | None"],
    ) -> None:
        self._line = line
        self._check = check
        self._poke = poke
        self._at = at
        self._batch: list[tuple[OnOutcome, Reply]] | None = None

    async def prepare(self, pipe: Pipe) -> None:
        """On each new connection: load the script, find out what an append's reply means there."""
        await pipe.call("SCRIPT", "LOAD", script("commit"))
        self._batch = None
        await self._check.learn(pipe)

    def submit(self, command: bytes, done: OnOutcome, *, asking: bool = False) -> None:
        """Raises StoreUnavailable when there is no connection."""
        if asking:
            self._line.send(ASKING, _ignore)
        if self._check.needed:
            self._submit_checked(command, done)
            return

        def answered(reply: Reply) -> None:
            if type(reply) is int:  # the busiest answer takes the shortest way
                done(Appended(reply))
            else:
                self._settle(command, reply, done)

        self._line.send(command, answered)

    def _settle(self, command: bytes, reply: Reply, done: OnOutcome) -> None:
        if isinstance(reply, ReplyError) and str(reply).startswith("ASK "):
            self._ask_there(command, str(reply), done)
        else:
            done(self._outcome(reply))

    def _outcome(self, reply: Reply) -> Outcome:
        if isinstance(reply, ReplyError):
            if str(reply).startswith("NOSCRIPT"):
                self._line.drop()  # the store lost its scripts; the next connection loads them again
            elif str(reply).startswith(MOVED):
                self._poke()
        return outcome_of(reply)

    def _ask_there(self, command: bytes, said: str, done: OnOutcome) -> None:
        """The slot is on its way to another member, and this conversation is there already."""
        try:
            there = self._at(said.split()[2])
            if there is None:
                raise StoreUnavailable("the shard is on its way to an unknown member")
            there.submit(command, done, asking=True)
        except StoreUnavailable as problem:
            self._poke()
            done(problem)

    def _submit_checked(self, command: bytes, done: OnOutcome) -> None:
        """Outcomes of a loop turn wait for the one check that follows them on the same connection."""
        if self._batch is None:
            self._batch = []
            batch = self._batch
            asyncio.get_running_loop().call_soon(self._send_check, batch)
        else:
            batch = self._batch

        def answered(reply: Reply) -> None:
            if isinstance(reply, ReplyError):
                self._settle(command, reply, done)  # nothing to be checked
            else:
                batch.append((done, reply))

        self._line.send(command, answered)

    def _send_check(self, batch: list[tuple[OnOutcome, Reply]]) -> None:
        self._batch = None

        def checked(reply: Reply) -> None:
            problem = self._check.problem(reply)
            for done, answer in batch:
                outcome = self._outcome(answer)
                settled = isinstance(outcome, Lagging | OneThreadError) or problem is None
                done(outcome if settled else problem or outcome)

        try:
            self._line.send(self._check.command, checked)
        except StoreUnavailable as problem:
            # After the commands' own replies: they are lost, too, and on their way in this loop turn.
            asyncio.get_running_loop().call_soon(checked, problem)


def _ignore(reply: Reply) -> None:
    """OK, or what the command after it will be told as well."""


def outcome_of(reply: Reply) -> Outcome:
    match reply:
        case int(seq):
            return Appended(seq)
        case [b"dup", *pairs]:
            return Repeated({ref.decode(): seq for ref, seq in zip(pairs[::2], pairs[1::2], strict=True)})
        case [b"conflict" | b"stale", *_]:
            return Lagging()
        case OneThreadError():
            return reply
        case ReplyError():
            return StoreUnavailable(f"the store refused the append: {str(reply)[:120]}")
        case _:
            return StoreUnavailable("the store gave an answer that makes no sense")


class DurabilityCheck:
    """What must be asked after an append before it may be acked (design.md, 4: ack = durable)."""

    def __init__(self, level: Durability, replicas: int, timeout_ms: int) -> None:
        self._level = level
        self._replicas = replicas
        self._timeout_ms = timeout_ms
        self.needed = level != "memory"
        self.command = b""

    async def learn(self, pipe: Pipe) -> None:
        """With appendfsync `always` each reply is on disk already (Valkey fsyncs before it answers)."""
        if self._level == "memory":
            return
        if self._level == "replicated":
            self.command = pack("WAIT", self._replicas, self._timeout_ms)
            return
        self.needed = not await _always_synced(pipe)
        self.command = pack("WAITAOF", 1, 0, self._timeout_ms)

    def problem(self, reply: Reply) -> OneThreadError | None:
        """None when the check's reply says that the level was reached."""
        match reply:
            case int(n) if n >= self._replicas:
                return None
            case [int(n), _] if n >= 1:
                return None
            case OneThreadError():
                return reply
            case _:
                return NotDurable(f"level {self._level} not reached within {self._timeout_ms} ms")


async def _always_synced(pipe: Pipe) -> bool:
    try:
        reply = await pipe.call("CONFIG", "GET", "append*")
    except ReplyError:
        return False  # a managed service that hides CONFIG: ask WAITAOF each time
    assert isinstance(reply, list)
    found = {str(k, "utf8"): str(v, "utf8") for k, v in zip(reply[::2], reply[1::2], strict=True)}
    return found.get("appendonly") == "yes" and found.get("appendfsync") == "always"
