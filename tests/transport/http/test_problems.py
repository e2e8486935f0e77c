"""Covers hub/transport/http/problems.py: whatever goes wrong, the answer is a problem with a name."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from pydantic import Field, SecretStr
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hub.model.errors import OneThreadError, RateLimited, StoreUnavailable, every_error
from hub.model.party import Value
from hub.transport.http.models import Problem
from hub.transport.http.problems import BODY_BYTES, answer, body, handlers
from tests.transport.http.conftest import client_of
from tests.transport.inside import Inside

SECRET = "my secret words"


class Asked(Value):
    name: str = ""
    number: Annotated[int, Field(le=5)] = 0
    password: SecretStr = SecretStr("")


@pytest.fixture
def http() -> httpx.AsyncClient:
    async def take(request: Request) -> Response:
        return PlainTextResponse(str(len((await body(request, Asked)).name)))

    async def refuse(_: Request) -> Response:
        raise RateLimited("slowly", retry_after=1.2)

    async def fail(_: Request) -> Response:
        raise KeyError(SECRET)

    routes = [
        Route("/take", take, methods=["POST"]),
        Route("/both", refuse, methods=["PUT"]),
        Route("/both", refuse, methods=["GET"]),
        Route("/refuse", refuse),
        Route("/fail", fail, methods=["GET", "POST"]),
    ]
    return client_of(Starlette(routes=routes, exception_handlers=handlers()))


def told(answered: httpx.Response | Response, status: int, code: str) -> Problem:
    assert answered.status_code == status
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.headers["cache-control"] == "no-store"
    content = answered.content if isinstance(answered, httpx.Response) else bytes(answered.body)
    made = Problem.model_validate_json(content)
    assert (made.status, made.code) == (status, code)
    return made


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.code)
def test_every_named_error_is_a_problem(kind: type[OneThreadError]) -> None:
    made = told(answer(kind("because")), kind.http, kind.code)
    assert (made.title, made.detail, made.retry, made.retry_after) == (kind.sentence, "because", kind.retry, None)


@pytest.mark.parametrize(("wait_s", "header"), [(0.001, "1"), (1.0, "1"), (1.2, "2"), (59.01, "60"), (900, "900")])
def test_whole_seconds_are_rounded_up(wait_s: float, header: str) -> None:
    """Who comes back a fraction too early is only refused again."""
    response = answer(RateLimited(retry_after=wait_s))
    assert response.headers["retry-after"] == header
    assert told(response, 429, "rate_limited").retry_after == wait_s


def test_no_retry_after_without_a_time() -> None:
    assert "retry-after" not in answer(StoreUnavailable()).headers


async def test_what_an_endpoint_raises(http: httpx.AsyncClient) -> None:
    refused = await http.get("/refuse")
    assert told(refused, 429, "rate_limited").detail == "slowly"
    assert refused.headers["retry-after"] == "2"


async def test_a_fault_of_ours_says_no_more_than_that(
    http: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    made = told(await http.get("/fail"), 500, "internal")
    assert (made.retry, made.detail) == (True, "")
    assert SECRET not in (await http.get("/fail")).text


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nowhere", 404, None),
        ("GET", "/take", 405, {"POST"}),
        ("DELETE", "/take", 405, {"POST"}),
        ("OPTIONS", "/take", 405, {"POST"}),
        ("POST", "/refuse", 405, {"GET", "HEAD"}),
        ("POST", "/both", 405, {"GET", "HEAD", "PUT"}),
        ("PUT", "/fail", 405, {"GET", "HEAD", "POST"}),
        ("GET", "/take/", 404, None),
        ("GET", "//take", 404, None),
    ],
)
async def test_what_is_not_there_or_not_so(
    http: httpx.AsyncClient, method: str, path: str, status: int, allow: set[str] | None
) -> None:
    http._transport.app.router.redirect_slashes = False  # type: ignore[attr-defined] # as hub/main.py has it
    answered = await http.request(method, f"https://hub.example{path}")
    told(answered, status, "not_found" if status == 404 else "bad_request")
    assert ({m.strip() for m in answered.headers["allow"].split(",")} if allow else None) == allow


async def test_head_of_nothing_is_the_same_without_the_body(http: httpx.AsyncClient) -> None:
    got, head = await http.get("/nowhere"), await http.head("/nowhere")
    assert (head.status_code, head.content) == (404, b"")
    assert dict(head.headers) == dict(got.headers)


async def test_the_application_redirects_to_nobody_s_host(within: Inside) -> None:
    from hub.transport.websocket.wire import Limits

    http = client_of(within.serving.application(Limits()), host="evil.example")
    for path in ("/api/v1/me/", "/api/v1/login/", "/livez/", "/nowhere", "/api/v1", "/API/V1/ME", "/ws"):
        told(await http.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("sent", "status", "code", "named"),
    [
        (b"", 400, "bad_request", "JSON"),
        (b"{", 400, "bad_request", "JSON"),
        (b"\xff\xfe", 400, "bad_request", ""),
        (b"[]", 400, "bad_request", ""),
        (b"null", 400, "bad_request", ""),
        (b"[" * 60_000, 400, "bad_request", ""),
        (json.dumps({"number": 6}).encode(), 400, "bad_request", "number"),
        (json.dumps({"number": SECRET}).encode(), 400, "bad_request", "number"),
        (json.dumps({"name": [SECRET]}).encode(), 400, "bad_request", "name"),
        (json.dumps({"password": {"a": SECRET}}).encode(), 400, "bad_request", "password"),
        (b'{"name":"\\ud800"}', 400, "bad_request", ""),
        (b'{"number":' + b"9" * 5_000 + b"}", 400, "bad_request", ""),
        (b'{"name":"' + b"x" * BODY_BYTES + b'"}', 413, "too_long", "64 KiB"),
    ],
    ids=lambda x: str(x)[:30],
)
async def test_a_body_that_is_wrong(http: httpx.AsyncClient, sent: bytes, status: int, code: str, named: str) -> None:
    made = told(await http.post("/take", content=sent), status, code)
    assert named in made.detail
    assert not made.detail.startswith(":"), "a field without a name"
    assert SECRET not in made.model_dump_json()


async def test_a_body_is_limited_whatever_its_length_says(http: httpx.AsyncClient) -> None:
    """Chunked, without a Content-Length: what is over the limit is not even read."""
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            assert read < 100, "it reads on for ever"
            yield b"x" * 8_192

    class Streamed(httpx.AsyncByteStream):
        def __aiter__(self) -> AsyncIterator[bytes]:
            return endless()

    answered = await _called(http._transport.app, endless())  # type: ignore[attr-defined]
    assert answered == 413
    assert read <= BODY_BYTES // 8_192 + 2


async def _called(app: Any, chunks: AsyncIterator[bytes]) -> int:
    """POST /take over bare ASGI; the answer's status."""
    scope = {"type": "http", "method": "POST", "path": "/take", "headers": [], "query_string": b"", "root_path": ""}
    status = 0

    async def receive() -> dict[str, Any]:
        try:
            return {"type": "http.request", "body": await anext(chunks), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(scope, receive, send)
    return status


async def test_who_hangs_up_in_the_middle_is_no_fault_of_ours(
    http: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b'{"name":'

    assert await _called(http._transport.app, half()) == 400  # type: ignore[attr-defined]
    assert "Traceback" not in "".join(capsys.readouterr())
    assert ClientDisconnect in handlers()


async def test_a_body_at_the_limit_is_taken(http: httpx.AsyncClient) -> None:
    sent = b'{"name":"' + b"x" * (BODY_BYTES - 11) + b'"}'
    assert len(sent) == BODY_BYTES
    answered = await http.post("/take", content=sent)
    assert (answered.status_code, answered.text) == (200, str(BODY_BYTES - 11))
