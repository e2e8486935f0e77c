"""Anonymous visitors: a device secret, made by the hub on first use, opens that device's own thread and no other."""

import hashlib
import secrets

from channels.entrance import Entrance
from hub.model.errors import AuthFailed
from hub.model.identity import Identity, IdentityKind
from hub.store.tickets import Bearer

SECRET_BYTES = 24
_LONGEST = 64


def visitor_identity(secret: str) -> Identity:
    """The identity of a device: a hash, so that neither store nor screens hold what opens the thread."""
    return Identity(kind=IdentityKind.VISITOR, value=hashlib.sha256(secret.encode()).hexdigest()[:40])


def check_secret(secret: str) -> str:
    """Raises AuthFailed for what the hub can't have made: a short one could be guessed."""
    if not 32 <= len(secret) <= _LONGEST or not secret.isascii():
        raise AuthFailed("this is no device secret")
    return secret


def admit_visitor(site: str, origin: str, channel: str, secret: str | None) -> Entrance:
    """Raises AuthFailed for a malformed secret."""
    fresh = None if secret else secrets.token_urlsafe(SECRET_BYTES)
    device = visitor_identity(check_secret(secret or fresh or ""))
    bearer = Bearer(
        kind="customer", origin=origin, channel=channel, site=site, identities=(device,), device=device.value
    )
    return Entrance(bearer, fresh)
