"""Covers hub/crm/rest/templates.py and escapes.py: values go into requests as each place's language has them."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from hub.crm.rest.escapes import LANGUAGES, CantCarry, QueryLanguage, header
from hub.crm.rest.templates import ABSENT, BadTemplate, Blank, Scope, Text, node

VTQL = QueryLanguage("vtql", "'", {"'": "''", "\\": "\\\\"})
ODD = ["O'Neil", "欧阳·娜娜", "' or 1=1 --", "a\\' or 1=1 --", 'say "hi"', "100% _ [x] (y, z) & <b>", "\\"]


def scope(**names: Any) -> Scope:
    return Scope(names, {}, {"KEY": "se'cret"})


def rendered(value: Any, **names: Any) -> Any:
    return node(value, {**LANGUAGES, "vtql": VTQL}).render(scope(**names))


@pytest.mark.parametrize("odd", ODD)
def test_a_value_stays_inside_its_quotes_in_every_language(odd: str) -> None:
    """Read back by the language's own rule, it is what it was."""
    sql = rendered({"$sql": "WHERE a = {{ x }} AND b = 1"}, x=odd)
    assert sql == f"WHERE a = '{odd.replace(chr(39), chr(39) * 2)}' AND b = 1"
    assert rendered({"$odata": "name eq {{ x }}"}, x=odd) == f"name eq '{odd.replace(chr(39), chr(39) * 2)}'"
    assert json.loads(rendered({"$graphql": "{{ x }}"}, x=odd)) == odd
    backslashed = rendered({"$soql": "{{ x }}"}, x=odd)[1:-1]
    assert _unbackslashed(backslashed) == odd
    assert "'" not in backslashed.replace("\\'", "")
    assert _unbackslashed(rendered({"$zoho": "(Email:equals:{{ x }})"}, x=odd)[14:-1]) == odd
    assert json.loads(rendered({"$json": [["email", "=", "{{ x }}"]]}, x=odd)) == [["email", "=", odd]]


def _unbackslashed(text: str) -> str:
    found, it = "", iter(text)
    for character in it:
        found += next(it) if character == "\\" else character
    return found


@pytest.mark.parametrize("odd", ODD)
def test_with_quotes_around_it_a_value_is_its_contents(odd: str) -> None:
    assert rendered({"$sql": "a LIKE '%{{ x }}%'"}, x=odd) == f"a LIKE '%{odd.replace(chr(39), chr(39) * 2)}%'"


def test_numbers_and_lists_in_a_query() -> None:
    assert rendered({"$sql": "id = {{ n }} AND t IN ({{ l }})"}, n=5, l=["a'", 2]) == "id = 5 AND t IN ('a''', 2)"


def test_quotes_of_another_kind_are_refused_when_the_file_is_read() -> None:
    with pytest.raises(BadTemplate, match="without quotes"):
        node({"$sql": 'a = "{{ x }}"'})


def test_a_quote_in_the_templates_own_text_is_followed() -> None:
    assert rendered({"$sql": "a = 'it''s {{ x }}' AND b = {{ x }}"}, x="O'N") == "a = 'it''s O''N' AND b = 'O''N'"
    assert rendered({"$soql": r"a = 'it\'s {{ x }}' AND b = {{ x }}"}, x="n") == r"a = 'it\'s n' AND b = 'n'"


def test_a_blank_is_left_out_of_structures_and_refused_in_queries_and_paths() -> None:
    assert rendered({"a": "{{ x }}", "b": "", "c": None, "d": ["{{ x }}", 1]}) == {"b": "", "c": None, "d": [1]}
    assert rendered("{{ x }}", x="") is ABSENT
    with pytest.raises(Blank):
        rendered({"$sql": "a = {{ x }}"})
    for blank in ("", ".", "..", None):
        with pytest.raises(CantCarry):
            Text("/contacts/{{ x }}/").path(scope(x=blank))


def test_a_path_takes_each_value_as_one_segment() -> None:
    assert Text("/c/{{ x }}/n").path(scope(x="../a b?c#d/欧")) == "/c/..%2Fa%20b%3Fc%23d%2F%E6%AC%A7/n"


def test_a_value_alone_keeps_its_type() -> None:
    assert rendered({"n": "{{ n }}", "l": "{{ l }}", "t": "n={{ n }}"}, n=5, l=[1]) == {"n": 5, "l": [1], "t": "n=5"}


def test_wrappers_nest() -> None:
    assert base64.urlsafe_b64decode(rendered({"$base64url": {"$json": ["{{ x }}"]}}, x="é")) == '["é"]'.encode()
    assert rendered({"$md5": "{{ x }}${KEY}"}, x="t") == hashlib.md5(b"tse'cret").hexdigest()
    twice = hashlib.md5((hashlib.md5(b"se'cret").hexdigest() + "t").encode()).hexdigest().upper()
    assert rendered({"$upper": {"$md5": {"$join": [{"$md5": "${KEY}"}, "{{ x }}"]}}}, x="t") == twice
    assert rendered({"$join": ["a", 1, "{{ x }}", "{{ none }}"]}, x=2) == "a12"
    assert rendered({"$json": {"q": {"$sql": "a = {{ x }}"}}}, x="O'N") == "{\"q\":\"a = 'O''N'\"}"
    signed = hmac.new(b"k", b"t", "sha256").hexdigest()
    assert rendered({"$hmac": {"key": "k", "text": "{{ x }}"}}, x="t") == signed


def test_placeholders_may_hold_braces_and_quotes() -> None:
    assert rendered('{{ $merge([{"a": {"b": x}}, {"c": "}}"}]) }}', x=1) == {"a": {"b": 1}, "c": "}}"}


def test_secrets_are_values_never_templates() -> None:
    it = Scope({"x": 1}, {}, {"KEY": "{{ x }}"})
    assert node("${KEY}-{{ x }}").render(it) == "{{ x }}-1"
    assert node({"$sql": "k = ${KEY}"}).render(scope()) == "k = 'se''cret'"


def test_a_key_that_begins_with_a_dollar_is_doubled() -> None:
    assert rendered({"$$filter": 1}) == {"$filter": 1}
    with pytest.raises(BadTemplate, match="did you mean"):
        node({"$jsn": 1})


def test_what_a_language_can_not_carry_is_not_sent() -> None:
    with pytest.raises(CantCarry):
        rendered({"$sql": "{{ x }}"}, x="a\x00b")
    with pytest.raises(CantCarry):
        header("a\r\nX-Evil: 1")


def test_a_placeholder_without_an_end_is_named() -> None:
    with pytest.raises(BadTemplate, match="does not end"):
        node("a {{ x } b")
