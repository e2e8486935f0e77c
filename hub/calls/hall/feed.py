"""What one party sends into a room: how it is called at Janus (`display`), and whose legs subscribe to it. Pure."""

from typing import cast, get_args

from hub.model.call import Mode, reaches
from hub.model.frozen import frozen


@frozen
class Feed:
    """`mode` is how who sends it sits there. It stands at Janus, so that each process knows it with the feed itself."""

    party: str
    mode: Mode = "full"

    @property
    def display(self) -> str:
        return self.party if self.mode == "full" else f"{self.mode} {self.party}"

    def is_for(self, party: str, mode: Mode) -> bool:
        """Does this party, who sits there so, receive it? Supervisors hear nothing of each other."""
        return reaches(self.mode, party) and "full" in (self.mode, mode)


def feed_of(display: str) -> Feed:
    """What another version means by a mode that we do not know is for nobody."""
    mode, _, party = display.rpartition(" ")
    return Feed(party, cast(Mode, mode or "full") if mode in ("", *get_args(Mode)) else "listen")
