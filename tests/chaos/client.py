"""One client of protocol v1, a customer's or an agent's: connects, resumes, sends again under the same id, and shows.

It does as the SDK does: one message at a time, delays with full jitter, the close code's range says what next.
"""

import asyncio
import random
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from hub.model.ids import ulid
from tests.chaos.history import History
from tests.chaos.place import Event, Place
from tests.chaos.websocket import ABNORMAL, WebSocket, ask

STABLE_S = 5.0
CONNECT_S = 12.0
ANSWER_S = 15.0  # for a request; then the connection is given up
HEARTBEAT_LOST = 4214
PING = b'{"t":"ping"}'


class Watch(Protocol):
    """Who follows what clients go through (crowd.py). Times in seconds of time.monotonic."""

    def sent(self, client: "Client", id: str) -> None: ...
    def acked(self, client: "Client", id: str) -> None: ...
    def shown(self, client: "Client", event: Event) -> None: ...
    def refused(self, client: "Client", code: str) -> None: ...
    def lost(self, client: "Client", code: int) -> None: ...
    def resumed(self, client: "Client", after_s: float) -> None: ...
    def failed(self, client: "Client", why: str) -> None: ...


@dataclass
class Pass:
    """How a client gets its tickets: the request's body and, for agents, the cookie. A visitor's gains a secret."""

    body: dict[str, Any]
    cookie: str = ""


@dataclass
class Wish:
    """A message to be sent; `sent` once it was, so that the history has it once."""

    id: str
    words: str
    sent: bool = False


class Client:
    """`ports` are those of the nodes, as a balancer would know them; `origin` is what the tickets are bound to.

    `stable_s`: a connection that lived so long resets the back-off.
    """

    def __init__(
        self,
        name: str,
        ports: Callable[[], Sequence[int]],
        origin: str,
        pass_: Pass,
        history: History,
        watch: Watch,
        *,
        conversation: str = "",
        take: bool = False,
        stable_s: float = STABLE_S,
        socket_ports: Callable[[int], int] = lambda port: port,
    ) -> None:
        self.name = name
        self.staff = bool(pass_.cookie)
        self.place = Place(conversation, self._show)
        self.port = 0
        self.live = asyncio.Event()
        self.state: dict[str, Any] = {}
        self._ports, self._origin, self._pass = ports, origin, pass_
        self._history, self._watch = history, watch
        self._take = take
        self._stable_s = stable_s
        self._socket_ports = socket_ports
        self._device = f"{name}-{secrets.token_hex(4)}"
        self._wishes: deque[Wish] = deque()
        self._asked: dict[str, asyncio.Future[Event]] = {}
        self._socket: WebSocket | None = None
        self._over: asyncio.Future[int] | None = None
        self._goaway_s: float | None = None
        self._attempt = 0
        self._waiting_since = 0.0
        self._heard_at = 0.0
        self._posted_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._missing: asyncio.TimerHandle | None = None
        self._quiet = False
        history.note("client", name, staff=self.staff)

    # --- life ---------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Be connected until cancelled, or until the hub says that trying again would be wrong."""
        while True:
            code = await self._once()
            if self._stops(code):
                self._watch.failed(self, f"close code {code}")
                return
            await asyncio.sleep(self._pause(code))

    async def _once(self) -> int:
        """One connection, from the ticket to its end; the close code."""
        loop = asyncio.get_running_loop()
        self._lived_since = 0.0
        try:
            async with asyncio.timeout(CONNECT_S):
                self.port = random.choice(self._ports())
                ticket = await self._ticket(self.port)
                over = self._over = loop.create_future()
                _, socket = await loop.create_connection(
                    lambda: WebSocket(
                        self.port,
                        self._origin,
                        lambda: self._hello(ticket),
                        self._received,
                        lambda code: self._ended(over, code),
                    ),
                    "127.0.0.1",
                    self._socket_ports(self.port),
                )
                self._socket = socket
        except (OSError, _NoTicket) as problem:  # TimeoutError is an OSError
            return problem.code if isinstance(problem, _NoTicket) else ABNORMAL
        self._heard_at = time.monotonic()
        self._timer = loop.call_later(CONNECT_S, self._pulse, 25.0)
        try:
            code: int = await over
            return code
        finally:
            self._gone(over)

    async def _ticket(self, port: int) -> str:
        headers = {"Origin": self._origin} | ({"Cookie": self._pass.cookie} if self._pass.cookie else {})
        answer = await ask(port, "POST", "/api/v1/tickets", self._pass.body, timeout_s=CONNECT_S, **headers)
        if answer.status != 201:
            if answer.body.get("retry") is False:
                self._watch.failed(self, f"no ticket: {answer.body.get('code')} {answer.body.get('detail')}")
            raise _NoTicket(ABNORMAL)
        if "device_secret" in answer.body:
            self._pass.body["device_secret"] = answer.body["device_secret"]
        return str(answer.body["ticket"])

    def _ended(self, over: asyncio.Future[int], code: int) -> None:
        if not over.done():
            over.set_result(code)

    def _gone(self, over: asyncio.Future[int]) -> None:
        code = over.result() if over.done() and not over.cancelled() else ABNORMAL
        if self._socket is not None:
            self._socket.abort()
        self._socket = None
        for timer in (self._timer, self._missing):
            if timer:
                timer.cancel()
        self._missing = None
        self.place.interrupted()
        for asked in self._asked.values():
            asked.cancel()
        self._asked.clear()
        if self.live.is_set():
            self.live.clear()
            self._waiting_since = time.monotonic()
        if not self._quiet:
            self._watch.lost(self, code)

    def _stops(self, code: int) -> bool:
        return 4000 <= code < 4100 and code != 4001

    def _pause(self, code: int) -> float:
        lived = time.monotonic() - self._lived_since if self._lived_since else -1.0
        if lived >= self._stable_s:
            self._attempt = 0
        goaway, self._goaway_s = self._goaway_s, None
        if goaway is not None:
            return goaway
        if 4200 <= code < 4300 and lived >= 1.0:
            return 0.0
        self._attempt += 1
        return random.uniform(0.0, min(30.0, 0.5 * 2 ** min(self._attempt - 1, 10)))

    def _pulse(self, every_s: float) -> None:
        """Two misses of the heartbeat is dead; so is a request without an answer."""
        now = time.monotonic()
        if now - self._heard_at > 2 * every_s or (self._posted_at and now - self._posted_at > ANSWER_S):
            self.lose(HEARTBEAT_LOST)
            return
        if self._socket is not None:
            self._socket.send(PING)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(every_s, 5.0) if self._posted_at else every_s, self._pulse, every_s)

    def lose(self, code: int = ABNORMAL) -> None:
        """The connection is given up from this end, without a farewell."""
        if self._over is not None:
            self._ended(self._over, code)

    def leave(self) -> None:
        """End: where it stood is noted."""
        self._quiet = True
        if self.live.is_set():
            self._history.note("end", self.name, conversation=self.place.conversation, seq=self.place.seq)
        for wish in self._wishes:
            if wish.sent:
                self._history.note("unknown", self.name, id=wish.id)

    # --- sending ------------------------------------------------------------------------------------------

    def say(self, words: str) -> str:
        """Queue a message; returns its id."""
        wish = Wish(ulid(time.time_ns() // 1_000_000, secrets.token_bytes(10)), words)
        self._wishes.append(wish)
        if len(self._wishes) == 1:
            self._pump()
        return wish.id

    @property
    def waiting(self) -> int:
        """Messages without an ack."""
        return len(self._wishes)

    def _pump(self) -> None:
        """Send the oldest, and wait for its answer: so their order is kept whatever happens."""
        if not self._wishes or not self.live.is_set() or self._socket is None or self._posted_at:
            return
        wish = self._wishes[0]
        if not wish.sent:
            wish.sent = True
            self._history.note("invoke", self.name, conversation=self.place.conversation, id=wish.id)
            self._watch.sent(self, wish.id)
        d: dict[str, Any] = {"content": {"kind": "text", "text": wish.words}}
        if self.staff:
            d["conversation"] = self.place.conversation
        self._posted_at = time.monotonic()
        self._socket.send(orjson.dumps({"t": "message.post", "id": wish.id, "d": d}))

    async def request(self, t: str, **d: Any) -> Event:
        """Any other request; its ack or error. Raises asyncio.CancelledError when the connection is lost meanwhile."""
        if self._socket is None:
            raise asyncio.CancelledError
        id = ulid(time.time_ns() // 1_000_000, secrets.token_bytes(10))
        answered = self._asked[id] = asyncio.get_running_loop().create_future()
        self._socket.send(orjson.dumps({"t": t, "id": id, "d": d}))
        answer: Event = await answered
        return answer

    # --- receiving ----------------------------------------------------------------------------------------

    def _hello(self, ticket: str) -> None:
        assert self._over is not None
        hello: dict[str, Any] = {"t": "hello", "ticket": ticket, "device": self._device, "locale": "en"}
        if self.place.epoch and not self.staff:
            hello["resume"] = {self.place.conversation: self.place.point}
        asyncio.get_running_loop().call_soon(self._send_hello, orjson.dumps(hello), self._over)

    def _send_hello(self, hello: bytes, over: asyncio.Future[int]) -> None:
        # `create_connection` may return only after the upgrade was answered.
        if self._over is not over or over.done():
            return
        if self._socket is None:
            asyncio.get_running_loop().call_soon(self._send_hello, hello, over)
        else:
            self._socket.send(hello)

    def _received(self, text: bytes) -> None:
        self._heard_at = time.monotonic()
        frame = orjson.loads(text)
        match frame["t"]:
            case "event" if frame["conversation"] == self.place.conversation:
                self._event(frame)
            case "ack" | "error":
                self._answered(frame)
            case "next" if frame["conversation"] == self.place.conversation:
                self.place.next(frame["seq"])
            case "welcome":
                self._welcomed(frame)
            case "live" if frame["conversation"] == self.place.conversation:
                self._went_live(frame["seq"])
            case "reset" if frame["conversation"] == self.place.conversation:
                self.place.reset(frame["epoch"])
                self._history.note("reset", self.name, conversation=self.place.conversation)
            case "resync" if frame["conversation"] == self.place.conversation:
                self._history.note("skip", self.name, conversation=self.place.conversation, seq=frame["from"])
            case "goaway":
                self._goaway_s = frame["reconnect_after_ms"] / 1000

    def _welcomed(self, frame: Event) -> None:
        self._lived_since = time.monotonic()
        if self._timer:
            self._timer.cancel()
        every_s = float(frame["heartbeat_s"])
        self._timer = asyncio.get_running_loop().call_later(every_s * random.uniform(0.5, 1), self._pulse, every_s)
        if not self.staff:
            self.place.conversation = frame["conversation"]
            self.place.epoch = self.place.epoch or frame["epoch"]
            return
        if not self.place.conversation:
            self._went_live(0)
            return
        resume = {"resume": self.place.point} if self.place.epoch else {}
        self._ask_for_it("conversation.follow", **resume)

    def _ask_for_it(self, t: str, **more: Any) -> None:
        id = ulid(time.time_ns() // 1_000_000, secrets.token_bytes(10))
        assert self._socket is not None
        self._socket.send(orjson.dumps({"t": t, "id": id, "d": {"conversation": self.place.conversation, **more}}))

    def _went_live(self, seq: int) -> None:
        self.place.seq = max(self.place.seq, seq)
        if self.live.is_set():
            return
        self.live.set()
        if self._take:
            self._take = False
            self._ask_for_it("conversation.assign", to="agent", agent="me")
        if self._waiting_since:
            self._watch.resumed(self, time.monotonic() - self._waiting_since)
            self._waiting_since = 0.0
        self._posted_at = 0.0
        self._pump()

    def _answered(self, frame: Event) -> None:
        ref = frame.get("ref", "")
        asked = self._asked.pop(ref, None)
        if asked is not None and not asked.done():
            asked.set_result(frame)
        elif self._wishes and self._wishes[0].id == ref:
            self._settle(frame)
        elif frame["t"] == "ack" and "conversation" in (frame.get("d") or {}):
            summary = frame["d"]["conversation"]
            if isinstance(summary, dict):
                self.place.epoch = self.place.epoch or summary["epoch"]
        elif frame["t"] == "error" and frame.get("code") != "unknown_request":
            self._watch.refused(self, frame["code"])

    def _settle(self, frame: Event) -> None:
        """The answer to the oldest message."""
        wish = self._wishes[0]
        self._posted_at = 0.0
        if frame["t"] == "ack":
            self._history.note("ok", self.name, id=wish.id, seq=frame["seq"], dup=frame.get("dup", False))
            self._watch.acked(self, wish.id)
        else:
            self._watch.refused(self, frame["code"])
            if frame["retry"]:
                after_s = frame.get("retry_after") or random.uniform(0.1, 0.4)
                asyncio.get_running_loop().call_later(after_s, self._pump)
                return
            self._history.note("fail", self.name, id=wish.id, code=frame["code"])
        self._wishes.popleft()
        self._pump()

    def _event(self, frame: Event) -> None:
        """Something missing before it: wait a moment, then ask for it by resuming."""
        self.place.event(frame, live=self.live.is_set())
        if self.place.gap and self._missing is None:
            self._missing = asyncio.get_running_loop().call_later(1.0, self.lose)
        elif self._missing and not self.place.gap:
            self._missing.cancel()
            self._missing = None

    def _show(self, frame: Event) -> None:
        self._history.note(
            "saw", self.name, conversation=frame["conversation"], seq=frame["seq"], id=frame["id"], type=frame["type"]
        )
        self._watch.shown(self, frame)


class _NoTicket(Exception):
    def __init__(self, code: int) -> None:
        self.code = code
