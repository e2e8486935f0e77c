"""Covers hub/transport/http/pages.py: which page where, and the policy that each of them comes with."""

import re
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from hub.transport.http.guest_cookie import GuestCookie
from hub.transport.http.pages import Pages, policy
from hub.transport.http.problems import handlers
from hub.transport.http.static import Static, static_root
from tests.transport.http.conftest import client_of

SHOP = "https://shop.example"
CRM = frozenset({"https://crm.example", "https://b.example:8443"})
EMBEDDERS = {"shop": frozenset({SHOP, "https://a.example"}), "empty": frozenset[str]()}
STATIC = Static(static_root())


def pages(*, demo: bool = True, assist: frozenset[str] = CRM) -> httpx.AsyncClient:
    routes = Pages(STATIC, EMBEDDERS, assist, GuestCookie(secure=False), demo=demo).routes()
    return client_of(Starlette(routes=routes, exception_handlers=handlers()))


def csp(answer: httpx.Response) -> dict[str, list[str]]:
    """The policy by directive; each stands there once."""
    parts = [part.split() for part in answer.headers["content-security-policy"].split(";")]
    found = {name: values for name, *values in parts}
    assert len(found) == len(parts)
    return found


ALL = [
    *("/", "/app", "/crm", "/assist", "/guest", "/console", "/console/c/01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    *("/widget/frame", "/widget/frame?site=shop"),
]


@pytest.mark.parametrize("path", ALL)
async def test_every_page_has_a_strict_policy(path: str) -> None:
    answer = await pages().get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    said = csp(answer)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "*" not in answer.headers["content-security-policy"]
    assert said["default-src"] == ["'none'"]
    for own in ("script-src", "style-src", "connect-src", "font-src", "form-action"):
        assert said[own] == ["'self'"], own
    assert said["img-src"] == ["'self'", "data:"]
    assert said["base-uri"] == ["'none'"]
    assert said["require-trusted-types-for"] == ["'script'"]
    assert said["trusted-types"] == ["lit-html", "onethread"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == ("no-store" if path == "/guest" else "no-cache")


@pytest.mark.parametrize("path", ALL)
async def test_a_page_asks_for_nothing_that_its_policy_forbids(path: str) -> None:
    """All that it loads is ours, and is there."""
    http = pages()
    page = (await http.get(path)).text
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert [url for url in loaded if url.startswith("/static/")]
    for url in loaded:
        assert not re.match(r"(?:[a-z]+:)?//", url), url
        if url.startswith(("/static/", "/favicon", "/assist.js")):
            assert (await http.get(url)).status_code == 200, url


@pytest.mark.parametrize(
    ("path", "ancestors"),
    [
        ("/", ["'none'"]),
        ("/app", ["'none'"]),
        ("/crm", ["'none'"]),
        ("/console", ["'none'"]),
        ("/assist", ["https://b.example:8443", "https://crm.example", "'self'"]),
        ("/widget/frame", ["'self'"]),
        ("/widget/frame?site=", ["'self'"]),
        ("/widget/frame?site=none", ["'self'"]),
        ("/widget/frame?site=empty", ["'self'"]),
        ("/widget/frame?site=shop", ["'self'", "https://a.example", SHOP]),
        ("/widget/frame?site=none&site=shop", ["'self'", "https://a.example", SHOP]),
        ("/widget/frame?site=shop%20https://evil.example", ["'self'"]),
        ("/widget/frame?site=x;frame-ancestors%20*", ["'self'"]),
    ],
)
async def test_who_may_frame_it(path: str, ancestors: list[str]) -> None:
    assert csp(await pages().get(path))["frame-ancestors"] == ancestors


async def test_who_may_frame_others() -> None:
    for path in ALL:
        assert csp(await pages().get(path))["frame-src"] == (["'self'"] if path in ("/", "/crm") else ["'none'"]), path


@pytest.mark.parametrize(
    ("assist", "ancestors"), [(CRM, ["https://b.example:8443", "https://crm.example"]), (frozenset(), ["'none'"])]
)
async def test_the_panel_is_framed_by_whom_the_settings_name_and_by_nobody_else(
    assist: frozenset[str], ancestors: list[str]
) -> None:
    assert csp(await pages(demo=False, assist=assist).get("/assist"))["frame-ancestors"] == ancestors


@pytest.mark.parametrize("path", ["/widget.js", "/assist.js"])
async def test_what_other_sites_pages_load(path: str) -> None:
    answer = await pages().get(path)
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=300"
    again = await pages().get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.headers["cross-origin-resource-policy"]) == (304, "cross-origin")


async def test_other_files_are_not() -> None:
    answer = await pages().get("/static/console/icon.svg")
    assert "cross-origin-resource-policy" not in answer.headers
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (await pages().get("/favicon.ico")).headers["content-type"] == "image/svg+xml"


async def test_without_the_demo_there_is_no_shop() -> None:
    http = pages(demo=False)
    home = await http.get("/")
    assert (home.status_code, home.headers["location"]) == (307, "/console")
    assert [(await http.get(path)).status_code for path in ("/app", "/crm")] == [404, 404]


@pytest.mark.parametrize("path", [*ALL, "/widget.js", "/assist.js", "/static/tokens.css", "/favicon.ico"])
async def test_pages_are_only_read(path: str) -> None:
    http = pages()
    head = await http.head(path)
    assert head.status_code == 200
    assert head.headers["content-security-policy"] if path in ALL else True
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = await http.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json"), method


@pytest.mark.parametrize("more", [{}, {"frame_src": "'self'"}, {"frame_ancestors": "https://a.example"}])
def test_a_policy_is_one_line(more: dict[str, Any]) -> None:
    made = policy(**more)
    assert "\n" not in made
    assert all(value in made for value in more.values())
