"""Errors over HTTP: RFC 9457 problem+json with the registry's codes."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, TypeVar

import structlog
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from hub.model.errors import BadRequest, NotFound, OneThreadError, TooLong
from hub.transport.http.models import problem

log = structlog.get_logger()
BODY_BYTES = 65_536
M = TypeVar("M", bound=BaseModel)


def of(error: OneThreadError) -> tuple[dict[str, str], bytes]:
    """Headers and body of the error's answer (RFC 9457); its status is `error.http`."""
    headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    return headers, problem(error).model_dump_json(exclude_none=True).encode()


def answer(error: OneThreadError) -> Response:
    headers, body = of(error)
    return Response(body, error.http, headers)


def last_words(error: OneThreadError, more: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The whole answer, where there is no ASGI any more: the connection ends behind it. `more` headers go with it."""
    headers, body = of(error)
    headers |= more
    lines = [f"HTTP/1.1 {error.http} {HTTPStatus(error.http).phrase}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body


def bad(detail: str, status: int) -> BadRequest:
    """A bad request for which HTTP has a status of its own."""
    wrong = BadRequest(detail)
    wrong.http = status  # type: ignore[misc]
    return wrong


async def named(_: Request, error: Exception) -> Response:
    assert isinstance(error, OneThreadError)
    return answer(error)


async def of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return answer(NotFound())
    response = answer(bad(error.detail, error.status_code))
    response.headers.update(error.headers or {})
    if error.status_code == 405 and (allowed := _allowed(request)):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _allowed(request: Request) -> set[str]:
    """By all routes of this path; Starlette names the methods of the first."""
    allowed = set[str]()
    for route in request.app.routes:
        if isinstance(route, Route) and route.path_regex.match(request.url.path):
            allowed |= route.methods or set()
    return allowed


async def hung_up(_: Request, __: Exception) -> Response:
    """Nobody reads it, but it is no fault of ours that should be logged as one."""
    return answer(BadRequest("the body ended early"))


async def unexpected(request: Request, error: Exception) -> Response:
    log.error("request failed", path=request.url.path, exc_info=error)
    return answer(OneThreadError())


async def body(request: Request, model: type[M]) -> M:
    """The request's body as `model`. Raises BadRequest naming the field, TooLong beyond 64 KiB."""
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > BODY_BYTES:
            raise TooLong("a body may hold at most 64 KiB")
    try:
        return model.model_validate_json(bytes(taken))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])  # nowhere: the body is no JSON, or no object
        raise BadRequest((f"{where}: {first['msg']}" if where else first["msg"])[:300]) from None


def handlers() -> dict[Any, Any]:
    """For Starlette's `exception_handlers`."""
    return {OneThreadError: named, HTTPException: of_http, ClientDisconnect: hung_up, Exception: unexpected}
