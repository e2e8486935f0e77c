"""What every channel hands to the hub: who stands at the door, as a ticket's bearer."""

from hub.model.frozen import frozen
from hub.store.tickets import Bearer


@frozen
class Entrance:
    """`device_secret` is set once: when it was made for a new visitor, who must keep it."""

    bearer: Bearer
    device_secret: str | None = None
