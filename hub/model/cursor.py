"""Where one reader stands in one log: send, skip, or fill a gap first. One mechanism for live, resume and repeats."""

from enum import Enum, auto


class Verdict(Enum):
    SEND = auto()
    SKIP = auto()
    GAP = auto()


SEND, SKIP, GAP = Verdict  # as hub/model/party.py: CUSTOMER


class Cursor:
    """The seq up to which the reader has been served. Mutable: one lives in each connection and conversation."""

    __slots__ = ("seq",)

    def __init__(self, seq: int) -> None:
        self.seq = seq

    def see(self, seq: int) -> Verdict:
        """What to do with the entry `seq`. SEND moves the cursor; GAP means (self.seq, seq) must be read first."""
        if seq == self.seq + 1:
            self.seq = seq
            return SEND
        return SKIP if seq <= self.seq else GAP
