"""Where the dialogue stands, told from the transcript alone: the bot keeps nothing between turns.

Only the present *stretch* counts: what came before an agent's line or a hand-over belongs to a case that is closed,
and must not hand a returned customer over again.
"""

from hub.bot.reading import Reader, Reading
from hub.bot.words import Catalogue
from hub.model.frozen import frozen
from hub.ports import Spoken

MOVES = 8
LINES = 60
RECENT_MS = 30 * 60_000


@frozen
class Move:
    """One line of the customer, and the keys of what the bot had said right before it."""

    at: int
    reading: Reading
    before: tuple[str, ...]
    after_bot: bool = True
    """False: the customer's second line in a row, which answers the same question as the first."""

    @property
    def asked(self) -> str:
        """The key of the bot's question that this line answers, "" when it asked nothing."""
        return next((key for key in self.before if key.startswith("ask.")), "")


@frozen
class Dialogue:
    """The newest MOVES lines of the customer in this stretch, oldest first, and all keys that the bot said in it."""

    moves: tuple[Move, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def asked(self) -> str:
        return self.moves[-1].asked if self.moves else ""

    @property
    def unsure_before(self) -> bool:
        """Was the bot's last answer one that did not help, or a question that it had to ask twice?"""
        if not self.moves:
            return False
        last = self.moves[-1]
        return any(_no_help(k) for k in last.before) or self._asked_twice(last)

    def _asked_twice(self, last: Move) -> bool:
        earlier = [m for m in self.moves[:-1] if m.after_bot]
        return bool(last.asked and last.after_bot and earlier and earlier[-1].asked == last.asked)

    def flow(self, skill: str) -> tuple[Move, ...]:
        """The moves that belong to a running question-and-answer with `skill`: its opening line and what followed."""
        started = len(self.moves) - 1
        while started > 0 and self.moves[started].asked.startswith(f"ask.{skill}."):
            started -= 1
        return self.moves[started:]


def dialogue_of(transcript: tuple[Spoken, ...], reader: Reader, catalogue: Catalogue) -> Dialogue:
    """Folds the newest LINES lines; the last customer line is the one to answer."""
    lines = _stretch(transcript[-LINES:], catalogue)
    moves: list[Move] = []
    said: list[str] = []
    pending: list[str] = []
    # Only the moves that are kept are read: a long session costs no more than a short one.
    unread = sum(line.by == "customer" for line, _ in lines) - MOVES
    for line, key in lines:
        if line.by == "bot":
            pending.append(key)
            said += [key] if key else []
            continue
        # Two lines in a row answer the same question: people write in pieces.
        unread -= 1
        if unread >= 0:
            pending = []
            continue
        before = tuple(pending) if pending else (moves[-1].before if moves else ())
        moves.append(Move(line.at, reader.read(line.text), before, after_bot=bool(pending)))
        pending = []
    return Dialogue(tuple(moves), tuple(said))


def _stretch(lines: tuple[Spoken, ...], catalogue: Catalogue) -> list[tuple[Spoken, str]]:
    kept: list[tuple[Spoken, str]] = []
    for line in reversed(lines):
        if line.by == "agent":
            break
        key = catalogue.key_of(line.text) if line.by == "bot" else ""
        if key.startswith("handoff."):
            break
        kept.append((line, key))
    return kept[::-1]


def _no_help(key: str) -> bool:
    return key.startswith(("unsure.", "small.not_helped"))
