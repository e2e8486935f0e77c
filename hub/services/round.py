"""Commands to one conversation that are decided together and leave as one commit; each is answered once."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from hub.model.codec import encode
from hub.model.commands import Command
from hub.model.conversation import Conversation, apply
from hub.model.decide import Asked, decide
from hub.model.dues import Policy
from hub.model.effects import Job, jobs, to_react
from hub.model.errors import OneThreadError
from hub.model.events import Logged
from hub.model.frozen import frozen
from hub.model.party import AGENT, Party

log = structlog.get_logger()


@frozen
class Done:
    """A command's answer: the seq of its last event (or where the log stood), and whether it was done before."""

    seq: int
    dup: bool = False


Answer = Done | OneThreadError
OnAnswer = Callable[[Answer], None]


@dataclass(slots=True)
class Waiting:
    """A command that waits for its turn. `deadline` is loop time in seconds. `also`: refs of others that it stands for:
    sent again, they are done."""

    command: Command
    by: Party
    id: str
    channel: str
    done: OnAnswer
    deadline: float
    ref: str
    also: tuple[str, ...] = ()
    conflicts: int = 0


def ref_of(by: Party, id: str) -> str:
    """What the store knows a command by. Authors never collide: a customer can't answer for an agent's command."""
    return f"a{by.id}:{id}" if by.kind is AGENT else f"{by.kind[0]}{id}"


class Round:
    """Commands decided together, each with the answer that it gets once the store agrees. They leave as one commit."""

    __slots__ = ("asked", "began", "entries", "it", "jobs", "refs", "todo")

    def __init__(self, it: Conversation, began: float) -> None:
        """`began` is by perf_counter: the loop's own time has steps of 1 ms."""
        self.it = it
        self.began = began
        self.asked: list[tuple[Waiting, Answer]] = []
        self.refs: dict[str, int] = {}  # 0 = nothing to be done: only asked about
        self.entries: list[tuple[int, str, bytes]] = []
        self.todo: list[int] = []  # seqs of those that a reaction must look at
        self.jobs: list[tuple[int, Job]] = []  # by the seq of what causes them

    def decide(self, asked: Waiting, now: int, policy: Policy) -> None:
        before, answer = self.it, None
        by, id, channel = asked.by, asked.id, asked.channel
        try:
            for event in decide(before, asked.command, Asked(by, now, id, channel, policy)):
                self._happens(Logged(before.id, self.it.seq + 1, now, by, id, channel, event))
        except OneThreadError as refusal:
            answer = refusal
        except Exception:
            # A fault of ours in one command must not leave all others in this conversation without an answer.
            log.exception("command failed", command=type(asked.command).__name__, conversation=before.id)
            self._undo(before)
            answer = OneThreadError()
        seq = self.it.seq
        done = self.refs[asked.ref] = seq if self.it is not before else 0
        for ref in asked.also:
            self.refs[ref] = done
        self.asked.append((asked, answer or Done(seq)))

    def _happens(self, entry: Logged) -> None:
        event, it = entry.event, self.it
        after, frame = apply(it, entry), encode(entry)
        if to_react(entry, it):
            self.todo.append(entry.seq)
        if outgoing := jobs(entry, it):
            self.jobs += [(entry.seq, job) for job in outgoing]
        self.entries.append((entry.seq, event.audience, frame))
        self.it = after

    def _undo(self, before: Conversation) -> None:
        self.it = before
        self.entries = [entry for entry in self.entries if entry[0] <= before.seq]
        self.todo = [seq for seq in self.todo if seq <= before.seq]
        self.jobs = [(seq, job) for seq, job in self.jobs if seq <= before.seq]
