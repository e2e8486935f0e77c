"""The frames that clients send, as models: they validate what comes in, and the AsyncAPI document is made of them.

Every request is `{"t": type, "id": ULID, "d": {...}}` and gets exactly one `ack` or `error` with `ref` = its id.
"""

from typing import Annotated, Literal

from pydantic import Field

from hub.model.content import Sayable
from hub.model.events import Seq
from hub.model.party import Id, Value
from hub.transport.call_frames import CallFrame, GuestCallFrame, StaffCallFrame
from hub.transport.crm_frames import CustomerEdit as CustomerEdit
from hub.transport.crm_frames import DraftSuggest as DraftSuggest
from hub.transport.crm_frames import EffectRetry as EffectRetry
from hub.transport.crm_frames import LeadCreate as LeadCreate
from hub.transport.crm_frames import TaskAdd as TaskAdd
from hub.transport.crm_frames import TicketCreate as TicketCreate
from hub.transport.crm_frames import TicketUpdate as TicketUpdate
from hub.transport.file_frames import FileBegin as FileBegin
from hub.transport.file_frames import FileOpen as FileOpen
from hub.transport.request import Nothing as Nothing
from hub.transport.request import One as One
from hub.transport.request import Request as Request

PROTOCOL = "onethread.v1"
FRAME_BYTES = 65_536
HELLO_SECONDS = 5.0
HEARTBEAT_SECONDS = 25.0
INLINE_EVENTS = 500
FIRST_PAGE = 50

Locale = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z0-9-]*$")]
View = Literal["mine", "queue", "bot", "all", "resolved"]


class ResumePoint(Value):
    epoch: Id
    seq: Seq


class Hello(Value):
    """The first frame. `resume` is for customers; an agent says it of each conversation, in `conversation.follow`."""

    t: Literal["hello"]
    ticket: Annotated[str, Field(max_length=200)]
    device: Id
    locale: Locale = ""
    page: Annotated[str, Field(max_length=500)] = ""
    resume: Annotated[dict[Id, ResumePoint], Field(max_length=50, default_factory=dict)]


# --- customers and agents ---------------------------------------------------------------------------------


class Post(Value):
    content: Sayable
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
    before: Seq = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    conversation: Id | None = None


class History(Request):
    """`before` 0 = from the newest. ack.d = {conversation, epoch, events, more, oldest}: go on before `oldest`."""

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
    """ack.d = {view, rows, counts}; afterwards `inbox` frames tell changed rows and counts.

    The view takes the place of the one before; only `mine`, once followed, stays followed beside it.
    """

    t: Literal["inbox.follow"]
    d: Inbox


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


class Choice(One):
    """`crm`: the connection that offered it, "" = the one that the context names."""

    crm: Annotated[str, Field(max_length=64)] = ""
    external_id: Annotated[str, Field(min_length=1, max_length=120)]


class ContextChoose(Request):
    """Of several CRM customers whom the addresses fit, it is this one: the agent's word. ack.d = {context}."""

    t: Literal["context.choose"]
    d: Choice


class Sought(Value):
    text: Annotated[str, Field(min_length=1, max_length=254)]


class CustomerFind(Request):
    """By an exact e-mail, phone, account id or conversation id; claims are not searched. ack.d = {rows}."""

    t: Literal["customer.find"]
    d: Sought


class Merge(One):
    """Join `conversation` (which goes) into `into` (which stays)."""

    into: Id


class CustomerMerge(Request):
    t: Literal["customer.merge"]
    d: Merge


class CustomerUnmerge(Request):
    """Undo: `conversation` stands alone again, and its session goes on with whoever had it."""

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
    | FileBegin
    | FileOpen
    | MessageRead
    | MessageDelivered
    | Typing
    | History
    | HandoffRequest
    | HandoffCancel
    | CsatRate
    | CallFrame
    | Logout
    | Ping,
    Field(discriminator="t"),
]

AgentFrame = Annotated[
    MessagePost
    | FileBegin
    | FileOpen
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
    | ContextChoose
    | CustomerFind
    | CustomerMerge
    | CustomerUnmerge
    | CustomerVerify
    | TicketCreate
    | TicketUpdate
    | TaskAdd
    | LeadCreate
    | CustomerEdit
    | EffectRetry
    | DraftSuggest
    | CallFrame
    | StaffCallFrame
    | Logout
    | Ping,
    Field(discriminator="t"),
]

# A guest of a call (guest_desk.py): nothing but that call.
GuestFrame = Annotated[GuestCallFrame | Ping, Field(discriminator="t")]
