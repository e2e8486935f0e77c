"""What the protocol consists of: every request, hub frame and event, with its wire name, read from the models."""

from inspect import cleandoc
from typing import Any, get_args

from pydantic import BaseModel

from hub.model.errors import OneThreadError, every_error
from hub.model.events import Audience, Event, every_event
from hub.model.frozen import frozen
from hub.model.party import Value
from hub.transport import frames
from hub.transport import hub_frames as told
from hub.transport.guest_desk import GUESTS_ARE_TOLD

Json = dict[str, Any]
SIDES = ("customer", "agent", "guest")


@frozen
class Spec:
    """One frame. `sides`, some of SIDES, says who sends it or, of the hub's own, who is sent it."""

    name: str
    model: type[Value]
    sides: tuple[str, ...]

    @property
    def answered(self) -> bool:
        """Does it get exactly one ack or error?"""
        return issubclass(self.model, frames.Request)

    @property
    def body(self) -> type[Value]:
        """The model whose fields matter to a reader: that of `d`, or the frame itself when `d` has none."""
        field = self.model.model_fields.get("d")
        inner = field.annotation if field else None
        return inner if isinstance(inner, type) and issubclass(inner, Value) else self.model


def wire_name(model: type[BaseModel]) -> str:
    """The one value that field `t` of a frame may have."""
    return str(get_args(model.model_fields["t"].annotation)[0])


def members(union: Any) -> tuple[type[Value], ...]:
    """The classes of a union of frames, with or without its `Annotated` discriminator."""
    inner = get_args(union)
    return get_args(inner[0]) if get_args(inner[0]) else inner


def requests() -> list[Spec]:
    """`hello`, then what customers may send, then what only agents may. What guests may send, customers may, too."""
    hello = Spec("hello", frames.Hello, SIDES)
    return [hello, *_specs(frames.CustomerFrame, frames.AgentFrame, frames.GuestFrame)]


def hub_frames() -> list[Spec]:
    return _specs(told.ToCustomer, told.ToAgent, told.ToGuest)


def _specs(*unions: Any) -> list[Spec]:
    """What is in these unions, one for each of SIDES."""
    known = {side: members(union) for side, union in zip(SIDES, unions, strict=True)}
    found = dict.fromkeys(model for those in known.values() for model in those)
    return [Spec(wire_name(it), it, tuple(side for side in SIDES if it in known[side])) for it in found]


def events() -> dict[str, type[Event]]:
    """The protocol's own; a subclass that some other module keeps for itself is not on the wire."""
    return every_event()


def registry() -> list[type[OneThreadError]]:
    """The same for errors: a finer class elsewhere travels under its parent's code."""
    return [error for error in every_error() if error.__module__ == OneThreadError.__module__]


def seen_by(side: str) -> list[str]:
    """Types of the events that one side may be sent."""
    if side == "guest":
        return [name for name in events() if name in GUESTS_ARE_TOLD]
    return [name for name, body in events().items() if side == "agent" or for_everyone(body)]


def for_everyone(event: type[Event]) -> bool:
    return event.audience is Audience.EVERYONE


def story(model: type) -> str:
    """The class's own docstring as one paragraph, or nothing."""
    return " ".join(cleandoc(model.__doc__ or "").split())
