"""How browsers find a way to each other: STUN and TURN servers, with credentials that end by themselves.

A TURN server with `use-auth-secret` (coturn) takes the name `expiry:call` and, as password, its HMAC-SHA1 under a
secret that it shares with the hub: https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, Literal

from hub.model.frozen import frozen

LIFE_S = 6 * 3_600  # longer than a call: a refused refresh would cut it off


@frozen
class IceServers:
    """`stun` and `turn` are URLs (`turn:turn.example.com:3478?transport=udp`). `policy` is RTCPeerConnection's: `relay`
    = by TURN only."""

    stun: Sequence[str] = ()
    turn: Sequence[str] = ()
    secret: str = ""
    policy: Literal["all", "relay"] = "all"

    def of(self, call: str, now_ms: int) -> list[dict[str, Any]]:
        """As RTCPeerConnection takes them, good for LIFE_S."""
        found: list[dict[str, Any]] = [{"urls": list(self.stun)}] if self.stun else []
        if self.turn and self.secret:
            name = f"{now_ms // 1000 + LIFE_S}:{call}"
            made = hmac.new(self.secret.encode(), name.encode(), hashlib.sha1).digest()
            found.append({"urls": list(self.turn), "username": name, "credential": base64.b64encode(made).decode()})
        return found
