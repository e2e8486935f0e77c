"""What the fronts have in common: access tokens that expire, and faults that a test asks for.

A front is a real server on a port of its own, in a thread of its own, for a whole run of tests; a test begins with
`reset`. Its data are plain attributes, which the test reads directly: that is "asking the CRM itself".
"""

import itertools
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.ports import free_port

START_S = 30.0
Answer = Callable[[Request], Awaitable[Response]]


@dataclass
class Faults:
    """What goes wrong next. Counts are of requests to the API, tokens apart.

    limit: so many answers are "too many requests", with `retry_after` seconds. lost: so many writes are done and then
    answered with an intermediary's HTML. everybody: filters are ignored, as real CRMs do with those they don't know.
    """

    limit: int = 0
    retry_after: int = 1
    lost: int = 0
    everybody: bool = False


@dataclass
class Tokens:
    """The access tokens that were given out, and how often one was asked for."""

    refresh_token: str = "refresh-1"
    client_id: str = "client-1"
    client_secret: str = "secret-1"
    lives_s: int = 1_800
    refreshed: int = 0
    valid: set[str] = field(default_factory=set)

    def give(self) -> str:
        self.refreshed += 1
        token = f"access-{self.refreshed}"
        self.valid.add(token)
        return token

    def expire(self) -> None:
        self.valid.clear()

    def allow(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and token in self.valid

    def fits(self, form: dict[str, str]) -> bool:
        return (form.get("client_id"), form.get("client_secret"), form.get("refresh_token")) == (
            self.client_id,
            self.client_secret,
            self.refresh_token,
        )


class Front:
    """One CRM. A subclass gives `routes`, and `unauthorized` and `limited` in its CRM's words."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.reset()

    def reset(self) -> None:
        self.faults = Faults()
        self.tokens = Tokens()
        self.requests: list[str] = []
        self.limited_at: list[float] = []
        self.ids = itertools.count(1001)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- what a subclass says ---------------------------------------------------------------------------------

    def routes(self) -> list[Route]:
        raise NotImplementedError

    def unauthorized(self) -> Response:
        raise NotImplementedError

    def limited(self) -> Response:
        raise NotImplementedError

    # --- faults around each answer ----------------------------------------------------------------------------

    def guarded(self, answer: Answer) -> Answer:
        """`answer` for who has a token, when no fault is in its way."""

        async def serve(request: Request) -> Response:
            self.requests.append(f"{request.method} {request.url.path}")
            if not self.tokens.allow(request):
                return self.unauthorized()
            if self.faults.limit:
                self.faults.limit -= 1
                self.limited_at.append(time.monotonic())
                return self.limited()
            response = await answer(request)
            if self.faults.lost and _wrote(request, response):
                self.faults.lost -= 1
                return HTMLResponse("<html><h1>502 Bad Gateway</h1></html>", 502)
            return response

        return serve

    # --- its life ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        app = Starlette(routes=self.routes())
        config = uvicorn.Config(
            app, host="127.0.0.1", port=self.port, log_level="error", lifespan="off", ws="none", timeout_keep_alive=600
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        ends = time.monotonic() + START_S
        while not self._server.started:
            assert time.monotonic() < ends, "the front does not start"
            time.sleep(0.01)

    def end(self) -> None:
        with suppress(AttributeError):
            self._server.should_exit = True  # type: ignore[union-attr]
            self._thread.join(START_S)  # type: ignore[union-attr]


async def fields_of(request: Request) -> dict[str, str]:
    """Those of a form."""
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _wrote(request: Request, response: Response) -> bool:
    reads = ("/search", "/batch/read")
    wrote = request.method in ("POST", "PATCH") and not request.url.path.endswith(reads)
    return wrote and response.status_code < 300
