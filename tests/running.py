"""A whole hub inside a test's event loop, and clients that speak its protocol over real sockets."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import websockets
from argon2 import PasswordHasher
from websockets.asyncio.client import ClientConnection

from hub.bot.default import DefaultBot
from hub.crm.local import LocalCrm
from hub.crms import local_crms
from hub.demo import AGENTS, PASSWORD, demo_site
from hub.listening import listen
from hub.main import Serving
from hub.model.events import Audience, every_event
from hub.model.ids import ulid
from hub.options import store_options
from hub.parts import now_ms
from hub.settings import Settings
from hub.store.agents import Account
from hub.store.store import Store, open_store
from hub.transport.http.server import own_origins
from hub.work import build_worker
from tests.seeded import open_seeded

PATIENCE_S = 8.0
Frame = dict[str, Any]
# Real argon2, cheap parameters: half a second for each agent of each test would be most of the test's time.
QUICK_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@cache
def the_bot() -> DefaultBot:
    """It keeps nothing between turns, so all tests may share the one that took 0.2 s to load."""
    return DefaultBot()


def fresh_id() -> str:
    return ulid(now_ms(), secrets.token_bytes(10))


def text(words: str) -> Frame:
    return {"kind": "text", "text": words}


@asynccontextmanager
async def running_hub(settings: Settings, *, worker: bool = True) -> AsyncIterator["Hub"]:
    """Serve (and work, unless told not to) until the block ends; then drain, as SIGTERM does."""
    settings = settings.model_copy(update={"sites": {**demo_site(settings), **settings.sites}})
    listening = listen(settings.host, settings.port)
    port = listening.getsockname()[1]
    stop = asyncio.Event()

    async def until() -> None:
        await stop.wait()

    options = store_options(settings)
    async with (
        open_store(options) as store,
        open_store(options) as workers_store,  # a blocked feed read holds its line: one store a process
        open_seeded(settings) as crm,
        asyncio.TaskGroup() as tasks,
    ):
        origins = own_origins(settings.public_url, settings.host, port, settings.origins)
        serving = Serving(settings, store, local_crms(crm), tasks, origins)
        await add_sample_agents(store)
        working = None
        if worker:
            built = build_worker(settings, workers_store, local_crms(crm), the_bot(), tasks)
            working = tasks.create_task(built.run())
            await built.working.wait()
        running = tasks.create_task(serving.run(listening, until))
        await serving.live.ready()
        url = f"http://127.0.0.1:{port}"
        try:
            async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=PATIENCE_S) as http:
                hub = Hub(url, settings, store, serving, crm, http)
                yield hub
                await hub.close()
        finally:
            stop.set()
            if working is not None:
                working.cancel()
                await asyncio.wait([working])
            await running


async def add_sample_agents(store: Store) -> None:
    for agent in AGENTS:
        await store.agents.add(Account.model_validate({**agent, "password": QUICK_HASH}))


async def add_agent(store: Store, id: str, **more: Any) -> None:
    """One more than the samples, with the same password."""
    account = {"id": id, "name": id.title(), "email": f"{id}@example.com", "role": "agent", **more}
    await store.agents.add(Account.model_validate({**account, "password": QUICK_HASH}))


class Peer:
    """A connected client: sends requests, waits for frames, and remembers all that it ever received."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.received: list[Frame] = []
        self._read = 0

    async def next(self) -> Frame:
        frame: Frame = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE_S))
        self.received.append(frame)
        return frame

    async def until(self, wanted: Callable[[Frame], Any], *, seen: bool = False) -> Frame:
        """The first frame from now on (with `seen`: or among those received already) for which `wanted` is true."""
        if seen:
            for frame in self.received:
                if wanted(frame):
                    return frame
        while True:
            frame = await self.next()
            if wanted(frame):
                return frame

    async def event(self, type: str, *, by: str = "", seen: bool = False) -> Frame:
        return await self.until(
            lambda f: f["t"] == "event" and f["type"] == type and (not by or f["by"]["kind"] == by), seen=seen
        )

    async def send(self, frame: Frame) -> None:
        await self.socket.send(json.dumps(frame))

    async def ask(self, t: str, id: str = "", **d: Any) -> Frame:
        """Send a request; its ack or error."""
        ref = id or fresh_id()
        await self.send({"t": t, "id": ref, "d": d})
        return await self.until(lambda f: f.get("ref") == ref)

    async def say(self, words: str, id: str = "", **more: Any) -> Frame:
        return await self.ask("message.post", id, content=text(words), **more)

    @property
    def events(self) -> list[Frame]:
        return [f for f in self.received if f["t"] == "event"]

    async def close_code(self) -> int | None:
        """Read on until the hub closes the socket."""
        try:
            while True:
                await self.next()
        except websockets.ConnectionClosed:
            return self.socket.close_code

    async def close(self) -> None:
        await self.socket.close()


@dataclass
class Hub:
    """A running hub and ways to come to it."""

    url: str
    settings: Settings
    store: Store
    serving: Serving
    crm: LocalCrm
    http: httpx.AsyncClient
    peers: list[Peer] = field(default_factory=list)

    async def ticket(self, http: httpx.AsyncClient | None = None, **body: Any) -> Frame:
        """POST /api/v1/tickets; the answer's body, whatever its status."""
        answer: Frame = (await (http or self.http).post("/api/v1/tickets", json=body)).json()
        return answer

    async def token(self, customer: str) -> str:
        """What the sample shop signs for one of its customers."""
        return (await self.http.get("/demo/token", params={"customer": customer})).text

    async def connect(self, ticket: str, *, origin: str | None = "", **hello: Any) -> Peer:
        """Open a socket and say hello; does not wait for the answer."""
        socket = await websockets.connect(
            self.url.replace("http", "ws") + "/ws",
            subprotocols=[websockets.Subprotocol("onethread.v1")],
            origin=websockets.Origin(self.url if origin == "" else origin) if origin is not None else None,
            compression=None,
            close_timeout=0.2,
        )
        peer = Peer(socket)
        self.peers.append(peer)
        await peer.send({"t": "hello", "ticket": ticket, "device": fresh_id(), "locale": "en", **hello})
        return peer

    async def customer(self, key: str = "wang", **hello: Any) -> Peer:
        """A signed-in sample customer, welcomed and live."""
        issued = await self.ticket(kind="customer", site="demo", token=await self.token(key))
        return await self._live(await self.connect(issued["ticket"], **hello))

    async def visitor(self, secret: str | None = None, **hello: Any) -> tuple[Peer, str]:
        """An anonymous visitor, welcomed and live, and their device secret."""
        body: dict[str, Any] = {"device_secret": secret} if secret else {}
        issued = await self.ticket(kind="visitor", site="demo", **body)
        peer = await self._live(await self.connect(issued["ticket"], **hello))
        return peer, secret or issued["device_secret"]

    async def _live(self, peer: Peer) -> Peer:
        await peer.until(lambda f: f["t"] == "live")
        return peer

    async def agent(self, email: str = "liming@example.com") -> Peer:
        """A signed-in agent, welcomed. Each has a cookie jar of their own."""
        async with httpx.AsyncClient(base_url=self.url, headers={"Origin": self.url}, timeout=PATIENCE_S) as http:
            signed = await http.post("/api/v1/login", json={"email": email, "password": PASSWORD})
            assert signed.status_code == 200, signed.text
            peer = await self.connect((await self.ticket(http, kind="agent"))["ticket"])
            await peer.until(lambda f: f["t"] == "welcome")
            return peer

    async def close(self) -> None:
        for peer in self.peers:
            await peer.close()
            scan(peer)


STAFF_ONLY = frozenset(name for name, event in every_event().items() if event.audience is Audience.STAFF)
STAFF_FRAMES = frozenset({"inbox", "context"})


def scan(peer: Peer) -> None:
    """Whatever a customer's socket received in whichever test: nothing of it is for staff."""
    if any(f["t"] == "welcome" and "agent" in f for f in peer.received):
        return
    for frame in peer.received:
        assert frame["t"] not in STAFF_FRAMES, frame
        assert not (frame["t"] == "presence" and "agents" in frame), frame
        for event in [frame, *frame.get("d", {}).get("events", [])]:
            assert event.get("type") not in STAFF_ONLY, event


def welcome_of(peer: Peer) -> Frame:
    return next(f for f in peer.received if f["t"] == "welcome")


def conversation_of(peer: Peer) -> str:
    conversation: str = welcome_of(peer)["conversation"]
    return conversation
