"""Covers channels/web/visitors.py: a device secret opens one device's thread, and nothing else is taken for one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.web.visitors import admit_visitor, check_secret, visitor_identity
from hub.model.errors import AuthFailed
from hub.model.identity import IdentityKind, Proof, opens_history

ORIGIN = "https://hub.example"


def test_a_new_visitor_is_given_a_secret_to_keep() -> None:
    entrance = admit_visitor("shop", ORIGIN, "web", None)
    assert entrance.device_secret
    bearer = entrance.bearer
    assert (bearer.kind, bearer.site, bearer.origin, bearer.channel) == ("customer", "shop", ORIGIN, "web")
    assert [(i.kind, i.proof) for i in bearer.identities] == [(IdentityKind.VISITOR, Proof.CLAIM)]
    assert bearer.device == bearer.identities[0].value
    assert entrance.device_secret not in repr(bearer)
    assert not opens_history(bearer.identities[0])


def test_the_same_secret_is_the_same_device() -> None:
    first = admit_visitor("shop", ORIGIN, "web", None)
    again = admit_visitor("shop", ORIGIN, "app", first.device_secret)
    assert again.device_secret is None, "it is told once"
    assert again.bearer.identities == first.bearer.identities


def test_secrets_are_never_the_same_and_long_enough_not_to_be_guessed() -> None:
    made = [admit_visitor("shop", ORIGIN, "web", None).device_secret or "" for _ in range(200)]
    assert len(set(made)) == 200
    assert all(check_secret(secret) == secret for secret in made)
    assert {c for secret in made for c in secret} <= set(string.ascii_letters + string.digits + "-_")


@pytest.mark.parametrize("secret", ["x", "x" * 31, "x" * 65, "é" * 40, "王" * 32, " " * 31])
def test_what_the_hub_can_t_have_made_is_refused(secret: str) -> None:
    with pytest.raises(AuthFailed) as refused:
        admit_visitor("shop", ORIGIN, "web", secret)
    assert secret not in str(refused.value)


def test_an_empty_secret_is_a_new_visitor_s() -> None:
    assert admit_visitor("shop", ORIGIN, "web", "").device_secret


@given(st.text(max_size=80), st.text(max_size=80))
def test_identities_tell_devices_apart_and_secrets_nothing(one: str, other: str) -> None:
    first, second = visitor_identity(one.encode(errors="ignore").decode()), visitor_identity("a" + one)
    assert first != second
    assert len(first.value) == 40
    assert set(first.value) <= set(string.hexdigits)
    assert first == visitor_identity(one)


@given(st.text(max_size=80))
def test_whatever_is_sent_is_taken_or_refused(secret: str) -> None:
    try:
        taken = check_secret(secret)
    except AuthFailed:
        return
    assert taken.isascii()
    assert 32 <= len(taken) <= 64
