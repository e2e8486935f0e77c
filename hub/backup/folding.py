"""One conversation out of a backup: its log folded as it comes, and checked on the way."""

from collections.abc import Iterator
from dataclasses import replace

from hub.backup.file import Line, raw_of
from hub.model.codec import restore
from hub.model.conversation import Conversation
from hub.store.logs import with_entry


class Folded:
    """`it` is the state after the entries so far. `problems` are sentences without people's words."""

    def __init__(self, head: Line) -> None:
        self.head = head
        self.id = str(head["id"])
        self.seq = int(head["seq"])
        self.it = Conversation(self.id, epoch=head["epoch"])
        self.problems: list[str] = []
        self._snapshot = self._restored()

    def _restored(self) -> Conversation | None:
        raw = raw_of(self.head["snap"])
        try:
            return replace(restore(raw), epoch=self.it.epoch) if raw else None
        except ValueError:
            return None  # of another version: the log tells it all again (hub/store/logs.py)

    def entries(self, line: Line) -> Iterator[tuple[int, str, bytes]]:
        """Fold a `log` line; (seq, audience, frame) of each of its entries."""
        if line["first"] != self.it.seq + 1:
            self._wrong(f"seq {line['first']} follows {self.it.seq}")
        for seq, (audience, frame) in enumerate(line["entries"], line["first"]):
            raw = raw_of(frame)
            if f'"seq":{seq},'.encode() not in raw[:200]:
                self._wrong(f"seq {seq} is not what its frame says")
            self.it = with_entry(self.it, seq, raw)
            if self._snapshot is not None and self._snapshot.seq == seq and self._snapshot != self.it:
                self._wrong(f"the snapshot at {seq} is not the fold of the log")
            yield seq, audience, raw

    def end(self) -> None:
        """After its last line."""
        if self.it.seq != self.seq:
            self._wrong(f"the log ends at {self.it.seq} and not at {self.seq}")
        elif self.head["tenure"] and int(self.head["tenure"]) != self.it.desk.tenure:
            self._wrong(f"tenure {self.head['tenure']}, the log says {self.it.desk.tenure}")

    def _wrong(self, what: str) -> None:
        self.problems.append(f"conversation {self.id}: {what}")
