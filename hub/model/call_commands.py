"""What can be asked of a call (commands.py says the rest)."""

from typing import Literal

from hub.model.call import CallMedia, CardPart
from hub.model.call_events import CallEnd, CallSaid, CallTranscribed, CallUnderstood, RecordingKept
from hub.model.frozen import frozen
from hub.model.quality import Line

CallOutcome = Literal["solved", "follow_up", "unsolved", "no_contact"]


@frozen
class RequestCall:
    """Its id is the command's. `owner`: is the agent whom it would ring in another call, or not here at all?"""

    media: CallMedia
    owner: Literal["free", "busy", "away"] = "free"


@frozen
class AcceptCall:
    """Also an expert's answer to an invitation."""

    call: str


@frozen
class DeclineCall:
    call: str
    reason: Literal["declined", "busy"] = "declined"


@frozen
class CancelCall:
    call: str


@frozen
class HangUp:
    """Leave it. It ends with the customer, or with the last but one."""

    call: str


@frozen
class UpgradeCall:
    call: str


@frozen
class InviteToCall:
    """Ask an expert in, with what they should know: see CallInvited. `skill`: it was asked for, not the person."""

    call: str
    agent: str
    name: str
    briefing: str = ""
    since: int = 0
    shown: tuple[CardPart, ...] = ()
    skill: str = ""


@frozen
class InviteGuest:
    """Make a link for somebody outside. The guest's id is the command's."""

    call: str
    name: str
    briefing: str = ""
    since: int = 0
    shown: tuple[CardPart, ...] = ()


@frozen
class OpenLink:
    """The guest who asks has opened their link."""

    call: str


@frozen
class WithdrawInvitation:
    call: str
    party: str


@frozen
class SuperviseCall:
    """Listen in, whisper to the agents, or come in. `leads`: who asks may."""

    call: str
    mode: Literal["listen", "whisper", "join"]
    leads: bool = False


@frozen
class RequestConsent:
    call: str
    text_version: str


@frozen
class GrantConsent:
    call: str
    text_version: str


@frozen
class RefuseConsent:
    call: str
    text_version: str


@frozen
class WithdrawConsent:
    call: str


@frozen
class StopRecording:
    call: str


@frozen
class LoseRecording:
    """The hub's own: it can't be recorded (any more)."""

    call: str


@frozen
class NoteCall:
    call: str
    outcome: CallOutcome
    text: str = ""


@frozen
class EndCall:
    """The hub's own: nobody is there any more."""

    call: str
    reason: CallEnd


@frozen
class MeasureCall:
    """The hub's own, once a call is over: how well it went."""

    call: str
    lines: tuple[Line, ...]


@frozen
class KeepRecording:
    """The hub's own: a film is there."""

    kept: RecordingKept


@frozen
class SpeakInCall:
    """The bot's: what it says there, or what it has understood."""

    call: str
    event: CallSaid | CallUnderstood


@frozen
class KeepTranscript:
    """The hub's own: a recording in words."""

    transcript: CallTranscribed


CallCommand = (
    RequestCall
    | AcceptCall
    | DeclineCall
    | CancelCall
    | HangUp
    | UpgradeCall
    | InviteToCall
    | InviteGuest
    | OpenLink
    | WithdrawInvitation
    | SuperviseCall
    | RequestConsent
    | GrantConsent
    | RefuseConsent
    | WithdrawConsent
    | StopRecording
    | NoteCall
    | EndCall
    | LoseRecording
    | MeasureCall
    | KeepRecording
    | SpeakInCall
    | KeepTranscript
)
