"""What follows from a call's events, and its end when nobody in it is heard of any more. In working processes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from hub.model.call import agent_of
from hub.model.call_commands import EndCall, MeasureCall
from hub.model.errors import Gone, OneThreadError, StoreUnavailable
from hub.model.events import (
    CallAccepted,
    CallCancelled,
    CallDeclined,
    CallEnded,
    CallJoined,
    CallLeft,
    CallMissed,
    CallSwitched,
    CallUnsupervised,
    Logged,
    RecordingStarted,
    RecordingStopped,
)
from hub.model.ids import derived
from hub.model.party import SYSTEM
from hub.ports import Halls, Media
from hub.services.conversations import Conversations
from hub.services.recorder import Recorder
from hub.store.leases import Leases
from hub.store.qualities import Qualities
from hub.store.seats import Seats

log = structlog.get_logger()
EVERY_S = 5.0
SILENT_MS = 60_000  # a leg is kept so long (docs/calls.md)


class CallWatch:
    """`media` is None where calls go from browser to browser and are never recorded, `halls` where three parties are
    the most."""

    def __init__(
        self,
        conversations: Conversations,
        seats: Seats,
        qualities: Qualities,
        media: Media | None,
        halls: Halls | None,
        leases: Leases,
        now: Callable[[], int],
    ) -> None:
        self._conversations = conversations
        self._seats = seats
        self._qualities = qualities
        self._media = media
        self._halls = halls
        self._leases = leases
        self._now = now
        self._recorder = Recorder(conversations, media, halls)

    async def react(self, entry: Logged) -> None:
        """Reaction. Each step may be done again: all of them lead to a state."""
        match entry.event:
            case CallAccepted(call=call):
                # Heard of from now on: who accepts and is never seen again must not keep it.
                await self._seats.hear(entry.conversation, call, self._now())
                await self._seats.name(call, entry.conversation)
                await self._engage(entry.conversation, call)
            case CallJoined(call=call):
                await self._engage(entry.conversation, call)
            case CallEnded(call=call):
                await self._close(entry.conversation, call)
                await self._measure(entry.conversation, call)
            case CallDeclined(call=call) | CallCancelled(call=call) | CallMissed(call=call):
                await self._close(entry.conversation, call)
            # The pages come over by themselves: they read the same event.
            case CallSwitched(call=call, topology="room"):
                if self._media is not None:
                    await self._media.close(call)
            case CallLeft(call=call, party=party) | CallUnsupervised(call=call, party=party):
                await self._leave(entry.conversation, call, party)
            case RecordingStarted(call=call) | RecordingStopped(call=call):
                await self._record(entry.conversation, call, entry.id)

    async def _engage(self, conversation: str, call: str) -> None:
        """Whoever of the agents is in it by now has no hand free for another."""
        it = await self._conversations.newest(conversation)
        for each in it.call.parties if it.call and it.call.id == call else ():
            if agent := agent_of(each.party):
                await self._seats.engage(agent, conversation, call)

    async def _leave(self, conversation: str, call: str, party: str) -> None:
        """Unless they are in it again by now: who listened may listen once more, or come in."""
        it = await self._conversations.newest(conversation)
        if it.call and it.call.id == call and it.call.seat(party):
            return
        if self._media is not None:
            await self._media.leave(call, party)
        await self._seats.leave(conversation, call, party)
        if agent := agent_of(party):
            await self._seats.release(conversation, call, agent)
        if self._halls is not None:
            await self._halls.leave(call, party)

    async def _close(self, conversation: str, call: str) -> None:
        if self._media is not None:
            await self._media.close(call)
        await self._seats.forget(conversation, call)
        await self._seats.release(conversation, call)
        if self._halls is not None:
            await self._halls.close(call)

    async def _measure(self, conversation: str, call: str) -> None:
        lines = await self._qualities.of(conversation, call)
        with suppress(Gone):  # merged away: the call is told of where the customer is now
            id = derived("call-measured", conversation, call)
            await self._conversations.ask(conversation, MeasureCall(call, lines), SYSTEM, id)
        await self._qualities.forget(conversation, call)

    async def _record(self, conversation: str, call: str, cause: str) -> None:
        """As the newest state says: by the time of this entry somebody may have withdrawn."""
        it = (await self._conversations.newest(conversation)).call
        here = it if it is not None and it.id == call else None
        if here is not None and here.recording:
            await self._recorder.start(conversation, call, cause)
        else:
            await self._recorder.stop(call, hall=here is not None and here.topology == "room")

    async def keep(self) -> None:
        """End the calls of whom nobody is left, until cancelled. One worker at a time."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                if await self._leases.hold("calls"):
                    for conversation, call in await self._seats.silent(self._now() - SILENT_MS):
                        await self._end(conversation, call)
            except StoreUnavailable:
                log.info("calls wait for the store")

    async def _end(self, conversation: str, call: str) -> None:
        log.info("nobody is left in a call", conversation=conversation, call=call)
        with suppress(OneThreadError):
            id = derived("call-end", conversation, call)
            await self._conversations.ask(conversation, EndCall(call, "abandoned"), SYSTEM, id)
        await self._seats.forget(conversation, call)
