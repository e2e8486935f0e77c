"""What every channel hands to the hub: who stands at the door, as a ticket's bearer."""

from dataclasses import dataclass

from hub.store.tickets import Bearer


@dataclass(frozen=True, slots=True)
class Entrance:
    """`device_secret` is set once: when it was made for a new visitor, who must keep it."""

    bearer: Bearer
    device_secret: str | None = None
