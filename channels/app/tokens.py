"""Customer tokens: a JWT that the site's or the app's backend signs. Who it says it is, it is; for an hour at most."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import jwt

from channels.entrance import Entrance
from channels.web.visitors import check_secret, visitor_identity
from hub.model.addresses import normal
from hub.model.errors import AuthFailed
from hub.model.frozen import frozen
from hub.model.identity import Identity, IdentityKind, Proof
from hub.store.tickets import Bearer

SKEW_S = 60
LONGEST_LIFE_S = 3_600
LONGEST_ADDRESS = 254  # characters


@frozen
class Key:
    """`secret` is the HS256 secret (`onethread doctor` warns of one under 32 bytes) or a PEM public key."""

    kid: str
    algorithm: Literal["HS256", "ES256", "EdDSA"]
    secret: str


@frozen
class Issuer:
    """A site, as far as its tokens go. Sites of one `realm` share account ids.

    A phone number without a country code belongs to `region` (ISO 3166).
    """

    site: str
    realm: str
    keys: Sequence[Key]
    region: str = "CN"


def admit_customer(
    issuer: Issuer, origin: str, channel: str, token: str, secret: str | None, now_s: Callable[[], float]
) -> Entrance:
    """Raises AuthFailed: not signed by this site, expired, living too long, or without a `sub`."""
    claims = _verified(issuer, token, now_s())
    identities = _identities(issuer, claims)
    device = ""
    if secret:
        visitor = visitor_identity(check_secret(secret))
        identities, device = (*identities, visitor), visitor.value
    bearer = Bearer(
        kind="customer",
        origin=origin,
        channel=channel,
        site=issuer.site,
        identities=identities,
        device=device,
        name=_name(claims),
    )
    return Entrance(bearer)


def _verified(issuer: Issuer, token: str, now_s: float) -> dict[str, Any]:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = next((k for k in issuer.keys if k.kid == kid), None)
        if key is None:
            raise AuthFailed("the token names no key of this site")
        # The algorithm is the key's, never the token's word: a public key must not verify an HMAC.
        claims: dict[str, Any] = jwt.decode(
            token,
            key.secret,
            algorithms=[key.algorithm],
            audience=issuer.site,
            leeway=SKEW_S,
            options={"require": ["exp", "aud", "sub"]},
        )
        expires = float(claims["exp"])
    except jwt.PyJWTError as problem:
        raise AuthFailed(f"token: {problem}") from problem
    except (ArithmeticError, TypeError, ValueError) as problem:
        raise AuthFailed("token: a time that is no number") from problem  # PyJWT lets these through
    if expires > now_s + LONGEST_LIFE_S + SKEW_S:
        raise AuthFailed("a token may live for one hour at most")
    return claims


def _identities(issuer: Issuer, claims: dict[str, Any]) -> tuple[Identity, ...]:
    """What the token says, each with its proof: an address that the site did not verify is only a claim.

    What is no e-mail address or phone number is left out: it would join nobody, or the wrong two.
    """
    sub = claims["sub"]
    if not isinstance(sub, str) or not 0 < len(sub) <= 200 or not sub.isprintable():
        raise AuthFailed("sub must be a stable id of 1 to 200 characters")
    found = [Identity(kind=IdentityKind.ACCOUNT, value=f"{issuer.realm}/{sub}", proof=Proof.SIGNED)]
    for kind in (IdentityKind.EMAIL, IdentityKind.PHONE):
        raw = claims.get(kind)
        value = normal(kind, raw, issuer.region) if isinstance(raw, str) and len(raw) <= LONGEST_ADDRESS else ""
        if value:
            proof = Proof.SIGNED if claims.get(f"{kind}_verified") is True else Proof.CLAIM
            found.append(Identity(kind=kind, value=value, proof=proof))
    return tuple(found)


def _name(claims: dict[str, Any]) -> str:
    """At most 120 characters. Backends cut names, too, and an emoji cut in half can't be written as UTF-8."""
    name = claims.get("name")
    return name.encode(errors="ignore").decode()[:120] if isinstance(name, str) else ""
