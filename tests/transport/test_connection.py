"""Covers hub/transport/connection.py: from bytes to requests, what is wrong with them, and how a socket ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import TypeAdapter

from hub.model.errors import (
    BadRequest,
    Draining,
    Forbidden,
    Gone,
    NotFound,
    OneThreadError,
    Overloaded,
    Refused,
    StoreUnavailable,
    TicketInvalid,
)
from hub.model.party import Party, PartyKind
from hub.transport import frames
from hub.transport.connection import BAD_FRAMES, Connection, State, readable_id
from hub.transport.frames import Hello
from hub.transport.rate import Bucket
from tests.running import text
from tests.transport.wires import FakeWire

HELLO = json.dumps({"t": "hello", "ticket": "t", "device": "d"}).encode()
ID = "01KAPQ3M8N5S7T9V0W1X2Y3Z4A"
FRAMES = TypeAdapter[Any](frames.CustomerFrame)
READ = json.dumps({"t": "message.read", "id": ID, "d": {"seq": 1}}).encode()


class FakeDesk:
    """Remembers what it is asked; `problem` is what it answers."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.problem: Exception | None = None
        self.losses = 0

    def read(self, text: bytes) -> Any:
        return FRAMES.validate_json(text)

    def handle(self, connection: Connection, frame: Any) -> None:
        self.asked.append(frame)
        if self.problem:
            raise self.problem

    def lost(self, connection: Connection) -> None:
        self.losses += 1


class FakeHouse:
    """Welcomes at once, unless `problem` says otherwise; `gate` keeps the welcome waiting."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.tasks = tasks
        self.desk = FakeDesk()
        self.problem: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.most = 1_000
        self.clock = 100.0
        self.losses = 0

    def now_s(self) -> float:
        return self.clock

    async def welcome(self, connection: Connection, hello: Hello) -> None:
        await self.gate.wait()
        if self.problem:
            raise self.problem
        connection.party = Party(kind=PartyKind.CUSTOMER, id="c1")
        connection.deliver(b'{"t":"welcome"}')
        connection.opened(self.desk, Bucket(self.most, 10.0, self.now_s()))

    def left(self, connection: Connection) -> None:
        self.losses += 1


@pytest.fixture
async def house() -> AsyncIterator[FakeHouse]:
    async with asyncio.TaskGroup() as tasks:
        yield FakeHouse(tasks)


@pytest.fixture
async def wire() -> FakeWire:
    return FakeWire()


@pytest.fixture
async def connection(house: FakeHouse, wire: FakeWire) -> AsyncIterator[Connection]:
    made = Connection("k1", wire, house)
    yield made
    made.lost()


async def opened(connection: Connection, wire: FakeWire) -> None:
    connection.received(HELLO)
    await wire.until(lambda f: f["t"] == "welcome")


# --- hello ------------------------------------------------------------------------------------------------


async def test_hello_then_requests(connection: Connection, wire: FakeWire, house: FakeHouse) -> None:
    await opened(connection, wire)
    connection.received(READ)
    assert [f.t for f in house.desk.asked] == ["message.read"]
    assert [f["t"] for f in wire.frames] == ["welcome"]


@pytest.mark.parametrize("first", [b"", b"x", b"[]", b"null", READ, b'{"t":"hello"}', b'{"t":"ping"}', b"\xf0\x9f"])
async def test_anything_but_hello_ends_it(connection: Connection, wire: FakeWire, first: bytes) -> None:
    connection.received(first)
    assert wire.closed == (4000, "bad_frame")
    assert wire.frames[-1]["code"] == "bad_frame"


async def test_a_hello_that_lacks_something_is_told_what(connection: Connection, wire: FakeWire) -> None:
    connection.received(b'{"t":"hello","ticket":"t"}')
    assert wire.frames[-1]["detail"] == "the first frame must be hello; device: Field required"


async def test_what_comes_before_the_welcome_has_to_wait(
    connection: Connection, wire: FakeWire, house: FakeHouse
) -> None:
    house.gate.clear()
    connection.received(HELLO)
    connection.received(READ)
    assert wire.frames[0]["code"] == "bad_frame"
    assert wire.frames[0]["ref"] == json.loads(READ)["id"]
    house.gate.set()
    await wire.until(lambda f: f["t"] == "welcome")
    connection.received(READ)
    assert len(house.desk.asked) == 1


@pytest.mark.parametrize(
    ("problem", "end"),
    [
        (TicketInvalid(), (4001, "ticket_invalid")),
        (StoreUnavailable(), (4101, "store_unavailable")),
        (NotFound(), (4100, "not_found")),  # without a close code of its own: try again later
        (KeyError("a fault of ours"), (4100, "internal")),
    ],
)
async def test_a_welcome_that_fails_closes_with_the_reason(
    connection: Connection, wire: FakeWire, house: FakeHouse, problem: Exception, end: tuple[int, str]
) -> None:
    house.problem = problem
    connection.received(HELLO)
    assert await wire.end() == end
    assert wire.frames == []


async def test_a_socket_that_went_during_its_welcome_leaves_nothing_behind(
    connection: Connection, wire: FakeWire, house: FakeHouse
) -> None:
    house.gate.clear()
    connection.received(HELLO)
    connection.lost()
    house.gate.set()
    await wire.until(lambda f: f["t"] == "welcome")
    assert connection.state is State.CLOSED
    assert house.desk.losses == 1


# --- wrong frames -----------------------------------------------------------------------------------------

SECRET = "my secret words"
WRONG: list[tuple[Any, str, str | None]] = [
    (b"{nonsense", "bad_frame", None),
    (b"\xff\xfe", "bad_frame", None),
    (b"[" * 5_000, "bad_frame", None),
    (
        b'{"t":"message.post","id":"%b","d":{"content":{"kind":"text","text":"\\ud800"}}}' % ID.encode(),
        "bad_frame",
        None,
    ),
    ([SECRET], "bad_frame", None),
    ({"id": ID, "words": SECRET}, "bad_frame", ID),
    ({"t": SECRET, "id": ID}, "unknown_request", ID),
    ({"t": {"a": SECRET}, "id": ID}, "unknown_request", ID),
    ({"t": "message.post", "id": ID, "d": SECRET}, "bad_request", ID),
    ({"t": "message.post", "id": ID, "d": {"content": SECRET}}, "bad_request", ID),
    ({"t": "message.post", "id": ID, "d": {"content": {"words": SECRET}}}, "bad_request", ID),
    ({"t": "message.post", "id": ID, "d": {"content": {"kind": SECRET}}}, "bad_request", ID),
    ({"t": "message.post", "id": ID, "d": {"content": text(SECRET), "conversation": SECRET}}, "bad_request", ID),
    ({"t": "message.post", "id": SECRET, "d": {"content": text(SECRET)}}, "bad_request", SECRET),
    ({"t": "message.read", "id": ID, "d": {"seq": SECRET}}, "bad_request", ID),
    ({"t": "message.read", "id": ID, "d": {"seq": 1e300}}, "bad_request", ID),
    ({"t": "csat.rate", "id": ID, "d": {"score": 5, "comment": [SECRET]}}, "bad_request", ID),
    ({"t": "logout", "id": "x" * 65}, "bad_request", None),
    ({"t": "logout", "id": 5}, "bad_request", None),
]


@pytest.mark.parametrize(("frame", "code", "ref"), WRONG, ids=lambda x: str(x)[:60])
async def test_a_wrong_frame_is_named_without_repeating_it(
    connection: Connection, wire: FakeWire, house: FakeHouse, frame: Any, code: str, ref: str | None
) -> None:
    await opened(connection, wire)
    connection.received(frame if isinstance(frame, bytes) else json.dumps(frame).encode())
    told = wire.frames[-1]
    assert (told["t"], told["code"], told.get("ref")) == ("error", code, ref)
    assert SECRET not in json.dumps({**told, "ref": ""})
    assert wire.closed is None
    assert house.desk.asked == []


async def test_what_the_desk_refuses_is_the_answer(connection: Connection, wire: FakeWire, house: FakeHouse) -> None:
    await opened(connection, wire)
    house.desk.problem = Refused("not now")
    connection.received(READ)
    told = wire.frames[-1]
    assert (told["ref"], told["code"], told["detail"]) == (json.loads(READ)["id"], "refused", "not now")


async def test_a_fault_of_ours_is_told_as_one_and_the_socket_lives(
    connection: Connection, wire: FakeWire, house: FakeHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    await opened(connection, wire)
    house.desk.problem = ZeroDivisionError(SECRET)
    connection.received(READ)
    assert wire.frames[-1] == {
        "t": "error",
        "ref": json.loads(READ)["id"],
        "code": "internal",
        "message": OneThreadError.sentence,
        "retry": True,
    }
    house.desk.problem = None
    connection.received(READ)
    assert len(house.desk.asked) == 2
    assert wire.closed is None


# --- how many of them -------------------------------------------------------------------------------------


async def test_bad_frames_in_a_row_end_it(connection: Connection, wire: FakeWire) -> None:
    await opened(connection, wire)
    for _ in range(BAD_FRAMES - 1):
        connection.received(b"nonsense")
    assert wire.closed is None
    connection.received(b"nonsense")
    assert wire.closed == (4000, "bad_frame")


@pytest.mark.parametrize("better", [READ, b'{"t":"no.such","id":"%b"}' % ID.encode()])
async def test_a_bad_frame_now_and_then_does_not(connection: Connection, wire: FakeWire, better: bytes) -> None:
    await opened(connection, wire)
    for _ in range(3):
        for _ in range(BAD_FRAMES - 1):
            connection.received(b"nonsense")
        connection.received(better)
    assert wire.closed is None


@pytest.mark.parametrize("refusal", [BadRequest, Forbidden, Gone, Overloaded])
async def test_refusals_are_no_bad_frames(
    connection: Connection, wire: FakeWire, house: FakeHouse, refusal: type[OneThreadError]
) -> None:
    """Whether or not they have a close code: as answers they end nothing."""
    await opened(connection, wire)
    house.desk.problem = refusal("no")
    for _ in range(3 * BAD_FRAMES):
        connection.received(READ)
    assert wire.frames[-1]["code"] == refusal.code
    assert wire.closed is None


async def test_who_asks_too_fast_is_told_when_to_go_on_and_then_closed(
    connection: Connection, wire: FakeWire, house: FakeHouse
) -> None:
    house.most = 2
    await opened(connection, wire)
    for _ in range(3):
        connection.received(READ)
    told = wire.frames[-1]
    assert (told["code"], told["retry"], told["retry_after"]) == ("rate_limited", True, 5.0)
    house.clock += told["retry_after"]
    connection.received(READ)
    assert len(house.desk.asked) == 3
    for _ in range(BAD_FRAMES):
        connection.received(READ)
    assert wire.closed == (4129, "rate_limited")


async def test_a_heartbeat_costs_nothing_and_is_heard(connection: Connection, wire: FakeWire, house: FakeHouse) -> None:
    house.most = 1
    await opened(connection, wire)
    connection.received(READ)
    for _ in range(5):
        house.clock += 0.001
        connection.received(b'{"t":"ping"}')
    assert [f["t"] for f in wire.frames[-5:]] == ["pong"] * 5
    assert connection.heard_at == house.clock


# --- ends -------------------------------------------------------------------------------------------------


async def test_who_can_t_keep_up_is_closed(connection: Connection, wire: FakeWire) -> None:
    await opened(connection, wire)
    wire.full = True
    connection.deliver_ephemeral(b'{"t":"typing"}')
    assert wire.closed is None
    connection.deliver(b'{"t":"event"}')
    assert wire.closed == (4213, "slow_consumer")


async def test_the_first_reason_counts(connection: Connection, wire: FakeWire) -> None:
    await opened(connection, wire)
    connection.close(Draining())
    connection.close(TicketInvalid())
    assert wire.closed == (4200, "draining")


async def test_losing_it_tells_the_desk_and_the_house_once(
    connection: Connection, wire: FakeWire, house: FakeHouse
) -> None:
    await opened(connection, wire)
    connection.lost()
    assert (house.desk.losses, house.losses, connection.state) == (1, 1, State.CLOSED)


@pytest.mark.parametrize(
    ("raw", "id"),
    [
        (b'{"id":"a"}', "a"),
        (b'{"id":"%b"}' % (b"x" * 64), "x" * 64),
        (b'{"id":"%b"}' % (b"x" * 65), None),
        (b'{"id":7}', None),
        (b'{"id":null}', None),
        (b"[]", None),
        (b"7", None),
        (b"", None),
        (b"\xff", None),
        (b'{"id":"\\ud800"}', None),
    ],
)
def test_the_id_of_a_frame_that_is_otherwise_wrong(raw: bytes, id: str | None) -> None:
    assert readable_id(raw) == id
