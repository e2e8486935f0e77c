"""The judge: from what clients were told and what the store holds in the end to what went wrong. Pure.

acked messages are a subset of the final log; `seq` is gapless; each client's view is a prefix-consistent subsequence
of what its audience may see.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import NamedTuple

from tests.chaos.history import Record

MESSAGE = "message.created"
EXAMPLES = 20


class Entry(NamedTuple):
    """One entry of a final log."""

    seq: int
    id: str
    type: str
    staff: bool


Logs = Mapping[str, Sequence[Entry]]


@dataclass
class Verdict:
    """Counts; all but the first four must be 0. `examples` are for a person who looks for the cause."""

    sent: int = 0
    acked: int = 0
    unknown: int = 0
    seen: int = 0
    lost: int = 0  # acked, and not in the log
    doubled: int = 0  # twice in the log, or shown twice to one client
    reordered: int = 0  # a sender's messages, or a view, in another order; or acked with another seq than it has
    gaps: int = 0  # places missing in a log
    holes: int = 0  # visible entries missing in a view, between what was shown
    behind: int = 0  # visible entries missing at the end of a view that was live
    leaked: int = 0  # for staff, shown to a customer
    phantoms: int = 0  # shown, and not in the log
    ghosts: int = 0  # refused for good, and yet in the log
    examples: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not any(self.faults.values())

    @property
    def faults(self) -> dict[str, int]:
        counts = asdict(self)
        return {name: counts[name] for name in FAULTS}

    def find(self, fault: str, what: str, count: int = 1) -> None:
        setattr(self, fault, getattr(self, fault) + count)
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{fault}: {what}")


FAULTS = ("lost", "doubled", "reordered", "gaps", "holes", "behind", "leaked", "phantoms", "ghosts")


@dataclass
class View:
    """What one client was shown of one conversation. Breaks are places where it started afresh."""

    who: str
    conversation: str
    staff: bool
    shown: list[Entry] = field(default_factory=list)
    end: int | None = None


def check(history: Iterable[Record], logs: Logs) -> Verdict:
    verdict = Verdict()
    sent: dict[str, Record] = {}
    acked: dict[str, Record] = {}
    refused: dict[str, Record] = {}
    staff: dict[str, bool] = {}
    views: dict[tuple[str, str], list[View]] = {}
    for record in history:
        match record["what"]:
            case "client":
                staff[record["who"]] = record["staff"]
            case "invoke":
                sent[record["id"]] = record
            case "ok":
                acked[record["id"]] = record
            case "fail":
                refused[record["id"]] = record
            case "saw" | "reset" | "skip" | "end":
                _look(views, staff, record)
    verdict.sent, verdict.acked = len(sent), len(acked)
    verdict.unknown = len(sent.keys() - acked.keys() - refused.keys())
    _check_logs(verdict, logs)
    _check_messages(verdict, logs, sent, acked, refused)
    for view in (view for stretch in views.values() for view in stretch):
        verdict.seen += len(view.shown)
        _check_view(verdict, view, logs.get(view.conversation, ()))
    return verdict


def _look(views: dict[tuple[str, str], list[View]], staff: Mapping[str, bool], record: Record) -> None:
    who, conversation = record["who"], record["conversation"]
    stretch = views.setdefault((who, conversation), [])
    if not stretch or record["what"] in ("reset", "skip"):
        stretch.append(View(who, conversation, staff[who]))
    if record["what"] == "saw":
        stretch[-1].shown.append(Entry(record["seq"], record["id"], record["type"], False))
    elif record["what"] == "end":
        stretch[-1].end = record["seq"]


def _check_logs(verdict: Verdict, logs: Logs) -> None:
    for conversation, entries in logs.items():
        seqs = [entry.seq for entry in entries]
        if seqs != list(range(1, len(seqs) + 1)):
            missing = max(seqs) - len(set(seqs)) or 1
            verdict.find("gaps", f"{conversation} misses {missing} of {max(seqs)}", missing)


def _check_messages(
    verdict: Verdict,
    logs: Logs,
    sent: Mapping[str, Record],
    acked: Mapping[str, Record],
    refused: Mapping[str, Record],
) -> None:
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for conversation, entries in logs.items():
        for entry in entries:
            if entry.type == MESSAGE and entry.id in sent:
                places[entry.id].append((conversation, entry.seq))
    for id, found in places.items():
        if len(found) > 1:
            verdict.find("doubled", f"{id} is at {found}", len(found) - 1)
        if id in refused:
            verdict.find("ghosts", f"{id} was refused ({refused[id]['code']}) and is at {found[0]}")
    in_order: dict[tuple[str, str], list[int]] = defaultdict(list)
    for id, record in sent.items():
        if id not in acked:
            continue
        conversation, seq = record["conversation"], acked[id]["seq"]
        if not any(place[0] == conversation for place in places[id]):
            verdict.find("lost", f"{id} of {record['who']} in {conversation}, acked as {seq}")
            continue
        if (conversation, seq) not in places[id]:
            verdict.find("reordered", f"{id} acked as {seq}, is at {places[id]}")
        in_order[record["who"], conversation].append(places[id][0][1])
    for (who, conversation), seqs in in_order.items():
        back = sum(after <= before for before, after in pairwise(seqs))
        if back:
            verdict.find("reordered", f"messages of {who} in {conversation}: {back} times", back)


def _check_view(verdict: Verdict, view: View, log: Sequence[Entry]) -> None:
    where = f"{view.who} in {view.conversation}"
    by_seq = {entry.seq: entry for entry in log}
    times = Counter(entry.seq for entry in view.shown)
    for seq, count in times.items():
        if count > 1:
            verdict.find("doubled", f"{where} was shown {seq} {count} times", count - 1)
    back = sum(after.seq < before.seq for before, after in pairwise(view.shown))
    if back:
        verdict.find("reordered", f"{where} was shown events out of order, {back} times", back)
    for shown in view.shown:
        entry = by_seq.get(shown.seq)
        if entry is None or (entry.id, entry.type) != (shown.id, shown.type):
            verdict.find("phantoms", f"{where} was shown {shown.type} {shown.id} at {shown.seq}; there is {entry}")
        elif entry.staff and not view.staff:
            verdict.find("leaked", f"{where} was shown {entry.type} at {entry.seq}")
    if not times:
        return
    visible = {entry.seq for entry in log if view.staff or not entry.staff}
    last = max(times)
    holes = {seq for seq in visible if min(times) < seq < last} - times.keys()
    if holes:
        verdict.find("holes", f"{where} misses {sorted(holes)[:5]}", len(holes))
    if view.end is not None:
        late = [seq for seq in visible if seq > last]
        if late:
            verdict.find("behind", f"{where} stands at {view.end}, misses {late[:5]}", len(late))
