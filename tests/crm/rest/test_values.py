"""Covers hub/crm/rest/values.py, marks.py and redaction.py."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.crm.rest.expressions import Expression, ExpressionFailed
from hub.crm.rest.format import Types, ValueMap
from hub.crm.rest.marks import mark, unmarked
from hub.crm.rest.redaction import redacted
from hub.crm.rest.values import BadValue, Functions, Times, Words, amount, decoded, texts, whole, yes
from tests.crm.rest.acts import Noted

SHANGHAI = Times(ZoneInfo("Asia/Shanghai"))
TEN = 1_795_572_000_000  # 2026-11-25 10:00 in Shanghai, 02:00 UTC


@pytest.mark.parametrize(
    ("given", "ms"),
    [
        (TEN, TEN),
        (TEN // 1000, TEN),
        (str(TEN), TEN),
        (str(TEN // 1000), TEN),
        ("2026-11-25 10:00:00", TEN),
        ("2026-11-25T02:00:00Z", TEN),
        ("2026-11-25T03:00:00+01:00", TEN),
        ("2026-11-25 02:00:00 UTC", TEN),
        ("2026-11-25T02:00:00.000+0000", TEN),
        ("2026-11-25", TEN - 36_000_000),
        ("", 0),
        (None, 0),
        ("0000-00-00 00:00:00", 0),
    ],
)
def test_times(given: Any, ms: int) -> None:
    assert SHANGHAI.instant(given) == ms


@pytest.mark.parametrize("given", ["25/11/2026", "soon", {"year": 2026}])
def test_what_is_no_time_is_not_guessed(given: Any) -> None:
    with pytest.raises(BadValue):
        SHANGHAI.instant(given)


@pytest.mark.parametrize(
    ("given", "pattern", "ms"),
    [
        ("25.11.2026 10:00", "%d.%m.%Y %H:%M", TEN),
        (" 2026/11/25 10:00 ", "%Y/%m/%d %H:%M", TEN),
        ("11/25/2026 03:00 +0100", "%m/%d/%Y %H:%M %z", TEN),
        ("", "%d.%m.%Y", None),
    ],
)
def test_times_of_other_patterns_are_read_in_the_connections_zone(given: str, pattern: str, ms: int | None) -> None:
    """JSONata's $toMillis takes them for UTC: an order of the morning would be one of the evening."""
    functions = Functions(Words({}, Noted()), SHANGHAI, "CN").of("orders")
    assert Expression(f'$time(x, "{pattern}")').on({"x": given}, functions) == ms


def test_a_time_of_another_pattern_is_told_without_what_stood_there() -> None:
    functions = Functions(Words({}, Noted()), SHANGHAI, "CN").of("orders")
    with pytest.raises(ExpressionFailed, match=r"no time that is written %d.%m.%Y") as told:
        Expression('$time(x, "%d.%m.%Y")').on({"x": "soon"}, functions)
    assert "soon" not in str(told.value)


def test_times_are_written_in_the_connections_zone() -> None:
    assert SHANGHAI.local(TEN, "%Y-%m-%d %H:%M") == "2026-11-25 10:00"
    assert SHANGHAI.utc(TEN, "%H:%M") == "02:00"
    assert SHANGHAI.local(0, "%H") is None


@pytest.mark.parametrize(
    ("given", "money"),
    [
        ("1398.00000000", "1398.00"),
        (79.8, "79.80"),
        (5, "5.00"),
        ("0.125", "0.125"),
        ("", ""),
        (None, ""),
        ("-1", "-1.00"),
    ],
)
def test_amounts(given: Any, money: str) -> None:
    assert amount(given) == money


@pytest.mark.parametrize("given", ["12,50", "NaN", "Infinity", "free", [1]])
def test_what_is_no_amount_is_not_guessed(given: Any) -> None:
    with pytest.raises(BadValue):
        amount(given)


def test_other_kinds() -> None:
    assert (whole("2.000"), whole(3.0), whole(None)) == (2, 3, 0)
    assert (yes("1"), yes(True), yes("No"), yes("")) == (True, True, False, False)
    assert texts([" a ", "", "a", None, 5, 6.0]) == ("a", "5", "6")
    for wrong in (lambda: whole("two"), lambda: yes("maybe"), lambda: texts([{"a": 1}])):
        with pytest.raises(BadValue):
            wrong()


def test_value_maps_both_ways(noted: Noted) -> None:
    """One that is not listed becomes the default and is reported."""
    it = ValueMap(to_hub={"潜在": "A", "意向": "B", "有意": "B"}, default="A", to_crm={"B": "有意"}, crm_default="潜在")
    words = Words({"stage": it}, noted)
    assert [words.to_hub("x", "stage", one) for one in ("意向", "有意", "流失", "")] == ["B", "B", "A", "A"]
    assert [words.to_crm("x", "stage", one) for one in ("A", "B", "C", "")] == ["潜在", "有意", "潜在", None]
    assert noted.words == [("x", "stage", "流失"), ("x", "stage", "C")]


def test_functions_of_expressions(noted: Noted) -> None:
    functions = Functions(Words({}, noted), SHANGHAI, "CN").of("x")
    names = {"due": TEN, "phone": "138 0000 1234"}
    for text, value in {
        '$local(due, "%H:%M")': "10:00",
        "$iso(due)": "2026-11-25T02:00:00Z",
        "$seconds(due)": TEN // 1000,
        "$e164(phone)": "+8613800001234",
        "$digits(phone)": "13800001234",
        "$iso(none)": None,
    }.items():
        assert Expression(text).on(names, functions) == value


def test_typed_objects_become_plain() -> None:
    decode = {"Decimal": "decimal", "date": '$join([$string(year), $string(month), $string(day)], "-")'}
    types = Types.model_validate({"key": "__class__", "decode": decode})
    given = {
        "a": [{"__class__": "Decimal", "decimal": "79.80"}],
        "d": {"__class__": "date", "year": 2026, "month": 11, "day": 2},
    }
    assert decoded(given, types) == {"a": ["79.80"], "d": "2026-11-2"}
    assert decoded({"__class__": "bytes", "x": 1}, types) == {"__class__": "bytes", "x": 1}


@pytest.mark.parametrize("around", [" {}", "[{}]", " #summary {}", "\n\n{}", " [{}] "])
def test_a_mark_is_not_seen_by_people(around: str) -> None:
    word = mark("a marker")
    assert len(word) == 20
    assert unmarked("what they wrote" + around.format(word)).strip() == "what they wrote"
    assert unmarked("otto wrote #1 otherwise") == "otto wrote #1 otherwise"


def test_messages_of_a_crm_lose_what_people_wrote() -> None:
    said = redacted(
        "Contact ana.souza@example.com (+55 11 98765-4321) named 王丽 exists",
        {"draft": {"name": "王丽的店", "x": ["named"]}},
    )
    assert "ana" not in said
    assert "98765" not in said
    assert "named" not in said
    assert said.startswith("Contact …")
