"""Who sits where in a call, and what the parties' browsers tell each other. The call's facts are in its log.

`direct`: descriptions go from browser to browser as they are. `relay`: through the media port, which puts itself in
between. What is said here may be lost, and is said again: whoever misses an answer offers anew.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Literal

from pydantic_core import to_json

from hub.model.call import THE_CUSTOMER, Call
from hub.model.conversation import Conversation
from hub.model.errors import CallBusy, CallOver, OneThreadError, Refused
from hub.model.frozen import frozen
from hub.model.owner import OwnerKind
from hub.model.quality import Measured, mos
from hub.ports import Media
from hub.services.call_quality import CallQuality
from hub.services.conversations import Conversations
from hub.services.turn import IceServers
from hub.store.seats import Seat, Seats
from hub.store.whispers import Whisper, Whispers

Topology = Literal["relay", "direct"]


@frozen
class Place:
    """A connection's place in a call."""

    conversation: str
    call: str
    party: str
    pc: str


def polite(me: str, other: str) -> bool:
    """Who gives way when both offer at once: the customer, and between agents the later in the alphabet."""
    return me == THE_CUSTOMER or (other != THE_CUSTOMER and me > other)


def live_call(it: Conversation, call: str, party: str) -> Call:
    """The call that `party` is in. Raises CallOver or Refused."""
    found = it.call
    if found is None or found.id != call or found.ringing:
        raise CallOver
    if not found.has(party):
        raise Refused("you are not in this call")
    return found


class Calls:
    """`media` is None where browsers reach each other by themselves. `now` gives epoch ms."""

    def __init__(
        self,
        conversations: Conversations,
        seats: Seats,
        whispers: Whispers,
        quality: CallQuality,
        media: Media | None,
        ice: IceServers,
        now: Callable[[], int],
    ) -> None:
        self._conversations = conversations
        self._seats = seats
        self._whispers = whispers
        self._quality = quality
        self._media = media
        self._ice = ice
        self._now = now

    async def state(self, place: Place) -> Call:
        """Raises CallOver when the call is over, Refused when the party left it."""
        return live_call(await self._conversations.state(place.conversation), place.call, place.party)

    async def owner_of(
        self, conversation: str, here: Callable[[str], Awaitable[bool]]
    ) -> Literal["free", "busy", "away"]:
        """Can the agent who has the conversation be called? Raises StoreUnavailable."""
        owner = (await self._conversations.state(conversation)).desk.owner
        if owner.kind is not OwnerKind.AGENT:
            return "free"
        if not await here(owner.id):
            return "away"
        return "busy" if await self._seats.call_of(owner.id) else "free"

    async def free_for(self, agent: str, call: str) -> None:
        """The agent is about to be in `call` ("" = one to come). Raises CallBusy while they are in another."""
        there = await self._seats.call_of(agent)
        if there is not None and there[1] != call:
            raise CallBusy("you are in another call")

    async def join(self, place: Place, name: str, connection: str) -> dict[str, Any]:
        """Take the party's seat; the answer is what its page needs to know. Raises CallOver, Refused, MediaFull ..."""
        call = await self.state(place)
        if self._media is not None:
            await self._media.open(place.call)
        seats = await self._seats.all(place.conversation, place.call)
        before = seats.pop(place.party, None)
        fresh = before is not None and before.pc != place.pc
        if fresh and self._media is not None:
            await self._media.rejoin(place.call, place.party)
        await self._seats.take(
            place.conversation,
            place.call,
            Seat(party=place.party, name=name, pc=place.pc, connection=connection),
            self._now(),
        )
        await self._unseat(place, connection)
        # Who comes second offers. To a fresh page the party that stayed does: it keeps the order of media.
        first = before is None
        for other in seats.values():
            await self._tell_peer(place, name, other.party, offers=fresh)
        # Read last, and answered at once: who joins at the same moment is in it, or tells of themselves.
        seats = await self._seats.all(place.conversation, place.call)
        others = [
            {
                "party": other.party,
                "name": other.name,
                "pc": other.pc,
                "polite": polite(place.party, other.party),
                "offers": first,
            }
            for other in seats.values()
            if call.has(other.party) and other.party != place.party
        ]
        return {
            "call": call.id,
            "media": call.media,
            "topology": "relay" if self._media is not None else "direct",
            "ice_servers": self._ice.of(call.id, self._now()),
            "you": place.party,
            "others": others,
        }

    async def describe(
        self, place: Place, to: str, generation: int, kind: Literal["offer", "answer"], sdp: str, connection: str
    ) -> None:
        """Hand a description to another party. Raises CallOver, Refused, BadDescription, MediaUnavailable."""
        call = await self.state(place)
        if not call.has(to) or to == place.party:
            raise Refused("they are not in this call")
        if self._media is not None:
            sdp = await self._media.describe(place.call, place.party, to, kind, sdp)
        frame = {"t": "rtc.description", "call": place.call, "from": place.party, "pc": place.pc}
        await self._signal(place, to, connection, {**frame, "generation": generation, "type": kind, "sdp": sdp})

    @property
    def hides(self) -> bool:
        """Do the parties not learn each other's addresses? Then nothing that names one may be passed on."""
        return self._media is not None

    async def pass_on(self, place: Place, to: str, connection: str, frame: dict[str, Any]) -> None:
        """An ephemeral word to one party, or to all others (`to` = ""). Never raises: it may be lost."""
        with suppress(OneThreadError):
            await self._signal(place, to, connection, {**frame, "call": place.call, "from": place.party})

    async def report(self, place: Place, name: str, connection: str, it: Measured) -> None:
        """How the call is at this party's end: kept for its record, and shown to the agents in it. Never raises."""
        await self._quality.heard(place.conversation, place.call, place.party, name, connection, it)
        figures = {"loss": it.loss, "jitter_ms": it.jitter_ms, "rtt_ms": it.rtt_ms, "kbps": it.kbps}
        score = mos(it.loss, it.jitter_ms, it.rtt_ms)
        await self.pass_on(place, "", connection, {"t": "call.quality", **figures, "mos": score})

    async def lost(self, place: Place, name: str, connection: str) -> None:
        """The connection is gone; the seat stays for who comes back."""
        self._quality.left(connection)
        with suppress(OneThreadError):
            for other in (await self._seats.all(place.conversation, place.call)).values():
                if other.party != place.party:
                    await self._tell_peer(place, name, other.party, offers=False, what="reconnecting")

    async def stop_recording(self, place: Place) -> None:
        """At once, before anything else is done: not one more packet. The event follows, and says it again."""
        call = await self.state(place)
        if call.recording and self._media is not None:
            with suppress(OneThreadError):
                await self._media.record(place.call, on=False)

    async def hear(self, place: Place) -> bool:
        """This party lives. False: the call is over for it."""
        try:
            await self.state(place)
        except (CallOver, Refused):
            return False
        with suppress(OneThreadError):
            await self._seats.hear(place.conversation, place.call, self._now())
        return True

    async def _tell_peer(
        self,
        place: Place,
        name: str,
        to: str,
        *,
        offers: bool,
        what: Literal["joined", "reconnecting"] = "joined",
    ) -> None:
        frame = {"t": "call.peer", "call": place.call, "party": place.party, "name": name, "pc": place.pc, "what": what}
        await self._signal(place, to, "", {**frame, "polite": polite(to, place.party), "offers": offers})

    async def _unseat(self, place: Place, connection: str) -> None:
        await self._whispers.say(
            Whisper(
                kind="unseated",
                conversation=place.conversation,
                subject=place.call,
                device=place.party,
                but=connection,
            )
        )

    async def _signal(self, place: Place, to: str, connection: str, frame: dict[str, Any]) -> None:
        await self._whispers.say(
            Whisper(
                kind="signal",
                conversation=place.conversation,
                subject=place.call,
                device=to,
                but=connection,
                frame=to_json(frame).decode(),
            )
        )
