"""As much of SOQL as the mapping file writes: a real reader of it, so that a text in the wrong place is a syntax error
or a text, as in Salesforce, and never by luck something else.

    SELECT Id, Account.Name, (SELECT ... FROM OrderItems) FROM Contact
    WHERE a = 'x' AND (b LIKE '%y' OR c IN ('1', '2') OR d = null) ORDER BY e DESC NULLS LAST, f LIMIT 10 OFFSET 5
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]
Test = Callable[[Record], bool]

TOKEN = re.compile(r"\s*(?:('(?:[^'\\\n]|\\.)*')|([A-Za-z_][\w.]*)|(-?\d[\w.:+-]*)|(!=|<=|>=|[=<>(),]))")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\", "_": "_", "%": "%"}


class Malformed(Exception):
    """Salesforce would answer MALFORMED_QUERY."""


@dataclass
class Query:
    """`fields` are plain or dotted names; `children` the sub-queries, each from a child relationship."""

    of: str
    fields: list[str]
    children: list["Query"] = field(default_factory=list)
    where: Test = lambda _: True
    order: list[tuple[str, bool]] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0
    asked: set[str] = field(default_factory=set)  # the fields in `where` and `order`


def read(text: str) -> Query:
    """Raises Malformed."""
    reader = _Reader(_tokens(text))
    query = reader.select()
    if reader.ahead() is not None:
        raise Malformed(f"unexpected token: '{reader.ahead()}'")
    return query


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        matched = TOKEN.match(text, at)
        if not matched:
            raise Malformed(f"line 1:{at} no viable alternative at character '{text[at : at + 1]}'")
        found.append(matched.group(matched.lastindex or 0))
        at = matched.end()
    return found


def literal(token: str) -> Any:
    if token.startswith("'"):
        return re.sub(r"\\(.)", lambda it: _unescaped(it.group(1)), token[1:-1], flags=re.DOTALL)
    if token.lower() in ("null", "true", "false"):
        return {"null": None, "true": True, "false": False}[token.lower()]
    return float(token) if re.fullmatch(r"-?\d+(\.\d+)?", token) else token


def _unescaped(char: str) -> str:
    if char not in ESCAPES:
        raise Malformed(f"Illegal character sequence '\\{char}'")
    return ESCAPES[char]


def value(record: Record | None, name: str) -> Any:
    for part in name.split("."):
        record = None if record is None else record.get(part)
    return record


def like(pattern: str) -> Callable[[Any], bool]:
    """Case does not matter; % and _ as in SQL."""
    parts = ["." if char == "_" else ".*" if char == "%" else re.escape(char) for char in pattern]
    fits = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    return lambda it: isinstance(it, str) and fits.fullmatch(it) is not None


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def ahead(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, *words: str) -> str:
        token = self.ahead()
        if token is None or (words and token.upper() not in words):
            raise Malformed(f"unexpected token: '{token or '<EOF>'}'")
        self._at += 1
        return token

    def _if(self, *words: str) -> bool:
        token = self.ahead()
        if token is None or token.upper() not in words:
            return False
        self._at += 1
        return True

    def select(self) -> Query:
        self._take("SELECT")
        query = Query("", [])
        while True:
            if self._if("("):
                query.children.append(self.select())
                self._take(")")
            else:
                query.fields.append(self._name())
            if not self._if(","):
                break
        self._take("FROM")
        query.of = self._name()
        if self._if("WHERE"):
            query.where = self._either(query)
        self._rest(query)
        return query

    def _rest(self, query: Query) -> None:
        if self._if("ORDER"):
            self._take("BY")
            while True:
                query.order.append((self._asked(query), self._direction()))
                if not self._if(","):
                    break
        if self._if("LIMIT"):
            query.limit = int(self._take())
        if self._if("OFFSET"):
            query.offset = int(self._take())

    def _direction(self) -> bool:
        down = self._if("DESC") or (self._if("ASC") and False)
        if self._if("NULLS"):
            self._take("FIRST", "LAST")
        return down

    def _name(self) -> str:
        token = self._take()
        if not re.fullmatch(r"[A-Za-z_][\w.]*", token):
            raise Malformed(f"unexpected token: '{token}'")
        return token

    def _asked(self, query: Query) -> str:
        name = self._name()
        query.asked.add(name)
        return name

    def _either(self, query: Query) -> Test:
        tests = [self._both(query)]
        while self._if("OR"):
            tests.append(self._both(query))
        return lambda record: any(test(record) for test in tests)

    def _both(self, query: Query) -> Test:
        tests = [self._one(query)]
        while self._if("AND"):
            tests.append(self._one(query))
        return lambda record: all(test(record) for test in tests)

    def _one(self, query: Query) -> Test:
        if self._if("NOT"):
            test = self._one(query)
            return lambda record: not test(record)
        if self._if("("):
            test = self._either(query)
            self._take(")")
            return test
        return self._comparison(self._asked(query))

    def _comparison(self, name: str) -> Test:
        operator = self._take("=", "!=", "<", ">", "<=", ">=", "LIKE", "IN").upper()
        if operator == "IN":
            among = self._list()
            return lambda record: _plain(value(record, name)) in among
        wanted = self._literal()
        if operator == "LIKE":
            fits = like(wanted)
            return lambda record: fits(value(record, name))
        return lambda record: _compare(operator, _plain(value(record, name)), _plain(wanted))

    def _list(self) -> list[Any]:
        self._take("(")
        values = [_plain(self._literal())]
        while self._if(","):
            values.append(_plain(self._literal()))
        self._take(")")
        return values

    def _literal(self) -> Any:
        token = self._take()
        if re.fullmatch(r"[=<>(),!]+", token):
            raise Malformed(f"unexpected token: '{token}'")
        return literal(token)


def _plain(it: Any) -> Any:
    """SOQL compares texts without case."""
    return it.lower() if isinstance(it, str) else it


def _compare(operator: str, one: Any, two: Any) -> bool:
    if operator in ("=", "!="):
        return (one == two) == (operator == "=")
    if one is None or two is None:
        return False
    return bool({"<": one < two, ">": one > two, "<=": one <= two, ">=": one >= two}[operator])
