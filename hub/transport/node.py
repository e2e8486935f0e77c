"""One serving process as its sockets see it: the door they come in by, their welcome, and their way out."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal

import structlog

from hub.model.commands import Arrive
from hub.model.content import MESSAGE_CHARS
from hub.model.errors import (
    Draining,
    Forbidden,
    HeartbeatLost,
    OneThreadError,
    Overloaded,
    Replaced,
    Revoked,
    StoreUnavailable,
    UnsupportedVersion,
)
from hub.model.frozen import frozen
from hub.model.party import Party, PartyKind
from hub.services.attendance import Attendance
from hub.services.customers import Customers, customer_party
from hub.services.fanout import Fanout
from hub.services.rows import anonymous, own_state
from hub.services.spans import span
from hub.store.agents import Agents
from hub.store.logins import Logins
from hub.store.logs import Logs
from hub.store.tickets import Bearer, Tickets
from hub.store.whispers import Whisper, Whispers
from hub.transport import answers
from hub.transport.connection import Connection, Desk
from hub.transport.frames import FRAME_BYTES, HEARTBEAT_SECONDS, PROTOCOL, Hello
from hub.transport.guest_desk import GuestDesk
from hub.transport.hub_frames import Limits, Welcome
from hub.transport.rate import Bucket
from hub.transport.replay import replay, start
from hub.transport.websocket.wire import Wire

log = structlog.get_logger()
WELCOMES_AT_ONCE = 64
SWEEP_S = 5.0
LOGINS_S = 60.0


@frozen
class Terms:
    """What a socket may count on here. Rates are requests per 10 s; `drain_s` is in seconds."""

    durability: Literal["memory", "fsync", "replicated"] = "fsync"
    calls: bool = False
    records: bool = False
    file_bytes: int = 20 << 20
    requests_per_10s: int = 60
    staff_requests_per_10s: int = 300
    max_sockets: int = 20_000
    drain_s: float = 5.0


class Node:
    """`origins` are those that browsers may come from, `now` gives epoch ms. The composition root sets desks, once."""

    def __init__(
        self,
        terms: Terms,
        tasks: asyncio.TaskGroup,
        tickets: Tickets,
        customers: Customers,
        agents: Agents,
        logins: Logins,
        logs: Logs,
        fanout: Fanout,
        attendance: Attendance,
        whispers: Whispers,
        origins: frozenset[str],
        new_id: Callable[[], str],
        now: Callable[[], int],
    ) -> None:
        self.tasks = tasks
        self._terms = terms
        self._tickets = tickets
        self._customers = customers
        self._agents = agents
        self._logins = logins
        self._logs = logs
        self._fanout = fanout
        self._attendance = attendance
        self._whispers = whispers
        self._origins = origins
        self._new_id = new_id
        self._now = now
        self._desks: dict[str, Desk] = {}
        self._guests: GuestDesk | None = None
        self._calls: Callable[[Whisper], None] = lambda _: None
        self._open: set[Connection] = set()
        self._devices: dict[tuple[str, str], tuple[int, Connection]] = {}  # since when (epoch ms) it is where
        self._welcoming = asyncio.Semaphore(WELCOMES_AT_ONCE)
        self.now_s = asyncio.get_running_loop().time
        self._empty = asyncio.Event()
        self._online = False
        self.closed: Counter[str] = Counter()  # by the error's code; `left` = the other side went
        self.draining = False

    def staff(self, customers: Desk, agents: Desk, guests: GuestDesk, calls: Callable[[Whisper], None]) -> None:
        """Who answers whom, and who hears what is said in calls."""
        self._desks = {"customer": customers, "agent": agents}
        self._guests = guests
        self._calls = calls

    def set_rates(self, requests_per_10s: int, staff_requests_per_10s: int) -> None:
        """For sockets that open from now on."""
        self._terms = replace(
            self._terms, requests_per_10s=requests_per_10s, staff_requests_per_10s=staff_requests_per_10s
        )

    # --- the door -----------------------------------------------------------------------------------------

    def admit(self, origin: str | None, subprotocols: Sequence[str], peer: str) -> None:
        """Exact origins only. Clients that are no browsers send none; a ticket made for a page won't work for them."""
        if self.draining:
            raise Draining
        if origin is not None and origin not in self._origins:
            raise Forbidden("this origin may not connect")
        if len(self._open) >= self._terms.max_sockets:
            raise Overloaded
        if PROTOCOL not in subprotocols:
            raise UnsupportedVersion

    def open(self, wire: Wire) -> Connection:
        connection = Connection(self._new_id(), wire, self)
        self._open.add(connection)
        return connection

    def left(self, connection: Connection) -> None:
        if connection in self._open:
            self.closed[connection.why or "left"] += 1
            log.debug("socket closed", connection=connection.id, why=connection.why or "left")
        self._open.discard(connection)
        if connection in self._devices.get(connection.device, ()):
            del self._devices[connection.device]
        if not self._open:
            self._empty.set()

    @property
    def sockets(self) -> int:
        return len(self._open)

    def kinds(self) -> Iterator[str]:
        """Whose each open socket is: customer, agent, guest, or unwelcomed (nobody's yet)."""
        return (c.bearer.kind if c.desk and c.bearer else "unwelcomed" for c in self._open)

    # --- welcome ------------------------------------------------------------------------------------------

    async def welcome(self, connection: Connection, hello: Hello) -> None:
        """Redeem the ticket, say who they are, replay, go live. Raises TicketInvalid and the like."""
        async with self._welcoming:
            with span("welcome", connection=connection.id):
                await self._let_in(connection, hello)

    async def _let_in(self, connection: Connection, hello: Hello) -> None:
        bearer = await self._tickets.redeem(hello.ticket, connection.wire.origin or "")
        connection.bearer = bearer
        connection.channel = bearer.channel
        if bearer.kind == "agent":
            await self._welcome_agent(connection, bearer, hello)
        elif bearer.kind == "guest":
            await self._welcome_guest(connection, bearer, hello)
        else:
            await self._welcome_customer(connection, bearer, hello)
        self._say_welcomed(connection)

    def _say_welcomed(self, connection: Connection) -> None:
        follower = connection.follower
        log.debug(
            "welcomed",
            connection=connection.id,
            agent=connection.agent,
            conversation=follower.conversation if follower else "",
            channel=connection.channel,
        )

    async def _welcome_customer(self, connection: Connection, bearer: Bearer, hello: Hello) -> None:
        it = await self._customers.recognise(bearer.identities)
        arrival = Arrive(bearer.identities, bearer.name, hello.locale, hello.page, bearer.site)
        await self._customers.arrive(it, arrival, customer_party(it), bearer.channel)
        it = await self._customers.current(it.id)
        connection.party = customer_party(it)
        await self._seat(connection, it.id, hello.device)
        connection.deliver(
            self._frame(
                connection,
                customer={"id": it.id, "name": it.who.name, "anonymous": anonymous(it)},
                conversation=it.id,
                epoch=it.epoch,
                seq=it.seq,
                state=own_state(it, online=self._attendance.online),
            )
        )

        # Follow before reading: an event in between would be lost.
        follower = connection.follower = self._fanout.follow(it.id, connection, it.seq)
        # From here on requests are taken; live events queue behind the replay in the log.
        connection.opened(self._desks["customer"], Bucket(self._terms.requests_per_10s, 10.0, self.now_s()))
        begin = await start(self._logs, it, hello.resume.get(it.id), staff=False)
        await replay(connection, self._fanout, follower, begin)

    async def _welcome_agent(self, connection: Connection, bearer: Bearer, hello: Hello) -> None:
        account = await self._agents.get(bearer.agent)
        # The ticket may be older than the end of its login, which closed the sockets that there were.
        if account is None or not await self._logins.alive(bearer.login):
            raise Revoked
        connection.staff, connection.agent = True, account.id
        connection.party = Party(kind=PartyKind.AGENT, id=account.id, name=account.name)
        await self._seat(connection, account.id, hello.device)
        await self._attendance.come(account.id)
        try:
            await self._attendance.refresh()
        except BaseException:
            self._attendance.leave(account.id)  # or an agent whom nobody can reach would be here for ever
            raise
        me = next((a for a in self._attendance.agents if a["id"] == account.id), {})
        connection.deliver(self._frame(connection, agent={**me, "email": account.email}))
        connection.deliver(answers.frame(t="presence", agents=self._attendance.agents))
        bucket = Bucket(self._terms.staff_requests_per_10s, 10.0, self.now_s())
        connection.opened(self._desks["agent"], bucket)

    async def _welcome_guest(self, connection: Connection, bearer: Bearer, hello: Hello) -> None:
        """Into one call and nothing else. Raises LinkOver and its kind."""
        assert self._guests is not None
        guest, known = await self._guests.admit(bearer.guest)
        await self._seat(connection, guest.party, hello.device)
        connection.deliver(self._frame(connection, **known))
        self._guests.hold(connection, guest)
        connection.opened(self._guests, Bucket(self._terms.requests_per_10s, 10.0, self.now_s()))
        await self._guests.show(connection)

    async def _seat(self, connection: Connection, who: str, device: str) -> None:
        """A device that connects again has lost its first socket, wherever that is, even if nobody knows yet."""
        connection.device = who, device
        _, before = self._devices.get(connection.device, (0, None))
        now = self._now()
        self._devices[connection.device] = now, connection
        if before is not None:
            before.close(Replaced())
        await self._whispers.say(Whisper(kind="seated", subject=who, device=device, at=now, but=connection.id))

    def _seated_elsewhere(self, device: tuple[str, str], at: int, id: str) -> None:
        """Unless it has come here since: words may overtake each other, and the last socket must stay."""
        since, held = self._devices.get(device, (0, None))
        if held is not None and held.id != id and (since, held.id) < (at, id):
            held.close(Replaced())

    def _frame(self, connection: Connection, **fields: Any) -> bytes:
        staff = connection.staff
        rate = self._terms.staff_requests_per_10s if staff else self._terms.requests_per_10s
        welcome = Welcome(
            connection=connection.id,
            now=self._now(),
            calls=self._terms.calls,
            records=self._terms.records,
            heartbeat_s=HEARTBEAT_SECONDS,
            durability=self._terms.durability,
            limits=Limits(
                frame_bytes=FRAME_BYTES,
                message_chars=MESSAGE_CHARS,
                requests_per_10s=rate,
                file_bytes=self._terms.file_bytes,
            ),
            **fields,
        )
        return welcome.model_dump_json(exclude_none=True).encode()

    # --- what the other nodes whisper ---------------------------------------------------------------------

    def whispered(self, whisper: Whisper) -> None:
        match whisper.kind:
            case "frame":
                frame = whisper.frame.encode()
                self._fanout.ephemeral(whisper.conversation, frame, staff_only=whisper.staff, but=whisper.but)
            case "context":
                self._tell_by_role(whisper)
            case "integrations":
                self._to_leads(whisper.frame.encode())
            case "presence":
                self._attendance.look()
            case "revoked":
                self._close_those(lambda bearer: bearer.login == whisper.subject)
            case "seated":
                self._seated_elsewhere((whisper.subject, whisper.device), whisper.at, whisper.but)
            case "signal" | "unseated":
                self._calls(whisper)
            case "signed_out":
                self._close_those(lambda bearer: bool(bearer.device) and bearer.device == whisper.subject)

    def _tell_by_role(self, whisper: Whisper) -> None:
        """Who may see all of a context, and who a part of it: only where the settings hide something."""
        full, reduced = whisper.frame.encode(), whisper.reduced.encode()
        for connection in self._open:
            if connection.staff and whisper.conversation in (connection.following or {}):
                connection.deliver_ephemeral(full if self._attendance.leads(connection.agent) else reduced)

    def _to_leads(self, frame: bytes) -> None:
        for connection in self._open:
            if connection.staff and connection.desk is not None and self._attendance.leads(connection.agent):
                connection.deliver_ephemeral(frame)

    def _close_those(self, match: Callable[[Bearer], bool]) -> None:
        for connection in list(self._open):
            if connection.bearer is not None and match(connection.bearer):
                connection.close(Revoked())

    def presence_changed(self, agents: list[dict[str, Any]], online: bool) -> None:
        """Agents see their colleagues; customers only whether anybody is there, and only when that changes."""
        to_staff = answers.frame(t="presence", agents=agents)
        to_customers = answers.frame(t="presence", online=online) if online != self._online else b""
        self._online = online
        for connection in self._open:
            frame = to_staff if connection.staff else to_customers
            if frame and connection.desk is not None:
                connection.deliver_ephemeral(frame)

    # --- the way out --------------------------------------------------------------------------------------

    async def sweep(self) -> None:
        """Close who was not heard of for three heartbeats and a half, until cancelled.

        Two misses are dead by the protocol, but browsers slow a hidden page's timers to one a minute.
        """
        asked_at = self.now_s()
        while True:
            await asyncio.sleep(SWEEP_S)
            silent_since = self.now_s() - 3.5 * HEARTBEAT_SECONDS
            for connection in [c for c in self._open if c.heard_at < silent_since]:
                connection.close(HeartbeatLost())
            if self.now_s() >= asked_at + LOGINS_S:
                asked_at = self.now_s()
                await self._sweep_logins()

    async def _sweep_logins(self) -> None:
        """Agents whose login ran out, or was ended by a whisper that this node missed. Nobody, if the store is away."""
        logins = {c.bearer.login for c in self._open if c.bearer and c.bearer.kind == "agent"}
        try:
            gone = await self._logins.gone(sorted(logins))
        except StoreUnavailable:
            log.info("logins are looked at when the store is back")
            return
        self._close_those(lambda bearer: bearer.kind == "agent" and bearer.login in gone)

    async def drain(self) -> None:
        """Say goodbye so that nobody sees 1006: no new sockets, goaway with a delay of their own, work done, 4200."""
        self.draining = True
        connections = list(self._open)
        for connection in connections:
            after_ms = int(random.uniform(0, self._terms.drain_s) * 1000)  # noqa: S311 spreads load
            connection.deliver(answers.frame(t="goaway", reconnect_after_ms=after_ms))
        # Requests that came before the goaway are answered before the close.
        await asyncio.sleep(min(0.3, self._terms.drain_s))
        problem: OneThreadError = Draining()
        for connection in connections:
            connection.close(problem)
        log.info("drained", sockets=len(connections))
        self._empty.clear()
        if self._open:
            with suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    await self._empty.wait()
