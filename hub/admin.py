"""The admin port of a process: what Prometheus and a supervisor ask, away from where customers come in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub import __version__
from hub.listening import listen
from hub.metrics.families import of_process
from hub.metrics.loop import LoopLag
from hub.metrics.page import CONTENT_TYPE, Page
from hub.model.errors import OneThreadError
from hub.settings import Settings
from hub.store.census import Census
from hub.store.store import Store
from hub.transport.http.health import Check, Readiness, free_disk, health_routes
from hub.transport.http.server import Server

LATE_S = 600.0
SKEW_S = 5.0
# Nothing goes by this machine's clock, but its logs do. When the CRM is down its jobs wait, whichever node one asks:
# customers must be served all the same.
OF_WORK = frozenset({"clock"})
ADVISORY = OF_WORK | {"outbox"}


class OutboxLagging(OneThreadError):
    code = "outbox_lagging"
    sentence = "Jobs wait long to leave the hub."
    http = 503


class ClockSkewed(OneThreadError):
    code = "clock_skewed"
    sentence = "This machine's clock and the store's differ."
    http = 503


class AdminPort(OneThreadError):
    code = "admin_port"
    sentence = "The admin port can't be opened."
    retry = False


def reachable(store: Store) -> Check:
    async def check() -> None:
        await store.client.do("EXISTS", store.keys.everywhere("probe"))

    return check


def beside_the_store(store: Store, what: str, begun: asyncio.Event, not_yet: OneThreadError) -> Readiness:
    """Of a process that calls are in: ready once it has begun (`what`), `not_yet` before. A store that is away takes
    none out of service: its calls go on.
    """

    async def check() -> None:
        if not begun.is_set():
            raise not_yet

    return Readiness({"store": reachable(store)}, {what: check}, frozenset({"store"}))


def store_checks(settings: Settings, store: Store, census: Census) -> dict[str, Check]:
    """What must hold in the store and under it: it answers, a small write is taken, jobs leave, there is disk."""

    async def outbox() -> None:
        late = (await census.take()).oldest_job_s(census.now())
        if late > LATE_S:
            raise OutboxLagging(f"the oldest waits for {late:.0f} s")

    async def clock() -> None:
        if abs(ahead := store.clock.skew_s) > SKEW_S:
            raise ClockSkewed(f"it is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}")

    disk = free_disk(settings.data_dir)
    return {"store": reachable(store), "write": store.check, "outbox": outbox, "disk": disk, "clock": clock}


@asynccontextmanager
async def admin_port(
    settings: Settings, process: str, page: Page, census: Census, readiness: Readiness
) -> AsyncIterator[None]:
    """Open while the block lasts, if the settings want it. Raises AdminPort."""
    if not settings.admin_port:
        yield
        return
    try:
        listening = listen(settings.admin_host, settings.admin_port)
    except OSError as error:
        raise AdminPort(f"{settings.admin_host}:{settings.admin_port}: {error.strerror}") from error
    loop = LoopLag()
    page.add(of_process(__version__, process, loop))

    async def metrics(_: Request) -> Response:
        await census.try_take()
        return Response(page.text(), media_type=CONTENT_TYPE)

    routes = [Route("/metrics", metrics), *health_routes(readiness)]
    server = Server(Starlette(routes=routes), "", {"ws": "none"})
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(loop.watch())
        serving = tasks.create_task(server.serve([listening]))
        try:
            yield
        finally:
            watching.cancel()
            server.should_exit = True
            await serving
