"""Covers hub/model/phones.py: one number, however it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.phones import e164


@pytest.mark.parametrize(
    "typed",
    [
        "13800001234",
        "138 0000 1234",
        "138-0000-1234",
        "138‑0000‑1234",
        "+86-138-0000-1234",
        "+86 (138) 0000 1234",
        "0086 138 0000 1234",
        "8613800001234",
        "１３８００００１２３４",
        "＋８６ １３８ ００００ １２３４",
        "tel:+86-138-0000-1234",
        "\u202a+86 138 0000 1234\u202c",
        "  13800001234\t",
    ],
)
def test_a_chinese_mobile(typed: str) -> None:
    assert e164(typed) == "+8613800001234"


@pytest.mark.parametrize(
    "typed", ["(021) 6888 1234", "021-68881234", "02168881234", "+86 (0)21 6888 1234", "0086-21-68881234"]
)
def test_a_chinese_landline_with_its_area_code(typed: str) -> None:
    assert e164(typed) == "+862168881234"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("400-820-8820", "+864008208820"),
        ("+44 7700 900123", "+447700900123"),
        ("0044 (0)7700 900123", "+447700900123"),
        ("+1 (415) 555-0132", "+14155550132"),
        ("+353 20 913 4567", "+353209134567"),
        ("+65 9123 4567", "+6591234567"),
    ],
)
def test_other_numbers(typed: str, number: str) -> None:
    assert e164(typed) == number


def test_a_number_without_a_country_code_belongs_to_the_region() -> None:
    assert e164("(415) 555-0132", "US") == "+14155550132"
    assert e164("07700 900123", "GB") == ""  # an invented number: believed only with its country code
    assert e164("020 7946 0958", "GB") == "+442079460958"
    assert e164("020 7946 0958", "CN") == "+862079460958"


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "abc", "王丽", "' or 1=1 --", "+", "110", "12345", "6888 1234", "0000 1234", "+86", "+8613"),
        *("138000012345", "1380000123", "2026112200017", "wang.li@example.com", "13800001234@example.com"),
        *("021-68881234 ext. 802", "02168881234转802", "13800001234/13900005678"),
    ],
)
def test_what_is_not_one_persons_number(typed: str) -> None:
    assert e164(typed) == ""


@given(st.lists(st.sampled_from(["", " ", "-", "  ", "－", "."]), min_size=11, max_size=11))
def test_spaces_and_hyphens_mean_nothing(between: list[str]) -> None:
    typed = "".join(digit + gap for digit, gap in zip("13800001234", between, strict=True))
    assert e164(typed) == "+8613800001234"


@given(st.text(max_size=40))
def test_whatever_is_typed_gives_a_number_or_nothing(typed: str) -> None:
    number = e164(typed)
    assert number == "" or (number[0] == "+" and number[1:].isdecimal() and number.isascii())
    assert e164(number) == number
