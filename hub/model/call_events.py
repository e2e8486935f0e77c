"""What happens with a call. Its pictures and words are not here: see hub/calls/."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.model.call import CallMedia, CallParty, CardPart, TextVersion
from hub.model.event import Audience, Event, Finite, Seq
from hub.model.party import Id, Name, Value
from hub.model.quality import Line


class CallRequested(Event):
    """It rings at `to` ("" = at whoever gets the conversation) until `until` (epoch ms).

    `topology`: how its parties will be connected with each other, by the relay or from browser to browser.
    """

    type = "call.requested"
    call: Id
    media: CallMedia
    to: CallParty | Literal[""] = ""
    name: Name = ""
    until: Seq
    topology: Literal["pairs", "direct"] = "pairs"


class CallAccepted(Event):
    type = "call.accepted"
    call: Id
    party: CallParty
    name: Name = ""


class CallDeclined(Event):
    type = "call.declined"
    call: Id
    reason: Literal["declined", "busy"] = "declined"


class CallCancelled(Event):
    type = "call.cancelled"
    call: Id


class CallMissed(Event):
    """Nobody accepted in time. `nobody`: there was not even anybody whom it rang."""

    type = "call.missed"
    call: Id
    reason: Literal["timeout", "nobody"]


class CallJoined(Event):
    """An expert came in, or the agent for whom the bot held the call."""

    type = "call.joined"
    call: Id
    party: CallParty
    name: Name = ""


class CallLeft(Event):
    """The others go on."""

    type = "call.left"
    call: Id
    party: CallParty


class CallUnanswered(Event):
    """Nobody came to a call that the bot holds: it says so, and takes its leave (call.missed)."""

    type = "call.unanswered"
    call: Id
    reason: Literal["timeout", "nobody", "declined"]


class CallSaid(Event):
    """What the bot says in a call, as it begins to: for those who read it."""

    type = "call.said"
    call: Id
    text: Annotated[str, Field(min_length=1, max_length=1_000)]


class CallUnderstood(Event):
    """What the bot took from what the caller said, pressed or wrote. `confidence` is 0..1, as the ear has it.

    `order` is the number that was found in the CRM for `heard`, "" = none; `confirmed`: the caller said yes to it.
    """

    type = "call.understood"
    audience = Audience.STAFF
    call: Id
    kind: Literal["order", "person", "callback", "yes", "no", "silence", "unclear"]
    via: Literal["voice", "keys", "text", ""] = ""
    heard: Annotated[str, Field(max_length=500)] = ""
    order: Annotated[str, Field(max_length=120)] = ""
    confirmed: bool = False
    confidence: Finite = 1.0


class SpokenLine(Value):
    """`at` is ms from the film's beginning."""

    at: Seq
    text: Annotated[str, Field(max_length=2_000)]


# The film of one party, as the API names it.
RecordingName = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9_.:-]+$")]


class CallTranscribed(Event):
    """What was said in a recording, by the speech recognition `engine`."""

    type = "call.transcribed"
    audience = Audience.STAFF
    call: Id
    recording: RecordingName
    party: CallParty
    engine: Annotated[str, Field(max_length=80)]
    lines: Annotated[tuple[SpokenLine, ...], Field(max_length=2_000)]


class CallSwitched(Event):
    """All go on in the same call by another way, for good.

    `room`: there are more parties than pairs carry.
    `relay`: it went from browser to browser, and everybody agreed to its being recorded.
    """

    type = "call.switched"
    call: Id
    topology: Literal["relay", "room"] = "room"


class CallUpgraded(Event):
    """From audio to video."""

    type = "call.upgraded"
    call: Id


# Who is told that a supervisor listens. The thread tells staff in any case.
Announced = Literal["everybody", "agents", "nobody"]
CallEnd = Literal["hungup", "abandoned", "resolved", "merged"]


class CallEnded(Event):
    """`seconds` since it was accepted. `abandoned`: nobody in it was heard of any more."""

    type = "call.ended"
    call: Id
    reason: CallEnd
    media: CallMedia
    seconds: Seq


class CallInvited(Event):
    """An expert is asked in; the customer learns of it when they come (call.joined). A guest gets a link.

    They are shown the `briefing`, the messages from the seq `since` on (0 = none), and the `shown` parts of the
    customer's card. `skill`: whoever was free and had it.
    """

    type = "call.invited"
    audience = Audience.STAFF
    call: Id
    party: CallParty
    name: Name = ""
    until: Seq
    briefing: Annotated[str, Field(max_length=4_000)] = ""
    since: Seq = 0
    shown: Annotated[tuple[CardPart, ...], Field(max_length=4)] = ()
    skill: Annotated[str, Field(max_length=64)] = ""


class CallOpened(Event):
    """A guest has opened their link, and reads what they are shown."""

    type = "call.opened"
    audience = Audience.STAFF
    call: Id
    party: CallParty
    name: Name = ""


class CallSupervised(Event):
    """A supervisor listens, whispers to the agents, or comes in (then call.joined follows)."""

    type = "call.supervised"
    audience = Audience.STAFF
    call: Id
    party: CallParty
    name: Name = ""
    mode: Literal["listen", "whisper", "join"]
    announced: Announced = "everybody"


class CallUnsupervised(Event):
    type = "call.unsupervised"
    audience = Audience.STAFF
    call: Id
    party: CallParty
    name: Name = ""


class CallAnnounced(Event):
    """Everybody is told that a supervisor listens, or that none does any more."""

    type = "call.announced"
    call: Id
    listening: bool


class CallUninvited(Event):
    type = "call.uninvited"
    audience = Audience.STAFF
    call: Id
    party: CallParty
    why: Literal["declined", "withdrawn", "timeout"]


class CallNoted(Event):
    """What came of it, in the agent's words."""

    type = "call.noted"
    audience = Audience.STAFF
    call: Id
    outcome: Literal["solved", "follow_up", "unsolved", "no_contact"]
    text: Annotated[str, Field(max_length=4_000)] = ""


class CallMeasured(Event):
    """How well it went for whom: with this a call that was held is written to the CRM. No lines: nobody reported."""

    type = "call.measured"
    audience = Audience.STAFF
    call: Id
    lines: tuple[Line, ...] = ()


class ConsentRequested(Event):
    """Everybody in the call is asked whether it may be recorded, under the text of this version."""

    type = "consent.requested"
    call: Id
    text_version: TextVersion


class ConsentGranted(Event):
    type = "consent.granted"
    call: Id
    party: CallParty
    text_version: TextVersion


class ConsentRefused(Event):
    type = "consent.refused"
    call: Id
    party: CallParty
    text_version: TextVersion


class ConsentWithdrawn(Event):
    type = "consent.withdrawn"
    call: Id
    party: CallParty
    text_version: TextVersion


class RecordingStarted(Event):
    """Everybody in the call agreed."""

    type = "recording.started"
    call: Id


class RecordingStopped(Event):
    type = "recording.stopped"
    call: Id
    why: Literal["asked", "withdrawn", "joined", "switched", "ended", "lost"]


class RecordingKept(Event):
    """What one party said and showed is ready to be played: `recording` names it in the API.

    `began` is ms on a clock that the films of one stretch share, so that they can run side by side.
    """

    type = "recording.kept"
    audience = Audience.STAFF
    call: Id
    recording: RecordingName
    party: CallParty
    seconds: Finite
    bytes: Seq
    width: Seq = 0
    height: Seq = 0
    began: Seq = 0
