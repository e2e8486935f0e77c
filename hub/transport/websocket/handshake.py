"""The upgrade from HTTP, sans-IO: a request's bytes to what was asked, and the bytes of the answer."""

import base64
from collections import defaultdict
from collections.abc import Sequence

from websockets.utils import accept_key

from hub.model.errors import BadRequest, NotFound, OneThreadError
from hub.model.frozen import frozen
from hub.transport.frames import PROTOCOL
from hub.transport.http.problems import last_words

SOCKET_PATH = "/ws"


@frozen
class Asked:
    key: str
    origin: str | None
    subprotocols: tuple[str, ...]
    forwarded_for: str


def read(request: bytes) -> Asked:
    """What a client asks for. `request` is a whole, well-formed HTTP request that wants to upgrade to WebSocket.

    Raises NotFound (another path) or BadRequest (RFC 6455 §4.2.1).
    """
    line, *rest = request.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ", 2)
    headers: defaultdict[str, list[str]] = defaultdict(list)
    for name, _, value in (header.partition(":") for header in rest if header):
        headers[name.lower()].append(value.strip())
    if target.partition("?")[0] != SOCKET_PATH:
        raise NotFound
    if method != "GET" or headers["sec-websocket-version"] != ["13"]:
        raise BadRequest("WebSocket version 13, by GET")
    if len(headers["origin"]) > 1:
        raise BadRequest("one Origin, or none")
    offered = ",".join(headers["sec-websocket-protocol"]).split(",")
    return Asked(
        key=_key(headers["sec-websocket-key"]),
        origin=next(iter(headers["origin"]), None),
        subprotocols=tuple(filter(None, (each.strip() for each in offered))),
        forwarded_for=", ".join(headers["x-forwarded-for"]),
    )


def _key(values: list[str]) -> str:
    try:
        if len(values) == 1 and len(base64.b64decode(values[0], validate=True)) == 16:
            return values[0]
    except ValueError:  # not base64, or not even ASCII
        pass
    raise BadRequest("Sec-WebSocket-Key must be one key of 16 bytes")


def choose(offered: Sequence[str]) -> str | None:
    """The subprotocol to answer with.

    A client that doesn't offer ours gets its own first one back: a browser that offered some and is given none fails
    the connection by itself, and the page would never see the 4006 that follows.
    """
    return PROTOCOL if PROTOCOL in offered else next(iter(offered), None)


def accepted(asked: Asked) -> bytes:
    """The answer that opens the socket. No extension is ever agreed on."""
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines.append(f"Sec-WebSocket-Accept: {accept_key(asked.key)}")
    if chosen := choose(asked.subprotocols):
        lines.append(f"Sec-WebSocket-Protocol: {chosen}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def more_of(error: OneThreadError) -> dict[str, str]:
    """What its answer says beside the problem: RFC 6455 §4.4."""
    return {"Sec-WebSocket-Version": "13"} if isinstance(error, BadRequest) else {}


def refused(error: OneThreadError) -> bytes:
    """The whole answer that leaves the socket closed."""
    return last_words(error, more_of(error))
