"""Covers hub/files/sniff.py: pictures of every kind that is shown, and nothing that only says that it is one."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.files.sniff import ANYTHING, HEAD, Kind, kind_of
from tests.files.pictures import gif, jpeg, png, webp


@pytest.mark.parametrize(
    ("made", "type"), [(png, "image/png"), (jpeg, "image/jpeg"), (gif, "image/gif"), (webp, "image/webp")]
)
def test_pictures_are_told_with_their_size(made: type, type: str) -> None:
    assert kind_of(made(37, 21)) == Kind(type, 37, 21)


@pytest.mark.parametrize(
    "head",
    [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<html>", b"GIF8", b"MZ\x90"],
)
def test_all_else_is_anything(head: bytes) -> None:
    assert kind_of(head) == Kind(ANYTHING)


def test_a_document_is_told() -> None:
    assert kind_of(b"%PDF-1.7\n...").type == "application/pdf"


@given(st.sampled_from((png, jpeg, gif, webp)), st.integers(0, 200), st.binary(max_size=40))
def test_what_is_cut_or_mangled_raises_nothing(made: type, cut: int, junk: bytes) -> None:
    whole = made(5, 5)
    for head in (whole[:cut], whole[:cut] + junk, junk):
        found = kind_of(io.BytesIO(head).read(HEAD))
        assert found.width >= 0 and found.height >= 0
