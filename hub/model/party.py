"""Who does something: a customer, an agent, a guest of a call, the bot, or the hub itself."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.dataclasses import dataclass

Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
Ulid = Annotated[str, StringConstraints(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
Name = Annotated[str, StringConstraints(max_length=120)]


class Value(BaseModel):
    """Base of what travels: immutable, compared by value, tolerant of fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PartyKind(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    GUEST = "guest"  # an expert without a seat, in a call by a one-time link
    BOT = "bot"
    SYSTEM = "system"


# For what runs with every message: in Python 3.11 `PartyKind.CUSTOMER` costs as much as a function call.
CUSTOMER, AGENT = PartyKind.CUSTOMER, PartyKind.AGENT


@dataclass(frozen=True, slots=True)
class Party:
    """The author of an event. `name` is what the other side is shown."""

    kind: PartyKind
    id: Id = "-"
    name: Name = ""


BOT = Party(kind=PartyKind.BOT, id="bot")
SYSTEM = Party(kind=PartyKind.SYSTEM, id="hub")
