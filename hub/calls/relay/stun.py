"""The checks by which a party proves that an address is its own (ICE, RFC 8445; STUN, RFC 8489). No I/O, no state."""

import struct
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from aioice import stun

from hub.model.frozen import frozen

Address = tuple[Any, ...]  # as the socket gives it: (host, port), of IPv6 (host, port, flow, scope)
SHORTEST = 20


@frozen
class Check:
    """A binding request from somebody who knows our password for `ufrag`. `nominates`: use this address."""

    ufrag: str
    transaction: bytes
    nominates: bool


def check_of(datagram: bytes, password_of: Callable[[str], str | None]) -> Check | None:
    """None for whatever is no authentic check; `password_of` gives None for a ufrag that is not ours."""
    try:
        message = stun.parse_message(datagram)
        ufrag = message.attributes["USERNAME"].partition(":")[0]
    except (ValueError, KeyError, struct.error):
        return None
    if (message.message_method, message.message_class) != (stun.Method.BINDING, stun.Class.REQUEST):
        return None
    password = password_of(ufrag)
    if password is None or not message.check_message_integrity(password.encode()):
        return None
    return Check(ufrag, message.transaction_id, "USE-CANDIDATE" in message.attributes)


def answer_to(check: Check, address: Address, password: str) -> bytes:
    """Says which address the check came from."""
    answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, check.transaction)
    answer.attributes["XOR-MAPPED-ADDRESS"] = address[:2]
    answer.add_message_integrity(password.encode())
    return bytes(answer)


def source_of(address: Address) -> str:
    """Who is limited together: an IPv4 address, the /64 of an IPv6 one (one line has that many)."""
    host = address[0]
    if ":" not in host:
        return str(host)
    return ip_address(host.partition("%")[0]).packed[:8].hex()
