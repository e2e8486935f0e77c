"""Rooms 1 and 5: one live socket. Bytes become requests here, and what the hub tells leaves from here.

It is all callbacks and slots: an idle connection owns no task, no timer and no queue of its own (the wire's queue is
bounded; a reader that falls behind is closed with 4213 and resumes from its seq).
"""

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Protocol

import structlog
from pydantic import ValidationError
from pydantic_core import from_json

from hub.model.errors import (
    BadFrame,
    BadRequest,
    HelloTimeout,
    OneThreadError,
    RateLimited,
    SlowConsumer,
    TooLong,
    UnknownRequest,
)
from hub.model.party import Party
from hub.services.fanout import Follower
from hub.store.tickets import Bearer
from hub.transport import answers
from hub.transport.frames import HELLO_SECONDS, Hello
from hub.transport.rate import Bucket
from hub.transport.websocket.wire import Wire

log = structlog.get_logger()
BAD_FRAMES = 10  # in a row: no frame of this protocol, or too many of them


class State(Enum):
    NEW = auto()
    WELCOMING = auto()
    OPEN = auto()
    CLOSED = auto()


OPEN = State.OPEN  # as hub/model/party.py: CUSTOMER


class Desk(Protocol):
    """What one kind of party may ask. One object serves all their connections."""

    def read(self, text: bytes) -> Any:
        """The request that a text message is. Raises ValidationError."""

    def handle(self, connection: "Connection", frame: Any) -> None:
        """Answer a validated frame, now or later. May raise OneThreadError, which becomes the answer."""

    def lost(self, connection: "Connection") -> None: ...


class House(Protocol):
    """Where connections live: it welcomes them and knows which are open."""

    tasks: asyncio.TaskGroup
    now_s: Callable[[], float]

    async def welcome(self, connection: "Connection", hello: Hello) -> None: ...
    def left(self, connection: "Connection") -> None: ...


class Connection:
    __slots__ = (
        "_bad",
        "_bucket",
        "_house",
        "_timer",
        "agent",
        "bearer",
        "channel",
        "desk",
        "device",
        "follower",
        "following",
        "heard_at",
        "id",
        "party",
        "staff",
        "state",
        "why",
        "wire",
    )

    def __init__(self, id: str, wire: Wire, house: House) -> None:
        self.id = id
        self.wire = wire
        self._house = house
        self.state = State.NEW
        self.staff = False
        self.agent = ""
        self.channel = "web"
        self.party: Party | None = None
        self.bearer: Bearer | None = None
        self.device = "", ""  # whose, and its id
        self.desk: Desk | None = None
        self.follower: Follower | None = None  # a customer's one conversation
        self.following: dict[str, Follower] | None = None  # an agent's several
        self.heard_at = house.now_s()
        self._bucket: Bucket | None = None
        self.why = ""  # the code of the error that we closed it with
        self._bad = 0
        self._timer: asyncio.TimerHandle | None = asyncio.get_running_loop().call_later(HELLO_SECONDS, self._too_late)

    # --- from the wire ------------------------------------------------------------------------------------

    def received(self, text: bytes) -> None:
        """One text message. Never raises: whatever is wrong with it becomes a named error."""
        self.heard_at = self._house.now_s()
        try:
            if self.state is OPEN:
                self._request(text)
            elif self.state is State.NEW:
                self._hello(text)
            else:
                raise BadFrame("wait for welcome")
        except OneThreadError as problem:
            self._complain(problem, text)
        except Exception:
            log.exception("frame failed", connection=self.id)
            self._complain(OneThreadError(), text)

    def lost(self) -> None:
        self._cancel_timer()
        self.state = State.CLOSED
        if self.desk is not None:
            self.desk.lost(self)
        self._house.left(self)

    def _hello(self, text: bytes) -> None:
        try:
            hello = Hello.model_validate_json(text)
        except ValidationError as problem:
            wrong = BadFrame(f"the first frame must be hello; {_named(problem).detail}")
            self.deliver(answers.error(wrong, None))
            self.close(wrong)
            return
        self._cancel_timer()
        self.state = State.WELCOMING
        self._house.tasks.create_task(self._welcome(hello))

    async def _welcome(self, hello: Hello) -> None:
        try:
            await self._house.welcome(self, hello)
        except OneThreadError as problem:
            self.close(problem)
        except Exception:
            log.exception("welcome failed", connection=self.id)
            self.close(OneThreadError())

    def opened(self, desk: Desk, bucket: Bucket) -> None:
        """The welcome was sent: requests are taken from now on."""
        if self.state is State.WELCOMING:
            self.desk, self._bucket, self.state = desk, bucket, State.OPEN
        else:
            desk.lost(self)

    def _request(self, text: bytes) -> None:
        assert self.desk is not None
        assert self._bucket is not None
        if text == b'{"t":"ping"}':
            self.wire.send(answers.PONG)
            return
        wait_s = self._bucket.take(self.heard_at)
        if wait_s:
            raise RateLimited(retry_after=round(wait_s, 3))
        try:
            frame = self.desk.read(text)
        except ValidationError as problem:
            raise _named(problem) from None
        self._bad = 0
        self.desk.handle(self, frame)

    def _complain(self, problem: OneThreadError, text: bytes) -> None:
        self.deliver(answers.error(problem, readable_id(text)))
        if isinstance(problem, BadFrame | RateLimited):
            self._bad += 1
            if self._bad >= BAD_FRAMES:
                self.close(problem)
        else:
            self._bad = 0

    # --- to the wire --------------------------------------------------------------------------------------

    def deliver(self, frame: bytes) -> None:
        """Never awaits, never raises: who can't keep up is closed and resumes."""
        if not self.wire.send(frame):
            self.close(SlowConsumer())

    def deliver_ephemeral(self, frame: bytes) -> bool:
        """False: the reader is behind, and it was dropped."""
        return self.wire.send_ephemeral(frame)

    async def drained(self) -> None:
        await self.wire.drained()

    def close(self, problem: OneThreadError) -> None:
        """Close with the error's code, so that the client knows what to do next."""
        self._cancel_timer()
        if self.state is not State.CLOSED:
            self.state, self.why = State.CLOSED, problem.code
            self.wire.close(problem.close or 4100, problem.code)

    def _too_late(self) -> None:
        self.close(HelloTimeout())

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def readable_id(text: bytes) -> str | None:
    """The id of a frame that is otherwise wrong, so that its sender learns which one it was."""
    try:
        frame = from_json(text)
    except ValueError:
        return None
    id = frame.get("id") if isinstance(frame, dict) else None
    return id if isinstance(id, str) and len(id) <= 64 else None


def _named(problem: ValidationError) -> OneThreadError:
    """What was wrong, without repeating what was sent."""
    first = problem.errors(include_url=False, include_input=False)[0]
    unknown = first["type"] == "union_tag_invalid"  # the one whose message quotes what was sent
    if not first["loc"]:
        return UnknownRequest() if unknown else BadFrame(first["msg"][:200])
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "string_too_long" and first["loc"][-1] == "text":
        return TooLong(f"{where}: {first['msg']}"[:300])
    wrong = f"must be one of {first['ctx']['expected_tags']}" if unknown else first["msg"]
    return BadRequest(f"{where}: {wrong}"[:300])
