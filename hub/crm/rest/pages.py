"""Lists that go on: by offset, number, cursor or address. How far is bounded, and a list that repeats itself ends."""

from typing import Any, Protocol
from urllib.parse import urljoin, urlsplit

from hub.crm.rest.answers import Answer
from hub.crm.rest.drift import problem_of
from hub.crm.rest.expressions import Expression, ExpressionFailed, lacking
from hub.crm.rest.format_requests import Answers, Pages, Request
from hub.crm.rest.templates import Scope
from hub.crm.rest.values import decoded
from hub.crm.rest.wiring import Wiring
from hub.model.errors import CrmUnavailable, NotFound
from hub.model.frozen import frozen


class Listing(Protocol):
    """What Reading, Find and NameToId have in common."""

    @property
    def request(self) -> Request | None: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def items(self) -> Expression: ...
    @property
    def pages(self) -> Pages | None: ...


@frozen
class Item:
    """One record as it came, and the answer that it came in."""

    raw: Any
    answer: Answer
    body: Any


async def listed(wiring: Wiring, operation: str, how: Listing, scope: Scope) -> list[Item]:
    """All records of a list, of at most `pages.most` pages. No such record is an empty list.

    Raises CrmUnavailable, CrmRefused, CantCarry.
    """
    found: list[Item] = []
    at = _first(how.pages)
    url: str | None = None
    for _ in range(how.pages.most if how.pages else 1):
        page = await _page(wiring, operation, how, scope.having(page=at), url)
        if not page or (found and [it.raw for it in page] == [it.raw for it in found[-len(page) :]]):
            break  # the end; or a CRM that ignores which page it was asked for
        found += page
        if how.pages is None:
            break
        follows = _next(wiring, operation, how.pages, page, at)
        if follows is None:
            break
        at, url = follows
    return found


def _first(pages: Pages | None) -> dict[str, Any]:
    return {"offset": 0, "number": pages.first, "size": pages.size} if pages else {}


def _next(
    wiring: Wiring, operation: str, pages: Pages, page: list[Item], at: dict[str, Any]
) -> tuple[dict[str, Any], str | None] | None:
    if pages.by in ("offset", "number"):
        if len(page) < pages.size:
            return None
        return {**at, "offset": at["offset"] + len(page), "number": at["number"] + 1}, None
    cursor = _cursor(wiring, operation, pages, page[-1])
    if not cursor:
        return None
    if pages.by == "cursor":
        return {**at, "cursor": cursor}, None
    return at, _same_server(wiring, operation, str(cursor))


def _cursor(wiring: Wiring, operation: str, pages: Pages, last: Item) -> Any:
    if pages.next is None:
        return None
    try:
        return pages.next.on(last.body, {**wiring.functions.of(operation), **last.answer.names})
    except ExpressionFailed as problem:
        wiring.findings.drift(operation, "pages.next", problem_of(problem))
        return None


def _same_server(wiring: Wiring, operation: str, address: str) -> str:
    """Our key goes along with each request: another server must not get it."""
    base = wiring.client.base_url
    whole = urljoin(base + "/", address)
    if urlsplit(whole)[:2] != urlsplit(base)[:2]:
        raise CrmUnavailable(f"{operation}: the next page is on another server")
    return whole


async def _page(wiring: Wiring, operation: str, how: Listing, scope: Scope, url: str | None) -> list[Item]:
    assert how.request is not None
    try:
        answer = await wiring.client.read(operation, how.request, scope, how.answers, url)
    except NotFound:
        return []
    try:
        body = decoded(answer.body, wiring.mapping.types)
    except ExpressionFailed as problem:
        raise CrmUnavailable(f"{operation}: types: {problem}") from None
    return [Item(raw, answer, body) for raw in _items(wiring, operation, how.items, body, answer, scope)]


def _items(wiring: Wiring, operation: str, items: Expression, body: Any, answer: Answer, scope: Scope) -> list[Any]:
    """The records in an answer. One without the place where they should be is not an empty list: it is drift."""
    if body is None:
        return []
    if items.path and lacking(body, items.path):
        wiring.findings.drift(operation, f"items: {items.text}", "missing")
        raise CrmUnavailable(f"{operation}: the answer has no `{items.text}`")
    try:
        found = items.on(body, {**scope.functions, **answer.names})
    except ExpressionFailed as problem:
        wiring.findings.drift(operation, "items", problem_of(problem))
        raise CrmUnavailable(f"{operation}: items: {problem}") from None
    several = found if isinstance(found, list) else [] if found is None else [found]
    records = [one for one in several if isinstance(one, dict)]
    if len(records) < len(several):
        wiring.findings.drift(operation, f"items: {items.text}", "no_objects")
    return records
