"""Covers hub/bot/entities.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bot.entities import find_entities, masked
from hub.bot.plain import plain


def pairs(text: str) -> list[tuple[str, str]]:
    return [(e.kind, e.value) for e in find_entities(plain(text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("订单2026112200017到哪了", [("order", "2026112200017")]),
        ("order #2026112200017, please", [("order", "2026112200017")]),
        ("运单号 773012345678901", [("tracking", "773012345678901")]),
        ("my tracking is 773012345678901", [("tracking", "773012345678901")]),
        ("SF1688200017421 查一下", [("tracking", "SF1688200017421")]),
        ("RR123456785CN", [("tracking", "RR123456785CN")]),
        ("电话13800138000", [("phone", "13800138000")]),
        ("+86 138 0013 8000", [("phone", "+8613800138000")]),
        ("ring +44 7700 900123 today", [("phone", "+447700900123")]),
        ("07700 900123", [("phone", "07700900123")]),
        ("010-88889999", [("phone", "01088889999")]),
        ("发到 Wang.Li+shop@Example.com。", [("email", "wang.li+shop@example.com")]),
        ("ticket T10023", [("ticket", "T10023")]),
        ("SO-10023 and 2026112200017", [("order", "SO-10023"), ("order", "2026112200017")]),
        ("１３８００１３８０００", [("phone", "13800138000")]),
        ("a@b, 12345, K200S, 1.7 L, 100 °C", []),
        ("我有2380分", []),
        ("@@@...@", []),
    ],
)
def test_numbers_and_addresses_are_found(text: str, found: list[tuple[str, str]]) -> None:
    assert pairs(text) == found


def test_masking_leaves_the_words() -> None:
    folded = plain("订单2026112200017寄到a.b@c.de")
    assert masked(folded, find_entities(folded)) == "订单<order>寄到<email>"


@given(st.text(alphabet="0123456789abc@.+- ()订单", max_size=80))
def test_entities_never_overlap_and_stand_in_the_text(text: str) -> None:
    folded = plain(text)
    last = 0
    for entity in find_entities(folded):
        assert last <= entity.start < entity.end <= len(folded)
        last = entity.end
