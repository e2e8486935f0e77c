"""Every error that OneThread names, in one tree.

    OneThreadError
    +-- BadFrame, FrameTooLarge, UnsupportedVersion, HelloTimeout      the wire
    +-- AuthFailed, TicketInvalid, Forbidden, Revoked, ThrottledLogin  who you are
    |   +-- LinkUnknown, LinkUsed, LinkExpired, LinkWithdrawn, LinkOver   by a guest's link
    +-- BadRequest, NotFound, Gone, TooLong                            what you asked for
    +-- Refused                                                        the rules say no
    |   +-- NotOwner, NotReservedForYou, StaleTenure, NotQueued, SessionClosed, MergeRefused, CallBusy ...
    +-- RateLimited, Overloaded, SlowConsumer, HeartbeatLost, Draining the node
    +-- StoreUnavailable, NotDurable, Conflict                         the store
    +-- CrmUnavailable, CrmLacks, CrmConflict, CrmRefused, BotFailed   the outside
    +-- MediaUnavailable, MediaFull, BadDescription, VoiceUnavailable  calls

A subclass is a row of the registry: code, sentence, retry?, HTTP status, close code. The Python tree generates
`docs/errors.md` and `static/sdk/errors.js` (see hub/transport/generate.py).
"""

from collections.abc import Iterator
from typing import ClassVar


class OneThreadError(Exception):
    """Root of the tree. `detail` says what was wrong with *this* input and never holds people's words."""

    code: ClassVar[str] = "internal"
    sentence: ClassVar[str] = "Something went wrong on our side. Your message is safe; please try again."
    retry: ClassVar[bool] = True
    http: ClassVar[int] = 500
    close: ClassVar[int | None] = None

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        """`retry_after` is in seconds."""
        super().__init__(detail or self.sentence)
        self.detail = detail
        self.retry_after = retry_after


# --- the wire ---------------------------------------------------------------------------------------------


class BadFrame(OneThreadError):
    code = "bad_frame"
    sentence = "The frame is not one this protocol knows."
    retry = False
    http = 400
    close = 4000


class FrameTooLarge(OneThreadError):
    code = "frame_too_large"
    sentence = "A frame may hold at most 64 KiB."
    retry = False
    http = 413
    close = 1009


class UnsupportedVersion(OneThreadError):
    code = "unsupported_version"
    sentence = "This hub speaks onethread.v1."
    retry = False
    http = 426
    close = 4006


class HelloTimeout(OneThreadError):
    code = "hello_timeout"
    sentence = "The first frame, hello, must come within 5 seconds."
    retry = False
    http = 408
    close = 4008


# --- who you are ------------------------------------------------------------------------------------------


class AuthFailed(OneThreadError):
    code = "auth_failed"
    sentence = "The sign-in or token is not valid."
    retry = False
    http = 401
    close = 4001


class TicketInvalid(AuthFailed):
    code = "ticket_invalid"
    sentence = "The ticket was used, has expired or belongs to another origin. Get a new one."


class LinkUnknown(AuthFailed):
    code = "link_unknown"
    sentence = "This link is not one of ours, or it is from long ago."
    http = 404


class LinkUsed(LinkUnknown):
    code = "link_used"
    sentence = "This link was opened in another browser. Ask for a new one."
    http = 409


class LinkExpired(LinkUnknown):
    code = "link_expired"
    sentence = "Nobody opened this link in time. Ask for a new one."
    http = 410


class LinkWithdrawn(LinkUnknown):
    code = "link_withdrawn"
    sentence = "The invitation was withdrawn."
    http = 410


class LinkOver(LinkUnknown):
    code = "link_over"
    sentence = "The call that this link was for is over, or you have left or declined it."
    http = 410


class Forbidden(OneThreadError):
    code = "forbidden"
    sentence = "You may not do this."
    retry = False
    http = 403
    close = 4003


class Revoked(AuthFailed):
    code = "session_revoked"
    sentence = "You were signed out."


class Replaced(OneThreadError):
    code = "replaced"
    sentence = "This device connected again elsewhere."
    retry = False
    http = 409
    close = 4009


class ThrottledLogin(OneThreadError):
    code = "login_throttled"
    sentence = "Too many sign-in attempts. Please wait a little."
    http = 429


# --- what you asked for -----------------------------------------------------------------------------------


class BadRequest(OneThreadError):
    code = "bad_request"
    sentence = "A field is missing or has a value that is not allowed."
    retry = False
    http = 400


class UnknownRequest(BadRequest):
    code = "unknown_request"
    sentence = "This hub does not know this request."


class TooLong(BadRequest):
    code = "too_long"
    sentence = "The text or the file is too large."
    http = 413


class NotFound(OneThreadError):
    code = "not_found"
    sentence = "There is no such thing here."
    retry = False
    http = 404


class Gone(OneThreadError):
    code = "gone"
    sentence = "This conversation was erased or moved."
    retry = False
    http = 410
    close = 4004


# --- the rules say no -------------------------------------------------------------------------------------


class Refused(OneThreadError):
    """A command that the conversation's rules do not allow now. Nothing was changed."""

    code = "refused"
    sentence = "This is not possible now."
    retry = False
    http = 409


class NotOwner(Refused):
    code = "not_owner"
    sentence = "Another party has this conversation. Take it over first."


class NotReservedForYou(Refused):
    code = "not_reserved_for_you"
    sentence = "This reservation is not yours, or its time has passed."


class StaleTenure(Refused):
    code = "stale_tenure"
    sentence = "The conversation changed hands in the meantime."


class NotQueued(Refused):
    code = "not_queued"
    sentence = "The conversation is not waiting for a person."


class SessionClosed(Refused):
    code = "session_closed"
    sentence = "This session is already resolved."


class SessionOpen(Refused):
    code = "session_open"
    sentence = "This session is still open."


class MergeRefused(Refused):
    code = "merge_refused"
    sentence = "These two customers can't be joined: the proof is missing, or both have a signed id of their own."


class CallBusy(Refused):
    code = "call_busy"
    sentence = "There is a call already, or it is full."


class CallTaken(Refused):
    code = "call_taken"
    sentence = "The call was answered elsewhere."


class CallOver(Refused):
    code = "call_over"
    sentence = "There is no such call any more."


class ListenOnly(Refused):
    code = "listen_only"
    sentence = "Who listens to a call sends nothing to this party."


# --- the node ---------------------------------------------------------------------------------------------


class RateLimited(OneThreadError):
    code = "rate_limited"
    sentence = "Too many requests. Please slow down a little."
    http = 429
    close = 4129


class Overloaded(OneThreadError):
    code = "overloaded"
    sentence = "This node has too much to do. Please try again shortly."
    http = 503
    close = 4100


class Draining(OneThreadError):
    code = "draining"
    sentence = "This node is being updated; connect again."
    http = 503
    close = 4200


class SlowConsumer(OneThreadError):
    code = "slow_consumer"
    sentence = "The connection could not keep up; it resumes where it stopped."
    http = 503
    close = 4213


class HeartbeatLost(OneThreadError):
    code = "heartbeat_lost"
    sentence = "No heartbeat was heard; connect again."
    http = 408
    close = 4214


# --- the store --------------------------------------------------------------------------------------------


class StoreUnavailable(OneThreadError):
    code = "store_unavailable"
    sentence = "Your message is not stored yet. It is sent again by itself."
    http = 503
    close = 4101


class DiskFull(StoreUnavailable):
    code = "disk_full"
    sentence = "The disk of the data directory is full."


class NotDurable(StoreUnavailable):
    code = "not_durable"
    sentence = "The message could not be made durable in time. It is sent again by itself."


class Conflict(OneThreadError):
    """A compare-and-append lost its race. Services decide again; it reaches a client only after many tries."""

    code = "conflict"
    sentence = "Too many changes at the same moment. Please try again."
    http = 409


# --- the outside ------------------------------------------------------------------------------------------


class CrmUnavailable(OneThreadError):
    code = "crm_unavailable"
    sentence = "The CRM does not answer at the moment."
    http = 503


class CrmLacks(OneThreadError):
    code = "crm_lacks"
    sentence = "This is not available in the connected CRM."
    retry = False
    http = 501


class CrmConflict(OneThreadError):
    """`detail` names the fields, never their values."""

    code = "crm_conflict"
    sentence = "Somebody else changed this in the CRM in the meantime. Nothing was written; look again."
    retry = False
    http = 409


class CrmRefused(OneThreadError):
    """The CRM understood and said no: asking again would change nothing."""

    code = "crm_refused"
    sentence = "The CRM did not accept this."
    retry = False
    http = 422


class BotFailed(OneThreadError):
    code = "bot_failed"
    sentence = "The bot could not answer."
    http = 503


# --- calls ------------------------------------------------------------------------------------------------


class MediaUnavailable(OneThreadError):
    code = "media_unavailable"
    sentence = "Calls can't be connected at the moment."
    http = 503


class MediaFull(OneThreadError):
    code = "media_full"
    sentence = "There are as many calls as this hub can carry. Please try again shortly."
    http = 503


class VoiceUnavailable(OneThreadError):
    """Nobody outside of a voice process is told: the call goes on without what could not be said or heard."""

    code = "voice_unavailable"
    sentence = "The bot can't speak or listen at the moment."
    http = 503


class BadDescription(OneThreadError):
    """`detail` names what is missing or wrong, never what stands in the description: it holds people's addresses."""

    code = "bad_description"
    sentence = "The description of this side of the call can't be used."
    retry = False
    http = 400


def every_error(root: type[OneThreadError] = OneThreadError) -> Iterator[type[OneThreadError]]:
    """The registry's rows: the root, then each subclass, in the order of this file."""
    yield root
    for child in root.__subclasses__():
        if child.__module__ == __name__:  # a floor above may tell one apart for itself; clients know these
            yield from every_error(child)
