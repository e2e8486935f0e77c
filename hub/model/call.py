"""A conversation's call: who asked for it, whom it rings, who is in it, and whether it may be recorded."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.model.frozen import frozen
from hub.model.party import Party, PartyKind

CallMedia = Literal["audio", "video"]
# How its parties are connected: each with each other one (`pairs`), so but from browser to browser (`direct`), by the
# relay since such a call was to be recorded (`relay`), or all with one room (see docs/calls.md).
CallTopology = Literal["pairs", "direct", "relay", "room"]
# A party of a call: "customer", "bot", an agent by their id, or a guest (who came by a link) by theirs.
CallParty = Annotated[str, StringConstraints(max_length=80, pattern=r"^(customer|bot|(agent|guest):[A-Za-z0-9_.:-]+)$")]
# How somebody sits in it: `listen` sends nothing, `whisper` is heard by agents only. Both are supervisors.
Mode = Literal["full", "listen", "whisper"]
# What of a context card an expert may be shown.
CardPart = Literal["customer", "orders", "products", "tickets"]
TextVersion = Annotated[str, Field(min_length=1, max_length=40)]

THE_CUSTOMER = "customer"
THE_BOT = "bot"


def call_party(by: Party) -> str:
    """What a call knows somebody by; "" for who can't be in one."""
    match by.kind:
        case PartyKind.CUSTOMER:
            return THE_CUSTOMER
        case PartyKind.AGENT:
            return f"agent:{by.id}"
        case PartyKind.GUEST:
            return f"guest:{by.id}"
        case PartyKind.BOT:
            return THE_BOT
        case _:
            return ""


def agent_of(party: str) -> str:
    """The id of the agent that a party is; "" for all others."""
    return party.removeprefix("agent:") if party.startswith("agent:") else ""


@frozen
class Participant:
    party: str
    name: str = ""
    mode: Mode = "full"


@frozen
class Invited:
    """An expert who was asked in by `by`. `until` is epoch ms; 0 = a guest who has opened their link, and reads."""

    party: str
    name: str
    by: str
    until: int


@frozen
class Call:
    """`to` is the party that it rings; "" = whoever gets the conversation. Times are epoch ms, 0 = not.

    While it rings `parties` holds who asked for it; once accepted, everybody who is in it.
    `granted`: who agreed to the recording under `text_version` ("" = nobody was asked).
    `held`: the bot is in it with the customer, and it rings on until `until`; `unanswered` says why nobody came.
    """

    id: str
    media: CallMedia
    by: str
    to: str
    until: int
    parties: tuple[Participant, ...]
    accepted_at: int = 0
    invited: tuple[Invited, ...] = ()
    text_version: str = ""
    granted: tuple[str, ...] = ()
    recording: bool = False
    supervisors: tuple[Participant, ...] = ()  # who listens or whispers; not among `parties`
    refused: tuple[str, ...] = ()  # who was asked in, and said no or nothing
    announced: bool = False  # everybody was told that somebody listens
    held: bool = False
    unanswered: str = ""
    topology: CallTopology = "pairs"
    left: tuple[str, ...] = ()  # who was in it before the others

    @property
    def ringing(self) -> bool:
        return not self.accepted_at

    @property
    def people(self) -> tuple[Participant, ...]:
        """Everybody but the bot."""
        return tuple(each for each in self.parties if each.party != THE_BOT)

    def has(self, party: str) -> bool:
        return any(each.party == party for each in self.parties)

    @property
    def talked(self) -> tuple[str, ...]:
        """Who is, or was, in it; who only listened was not."""
        return tuple(dict.fromkeys((*(each.party for each in self.parties), *self.left)))

    def seat(self, party: str) -> Participant | None:
        """Who is in it, in whichever way."""
        return next((each for each in (*self.parties, *self.supervisors) if each.party == party), None)

    def supervisor(self, party: str) -> Participant | None:
        return next((each for each in self.supervisors if each.party == party), None)

    @property
    def whispered(self) -> bool:
        """Does a supervisor speak to the agents?"""
        return any(each.mode == "whisper" for each in self.supervisors)

    def invitation(self, party: str) -> Invited | None:
        return next((each for each in self.invited if each.party == party), None)

    def with_party(self, party: str, name: str) -> "Call":
        """Nobody is invited any more, or listens, who is in it; a recording needs everybody's consent anew."""
        rest = self.without_invitation(party).without_supervisor(party)
        return replace(rest, parties=(*self.parties, Participant(party, name)))

    def without_party(self, party: str) -> "Call":
        rest = tuple(each for each in self.parties if each.party != party)
        return replace(self, parties=rest, left=(*self.left, *(() if party in self.left else (party,))))

    def without_invitation(self, party: str) -> "Call":
        return replace(self, invited=tuple(each for each in self.invited if each.party != party))

    def with_supervisor(self, party: str, name: str, mode: Mode) -> "Call":
        rest = self.without_supervisor(party)
        return replace(rest, supervisors=(*rest.supervisors, Participant(party, name, mode)))

    def without_supervisor(self, party: str) -> "Call":
        return replace(self, supervisors=tuple(each for each in self.supervisors if each.party != party))


@frozen
class Talked:
    """Who was in a call that is over."""

    call: str
    parties: tuple[str, ...]


def reaches(mode: Mode, receiver: str) -> bool:
    """Is what is said by who is there so for this party? A listener says nothing; what is whispered is for agents."""
    return mode == "full" or (mode == "whisper" and bool(agent_of(receiver)))


def is_staff(party: str) -> bool:
    """Of us, and no guest."""
    return party == THE_BOT or party.startswith("agent:")
