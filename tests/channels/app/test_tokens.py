"""Covers channels/app/tokens.py: whom a site's backend vouches for, and every way in which a token can be none."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from channels.app.tokens import LONGEST_LIFE_S, SKEW_S, Issuer, Key, admit_customer
from channels.entrance import Entrance
from channels.web.visitors import visitor_identity
from hub.model.errors import AuthFailed
from hub.model.identity import Identity, IdentityKind, Proof
from hub.store.tickets import AS_JSON

SECRET = "s" * 64


class In(int):
    """A time so many seconds from when the token is made. PyJWT asks the clock by itself, so the test must as well."""


class InWords(In):
    """The same, as a string."""


GOOD: dict[str, Any] = {"sub": "w", "aud": "shop", "exp": In(600)}


def with_times(claims: dict[str, Any]) -> dict[str, Any]:
    """`...` stands for a claim that is left out."""
    now = int(time.time())
    return {k: _at(now, v) for k, v in claims.items() if v is not ...}


def _at(now: int, value: Any) -> Any:
    if isinstance(value, InWords):
        return str(now + value)
    return now + value if isinstance(value, In) else value


def pair(private: Any) -> tuple[str, str]:
    """(private, public) as PEM."""
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return secret, public


EC, EC_PUBLIC = pair(ec.generate_private_key(ec.SECP256R1()))
ED, ED_PUBLIC = pair(ed25519.Ed25519PrivateKey.generate())
OTHER_EC, _ = pair(ec.generate_private_key(ec.SECP256R1()))
OTHER_ED, _ = pair(ed25519.Ed25519PrivateKey.generate())
KEYS = [Key("hs", "HS256", SECRET), Key("es", "ES256", EC_PUBLIC), Key("ed", "EdDSA", ED_PUBLIC)]
SHOP = Issuer("shop", "default", KEYS)
SIGNERS = {"hs": ("HS256", SECRET), "es": ("ES256", EC), "ed": ("EdDSA", ED)}


def signed(kid: str | None = "hs", *, key: str = "", algorithm: str = "", **claims: Any) -> str:
    by = SIGNERS.get(kid or "hs", SIGNERS["hs"])
    return jwt.encode(
        with_times({**GOOD, **claims}),
        key or by[1],
        algorithm=algorithm or by[0],
        headers={"kid": kid} if kid else None,
    )


def by_hand(header: dict[str, Any], claims: dict[str, Any] | bytes, key: bytes) -> str:
    """A token that no library would make: HS256 over whatever the header says."""

    def part(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    body = claims if isinstance(claims, bytes) else json.dumps(with_times(claims)).encode()
    head = part(json.dumps(header).encode()) + b"." + part(body)
    return (head + b"." + part(hmac.new(key, head, hashlib.sha256).digest())).decode()


def admit(token: str, issuer: Issuer = SHOP, secret: str | None = None) -> Entrance:
    return admit_customer(issuer, "https://shop.example", "web", token, secret, time.time)


def identities(issuer: Issuer = SHOP, **claims: Any) -> dict[str, Identity]:
    return {str(i.kind): i for i in admit(signed(**claims), issuer).bearer.identities}


# --- signatures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kid", ["hs", "es", "ed"])
def test_a_token_signed_with_any_of_the_site_s_keys(kid: str) -> None:
    entrance = admit(signed(kid, name="王丽"))
    bearer = entrance.bearer
    assert entrance.device_secret is None
    assert (bearer.kind, bearer.site, bearer.channel, bearer.name) == ("customer", "shop", "web", "王丽")
    assert bearer.identities == (Identity(kind=IdentityKind.ACCOUNT, value="default/w", proof=Proof.SIGNED),)


NONE = base64.urlsafe_b64encode(b'{"alg":"none","kid":"hs"}').rstrip(b"=").decode()
FORGED: dict[str, Callable[[], str]] = {
    "another secret": lambda: signed("hs", key="y" * 48),
    "another EC key": lambda: signed("es", key=OTHER_EC),
    "another Ed25519 key": lambda: signed("ed", key=OTHER_ED),
    "the EC key's token by the name of the Ed25519 key": lambda: signed("ed", key=EC, algorithm="ES256"),
    "the Ed25519 key's token by the name of the EC key": lambda: signed("es", key=ED, algorithm="EdDSA"),
    "HMAC by the name of the EC key": lambda: signed("es", key=SECRET, algorithm="HS256"),
    "HMAC with the EC public key": lambda: by_hand({"alg": "HS256", "kid": "es"}, GOOD, EC_PUBLIC.encode()),
    "HMAC with the EC public key, said to be ES256": lambda: by_hand(
        {"alg": "ES256", "kid": "es"}, GOOD, EC_PUBLIC.encode()
    ),
    "HMAC with the Ed25519 public key": lambda: by_hand({"alg": "HS256", "kid": "ed"}, GOOD, ED_PUBLIC.encode()),
    "HS512 with the right secret": lambda: signed("hs", algorithm="HS512"),
    "no algorithm": lambda: f"{NONE}.{signed('hs').split('.')[1]}.",
    "no algorithm, with a signature": lambda: f"{NONE}.{signed('hs').split('.')[1]}.{signed('hs').split('.')[2]}",
    "no key id": lambda: signed(None),
    "an unknown key id": lambda: signed("nobody"),
    "a key id that is no text": lambda: by_hand({"alg": "HS256", "kid": 5}, GOOD, SECRET.encode()),
    "a key of its own in the header": lambda: by_hand(
        {"alg": "HS256", "jwk": {"kty": "oct", "k": base64.urlsafe_b64encode(b"y" * 48).decode()}}, GOOD, b"y" * 48
    ),
    "a critical extension": lambda: by_hand(
        {"alg": "HS256", "kid": "hs", "crit": ["x"], "x": 1}, GOOD, SECRET.encode()
    ),
    "no signature": lambda: signed("hs").rpartition(".")[0] + ".",
    "another body under the signature": lambda: ".".join(
        [signed("hs").split(".")[0], signed("hs", sub="admin").split(".")[1], signed("hs").split(".")[2]]
    ),
    "an empty token": lambda: "",
    "two dots": lambda: "..",
    "no token": lambda: "王",
    "half a token": lambda: signed("hs")[:40],
}


@pytest.mark.parametrize("why", FORGED)
def test_what_the_site_did_not_sign(why: str) -> None:
    with pytest.raises(AuthFailed) as refused:
        admit(FORGED[why]())
    assert SECRET not in str(refused.value)


def test_another_site_s_keys_are_not_this_site_s() -> None:
    other = Issuer("other", "default", [Key("hs", "HS256", "o" * 48)])
    with pytest.raises(AuthFailed):
        admit(signed("hs", aud="other"), other)
    with pytest.raises(AuthFailed):
        admit(signed("hs"), Issuer("shop", "default", []))


@pytest.mark.parametrize(
    "broken", ["", "no PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", ED_PUBLIC]
)
def test_a_key_that_was_configured_wrongly_lets_nobody_in(broken: str) -> None:
    with pytest.raises(AuthFailed):
        admit(signed("es"), Issuer("shop", "default", [Key("es", "ES256", broken)]))


def test_the_private_key_in_the_public_one_s_place_still_checks() -> None:
    """A mistake that is the site's own risk, and no way in for anybody else."""
    issuer = Issuer("shop", "default", [Key("es", "ES256", EC)])
    assert admit(signed("es"), issuer).bearer.identities
    with pytest.raises(AuthFailed):
        admit(signed("es", key=OTHER_EC), issuer)


# --- claims -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "fine"),
    [
        ({"exp": In(5)}, True),
        ({"exp": In(-SKEW_S + 10)}, True),
        ({"exp": In(-SKEW_S - 10)}, False),
        ({"exp": In(LONGEST_LIFE_S + SKEW_S - 5)}, True),
        ({"exp": In(LONGEST_LIFE_S + SKEW_S + 30)}, False),
        ({"exp": 2**60}, False),
        ({"exp": InWords(3_000)}, True),
        ({"exp": InWords(10**6)}, False),
        ({"exp": "soon"}, False),
        ({"exp": None}, False),
        ({"exp": []}, False),
        ({"exp": float("inf")}, False),
        ({"exp": float("nan")}, False),
        ({"exp": -1}, False),
        ({"exp": True}, False),
        ({"exp": ...}, False),
        ({"nbf": In(SKEW_S - 10)}, True),
        ({"nbf": In(SKEW_S + 30)}, False),
        ({"nbf": []}, False),
        ({"nbf": float("inf")}, False),
        ({"iat": In(SKEW_S - 10)}, True),
        ({"iat": In(SKEW_S + 30)}, False),
        ({"iat": {}}, False),
        ({"aud": "other"}, False),
        ({"aud": ["other", "shop"]}, True),
        ({"aud": []}, False),
        ({"aud": ...}, False),
        ({"aud": 5}, False),
        ({"sub": ...}, False),
        ({"sub": ""}, False),
        ({"sub": 5}, False),
        ({"sub": None}, False),
        ({"sub": ["w"]}, False),
        ({"sub": "x" * 200}, True),
        ({"sub": "x" * 201}, False),
        ({"sub": "w\x00"}, False),
        ({"sub": "w\n"}, False),
        ({"sub": "\u202ew"}, False),
        ({"sub": "\ud83d"}, False),
        ({"sub": "王丽 ☂"}, True),
        ({"more": {"deep": [1, 2]}}, True),
    ],
    ids=str,
)
def test_claims_at_their_bounds(claims: dict[str, Any], fine: bool) -> None:
    token = by_hand({"alg": "HS256", "kid": "hs"}, {**GOOD, **claims}, SECRET.encode())
    if fine:
        assert admit(token).bearer.identities
        return
    with pytest.raises(AuthFailed):
        admit(token)


@pytest.mark.parametrize("body", [b"[]", b"5", b"null", b"{", b"\xff", b'{"sub":"w","sub":"x"}'])
def test_a_signed_body_that_is_no_set_of_claims(body: bytes) -> None:
    with pytest.raises(AuthFailed):
        admit(by_hand({"alg": "HS256", "kid": "hs"}, body, SECRET.encode()))


def test_sites_of_one_realm_share_accounts_and_others_do_not() -> None:
    def account(realm: str) -> str:
        return identities(Issuer("shop", realm, KEYS))["account"].key

    assert account("default") == account("default") != account("other")


# --- addresses --------------------------------------------------------------------------------------------


def test_an_address_is_proven_only_when_the_site_verified_it() -> None:
    for verified, proof in ((True, Proof.SIGNED), (False, Proof.CLAIM), ("true", Proof.CLAIM), (1, Proof.CLAIM)):
        found = identities(
            email="w@example.com", email_verified=verified, phone="+8613800001234", phone_verified=verified
        )
        assert [found[kind].proof for kind in ("email", "phone")] == [proof, proof], verified
    assert identities(email="w@example.com")["email"].proof is Proof.CLAIM


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("phone", "13800001234", "+8613800001234"),
        ("phone", "138 0000 1234", "+8613800001234"),
        ("phone", "+86-138-0000-1234", "+8613800001234"),
        ("phone", "0086 138 0000 1234", "+8613800001234"),
        ("phone", "+1 (415) 555-0132", "+14155550132"),
        ("phone", "110", None),
        ("phone", "13800001234/13900005678", None),
        ("phone", "call me", None),
        ("email", " W.Li@Example.COM ", "w.li@example.com"),
        ("email", "w@example.com\u200b", None),
        ("email", "   ", None),
        ("email", "w", None),
        ("email", "a b@example.com", None),
        ("email", "a@b@example.com", None),
        ("email", "x" * 250 + "@b.example", None),
        ("email", ["w@example.com"], None),
        ("email", "\ud83d@example.com", None),
        ("phone", 13800001234, None),
    ],
)
def test_addresses_are_kept_in_one_spelling_or_not_at_all(kind: str, written: Any, kept: str | None) -> None:
    """Two spellings of one number would be two customers; blanks would make one customer of everybody."""
    body = json.dumps({**with_times(GOOD), kind: written, f"{kind}_verified": True}).encode()
    found = admit(by_hand({"alg": "HS256", "kid": "hs"}, body, SECRET.encode())).bearer.identities
    assert [i.value for i in found if i.kind == kind] == ([kept] if kept else [])


def test_a_number_without_a_country_code_belongs_to_the_site_s_region() -> None:
    local = {"phone": "(415) 555-0132", "phone_verified": True}
    assert identities(Issuer("shop", "default", KEYS, region="US"), **local)["phone"].value == "+14155550132"
    assert identities(Issuer("shop", "default", KEYS, region="GB"), **local).get("phone") is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("王丽", "王丽"),
        ("x" * 200, "x" * 120),
        ("half an emoji \ud83d", "half an emoji "),
        (5, ""),
        (None, ""),
        ({"first": "w"}, ""),
    ],
    ids=repr,
)
def test_a_name_that_can_be_shown(name: Any, kept: str) -> None:
    """A backend that cuts names by UTF-16 units must not lock the customer out."""
    token = by_hand({"alg": "HS256", "kid": "hs"}, {**GOOD, "name": name}, SECRET.encode())
    bearer = admit(token).bearer
    assert bearer.name == kept
    assert AS_JSON.validate_json(AS_JSON.dump_json(bearer)) == bearer


# --- the device -------------------------------------------------------------------------------------------


def test_the_device_comes_along_and_proves_nothing_more() -> None:
    secret = "d" * 32
    bearer = admit(signed(), secret=secret).bearer
    assert bearer.identities[-1] == visitor_identity(secret)
    assert bearer.device == visitor_identity(secret).value
    assert admit(signed()).bearer.device == ""
    with pytest.raises(AuthFailed):
        admit(signed(), secret="short")


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
CLAIMS = st.sampled_from([*GOOD, "name", "email", "email_verified", "phone", "phone_verified", "nbf", "iat", "jti"])


@given(st.dictionaries(CLAIMS, ANY, max_size=5))
def test_whatever_a_backend_signs_is_taken_or_refused(claims: dict[str, Any]) -> None:
    try:
        bearer = admit(by_hand({"alg": "HS256", "kid": "hs"}, {**GOOD, **claims}, SECRET.encode())).bearer
    except AuthFailed:
        return
    assert AS_JSON.validate_json(AS_JSON.dump_json(bearer)) == bearer
    assert bearer.identities[0].proof is Proof.SIGNED


@given(st.text(max_size=60) | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode() + ".a.b"))
def test_whatever_is_sent_as_a_token_is_refused(token: str) -> None:
    with pytest.raises(AuthFailed):
        admit(token)
