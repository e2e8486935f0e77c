"""The frames that the hub sends: answers, events, and what is told without being asked. See frames.py for requests."""

from typing import Annotated, Any, Literal

from pydantic import Field

from hub.model.call import Mode
from hub.model.party import Value
from hub.transport.frames import View


class Limits(Value):
    frame_bytes: int
    message_chars: int
    requests_per_10s: int
    file_bytes: int


class Welcome(Value):
    """`conversation`, `epoch`, `seq` and `state` for customers and guests; `agent`, `guest` for these.

    `calls`: one may call here; `records`: what is said in calls may be recorded, when everybody agrees.
    `now` is the hub's time, epoch ms: what ends at a time (`until`) ends by this clock.
    """

    t: Literal["welcome"] = "welcome"
    connection: str
    now: int
    customer: dict[str, Any] | None = None
    agent: dict[str, Any] | None = None
    guest: dict[str, Any] | None = None
    conversation: str | None = None
    epoch: str | None = None
    seq: int | None = None
    state: dict[str, Any] | None = None
    calls: bool = False
    records: bool = False
    heartbeat_s: float
    durability: Literal["memory", "fsync", "replicated"]
    limits: Limits


class Ack(Value):
    t: Literal["ack"] = "ack"
    ref: str
    seq: int | None = None
    dup: bool | None = None
    d: dict[str, Any] | None = None


class ErrorFrame(Value):
    """`ref` is absent when the frame had no readable id."""

    t: Literal["error"] = "error"
    ref: str | None = None
    code: str
    message: str
    retry: bool
    detail: str | None = None
    retry_after: float | None = None


class EventFrame(Value):
    """`id` is the id of the request that caused it; `at` is epoch milliseconds."""

    t: Literal["event"] = "event"
    conversation: str
    seq: int
    at: int
    type: str
    id: str
    by: dict[str, Any]
    channel: str
    d: dict[str, Any]


class Next(Value):
    """Nothing for you up to and with `seq`: the receiver's position moves there."""

    t: Literal["next"] = "next"
    conversation: str
    seq: int


class Live(Value):
    """The replay is over; what follows is live. `oldest` is the oldest seq that was sent (page before it)."""

    t: Literal["live"] = "live"
    conversation: str
    seq: int
    oldest: int


class Reset(Value):
    """The log's life changed (restore from backup): forget it and start afresh; a replay follows."""

    t: Literal["reset"] = "reset"
    conversation: str
    epoch: str


class Resync(Value):
    """More than 500 events were missed. Page `history` from the newest back to `from`."""

    t: Literal["resync"] = "resync"
    conversation: str
    from_: Annotated[int, Field(alias="from")]


class TypingSeen(Value):
    t: Literal["typing"] = "typing"
    conversation: str
    by: dict[str, Any]
    on: bool


class PresenceSeen(Value):
    """Agents' presence. To customers and guests: only whether anybody is there (`online`)."""

    t: Literal["presence"] = "presence"
    agents: list[dict[str, Any]] | None = None
    online: bool | None = None


class InboxChanged(Value):
    """`rows` changed or new, `gone` left the view, `counts` per view."""

    t: Literal["inbox"] = "inbox"
    view: View
    rows: list[dict[str, Any]]
    gone: list[str]
    counts: dict[str, int]


class ContextSeen(Value):
    t: Literal["context"] = "context"
    conversation: str
    d: dict[str, Any]


class IntegrationsSeen(Value):
    """For supervisors and admins: how the connections to CRMs are, as GET /api/v1/integrations tells it."""

    t: Literal["integrations"] = "integrations"
    connections: list[dict[str, Any]]


class DescriptionSeen(Value):
    """Another party's session description. `pc` names their peer connection."""

    t: Literal["rtc.description"] = "rtc.description"
    call: str
    from_: Annotated[str, Field(alias="from")]
    pc: str
    generation: int
    type: Literal["offer", "answer"]
    sdp: str


class CandidateSeen(Value):
    t: Literal["rtc.candidate"] = "rtc.candidate"
    call: str
    from_: Annotated[str, Field(alias="from")]
    pc: str
    generation: int
    candidate: str
    mid: str


class PeerSeen(Value):
    """Another party came (with a new peer connection, or back with the one it had) or lost its line; or one that only
    listened (`mode`) has left. Who listens or whispers is none of the call's `parties`.

    `polite` and `offers` say how the receiver behaves towards them. In a room only agents are told of who whispers, and
    nobody of who listens.
    """

    t: Literal["call.peer"] = "call.peer"
    call: str
    party: str
    name: str
    pc: str
    what: Literal["joined", "reconnecting", "left"]
    polite: bool
    offers: bool
    mode: Mode | None = None


class GuestOver(Value):
    """The call wants them no more. Unless it was their own wish the socket is closed with 4001 next."""

    t: Literal["guest.over"] = "guest.over"
    call: str
    why: Literal["declined", "withdrawn", "timeout", "left", "ended"]


class CallStateSeen(Value):
    t: Literal["call.state"] = "call.state"
    call: str
    from_: Annotated[str, Field(alias="from")]
    audio: bool
    video: bool
    screen: bool


class QualitySeen(Value):
    """How the call is at another party's end; `mos` 1 (bad) .. 5 is what people would say of it."""

    t: Literal["call.quality"] = "call.quality"
    call: str
    from_: Annotated[str, Field(alias="from")]
    loss: float
    jitter_ms: float
    rtt_ms: float
    kbps: float
    mos: float


class CallReplaced(Value):
    """The party goes on with the call on another connection."""

    t: Literal["call.replaced"] = "call.replaced"
    call: str


class CallMoved(Value):
    """The media worker died: make new peer connections and join again."""

    t: Literal["call.moved"] = "call.moved"
    call: str


class Goaway(Value):
    t: Literal["goaway"] = "goaway"
    reconnect_after_ms: int


class Pong(Value):
    t: Literal["pong"] = "pong"


ToAnybody = (
    Welcome
    | Ack
    | ErrorFrame
    | EventFrame
    | Next
    | Live
    | DescriptionSeen
    | CandidateSeen
    | PeerSeen
    | CallStateSeen
    | CallReplaced
    | CallMoved
    | PresenceSeen
    | Goaway
    | Pong
)
ToCustomer = ToAnybody | Reset | Resync | TypingSeen
ToAgent = ToCustomer | InboxChanged | ContextSeen | IntegrationsSeen | QualitySeen
ToGuest = ToAnybody | GuestOver
