"""What an event is: a body, whom it is for, and its place in a log. The bodies are in events.py and crm_events.py."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from hub.model.frozen import frozen
from hub.model.party import Party, Value

Seq = Annotated[int, Field(ge=0, le=2**53 - 1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]  # JSON has no NaN: an event with one could not be read again


class Audience(StrEnum):
    EVERYONE = "e"
    STAFF = "s"


EVERYONE = Audience.EVERYONE  # as hub/model/party.py: CUSTOMER


class Event(Value):
    """Base of event bodies."""

    type: ClassVar[str]
    audience: ClassVar[Audience] = Audience.EVERYONE


@frozen
class Logged:
    """One log entry. `id` is the command's id (what a sender knows it by); `at` is epoch milliseconds."""

    conversation: str
    seq: int
    at: int
    by: Party
    id: str
    channel: str
    event: Event


def visible(audience: str, *, staff: bool) -> bool:
    """The one function that decides who sees an event: live, history, e-mail, export and the bot all ask it.

    `audience` is an Audience, or its value as the store keeps it; whatever else it is, it is for staff.
    """
    return staff or audience == EVERYONE
