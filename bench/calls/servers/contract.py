"""What the bench asks of a server."""

from typing import Protocol

from bench.calls.party import Party
from hub.model.frozen import frozen


@frozen
class Flow:
    """What `sender` sends is to arrive at `receiver`."""

    sender: Party
    receiver: Party


class Server(Protocol):
    """`pid` is the process whose CPU time counts. `same`: packets keep their sequence
    numbers. `abreast`: how many calls may be connected at once."""

    name: str
    pid: int
    same: bool
    abreast: int

    async def connect(self, call: str, video: bool) -> list[Flow]:
        """Two parties who are connected: two flows."""
        ...
