"""What one conversation gains, and how that is said to commit.lua."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic_core import to_json

from hub.model.effects import Job
from hub.model.event import Audience
from hub.model.ids import shard_of
from hub.store.keys import Keys
from hub.store.line import script
from hub.store.resp import NUMBERS, word


@dataclass(slots=True)
class Commit:
    """What one conversation gains. `expected`, `epoch` and `tenure` are what it was decided on.

    `refs` are command -> seq for idempotency, seq 0 = the command does nothing and is only asked about;
    `entries` (seq, audience, frame), in order, and without any nothing is written; `todo` the seqs of those that a
    reaction must look at; `dues` (kind, at) of those that changed, 0 = none any more; `place` None = unchanged.
    """

    conversation: str
    expected: int
    epoch: str
    tenure: int
    new_tenure: int
    refs: Mapping[str, int]
    entries: list[tuple[int, str, bytes]]
    todo: Sequence[int] = ()
    snapshot: bytes = b""
    place: str | None = None
    score: int = 0
    dues: Collection[tuple[str, int]] = ()
    jobs: Sequence[Job] = ()


FIELDS = {name: word(name.encode()) for name in ("seq", "epoch", "tenure", "snap", "place")}
SEQ = FIELDS["seq"]
AUDIENCES = {audience.value: word(audience.value.encode()) for audience in Audience}
SIZES = tuple(b"$%d\r\n" % size for size in range(2_048))  # of nearly all frames
# The end of a frame's word, and whether a reaction looks at it.
REACT, LEAVE = b"\r\n" + word(b"1"), b"\r\n" + word(b"")
ADDRESSED = 13  # words of an address
SHA = hashlib.sha1(script("commit").encode(), usedforsecurity=False).hexdigest()  # as the store calls it
EVALSHA = word(b"EVALSHA") + word(SHA.encode()) + NUMBERS[6]


def address(keys: Keys, conversation: str, epoch: str, tenure: int) -> bytes:
    """How a commit begins: the script, its keys, whose log it is and as what it was known.

    Most commits of a conversation begin alike: whoever makes many keeps it.
    """
    shard = shard_of(conversation, keys.shards)
    own = keys.conversation(conversation), keys.log(conversation)
    shared = keys.feed(shard), keys.todo(shard), keys.due(shard), keys.outbox(shard)
    words = (*own, *shared, keys.shard(shard), conversation, epoch)
    return b"".join((EVALSHA, *(word(it.encode()) for it in words), NUMBERS[tenure]))


def packed(commit: Commit, address: bytes) -> bytes:
    """The whole command, as it goes over the wire: the words of commit.lua.

    Put together from words that are ready: it is done for each message.
    """
    entries, refs, todo = commit.entries, commit.refs, commit.todo
    said: list[bytes] = []
    gains = [SEQ, NUMBERS[commit.expected + len(entries)]]
    for ref, seq in refs.items():
        field = word(f"r:{ref}".encode())
        said.append(field)
        if seq:
            gains += (field, NUMBERS[seq])
    for seq, audience, frame in entries:
        size = len(frame)
        start = SIZES[size] if size < 2_048 else b"$%d\r\n" % size
        said += (NUMBERS[seq], AUDIENCES[audience], start, frame, REACT if seq in todo else LEAVE)
    if not commit.expected or commit.new_tenure != commit.tenure:
        gains += (FIELDS["epoch"], word(commit.epoch.encode()), FIELDS["tenure"], NUMBERS[commit.new_tenure])
    if commit.snapshot:
        gains += (FIELDS["snap"], word(commit.snapshot))
    more: list[bytes] = []
    if commit.place is not None or commit.dues or commit.jobs:
        more = _more(commit, gains)
    counts = NUMBERS[len(refs)], NUMBERS[len(entries)], NUMBERS[len(gains)]
    count = ADDRESSED + 4 + len(refs) + 4 * len(entries) + len(gains) + len(more)
    return b"".join((b"*%d\r\n" % count, address, NUMBERS[commit.expected], *counts, *said, *gains, *more))


def _more(commit: Commit, gains: list[bytes]) -> list[bytes]:
    """What most commits have nothing of."""
    if commit.place is not None:
        gains += (FIELDS["place"], word(commit.place.encode()))
    words: list[str | int | bytes] = ["-" if commit.place is None else commit.place, commit.score, len(commit.dues)]
    for kind, at in commit.dues:
        words += (kind, at)
    words.append(len(commit.jobs))
    for job in commit.jobs:
        body = {"kind": job.kind, "conversation": commit.conversation, "payload": job.payload}
        words += (job.id, job.lane, to_json(body))
    return [word(it if isinstance(it, bytes) else str(it).encode()) for it in words]
