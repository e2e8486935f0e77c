"""Is a backup worth having? Read it alone, as a restore would: logs, states, indexes, jobs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hub.backup.file import Line, reading
from hub.backup.folding import Folded
from hub.model.conversation import Conversation, place, waits_from
from hub.model.dues import Policy, dues

MOST = 50  # problems that are told one by one
RESOLVED = "resolved"
EXACT = ("reservation", "bot", "queue", "snooze")  # deadlines that are always in the index; the others are lazy


@dataclass
class Verified:
    """What a backup holds, and what is wrong with it. A conversation that is there again counts once more."""

    at: int = 0
    shards: int = 0
    conversations: int = 0
    entries: int = 0
    identities: int = 0
    agents: int = 0
    jobs: int = 0
    problems: list[str] = field(default_factory=list)
    more: int = 0  # problems beyond MOST

    def wrong(self, *problems: str) -> None:
        for problem in problems:
            if len(self.problems) < MOST:
                self.problems.append(problem)
            else:
                self.more += 1


def verify(path: Path) -> Verified:
    """Raises BackupDamaged, BackupTooNew, OSError. Memory: the conversations that somebody has, and one log."""
    verified, check = Verified(), _Shard()
    for it in read(path, verified):
        if isinstance(it, Folded):
            check.conversation(it, verified)
        elif it["k"] == "shard":
            check.end(it, verified)
            check = _Shard()
    return verified


def read(path: Path, verified: Verified) -> Iterator[Folded | Line]:
    """A backup's lines, with each conversation folded into one."""
    held: Folded | None = None
    for line in reading(path):
        if line["k"] == "log" and held is not None:
            verified.entries += sum(1 for _ in held.entries(line))
            continue
        if held is not None:
            yield _ended(held, verified)
        held = Folded(line) if line["k"] == "conversation" else None
        if held is None:
            _count(line, verified)
            yield line
    if held is not None:
        yield _ended(held, verified)


def _ended(held: Folded, verified: Verified) -> Folded:
    held.end()
    verified.wrong(*held.problems)
    verified.conversations += 1
    return held


def _count(line: Line, verified: Verified) -> None:
    match line["k"]:
        case "onethread":
            verified.at, verified.shards = line["at"], line["shards"]
        case "agents":
            verified.agents = len(line["accounts"])
        case "identity":
            verified.identities += 1
        case "shard":
            verified.jobs += len(line["jobs"])


class _Shard:
    """What the conversations of one shard say of its indexes, held against them at its cut."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[str, int]] = {}
        self._dues: dict[str, dict[str, int]] = {}

    def conversation(self, folded: Folded, verified: Verified) -> None:
        it = folded.it
        where, said = folded.head["place"], place(it)
        if where != said and (where, said) != ("", RESOLVED):  # older hubs had no index of what is resolved
            verified.wrong(f"conversation {it.id}: stands in {where!r}, the log says {said!r}")
        self._places.pop(it.id, None)
        self._dues.pop(it.id, None)
        if said not in ("", RESOLVED):
            self._places[it.id] = said, waits_from(it)
        if exact := _exact(it):
            self._dues[it.id] = exact

    def end(self, cut: Line, verified: Verified) -> None:
        places = {
            name: members for name, members in cut["places"].items() if name != RESOLVED
        }  # that is the newest only
        indexed = {c: (name, score) for name, members in places.items() for c, score in members.items()}
        for conversation in sorted(indexed.keys() | self._places.keys()):
            if indexed.get(conversation) != self._places.get(conversation):
                verified.wrong(f"conversation {conversation}: the index of places does not agree with its log")
        for conversation, kinds in self._dues.items():
            lacking = [kind for kind in kinds if f"{kind}:{conversation}" not in cut["due"]]
            if lacking:
                verified.wrong(f"conversation {conversation}: deadlines {', '.join(lacking)} are not in the index")
        queued = {job for jobs in cut["lanes"].values() for job in jobs} | set(cut["dead"])
        if strays := queued ^ cut["jobs"].keys():
            verified.wrong(f"shard {cut['shard']}: {len(strays)} jobs are queued or kept, but not both")


def _exact(it: Conversation) -> dict[str, int]:
    return {kind: at for kind, at in dues(it, Policy()).items() if kind in EXACT}
