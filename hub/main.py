"""The serving process, assembled: sockets and HTTP. With hub/work.py and hub/media.py, the files that know everyone."""

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine
from functools import cache, partial
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from hub.admin import ADVISORY, admin_port, store_checks
from hub.bot.default import DefaultBot
from hub.crms import Crms, open_crms
from hub.demo import demo_routes, demo_site
from hub.doctor.sites import keys_of
from hub.listening import listen
from hub.memory import settle_memory
from hub.metrics import families
from hub.metrics.calls import SCORES, of_calls
from hub.metrics.commits import CommitTally
from hub.metrics.histogram import Histogram
from hub.metrics.page import Page
from hub.model.errors import BadRequest, Draining
from hub.options import policy, recordings, records, store_options
from hub.parts import (
    accounts,
    call_desk,
    calls_of,
    context_desk,
    cookies,
    files,
    halls,
    integrations,
    media,
    new_id,
    now_ms,
    pages_of,
    site_name,
    site_of,
)
from hub.process import asked_to_end, raise_file_limit
from hub.services.advice import Advice
from hub.services.attendance import Attendance
from hub.services.conversations import Conversations
from hub.services.crm_asks import CrmAsks
from hub.services.crm_news import CrmNewsroom
from hub.services.customers import Customers
from hub.services.fanout import Fanout
from hub.services.guests import GuestBook
from hub.services.inbox import Inboxes
from hub.services.live import Live
from hub.services.search import Search
from hub.services.transcripts import Transcripts
from hub.settings import Settings
from hub.store.census import Census
from hub.store.schema import settle
from hub.store.store import Store, open_store
from hub.transport.agent_desk import AgentDesk
from hub.transport.crm_desk import CrmDesk
from hub.transport.customer_desk import CustomerDesk
from hub.transport.guest_desk import GuestDesk
from hub.transport.http.api import Api
from hub.transport.http.crm_api import CrmApi
from hub.transport.http.files import FilesApi
from hub.transport.http.health import Readiness, health_routes
from hub.transport.http.problems import handlers
from hub.transport.http.recordings import RecordingsApi
from hub.transport.http.server import Server, own_origins
from hub.transport.node import Node, Terms
from hub.transport.requests import Requests
from hub.transport.websocket.asgi import socket_routes
from hub.transport.websocket.serving import uvicorn_options
from hub.transport.websocket.wire import Limits

log = structlog.get_logger()


def refuse_weak_keys(settings: Settings) -> None:
    """Raises BadRequest: with such a key anybody could sign in as any customer, or nobody."""
    for name, site in settings.sites.items():
        for finding in keys_of(name, site):
            raise BadRequest(f"[sites.{name}] {finding.what.en} {finding.mend.en if finding.mend else ''}".strip())


async def serve(settings: Settings) -> None:
    """Serve sockets and HTTP, until SIGTERM; then drain. Raises BadRequest: a site's key is none."""
    raise_file_limit()
    if settings.demo:
        settings = settings.model_copy(update={"sites": {**demo_site(settings), **settings.sites}})
    refuse_weak_keys(settings)
    listening = listen(settings.host, settings.port)
    port = listening.getsockname()[1]
    origins = own_origins(settings.public_url, settings.host, port, settings.origins)
    async with (
        open_store(store_options(settings)) as store,
        open_crms(settings, now_ms) as crms,
        asyncio.TaskGroup() as tasks,
    ):
        life = await settle(store.client, store.keys)
        server = Serving(settings, store, crms, tasks, origins)
        settle_memory()
        async with admin_port(settings, "serve", server.page(), server.census, server.readiness):
            await server.run(listening, lambda: asked_to_end(life.ended()))


class Serving:
    """One serving process, assembled."""

    def __init__(
        self, settings: Settings, store: Store, crms: Crms, tasks: asyncio.TaskGroup, own: frozenset[str]
    ) -> None:
        self._settings = settings
        self._store = store
        self._tasks = tasks
        self._own = own
        self.commits, self.crms, self.census = CommitTally(), crms, Census(store, store.clock)
        checks = store_checks(settings, store, self.census)
        self.readiness = Readiness(checks, {"draining": self._not_draining}, ADVISORY)
        self.fanout = Fanout(store.logs, tasks)
        self.conversations = Conversations(
            store.committer,
            store.logs,
            policy(settings),
            store.clock,
            lambda conversation, entries: self.live.appended(conversation, entries),  # noqa: PLW0108 made below
            tasks,
            settings.durable_timeout_s,
            settings.max_sockets,
            self.commits.ended,
        )
        self.contexts = context_desk(settings, store, self.conversations, crms)
        self.advice = Advice(
            cache(DefaultBot), Transcripts(store.logs), self.contexts, store.clock, partial(site_name, settings)
        )
        self.integrations = integrations(store, crms)
        self.accounts = accounts(store, self.conversations)
        self.customers = Customers(self.conversations, store.identities, new_id)
        self.attendance = Attendance(
            store.agents,
            store.presence,
            store.places,
            store.whispers,
            store.clock,
            int(settings.presence_s * 1000),
            lambda agents, online: self.node.presence_changed(agents, online),  # noqa: PLW0108 made below
        )
        self.inboxes = Inboxes(self.conversations, store.logs, store.places, self.attendance, store.seats)
        self.media, self.halls = media(settings, store), halls(settings, store, tasks)
        self.scores, self.files = Histogram(SCORES), files(settings, store, self.conversations)
        self.guests = GuestBook(self.conversations, self.contexts, store.guests, store.logs, store.clock)
        self.node = self._node()
        shards = range(settings.shards)
        self.live = Live(
            store.feeds,
            store.whispers,
            self.conversations,
            self.fanout,
            shards,
            self.inboxes.changed,
            self.node.whispered,
            self.inboxes.read_again,
        )

    def _node(self) -> Node:
        settings, store = self._settings, self._store
        embedding = {origin for site in settings.sites.values() for origin in site.origins}
        terms = Terms(
            settings.durability,
            settings.calls != "off",
            records(settings),
            settings.file_bytes,
            settings.requests_per_10s,
            settings.staff_requests_per_10s,
            settings.max_sockets,
            settings.drain_s,
        )
        node = Node(
            terms,
            self._tasks,
            store.tickets,
            self.customers,
            store.agents,
            store.logins,
            store.logs,
            self.fanout,
            self.attendance,
            store.whispers,
            self._own | embedding,
            new_id,
            store.clock,
        )
        requests = Requests(self.conversations, self.files, store.logs, store.whispers, node)
        meeting = self.media, self.halls
        calls = calls_of(settings, store, self.conversations, *meeting, self.scores.observe)
        sitting = store.seats, store.qualities
        self.calls = call_desk(calls, requests, self.conversations, self.attendance, self.guests, *sitting, node)
        asks = CrmAsks(self.conversations, self.contexts, self.crms.connections)
        node.staff(
            CustomerDesk(requests, self.conversations, self.customers, self.fanout, store.whispers, self.calls),
            AgentDesk(
                requests,
                self.conversations,
                self.customers,
                self.contexts,
                self.fanout,
                self.inboxes,
                self.attendance,
                Search(
                    self.conversations,
                    self.customers,
                    store.identities,
                    store.crm_people,
                    frozenset(site.realm for site in settings.sites.values()),
                    [connection.name for connection in self.crms.connections],
                ),
                CrmDesk(asks, self.advice, self.integrations),
                self.calls,
            ),
            GuestDesk(self.guests, self.fanout, self.calls),
            self.calls.whispered,
        )
        return node

    def application(self, limits: Limits) -> Starlette:
        settings = self._settings
        sites = {name: site_of(name, site, self._store.clock) for name, site in settings.sites.items()}
        api = Api(
            sites,
            self._own,
            self._store.tickets,
            self.accounts,
            self.attendance,
            self._store.presence,
            time.monotonic,
            settings.tickets_per_min,
            *cookies(settings, self._own),
            self.guests,
        )
        newsroom = CrmNewsroom(
            self.crms.connections,
            self.conversations,
            self.customers,
            self._store.crm_people,
            self._store.identities,
            sorted({site.realm for site in settings.sites.values()}),
        )
        crm = CrmApi(api, self.integrations, newsroom, self.advice, self.conversations, self._store.clock)
        films = RecordingsApi(api, recordings(settings))
        embedders = {name: site.origins for name, site in sites.items()}
        pages = pages_of(settings, embedders)
        routes: list[BaseRoute] = [
            *health_routes(self.readiness, detailed=False),
            *api.routes(),
            *crm.routes(),
            *films.routes(),
            *FilesApi(self.files).routes(),
        ]
        routes += pages.routes()
        if settings.demo:
            routes += demo_routes(settings)
        if settings.wire == "asgi":
            routes += socket_routes(self.node, limits)
        application = Starlette(routes=routes, exception_handlers=handlers())
        application.router.redirect_slashes = False  # it would redirect to whatever Host the request names
        return application

    def page(self) -> Page:
        return Page(
            families.of_commits(self.commits),
            families.of_crm(self.crms.vitals, self.crms.breakers),
            families.of_sockets(self.node, self.fanout, self._settings.max_sockets),
            families.of_store(self.census, lambda: range(self._settings.shards), self._store.clock),
            families.of_clock(self._store.clock),
            of_calls(lambda: self.calls.sitting, self.scores),
        )

    async def _not_draining(self) -> None:
        if self.node.draining:
            raise Draining

    async def run(self, listening: socket.socket, until: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Serve on a bound socket until `until` returns; then drain. Whatever else runs here is cancelled."""
        settings = self._settings
        limits = Limits(queue_frames=settings.queue_frames, queue_bytes=settings.queue_bytes)
        options = uvicorn_options(settings.wire, self.node, limits)
        server = Server(self.application(limits), settings.trusted_proxies, options)
        background = [
            self._tasks.create_task(work)
            for work in (
                self.live.follow(),
                self.live.hear(),
                self.inboxes.tell(),
                self.attendance.keep(),
                self.node.sweep(),
                self.calls.keep(),
                self.integrations.keep(),
                *([self.media.watch()] if self.media else []),
                *([self.halls.keep()] if self.halls else []),
            )
        ]
        await self.live.ready()
        serving = self._tasks.create_task(server.serve([listening]))
        log.info("serving", address=f"http://{settings.host}:{listening.getsockname()[1]}")
        ending = self._tasks.create_task(until())
        await asyncio.wait([serving, ending], return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        await self.node.drain()
        server.should_exit = True
        await serving
        for task in background:
            task.cancel()
