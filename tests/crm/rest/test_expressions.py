"""Covers hub/crm/rest/expressions.py: JSONata with bounds, and what is refused when a file is read."""

import time
from typing import Any

import pytest

from hub.crm.rest.expressions import BadExpression, Expression, ExpressionFailed, lacking

RECORD: dict[str, Any] = {"a": {"b": [{"c": 1}, {"c": 2}, {}]}, "none": None, "t": "x", "empty": []}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b.c", [1, 2]),
        ("none", None),
        ("no.such", None),
        ("empty", []),
        ("a.b[0].c", 1),
        ("t & '!'", "x!"),
        ("$.t", "x"),
    ],
)
def test_what_it_gives(text: str, value: Any) -> None:
    assert Expression(text).on(RECORD) == value


@pytest.mark.parametrize("text", ["a", "a.b", "a.b.c", "none", "x", "empty", "a.b.c.d", "t"])
def test_a_plain_path_gives_what_jsonata_gives(text: str) -> None:
    quick, slow = Expression(text), Expression(f"({text})")
    assert quick.path is not None
    assert slow.path is None
    for value in (RECORD, [], None, {"a": []}, [{"x": 1}, {"x": [2, 3]}, {"t": 4, "a": 5}]):
        assert quick.on(value) == slow.on(value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("$contains(a, /x/)", "regular expressions are refused"),
        ("$match(a, /(x+)+y/)", "regular expressions are refused"),
        ("$eval(a)", "eval is refused"),
        ("a ~> $eval", "eval is refused"),
        ("$now()", "now is refused"),
        ("$contians(a, 'b')", "did you mean .contains"),
        ("a &", "Unexpected end"),
        ("a b", "Syntax error"),
        ("", "empty"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadExpression, match=says):
        Expression(text)


@pytest.mark.parametrize(
    "text",
    ["($f := function($n) { $f($n + 1) & 'x' }; $f(1))", "($f := function($n) { $n > 0 ? $f($n + 1) : 1 }; $f(1))"],
)
def test_one_that_never_ends_is_ended(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ExpressionFailed):
        Expression(text).on({})
    assert time.process_time() - began < 5


def test_what_fails_names_the_expression_and_nothing_of_the_record() -> None:
    with pytest.raises(ExpressionFailed) as failed:
        Expression("$split(t, 5) + a").on({"t": {"secret": "王丽"}, "a": "王丽"})
    assert "$split" in str(failed.value)
    assert "王丽" not in str(failed.value)


def test_where_it_reads() -> None:
    assert Expression("$map(tags, function($t) { $t & other.x }) & a.b[c = 1].d").paths == (
        ("tags",),
        ("other", "x"),
        ("a", "b"),
    )


def test_a_missing_key_is_told_from_null() -> None:
    assert not lacking(RECORD, ("none",))
    assert not lacking(RECORD, ("none", "x"))
    assert lacking(RECORD, ("nothing",))
    assert lacking(RECORD, ("a", "b", "c"))  # the third has none
