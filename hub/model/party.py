"""Who does something: a customer, an agent, a guest of a call, the bot, or the hub itself."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.dataclasses import dataclass

Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
Ulid = Annotated[str, StringConstraints(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
Name = Annotated[str, StringConstraints(max_length=120)]


_put = object.__setattr__  # past `frozen`


class Value(BaseModel):
    """Base of what travels: immutable, compared by value, tolerant of fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def of_valid(cls, **fields: Any) -> Self:
        """Of all its fields, each validated before, under the names that they have here.

        For what is made with every message: pydantic would look at them once more, `model_construct` as well.
        """
        it = cls.__new__(cls)
        _put(it, "__dict__", fields)
        _put(it, "__pydantic_fields_set__", set(fields))
        _put(it, "__pydantic_extra__", None)
        _put(it, "__pydantic_private__", None)
        return it


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
