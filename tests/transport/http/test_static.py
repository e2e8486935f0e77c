"""Covers hub/transport/http/static.py: files and nothing beside them, compressed, and asked for again cheaply."""

import gzip
import os
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.model.errors import NotFound
from hub.transport.http.problems import handlers
from hub.transport.http.static import Static, static_root
from tests.transport.http.conftest import client_of

WORDS = "const a = 1;\n" * 200


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with things around it that nobody may have."""
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "static-too").mkdir()
    (tmp_path / "static-too" / "secret.txt").write_text("secret")
    made = tmp_path / "static"
    (made / "sub" / ".hidden").mkdir(parents=True)
    for name, text in (("a.js", WORDS), ("a.css", "a { b: c }"), ("sub/page.html", "<p>"), ("sub/一.svg", "<svg/>")):
        (made / name).write_text(text)
    (made / ".env").write_text("secret")
    (made / "sub" / ".hidden" / "x.txt").write_text("secret")
    (made / "picture.png").write_bytes(b"\x89PNG" + bytes(500))
    (made / "link.txt").symlink_to(tmp_path / "secret.txt")
    return made


@pytest.fixture
def http(root: Path) -> httpx.AsyncClient:
    static = Static(root)

    async def asset(request: Request) -> Response:
        return static.respond(request, request.path_params["path"], {"X-More": "1"})

    app = Starlette(routes=[Route("/static/{path:path}", asset)], exception_handlers=handlers())
    return client_of(app)


OUTSIDE = [
    "",
    "sub",
    "sub/",
    "none.js",
    "../secret.txt",
    "..%2fsecret.txt",
    "%2e%2e/secret.txt",
    "%2e%2e%2fsecret.txt",
    "sub/../../secret.txt",
    "sub/%2e%2e/%2e%2e/secret.txt",
    "..%5csecret.txt",
    "....//secret.txt",
    "../static-too/secret.txt",
    "%2fetc%2fpasswd",
    "//etc/passwd",
    "a.js%00.png",
    "%00",
    "a.js/x",
    ".env",
    "sub/.hidden/x.txt",
    "sub/%2ehidden/x.txt",
    "sub/../.env",
    "link.txt",
    "x" * 5_000,
    "%ff%fe",
    "%ed%a0%80",
    "con",
    "%252e%252e%252fsecret.txt",
]


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda p: p[:30])
async def test_what_is_not_to_be_had(http: httpx.AsyncClient, path: str) -> None:
    # httpx would tidy the path up: a hand-made request does not.
    request = http.build_request("GET", "/static/x")
    request.url = request.url.copy_with(raw_path=f"/static/{path}".encode())
    answer = await http.send(request)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "a\x00", "\ud800", ".", "..", "", "~root/.profile"])
def test_nor_by_any_other_way_in(root: Path, path: str) -> None:
    with pytest.raises(NotFound):
        Static(root).asset(path)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("sub/page.html", "text/html; charset=utf-8"),
        ("sub/%E4%B8%80.svg", "image/svg+xml"),
        ("picture.png", "image/png"),
    ],
)
async def test_files_are_what_they_are(http: httpx.AsyncClient, path: str, kind: str) -> None:
    answer = await http.get(f"/static/{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-more"] == "1"


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("gzip; q=1", True),
        ("identity", False),
        ("", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, identity", False),
        ("x-gzipped", False),
    ],
)
async def test_compressed_for_those_who_take_it(http: httpx.AsyncClient, accepted: str, packed: bool) -> None:
    async with http.stream("GET", "/static/a.js", headers={"accept-encoding": accepted}) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
    assert (gzip.decompress(raw) if packed else raw).count(b"const a") == 200
    assert int(answer.headers["content-length"]) == len(raw)


async def test_a_picture_is_not_compressed_again(http: httpx.AsyncClient) -> None:
    assert (
        "content-encoding" not in (await http.get("/static/picture.png", headers={"accept-encoding": "gzip"})).headers
    )


@pytest.mark.parametrize("given", ["{}", "W/{}", '"other", {}', '"other", W/{}'])
async def test_who_has_it_already_is_told_so(http: httpx.AsyncClient, given: str) -> None:
    first = await http.get("/static/a.js")
    again = await http.get("/static/a.js", headers={"if-none-match": given.format(first.headers["etag"])})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "x-more"):
        assert again.headers[name] == first.headers[name]


async def test_who_has_another_one_gets_this_one(http: httpx.AsyncClient) -> None:
    for other in ('"other"', "", "a.js"):
        assert (await http.get("/static/a.js", headers={"if-none-match": other})).status_code == 200


async def test_head_says_the_same_without_the_body(http: httpx.AsyncClient) -> None:
    got, head = await http.get("/static/a.js"), await http.head("/static/a.js")
    assert head.status_code == 200
    assert dict(head.headers) == dict(got.headers)


async def test_a_file_that_changed_is_read_again(http: httpx.AsyncClient, root: Path) -> None:
    first = await http.get("/static/a.css")
    (root / "a.css").write_text("d { e: f }")
    os.utime(root / "a.css", ns=(1, 1))
    then = await http.get("/static/a.css", headers={"if-none-match": first.headers["etag"]})
    assert (then.status_code, then.text.replace(" ", "").strip()) == (200, "d{e:f}")
    (root / "a.css").unlink()
    assert (await http.get("/static/a.css")).status_code == 404


def test_all_spellings_of_a_path_are_one_in_memory(root: Path) -> None:
    """Each copy would be kept, and compressed: whoever asks for a thousand spellings fills the memory."""
    static = Static(root)
    spellings = ["sub/page.html", "sub//page.html", "./sub/page.html", "sub/../sub/page.html", "sub/./page.html"]
    assert len({id(static.asset(path)) for path in spellings}) == 1


def test_the_files_that_are_shipped() -> None:
    static = Static(static_root())
    for path in ("console/index.html", "widget/frame.html", "widget/loader.js", "demo/shop.html", "console/icon.svg"):
        assert static.asset(path).body
