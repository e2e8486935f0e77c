"""How a text is written in each query language. A template names its language; nothing is escaped by hand.

A placeholder that stands alone becomes a whole literal, `'O''Neil'`; inside the language's quotes its contents only.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from hub.model.frozen import frozen

QUOTES: Final = "'\"`"


class CantCarry(ValueError):
    """The value can't be said in this language: it is not sent. Names no value."""


@frozen
class QueryLanguage:
    """`quote` stands around a text ("" = nothing does); `escape` maps characters; `refuse` can't be carried."""

    name: str
    quote: str
    escape: Mapping[str, str]
    refuse: str = "\x00"

    def literal(self, value: Any) -> str:
        """`value` where no quotes are around it: numbers and true/false as they are, a list with commas."""
        if isinstance(value, list):
            return ", ".join(self.literal(one) for one in value)
        if isinstance(value, bool | int | float):
            return plain(value)
        return f"{self.quote}{self.contents(value)}{self.quote}"

    def contents(self, value: Any) -> str:
        """`value` where quotes are around it already."""
        text = plain(value)
        if any(character in self.refuse for character in text):
            raise CantCarry(f"a character that {self.name} can't carry")
        return "".join(self.escape.get(character, character) for character in text)

    def inside(self, text: str, within: str) -> str:
        """In which quotes a template stands after its own words `text`; "" = in none. `within`: before them."""
        backslash = "\\" in self.escape
        skip = False
        for character in text:
            if skip:
                skip = False
            elif backslash and within and character == "\\":
                skip = True
            elif within:
                within = "" if character == within else within
            elif self.quote and character in QUOTES:
                within = character
        return within


def plain(value: Any) -> str:
    """A value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def _json_escapes() -> dict[str, str]:
    controls = {chr(code): json.dumps(chr(code))[1:-1] for code in range(32)}
    return controls | {'"': '\\"', "\\": "\\\\", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def _backslashed(characters: str) -> dict[str, str]:
    return {character: "\\" + character for character in characters}


_SOQL = _backslashed("\\'\"") | {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;"}
_NOT_XML = "".join(chr(code) for code in range(32) if chr(code) not in "\t\n\r") + "\ufffe\uffff"

LANGUAGES: Final = {
    it.name: it
    for it in (
        QueryLanguage("sql", "'", {"'": "''"}),
        QueryLanguage("mysql", "'", {"'": "''", "\\": "\\\\"}),
        QueryLanguage("soql", "'", _SOQL),
        QueryLanguage("sosl", "", _backslashed("\\?&|!{}[]()^~*:\"'+-")),
        QueryLanguage("odata", "'", {"'": "''"}),
        QueryLanguage("graphql", '"', _json_escapes()),
        QueryLanguage("lucene", '"', _backslashed('\\"')),
        QueryLanguage("zoho", "", _backslashed("\\(),")),
        QueryLanguage("xml", "", _XML, _NOT_XML),
    )
}


def segment(value: Any) -> str:
    """A value as one segment of a path. Raises CantCarry for one that would be another path."""
    text = plain(value)
    if text in {"", ".", ".."}:
        raise CantCarry("a path can't go on with this value")
    return quote(text, safe="")


def header(text: str) -> str:
    """A header's value. Raises CantCarry for one that would be two headers."""
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise CantCarry("a line break in a header")
    return text
