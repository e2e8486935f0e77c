"""What every request is made of. The requests are in frames.py and crm_frames.py."""

from hub.model.party import Id, Ulid, Value


class Request(Value):
    """Base of requests. `conversation` may be left out by customers (they have one)."""

    id: Ulid


class Nothing(Value):
    pass


class One(Value):
    conversation: Id
