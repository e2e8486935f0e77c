"""/livez: the process answers. /readyz: it can do its work, and says check by check what holds and what does not."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hub.model.errors import DiskFull, OneThreadError, StoreUnavailable
from hub.transport.http import models

Check = Callable[[], Awaitable[None]]
FRESH_S = 1.0
CHECK_S = 2.0
SCARCE = 64 << 20  # bytes of free disk below which nothing is accepted any more (as `onethread doctor` says)
PLAIN = {"Cache-Control": "no-store"}


def free_disk(place: Path) -> Check:
    """A check: is there room for what the hub writes there?"""

    async def check() -> None:
        held = os.statvfs(place)
        free = held.f_bavail * held.f_frsize
        if free < SCARCE:
            raise DiskFull(f"{free >> 20} MiB free")

    return check


class Readiness:
    """A check raises OneThreadError with the reason when it fails.

    `checks` are asked once a second at most, however many ask; `instant` ones, which cost nothing, each time. Those
    named in `advisory` are told of, but take nobody out of service: with a CRM down, its outbox lags on every node.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        instant: Mapping[str, Check],
        advisory: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._checks = checks
        self._instant = instant
        self._advisory = advisory
        self._clock = clock
        self._turn = asyncio.Lock()
        self._at = float("-inf")
        self._found: dict[str, OneThreadError | None] = {}

    async def look(self, *, detailed: bool = True) -> models.Readiness:
        """Without details, a reason is only its code: where customers come in, nobody learns names of our machines."""
        async with self._turn:
            if self._clock() - self._at >= FRESH_S:
                self._found = {name: await _outcome(check) for name, check in self._checks.items()}
                self._at = self._clock()
        found = {name: await _outcome(check) for name, check in self._instant.items()} | self._found
        failed = [name for name, problem in found.items() if problem and name not in self._advisory]
        first = found[failed[0]] if failed else None
        return models.Readiness(
            ready=not failed,
            code=first.code if first else "",
            failed=tuple(failed),
            checks={name: self._told(name, problem, detailed) for name, problem in found.items()},
        )

    def _told(self, name: str, problem: OneThreadError | None, detailed: bool) -> models.Check:
        why = problem and (f"{problem.code}: {problem.detail or problem.sentence}" if detailed else problem.code)
        return models.Check(ok=problem is None, vital=name not in self._advisory, why=why)


async def _outcome(check: Check) -> OneThreadError | None:
    try:
        async with asyncio.timeout(CHECK_S):
            await check()
    except OneThreadError as problem:
        return problem
    except TimeoutError:
        return StoreUnavailable(f"no answer within {CHECK_S:g} s")
    except OSError as problem:
        return DiskFull(problem.strerror or type(problem).__name__)
    return None


def health_routes(readiness: Readiness, *, detailed: bool = True) -> list[Route]:
    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok", headers=PLAIN)

    async def readyz(_: Request) -> Response:
        found = await readiness.look(detailed=detailed)
        body = found.model_dump_json(exclude_none=True)
        return Response(body, 200 if found.ready else 503, PLAIN, "application/json")

    return [Route("/livez", livez), Route("/readyz", readyz)]
