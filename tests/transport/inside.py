"""A serving process without HTTP and without sockets, and callers who speak the protocol to it: forty ms, not 500."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from hub.crm.local import LocalCrm
from hub.crms import Crms, local_crms, open_crms, open_local
from hub.main import Serving
from hub.model.identity import Identity, IdentityKind, Proof
from hub.options import store_options
from hub.parts import now_ms
from hub.settings import Settings
from hub.store.store import Store, open_store
from hub.store.tickets import Bearer
from hub.transport.connection import Connection
from hub.work import build_worker
from tests.running import PATIENCE_S, Frame, add_sample_agents, fresh_id, scan, text, the_bot
from tests.seeded import open_seeded
from tests.transport.wires import FakeWire

ORIGIN = "https://hub.example"


def account(sub: str) -> Identity:
    return Identity(kind=IdentityKind.ACCOUNT, value=f"default/{sub}", proof=Proof.SIGNED)


def device(name: str) -> Identity:
    return Identity(kind=IdentityKind.VISITOR, value=name)


class Caller:
    """Asks, waits, and remembers all that it received. `until` reads on where it stopped; answers don't move it."""

    def __init__(self, wire: FakeWire, connection: Connection) -> None:
        self.wire = wire
        self.connection = connection
        self._read = 0

    @property
    def received(self) -> list[Frame]:
        return self.wire.frames

    @property
    def events(self) -> list[Frame]:
        return [f for f in self.received if f["t"] == "event"]

    @property
    def welcome(self) -> Frame:
        return next(f for f in self.received if f["t"] == "welcome")

    @property
    def conversation(self) -> str:
        return str(self.welcome["conversation"])

    async def until(self, wanted: Callable[[Frame], Any], *, seen: bool = False) -> Frame:
        """The first frame from now on (with `seen`: of all) for which `wanted` is true."""
        found = await self.wire.until(wanted, 0 if seen else self._read)
        self._read = max(self._read, found + 1)
        return self.received[found]

    async def event(self, type: str, *, seen: bool = False, **d: Any) -> Frame:
        """An event of this type whose body has these fields."""
        return await self.until(
            lambda f: f["t"] == "event" and f["type"] == type and d.items() <= f["d"].items(), seen=seen
        )

    def send(self, frame: Any) -> None:
        # As browsers write it: nothing is escaped that JSON allows as it is.
        self.connection.received(frame if isinstance(frame, bytes) else json.dumps(frame, ensure_ascii=False).encode())

    async def ask(self, t: str, id: str = "", **d: Any) -> Frame:
        """Send a request; its ack or error."""
        ref, start = id or fresh_id(), len(self.received)
        self.send({"t": t, "id": ref, "d": d})
        return self.received[await self.wire.until(lambda f: f.get("ref") == ref, start)]

    async def say(self, words: str, id: str = "", **more: Any) -> Frame:
        return await self.ask("message.post", id, content=text(words), **more)

    async def history(self, limit: int = 200, **more: Any) -> list[Frame]:
        """All that can be paged back to."""
        found: list[Frame] = []
        before, on = 0, True
        while on:
            page = (await self.ask("history", before=before, limit=limit, **more))["d"]
            found = page["events"] + found
            before, on = page["oldest"], page["more"]
        return found

    async def end(self) -> tuple[int, str]:
        return await self.wire.end()

    def leave(self) -> None:
        self.connection.lost()


@dataclass
class Inside:
    """`own` = where its pages come from."""

    settings: Settings
    store: Store
    crm: LocalCrm
    serving: Serving
    callers: list[Caller] = field(default_factory=list)

    async def enter(self, bearer: Bearer, **hello: Any) -> Caller:
        """Say hello with a fresh ticket; does not wait for the answer."""
        ticket = await self.store.tickets.issue(bearer)
        wire = FakeWire(bearer.origin)
        caller = Caller(wire, self.serving.node.open(wire))
        self.callers.append(caller)
        caller.send({"t": "hello", "ticket": ticket, "device": fresh_id(), "locale": "en", **hello})
        return caller

    async def customer(self, *identities: Identity, name: str = "", channel: str = "web", **hello: Any) -> Caller:
        """Whoever proves these identities, welcomed and live. Somebody new when there are none."""
        proven = identities or (account(secrets.token_hex(4)),)
        named = next((i.value for i in proven if i.kind is IdentityKind.VISITOR), "")
        bearer = Bearer(
            kind="customer", origin=ORIGIN, site="demo", identities=proven, device=named, name=name, channel=channel
        )
        caller = await self.enter(bearer, **hello)
        await caller.until(lambda f: f["t"] == "live")
        return caller

    async def agent(self, id: str = "liming") -> Caller:
        """A signed-in agent, welcomed."""
        cookie = await self.store.logins.open(id)
        login = self.store.logins.name(cookie)
        caller = await self.enter(Bearer(kind="agent", origin=ORIGIN, channel="console", agent=id, login=login))
        await caller.until(lambda f: f["t"] == "welcome")
        return caller

    async def served(self, agent: Caller, *identities: Identity, **more: Any) -> tuple[Caller, str]:
        """A customer who wrote, and whom `agent` follows and has."""
        customer = await self.customer(*identities, **more)
        await customer.say("hello")
        conversation = customer.conversation
        assert (await agent.ask("conversation.assign", conversation=conversation))["t"] == "ack"
        assert (await agent.ask("conversation.follow", conversation=conversation))["t"] == "ack"
        await agent.until(lambda f: f["t"] == "live" and f["conversation"] == conversation)
        return customer, conversation

    async def state(self, conversation: str) -> Any:
        return await self.store.logs.load(conversation)


@asynccontextmanager
async def _crms(settings: Settings, local: LocalCrm) -> AsyncIterator[Crms]:
    """Those of the settings; the embedded one alone if they name none."""
    if not settings.crm:
        yield local_crms(local)
        return
    async with open_crms(settings, now_ms) as opened:
        yield opened


@asynccontextmanager
async def inside(settings: Settings, *, worker: bool = False) -> AsyncIterator[Inside]:
    """Until the block ends. With `worker`, its reactions run here as well, and the CRM has the sample customers."""
    options = store_options(settings)
    async with (
        open_store(options) as store,
        open_store(options) as workers_store,
        open_seeded(settings) if worker else open_local(settings, now_ms) as crm,
        _crms(settings, crm) as crms,
        asyncio.TaskGroup() as tasks,
    ):
        await add_sample_agents(store)
        serving = Serving(settings, store, crms, tasks, frozenset({ORIGIN}))
        work = [
            serving.live.follow(),
            serving.live.hear(),
            serving.inboxes.tell(),
            serving.attendance.keep(),
            serving.node.sweep(),
            serving.integrations.keep(),
        ]
        if worker:
            built = build_worker(settings, workers_store, crms, the_bot(), tasks)
            work.append(built.run())
        running = [tasks.create_task(each) for each in work]
        await serving.live.ready()
        if worker:
            await built.working.wait()
        made = Inside(settings, store, crm, serving)
        try:
            yield made
            for caller in made.callers:
                scan(caller)
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running, timeout=PATIENCE_S)
            for caller in made.callers:
                caller.leave()
