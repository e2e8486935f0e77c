"""From the file's request and what templates know to what goes over the wire."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from hub.crm.rest.escapes import header, plain
from hub.crm.rest.format_requests import Request
from hub.crm.rest.templates import ABSENT, Node, Scope, Text
from hub.model.frozen import frozen


@frozen
class Prepared:
    """One HTTP request. `form` is kept apart until it is sent: a session may have to join it."""

    method: str
    url: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    form: list[tuple[str, str]] | None
    body: bytes | None

    @property
    def content(self) -> bytes | None:
        return urlencode(self.form).encode() if self.form is not None else self.body


class Preparer:
    """Knows the connection's address and what goes with each request."""

    def __init__(self, base_url: str, headers: dict[str, Node], query: dict[str, Node]) -> None:
        self.base_url = base_url.rstrip("/")
        self._headers = headers
        self._query = query

    def prepare(self, request: Request, scope: Scope) -> Prepared:
        """Raises CantCarry, ExpressionFailed."""
        sent = {"accept": "application/json", **headers({**self._headers, **request.headers}, scope)}
        form = body = None
        if request.json_body is not None:
            body = _json(request.json_body.render(scope))
            sent.setdefault("content-type", "application/json")
        elif request.form is not None:
            form = pairs(request.form, scope)
            sent.setdefault("content-type", "application/x-www-form-urlencoded")
        elif request.text is not None:
            body = plain(request.text.render(scope)).encode()
        query = pairs({**self._query, **request.query}, scope)
        return Prepared(request.method, self.url(request.path, scope), query, sent, form, body)

    def url(self, path: Text, scope: Scope) -> str:
        """Below the base; a whole address is itself (the next page), if it is the same server's."""
        words = path.path(scope)
        return words if words.startswith(("http://", "https://")) else f"{self.base_url}/{words.lstrip('/')}"


def headers(nodes: dict[str, Node], scope: Scope) -> dict[str, str]:
    found = {}
    for name, node in nodes.items():
        value = node.header(scope) if isinstance(node, Text) else node.render(scope)
        if value is not ABSENT and value != "":
            found[name.lower()] = header(plain(value))
    return found


def pairs(nodes: dict[str, Node], scope: Scope) -> list[tuple[str, str]]:
    """Parameters or form fields: a list is several, nothing is none."""
    return [(name, plain(one)) for name, node in nodes.items() for one in _several(node.render(scope))]


def _several(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value is not ABSENT and value is not None:
        yield value


def _json(value: Any) -> bytes:
    import json  # noqa: PLC0415

    return b"" if value is ABSENT else json.dumps(value, ensure_ascii=False).encode()
