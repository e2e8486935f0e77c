"""Of two parties in a call: are they connected, who begins, who may send, and what each is told of the other. Pure."""

from hub.model.call import THE_CUSTOMER, Call, Mode, reaches


def meet(call: Call, one: str, other: str) -> bool:
    """Is there a connection between these two? Supervisors have none with each other: neither has anything to say."""
    both_there = call.seat(one) is not None and call.seat(other) is not None
    return one != other and both_there and (call.has(one) or call.has(other))


def known_as(party: str, name: str, to: str) -> str:
    """What `to` is told that a party is called. Guests may know the customer by their card, if they were shown it."""
    return "" if party == THE_CUSTOMER and to.startswith("guest:") else name


def mode_of(call: Call, party: str) -> Mode:
    seat = call.seat(party)
    return seat.mode if seat else "full"


def silent(call: Call, party: str) -> dict[str, Mode]:
    """How a supervisor is there, for the others' pages; nothing for a party as any other."""
    mode = mode_of(call, party)
    return {} if mode == "full" else {"mode": mode}


def may_send(call: Call, sender: str, receiver: str) -> bool:
    """A listener sends nothing, and what is whispered goes to agents alone."""
    return reaches(mode_of(call, sender), receiver)


def knows(call: Call, one: str, other: str) -> bool:
    """Is `one` told of the other's connection? In a room, where none has one with another, only if it receives them."""
    return meet(call, one, other) and (call.topology != "room" or may_send(call, other, one))


def begins(call: Call, me: str, other: str, *, otherwise: bool) -> bool:
    """Do I make the offer? A supervisor may have nothing to offer: the other side begins, and they answer."""
    if call.supervisor(me) or call.supervisor(other):
        return call.supervisor(me) is None
    return otherwise
