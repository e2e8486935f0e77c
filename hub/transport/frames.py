"""The frames of protocol v1, as models. They validate what comes in and generate the AsyncAPI document.

Every request is `{"t": type, "id": ULID, "d": {...}}` and gets exactly one `ack` or `error` with `ref` = its id.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from hub.model.content import Content
from hub.model.events import Seq
from hub.model.party import Id, Ulid, Value

PROTOCOL = "onethread.v1"
FRAME_BYTES = 65_536
HELLO_SECONDS = 5.0
HEARTBEAT_SECONDS = 25.0
INLINE_EVENTS = 500
FIRST_PAGE = 50

Locale = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z0-9-]*$")]
View = Literal["mine", "queue", "bot", "all"]


class ResumePoint(Value):
    epoch: Id
    seq: Seq


class Hello(Value):
    t: Literal["hello"]
    ticket: Annotated[str, Field(max_length=200)]
    device: Id
    locale: Locale = ""
    page: Annotated[str, Field(max_length=500)] = ""
    resume: Annotated[dict[Id, ResumePoint], Field(max_length=50, default_factory=dict)]
    follow: Annotated[tuple[Id, ...], Field(max_length=50)] = ()


class Request(Value):
    """Base of requests. `conversation` may be left out by customers (they have one)."""

    id: Ulid


class Nothing(Value):
    pass


# --- customers and agents ---------------------------------------------------------------------------------


class Post(Value):
    content: Content
    reply_to: Seq | None = None
    conversation: Id | None = None


class MessagePost(Request):
    t: Literal["message.post"]
    d: Post


class Upto(Value):
    seq: Seq
    conversation: Id | None = None


class MessageRead(Request):
    t: Literal["message.read"]
    d: Upto


class MessageDelivered(Request):
    t: Literal["message.delivered"]
    d: Upto


class Typing(Value):
    """Ephemeral: no id, no ack. Sent at most every 3 s while typing; `on: false` when the text was sent."""

    t: Literal["typing"]
    on: bool = True
    conversation: Id | None = None


class Page(Value):
    """`before` 0 = from the newest. Answered by ack.d = {conversation, epoch, events, more}."""

    before: Seq = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    conversation: Id | None = None


class History(Request):
    t: Literal["history"]
    d: Page


# --- customers --------------------------------------------------------------------------------------------


class Reason(Value):
    reason: Annotated[str, Field(max_length=500)] = ""


class HandoffRequest(Request):
    t: Literal["handoff.request"]
    d: Reason = Reason()


class HandoffCancel(Request):
    t: Literal["handoff.cancel"]
    d: Nothing = Nothing()


class Rating(Value):
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Annotated[str, Field(max_length=1_000)] = ""


class CsatRate(Request):
    t: Literal["csat.rate"]
    d: Rating


class Logout(Request):
    t: Literal["logout"]
    d: Nothing = Nothing()


# --- agents -----------------------------------------------------------------------------------------------


class Status(Value):
    status: Literal["available", "away"]


class PresenceSet(Request):
    t: Literal["presence.set"]
    d: Status


class Inbox(Value):
    view: View


class InboxFollow(Request):
    """ack.d = {view, rows, counts}; afterwards `inbox` frames tell changed rows and counts."""

    t: Literal["inbox.follow"]
    d: Inbox


class One(Value):
    conversation: Id


class FollowOne(One):
    resume: ResumePoint | None = None


class ConversationFollow(Request):
    """ack.d = {conversation: row, context?}; then replay and `live`, as for a customer."""

    t: Literal["conversation.follow"]
    d: FollowOne


class ConversationUnfollow(Request):
    t: Literal["conversation.unfollow"]
    d: One


class ReservationAccept(Request):
    t: Literal["reservation.accept"]
    d: One


class Decline(One):
    reason: Annotated[str, Field(max_length=200)] = ""


class ReservationDecline(Request):
    t: Literal["reservation.decline"]
    d: Decline


class To(One):
    """To an agent ("me" = the sender), a team's queue (`team`, "" = any) or back to the bot. `tenure` as last seen."""

    to: Literal["agent", "queue", "bot"] = "agent"
    agent: Annotated[str, Field(max_length=64)] = "me"
    team: Annotated[str, Field(max_length=64)] = ""
    tenure: Seq | None = None


class ConversationAssign(Request):
    """Take it, or give it to someone (supervisors; or its owner)."""

    t: Literal["conversation.assign"]
    d: To


class Resolve(One):
    outcome: Literal["solved", "unsolved", "spam", "no_reply"] = "solved"


class ConversationResolve(Request):
    t: Literal["conversation.resolve"]
    d: Resolve


class ConversationReopen(Request):
    t: Literal["conversation.reopen"]
    d: One


class Snooze(One):
    """`until` is epoch milliseconds."""

    until: Seq


class ConversationSnooze(Request):
    t: Literal["conversation.snooze"]
    d: Snooze


class Note(One):
    text: Annotated[str, Field(min_length=1, max_length=8_000)]


class NoteAdd(Request):
    t: Literal["note.add"]
    d: Note


class Tag(One):
    tag: Annotated[str, Field(min_length=1, max_length=40)]


class TagAdd(Request):
    t: Literal["tag.add"]
    d: Tag


class TagRemove(Request):
    t: Literal["tag.remove"]
    d: Tag


class ContextRefresh(Request):
    """ack.d = {context}. Also sent to every follower as a `context` frame."""

    t: Literal["context.refresh"]
    d: One


class Merge(One):
    """Join `conversation` (which goes) into `into` (which stays)."""

    into: Id


class CustomerMerge(Request):
    t: Literal["customer.merge"]
    d: Merge


class CustomerUnmerge(Request):
    """Undo: `conversation` stands alone again."""

    t: Literal["customer.unmerge"]
    d: One


class Verify(One):
    """An agent's word that an e-mail or phone number is the customer's."""

    kind: Literal["email", "phone"]
    value: Annotated[str, Field(min_length=3, max_length=200)]


class CustomerVerify(Request):
    t: Literal["customer.verify"]
    d: Verify


class Ping(Value):
    t: Literal["ping"]


CustomerFrame = Annotated[
    MessagePost
    | MessageRead
    | MessageDelivered
    | Typing
    | History
    | HandoffRequest
    | HandoffCancel
    | CsatRate
    | Logout
    | Ping,
    Field(discriminator="t"),
]

AgentFrame = Annotated[
    MessagePost
    | MessageRead
    | MessageDelivered
    | Typing
    | History
    | PresenceSet
    | InboxFollow
    | ConversationFollow
    | ConversationUnfollow
    | ReservationAccept
    | ReservationDecline
    | ConversationAssign
    | ConversationResolve
    | ConversationReopen
    | ConversationSnooze
    | NoteAdd
    | TagAdd
    | TagRemove
    | ContextRefresh
    | CustomerMerge
    | CustomerUnmerge
    | CustomerVerify
    | Logout
    | Ping,
    Field(discriminator="t"),
]


# --- hub to client ----------------------------------------------------------------------------------------


class Limits(Value):
    frame_bytes: int
    message_chars: int
    requests_per_10s: int


class Welcome(Value):
    """`conversation`, `epoch`, `seq` and `state` for customers; `agent` for agents."""

    t: Literal["welcome"] = "welcome"
    connection: str
    customer: dict[str, Any] | None = None
    agent: dict[str, Any] | None = None
    conversation: str | None = None
    epoch: str | None = None
    seq: int | None = None
    state: dict[str, Any] | None = None
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
    """Agents' presence. To customers: only whether anybody is there (`online`)."""

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


class Goaway(Value):
    t: Literal["goaway"] = "goaway"
    reconnect_after_ms: int


class Pong(Value):
    t: Literal["pong"] = "pong"


HubFrame = (
    Welcome
    | Ack
    | ErrorFrame
    | EventFrame
    | Next
    | Live
    | Reset
    | Resync
    | TypingSeen
    | PresenceSeen
    | InboxChanged
    | ContextSeen
    | Goaway
    | Pong
)
