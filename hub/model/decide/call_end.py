"""The end of a call, of its own or with the session that it was in."""

from hub.model.call import Call
from hub.model.call_events import CallEnd, CallEnded, RecordingStopped
from hub.model.events import Event


def ended(call: Call | None, reason: CallEnd, now: int) -> list[Event]:
    """The end of whatever call there is, with its recording."""
    if call is None:
        return []
    seconds = (now - call.accepted_at) // 1000 if call.accepted_at else 0
    over: Event = CallEnded(call=call.id, reason=reason, media=call.media, seconds=max(0, seconds))
    return [*stopped(call, "ended"), over]


def stopped(call: Call, why: str) -> list[Event]:
    if not call.recording:
        return []
    return [RecordingStopped.model_validate({"call": call.id, "why": why})]
