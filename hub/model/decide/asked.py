"""The circumstances of a command: who asks, when, under which id, by which policy."""

from hub.model.dues import Policy
from hub.model.frozen import frozen
from hub.model.party import Party

DEFAULT_POLICY = Policy()


@frozen
class Asked:
    """`now` is epoch ms; `id` is the command's ULID (or a derived id for the hub's own commands)."""

    by: Party
    now: int
    id: str
    channel: str = ""
    policy: Policy = DEFAULT_POLICY
