"""Covers hub/model/addresses.py: one spelling for each address, and nothing for what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.addresses import EMAIL_CHARS, normal
from hub.model.identity import IdentityKind

EMAIL, PHONE = IdentityKind.EMAIL, IdentityKind.PHONE


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("w@example.com", "w@example.com"),
        ("\t W.Li+Shop@Example.COM \n", "w.li+shop@example.com"),
        ("王@例子.中国", "王@例子.中国"),
        ("x" * (EMAIL_CHARS - 6) + "@b.com", "x" * (EMAIL_CHARS - 6) + "@b.com"),
        ("x" * (EMAIL_CHARS - 5) + "@b.com", ""),
        ("", ""),
        ("   ", ""),
        ("@", ""),
        ("w@", ""),
        ("@example.com", ""),
        ("a@b@c", ""),
        ("a b@c", ""),
        ("w@exam\u200bple.com", ""),
        ("\u202ew@example.com", ""),
        ("w\x00@example.com", ""),
        ("Wang Li <w@example.com>", ""),
    ],
)
def test_e_mail(written: str, kept: str) -> None:
    assert normal(EMAIL, written) == kept


def test_phones_by_region() -> None:
    assert normal(PHONE, "138 0000 1234") == "+8613800001234"
    assert normal(PHONE, "(415) 555-0132", "US") == "+14155550132"
    assert normal(PHONE, "12345") == ""


def test_other_kinds_are_only_trimmed() -> None:
    assert normal(IdentityKind.ACCOUNT, " default/W ") == "default/W"


@given(st.sampled_from(list(IdentityKind)), st.text(max_size=60))
def test_the_one_spelling_is_its_own(kind: IdentityKind, written: str) -> None:
    once = normal(kind, written)
    assert normal(kind, once) == once
