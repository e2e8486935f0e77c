"""Templates: what is sent, with `{{ expression }}` where values go and `${NAME}` where secrets go.

They are read once, when the file is loaded. A text with one placeholder and nothing else keeps the value's type; a
value that is nothing or blank leaves its key out, so that no blank overwrites what a CRM has.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final, Protocol

from pydantic import ValidationInfo

from hub.crm.rest.escapes import LANGUAGES, CantCarry, QueryLanguage, header, plain, segment
from hub.crm.rest.expressions import BadExpression, Expression
from hub.model.frozen import frozen

SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Absent:
    """What a placeholder gives when there is nothing to send."""


ABSENT: Final = Absent()


class BadTemplate(ValueError):
    """The template can't be read. Says what to write instead."""


class Blank(CantCarry):
    """A value that a path or a query can't do without is blank. Names the placeholder."""


@frozen
class Secret:
    name: str


@frozen
class Scope:
    """What templates know: `names` (what expressions are applied to), `functions`, `secrets`."""

    names: Mapping[str, Any]
    functions: Mapping[str, Any]
    secrets: Mapping[str, str]

    def having(self, **names: Any) -> "Scope":
        return Scope({**self.names, **names}, self.functions, self.secrets)

    def telling(self) -> "Scope":
        """For expressions on a record: `$asked` has the names that its request knew."""
        return Scope(self.names, {**self.functions, "asked": self.names}, self.secrets)


class Node(Protocol):
    """A part of a request before its values are known. `render` raises CantCarry, ExpressionFailed."""

    def render(self, scope: Scope) -> Any: ...
    def parts(self) -> Iterator[Expression | Secret]: ...


class Text:
    """A text. In a query language each placeholder is written as that language has it."""

    def __init__(self, text: str, language: QueryLanguage | None = None) -> None:
        """Raises BadTemplate, BadExpression."""
        self.text = text
        self._language = language
        self._pieces = tuple(_pieces(text))
        self._within = _quotes(self._pieces, language)

    def __repr__(self) -> str:
        return f"Text({self.text!r})"

    def parts(self) -> Iterator[Expression | Secret]:
        return (piece for piece in self._pieces if not isinstance(piece, str))

    def render(self, scope: Scope) -> Any:
        """The text; the value itself where one placeholder is all; ABSENT for nothing."""
        if self._language is not None:
            return "".join(self._said(piece, nth, scope) for nth, piece in enumerate(self._pieces))
        if len(self._pieces) == 1 and isinstance(self._pieces[0], Expression):
            value = _value(self._pieces[0], scope)
            return ABSENT if value is None or value == "" else value
        return "".join(_worded(piece, scope) for piece in self._pieces)

    def path(self, scope: Scope) -> str:
        """As a URL's path (or a whole URL): each placeholder is one segment, or what stands in one."""
        return "".join(
            segment(_needed(piece, scope)) if isinstance(piece, Expression) else _worded(piece, scope)
            for piece in self._pieces
        )

    def header(self, scope: Scope) -> str:
        return header("".join(_worded(piece, scope) for piece in self._pieces))

    def _said(self, piece: "str | Secret | Expression", nth: int, scope: Scope) -> str:
        if isinstance(piece, str):
            return piece
        assert self._language is not None
        value = _secret(piece, scope) if isinstance(piece, Secret) else _needed(piece, scope)
        return self._language.contents(value) if self._within[nth] else self._language.literal(value)


Piece = str | Secret | Expression


def _pieces(text: str) -> Iterator[Piece]:
    at = 0
    while (start := text.find("{{", at)) >= 0:
        yield from _with_secrets(text[at:start])
        at = _end(text, start)
        yield Expression(text[start + 2 : at - 2])
    yield from _with_secrets(text[at:])


def _end(text: str, start: int) -> int:
    """Where the placeholder that begins at `start` ends: its braces and quotes may hold braces of their own."""
    depth, within, nth = 0, "", start + 2
    while nth < len(text):
        character = text[nth]
        if within:
            nth += character == "\\"
            within = "" if character == within else within
        elif character in "\"'`":
            within = character
        elif character == "{":
            depth += 1
        elif character == "}" and depth:
            depth -= 1
        elif text.startswith("}}", nth):
            return nth + 2
        nth += 1
    raise BadTemplate(f"`{text[start : start + 40]}`: a placeholder begins with {{{{ and does not end; add }}}}")


def _with_secrets(text: str) -> Iterator[Piece]:
    at = 0
    for match in SECRET.finditer(text):
        if match.start() > at:
            yield text[at : match.start()]
        yield Secret(match.group(1))
        at = match.end()
    if at < len(text):
        yield text[at:]


def _quotes(pieces: tuple[Piece, ...], language: QueryLanguage | None) -> tuple[bool, ...]:
    """For each piece: does it stand in the language's quotes? Raises BadTemplate for other quotes."""
    within, found = "", []
    for piece in pieces:
        if language is not None and isinstance(piece, str):
            within = language.inside(piece, within)
        elif language is not None and within not in ("", language.quote):
            raise BadTemplate(
                f"a placeholder stands in {within}...{within}, but in `{language.name}` a text stands in "
                f"{language.quote}...{language.quote}: write it so, or without quotes (they come by themselves)"
            )
        found.append(bool(within))
    return tuple(found)


def _value(expression: Expression, scope: Scope) -> Any:
    return expression.on(scope.names, scope.functions)


def _needed(expression: Expression, scope: Scope) -> Any:
    value = _value(expression, scope)
    if value is None or value in ("", []):
        raise Blank(f"{{{{ {expression.text} }}}} is blank")
    return value


def _secret(secret: Secret, scope: Scope) -> str:
    return scope.secrets.get(secret.name, "")


def _worded(piece: Piece, scope: Scope) -> str:
    if isinstance(piece, str):
        return piece
    if isinstance(piece, Secret):
        return _secret(piece, scope)
    value = _value(piece, scope)
    return "" if value is None else plain(value)


# --- structures ---------------------------------------------------------------------------------------------


class Literal:
    """A number, true, false or null."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def render(self, scope: Scope) -> Any:
        return self._value

    def parts(self) -> Iterator[Expression | Secret]:
        return iter(())


class Several:
    """A list; what is nothing is left out of it."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes

    def render(self, scope: Scope) -> Any:
        return [value for node in self._nodes if (value := node.render(scope)) is not ABSENT]

    def parts(self) -> Iterator[Expression | Secret]:
        return (part for node in self._nodes for part in node.parts())


class Fields:
    """An object; a key whose value is nothing is left out of it."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes

    def render(self, scope: Scope) -> Any:
        return {key: value for key, node in self._nodes.items() if (value := node.render(scope)) is not ABSENT}

    def parts(self) -> Iterator[Expression | Secret]:
        return (part for node in self._nodes.values() for part in node.parts())


class Wrapped:
    """`{$json: ...}` and the like: a value made into a text."""

    def __init__(self, kind: str, node: Node) -> None:
        self._wrap = WRAPPERS[kind]
        self._node = node

    def render(self, scope: Scope) -> Any:
        value = self._node.render(scope)
        return ABSENT if value is ABSENT else self._wrap(value)

    def parts(self) -> Iterator[Expression | Secret]:
        return self._node.parts()


def _bytes(value: Any) -> bytes:
    return plain(value).encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _hmac(value: Any) -> str:
    key, text = _bytes(value.get("key", "")), _bytes(value.get("text", ""))
    digest = hmac.new(key, text, str(value.get("algorithm", "sha256")))
    return base64.b64encode(digest.digest()).decode() if value.get("encoding") == "base64" else digest.hexdigest()


WRAPPERS: Final = {
    "$json": _json,
    "$join": lambda value: "".join(plain(one) for one in (value if isinstance(value, list) else [value])),
    "$upper": lambda value: plain(value).upper(),
    "$base64": lambda value: base64.b64encode(_bytes(value)).decode(),
    "$base64url": lambda value: base64.urlsafe_b64encode(_bytes(value)).decode(),
    # What CRMs ask for in their login recipes, however old it is.
    "$md5": lambda value: hashlib.md5(_bytes(value)).hexdigest(),  # noqa: S324
    "$sha1": lambda value: hashlib.sha1(_bytes(value)).hexdigest(),  # noqa: S324
    "$sha256": lambda value: hashlib.sha256(_bytes(value)).hexdigest(),
    "$sha512": lambda value: hashlib.sha512(_bytes(value)).hexdigest(),
    "$hmac": _hmac,
}


def node(value: Any, languages: Mapping[str, QueryLanguage] = LANGUAGES, where: str = "") -> Node:
    """What stands in a file -> what is rendered. Raises BadTemplate, which says where."""
    try:
        if isinstance(value, str):
            return Text(value)
        if isinstance(value, list):
            return Several([node(one, languages, f"{where}[{nth}]") for nth, one in enumerate(value)])
        if isinstance(value, dict):
            return _object(value, languages, where)
    except BadExpression as problem:
        raise BadTemplate(f"{where}: {problem}" if where else str(problem)) from None
    return Literal(value)


def _object(value: dict[Any, Any], languages: Mapping[str, QueryLanguage], where: str) -> Node:
    if len(value) == 1:
        [(key, below)] = value.items()
        if isinstance(key, str) and key.startswith("$") and not key.startswith("$$"):
            return _wrapped(key, below, languages, f"{where}.{key}".lstrip("."))
    below_of = {
        str(key).replace("$$", "$", 1) if str(key).startswith("$$") else str(key): v for key, v in value.items()
    }
    return Fields({key: node(below, languages, f"{where}.{key}".lstrip(".")) for key, below in below_of.items()})


def _wrapped(key: str, below: Any, languages: Mapping[str, QueryLanguage], where: str) -> Node:
    if key in WRAPPERS:
        return Wrapped(key, node(below, languages, where))
    language = languages.get(key[1:])
    if language is None:
        known = [*WRAPPERS, *(f"${name}" for name in languages)]
        near = get_close_matches(key, known, 1)
        meant = f"; did you mean {near[0]}?" if near else f". There are {', '.join(known)}"
        raise BadTemplate(f"{where}: {key} is not known{meant} (To send a key that begins so, write ${key})")
    if not isinstance(below, str):
        raise BadTemplate(f"{where}: a query is a text")
    try:
        return Text(below, language)
    except (BadTemplate, BadExpression) as problem:
        raise BadTemplate(f"{where}: {problem}") from None


# --- for the models -----------------------------------------------------------------------------------------


def template(text: Any, _told: ValidationInfo | None = None) -> Text:
    """The template in a field of the file."""
    if isinstance(text, Text):
        return text
    if isinstance(text, bool) or not isinstance(text, str | int):
        raise BadTemplate("a template is a text; put it in quotes")
    return Text(str(text))


def tree(value: Any, told: ValidationInfo) -> Node:
    """The same for what may be a structure. The file's own languages are in the validation's context."""
    if isinstance(value, Text | Literal | Several | Fields | Wrapped):
        return value
    return node(value, (told.context or {}).get("languages", LANGUAGES))
