"""Addresses as people and programs write them -> the one spelling by which identities are compared."""

import re

from hub.model.identity import IdentityKind
from hub.model.phones import e164

EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
EMAIL_CHARS = 254  # RFC 5321


def normal(kind: IdentityKind, raw: str, region: str = "CN") -> str:
    """`raw` as the value of an identity, or "" when it is no address of that kind.

    A phone number without a country code belongs to `region` (ISO 3166).
    """
    match kind:
        case IdentityKind.EMAIL:
            address = raw.strip().lower()
            return address if _is_email(address) else ""
        case IdentityKind.PHONE:
            return e164(raw, region)
        case _:
            return raw.strip()


def _is_email(address: str) -> bool:
    # What does not print could make two addresses look like one.
    return len(address) <= EMAIL_CHARS and address.isprintable() and EMAIL.fullmatch(address) is not None
