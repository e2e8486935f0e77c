"""/livez: the process answers. /readyz: it can do its work, and says what is missing when it can't."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hub.model.errors import OneThreadError
from hub.transport.http.problems import answer

Check = Callable[[], Awaitable[None]]


def health_routes(checks: Sequence[Check]) -> list[Route]:
    """A check raises OneThreadError with the reason when it fails."""

    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})

    async def readyz(_: Request) -> Response:
        for check in checks:
            try:
                await check()
            except OneThreadError as problem:
                return answer(problem)
        return PlainTextResponse("ready", headers={"Cache-Control": "no-store"})

    return [Route("/livez", livez), Route("/readyz", readyz)]
