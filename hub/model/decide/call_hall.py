"""When a call goes on by another way, for good.

In a room: somebody comes in beside so many that pairs do not carry them. By the relay: it went from browser to browser,
and is to be recorded.
"""

from hub.model.call import Call
from hub.model.call_events import CallJoined, CallSwitched, RecordingStarted
from hub.model.decide.call_end import stopped
from hub.model.events import Event

MOST_IN_PAIRS = 3  # each sends everything once for each other one: four would need six connections


def outgrows(call: Call) -> bool:
    """Does one more party need a room?"""
    return call.topology != "room" and len(call.people) >= MOST_IN_PAIRS  # the bot is on its way out


def came_in(call: Call, party: str, name: str) -> list[Event]:
    """They join those who talk already. A recording stops: they were not asked."""
    joined = CallJoined(call=call.id, party=party, name=name)
    if outgrows(call):
        return [joined, *stopped(call, "switched"), CallSwitched(call=call.id)]
    return [joined, *stopped(call, "joined")]


def recorded(call: Call) -> list[Event]:
    """Everybody agreed. What is to be recorded has to come by the relay."""
    started = RecordingStarted(call=call.id)
    return [CallSwitched(call=call.id, topology="relay"), started] if call.topology == "direct" else [started]
