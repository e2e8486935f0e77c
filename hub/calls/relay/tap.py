"""Who listens in on a call when all parties have consented: its recording, or a bot."""

from collections.abc import Callable
from typing import Protocol


class Tap(Protocol):
    """Called on the media loop: it must not wait, and what it raises ends the listening, not the call."""

    def described(self, party: str, other: str, sdp: str) -> None:
        """What `party` sends to `other` from now on. Said first, and again whenever it changes."""
        ...

    def heard(self, party: str, other: str, packet: bytes, rtcp: bool) -> None:
        """One packet that `party` sent to `other`, in the clear."""
        ...

    def ended(self) -> None:
        """Not one more is heard."""
        ...


Taps = Callable[[str], Tap]  # given a call's id
