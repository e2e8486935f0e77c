"""What is asked of a call, as frames. See frames.py for the rest, docs/calls.md for who sends what when."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.model.call import CallMedia, CallParty, CardPart, TextVersion
from hub.model.event import Seq
from hub.model.party import Id, Name, Value
from hub.transport.request import Nothing, Request

SDP_BYTES = 48_000
Generation = Annotated[int, Field(ge=0, le=10_000)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Measure = Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)]


class Calling(Value):
    """`conversation` is for agents: customers have one."""

    conversation: Id | None = None
    media: CallMedia


class CallRequest(Request):
    """Call the other side. ack.d = {call}: the id of the call is that of the request."""

    t: Literal["call.request"]
    d: Calling


class ThisCall(Value):
    conversation: Id | None = None
    call: Id


class CallAccept(Request):
    """The first device wins; others get `call_taken`. Also an expert's answer to an invitation."""

    t: Literal["call.accept"]
    d: ThisCall


class Declined(ThisCall):
    reason: Literal["declined", "busy"] = "declined"


class CallDecline(Request):
    t: Literal["call.decline"]
    d: Declined


class CallCancel(Request):
    t: Literal["call.cancel"]
    d: ThisCall


class Joining(ThisCall):
    """`pc` is made by the page, new for each new start of its peer connections."""

    pc: Id


class CallJoin(Request):
    """This connection is its party's place in the call from now on; an older one is told `call.replaced`.

    ack.d = {call, media, topology, ice_servers, ice_policy, you, others: [{party, name, pc, polite, offers, mode}]}.
    In a room (topology) also {place}: another one than before = new peer connections. `others` are those whom one
    receives there, with {shows} (as call.state) of who said it before.
    """

    t: Literal["call.join"]
    d: Joining


class CallHangup(Request):
    t: Literal["call.hangup"]
    d: ThisCall


class CallUpgrade(Request):
    """From audio to video."""

    t: Literal["call.upgrade"]
    d: ThisCall


class Description(ThisCall):
    """To the party `to`, or to the room that the call is in. `generation` rises with each ICE restart, and what is
    older than what one knows is stale: who is not polite says an offer again when it meets one of a newer generation.
    An answer to the room says which of its offers it is about. `to_pc` names the page that it is for: another one of
    that party, which came meanwhile, does not get it."""

    to: CallParty | Literal["room"]
    pc: Id
    to_pc: Id | None = None
    generation: Generation = 0
    type: Literal["offer", "answer"]
    sdp: Annotated[str, Field(max_length=SDP_BYTES)]


class RtcDescription(Request):
    """An offer to the room has its answer in ack.d = {type, sdp}; the room offers by frames from: "room". Who listens
    offers nothing there, only answers."""

    t: Literal["rtc.description"]
    d: Description


class Consent(ThisCall):
    text_version: TextVersion


class ConsentRequest(Request):
    t: Literal["consent.request"]
    d: Consent


class ConsentGrant(Request):
    t: Literal["consent.grant"]
    d: Consent


class ConsentRefuse(Request):
    t: Literal["consent.refuse"]
    d: Consent


class ConsentWithdraw(Request):
    t: Literal["consent.withdraw"]
    d: ThisCall


class RecordingStop(Request):
    t: Literal["recording.stop"]
    d: ThisCall


class Noting(ThisCall):
    outcome: Literal["solved", "follow_up", "unsolved", "no_contact"]
    text: Annotated[str, Field(max_length=4_000)] = ""


class CallNote(Request):
    t: Literal["call.note"]
    d: Noting


class Briefed(ThisCall):
    """What an expert is shown: words, the messages from the seq `since` on (0 = none), parts of the customer's card."""

    briefing: Annotated[str, Field(max_length=4_000)] = ""
    since: Seq = 0
    shown: Annotated[tuple[CardPart, ...], Field(max_length=4)] = ()


class Inviting(Briefed):
    """An `agent`, or whoever is free and has the `skill`."""

    agent: Annotated[str, Field(max_length=64)] = ""
    skill: Annotated[str, Field(max_length=64)] = ""


class CallInvite(Request):
    """Ask a colleague into the call; they answer with call.accept or call.decline."""

    t: Literal["call.invite"]
    d: Inviting


class Linking(Briefed):
    name: Annotated[Name, Field(min_length=1)]


class CallLink(Request):
    """A one-time link for a guest, who then is the party `guest:ID`. It is told once; the hub keeps a hash of it.

    ack.d = {call, party, link, until}: `link` is a path of the hub's, to be opened by `until` (epoch ms).
    """

    t: Literal["call.link"]
    d: Linking


class Supervising(ThisCall):
    mode: Literal["listen", "whisper", "join"]


class CallSupervise(Request):
    """Supervisors: listen in, whisper to the agents, or come in; `call.hangup` ends it.

    Each change of it takes a new `call.join`, with a new `pc`.
    """

    t: Literal["call.supervise"]
    d: Supervising


class CallsList(Request):
    """Supervisors: what goes on. ack.d = {calls: [{conversation, customer, call, quality}]}, quality by party."""

    t: Literal["calls.list"]
    d: Nothing = Nothing()


class Uninviting(ThisCall):
    """An `agent`, or any `party` that was asked in."""

    agent: Annotated[str, Field(max_length=64)] = ""
    party: CallParty | Literal[""] = ""


class CallUninvite(Request):
    t: Literal["call.uninvite"]
    d: Uninviting


# --- ephemeral: no id, no ack, the first to be dropped --------------------------------------------------------


class RtcCandidate(ThisCall):
    """Where no relay stands between. `candidate` as the browser has it; "" = there are no more."""

    t: Literal["rtc.candidate"]
    to: CallParty
    pc: Id
    to_pc: Id | None = None
    generation: Generation = 0
    candidate: Annotated[str, Field(max_length=2_000)] = ""
    mid: Annotated[str, Field(max_length=64)] = ""


class CallState(ThisCall):
    """What of mine the others get: microphone, camera, screen."""

    t: Literal["call.state"]
    audio: bool
    video: bool
    screen: bool = False


class CallKey(ThisCall):
    """To the bot in the call, where it asks: a digit, or * for an agent."""

    t: Literal["call.key"]
    key: Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]


class StatsReport(ThisCall):
    """How it is here, every 5 s. `loss` is a share 0..1, times are ms, `kbps` is what arrives."""

    t: Literal["stats.report"]
    loss: Share = 0.0
    jitter_ms: Measure = 0.0
    rtt_ms: Measure = 0.0
    kbps: Measure = 0.0


Word = RtcCandidate | CallState | CallKey | StatsReport
GuestCallFrame = (
    CallAccept
    | CallDecline
    | CallJoin
    | CallHangup
    | CallUpgrade
    | RtcDescription
    | ConsentGrant
    | ConsentRefuse
    | ConsentWithdraw
    | Word
)
CallFrame = CallRequest | CallCancel | GuestCallFrame
StaffCallFrame = (
    ConsentRequest | RecordingStop | CallNote | CallInvite | CallUninvite | CallLink | CallSupervise | CallsList
)
