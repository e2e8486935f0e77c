"""One spelling for each address, or none: two spellings would be two customers, and two look-alikes must not be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.addresses import EMAIL_CHARS, normal
from hub.model.identity import IdentityKind
from tests.model.bodies import any_text

EMAIL, PHONE = IdentityKind.EMAIL, IdentityKind.PHONE


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (EMAIL, "Wang.Fang@Example.COM", "wang.fang@example.com"),
        (EMAIL, "  w@x.cn\n\u2028", "w@x.cn"),
        (EMAIL, "王芳@例子.中国", "王芳@例子.中国"),
        (PHONE, "138 0013 8000", "+8613800138000"),
        (PHONE, "+86 138-0013-8000", "+8613800138000"),
        (IdentityKind.ACCOUNT, " shop/wang ", "shop/wang"),
    ],
)
def test_an_address_has_one_spelling(kind: IdentityKind, raw: str, value: str) -> None:
    assert normal(kind, raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "@",
        "wang",
        "w@",
        "@x.cn",
        "w@x@y.cn",
        "w w@x.cn",
        "w@x.cn, v@x.cn",
        "w\u200b@x.cn",
        "w\x00@x.cn",
        "\u202ew@x.cn",
        "w" * EMAIL_CHARS + "@x.cn",
    ],
    ids=repr,
)
def test_what_is_no_address_or_only_looks_like_one_is_none(raw: str) -> None:
    assert normal(EMAIL, raw) == ""


@given(st.sampled_from(IdentityKind), any_text | st.emails())
def test_the_spelling_of_a_spelling_is_itself(kind: IdentityKind, raw: str) -> None:
    assert normal(kind, normal(kind, raw)) == normal(kind, raw)
