"""What uvicorn must be told for either socket path, in one place."""

from functools import partial
from typing import Any, Literal

from hub.transport.http.patience import Waiting
from hub.transport.websocket.lean import lean_protocol
from hub.transport.websocket.plain import plain_protocol
from hub.transport.websocket.upgrade import UpgradingHttp
from hub.transport.websocket.wire import Door, Limits


def uvicorn_options(wire: Literal["lean", "asgi"], door: Door, limits: Limits) -> dict[str, Any]:
    """Keyword arguments of `uvicorn.Config`. The plain path also needs `asgi.socket_routes` in the application.

    No deflate (19 -> 54 KB per socket) and no pings of uvicorn's: the heartbeat is the protocol's own.
    """
    return {
        "http": partial(UpgradingHttp, Waiting()),
        "ws": lean_protocol(door, limits) if wire == "lean" else plain_protocol(limits),
        "ws_max_size": limits.frame_bytes,
        "ws_per_message_deflate": False,
        "ws_ping_interval": None,
        "ws_ping_timeout": None,
    }
