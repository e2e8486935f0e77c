"""Who sits where in a call, and what the parties' browsers tell each other. The call's facts are in its log.

`direct`: descriptions go from browser to browser as they are. `relay`: through the media port, which puts itself in
between; so does a direct call that is to be recorded, from then on. What is said here may be lost, and is said again:
whoever misses an answer offers anew.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Literal

from pydantic_core import to_json

from hub.model.call import THE_CUSTOMER, Call, agent_of
from hub.model.call_commands import HangUp
from hub.model.conversation import Conversation
from hub.model.decide.call_hall import outgrows
from hub.model.directions import sends
from hub.model.errors import CallBusy, CallOver, ListenOnly, MediaUnavailable, OneThreadError, Refused
from hub.model.frozen import frozen
from hub.model.ids import derived
from hub.model.owner import OwnerKind
from hub.model.party import Party
from hub.model.quality import Measured, mos
from hub.ports import Halls, Media
from hub.services.call_quality import CallQuality
from hub.services.conversations import Conversations
from hub.services.pairs import begins, known_as, knows, may_send, meet, mode_of, silent
from hub.services.recorder import Recorder
from hub.services.turn import IceServers
from hub.store.seats import Seat, Seats
from hub.store.whispers import Whisper, Whispers

_GONE = {"name": "", "pc": "", "what": "left", "polite": False, "offers": False}
Topology = Literal["relay", "direct", "room"]
Kind = Literal["offer", "answer"]


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


def offers(mine: Seat, other: Seat) -> bool:
    """Who comes second offers; to a page that comes anew the party that stayed does: it keeps the order of media.

    Never both: in offers that meet one is taken back, and browsers get stuck over what is taken back at once.
    """
    return mine.turn < other.turn if max(mine, other, key=lambda seat: seat.turn).anew else mine.turn > other.turn


def live_call(it: Conversation, call: str, party: str) -> Call:
    """The call that `party` is in. Raises CallOver or Refused."""
    found = it.call
    if found is None or found.id != call or found.ringing:
        raise CallOver
    if found.seat(party) is None:
        raise Refused("you are not in this call")
    return found


class Calls:
    """`media` is None where calls go from browser to browser and are never recorded, `halls` where three are the most;
    `now` gives epoch ms."""

    def __init__(
        self,
        conversations: Conversations,
        seats: Seats,
        whispers: Whispers,
        quality: CallQuality,
        media: Media | None,
        halls: Halls | None,
        ice: IceServers,
        now: Callable[[], int],
    ) -> None:
        self._conversations = conversations
        self._seats = seats
        self._whispers = whispers
        self._quality = quality
        self._media = media
        self._halls = halls
        self._ice = ice
        self._now = now
        self._recorder = Recorder(conversations, media, halls)

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
        way = await self._enter(call, place)
        mine, came = await self._sit(place, name, connection, None if "place" in way else self._relay(call))
        await self._unseat(place, connection)
        # Read after it was taken: of two who come at once the later one sees the other, and tells of itself.
        seats = await self._seats.all(place.conversation, place.call)
        for other in seats.values():
            if knows(call, other.party, place.party):
                begin = begins(call, other.party, place.party, otherwise=offers(other, mine))
                await self._tell_peer(place, name, other.party, call, offers=came and begin)
        shown = await self._seats.shown(place.conversation, place.call) if call.topology == "room" else {}
        others = [
            {
                "party": other.party,
                "name": known_as(other.party, other.name, place.party),
                "pc": other.pc,
                "polite": polite(place.party, other.party),
                "offers": begins(call, place.party, other.party, otherwise=offers(mine, other)),
                **silent(call, other.party),
                **({"shows": shown[other.party]} if other.party in shown else {}),
            }
            for other in seats.values()
            if knows(call, place.party, other.party)
        ]
        await self._still(place, call)
        return {
            "call": call.id,
            "media": call.media,
            **way,
            "ice_servers": self._ice.of(call.id, self._now()),
            "ice_policy": self._ice.policy,
            "you": place.party,
            "others": others,
        }

    async def _enter(self, call: Call, place: Place) -> dict[str, Any]:
        """A place where the media meet, and how that is called."""
        if call.topology == "room":
            mode = mode_of(call, place.party)
            return {"topology": "room", "place": await self._hall.enter(place.call, place.party, place.pc, mode)}
        relay = self._relay(call)
        if relay is None:
            return {"topology": "direct"}
        await relay.open(place.call)
        return {"topology": "relay"}

    def _relay(self, call: Call) -> Media | None:
        """By which its parties are connected with each other; None: they are from browser to browser."""
        return None if call.topology == "direct" else self._media

    async def _still(self, place: Place, joined: Call) -> None:
        """Since a moment ago it may go on by another way. What the log says of that came too early for who joins. In a
        room, nobody keeps a place that is not theirs by now. Raises CallOver, Refused."""
        same = False
        try:
            now = await self.state(place)
            same = mode_of(now, place.party) == mode_of(joined, place.party)
        finally:
            if not same and joined.topology == "room":
                await self._hall.leave(place.call, place.party)
        if not same or now.topology != joined.topology:
            await self._signal(place, place.party, "", {"t": "call.moved", "call": place.call})

    @property
    def _hall(self) -> Halls:
        """Raises MediaUnavailable where there is none any more: the settings changed in the middle of a call."""
        if self._halls is None:
            raise MediaUnavailable("no Janus is configured")
        return self._halls

    async def open_hall(self, conversation: str, id: str, party: str) -> None:
        """Before `party` comes into a call that has to go on in a room then. Raises MediaUnavailable: those who are in
        it talk on as they do."""
        call = (await self._conversations.state(conversation)).call
        if call is None or call.id != id or call.ringing or self._halls is None:
            return
        if call.invitation(party) and outgrows(call):
            await self._halls.open(id)

    async def meet(self, place: Place, generation: int, kind: Kind, sdp: str) -> dict[str, Any]:
        """A description for the room: an offer of what the party sends is answered at once.

        Raises CallOver, Refused, ListenOnly, BadDescription, MediaUnavailable.
        """
        call = await self.state(place)
        mode = mode_of(call, place.party)
        if call.topology != "room":
            raise Refused("this call is in no room")
        if mode == "listen" and sends(sdp):
            raise ListenOnly
        if kind == "offer":
            answer = await self._hall.publish(place.call, place.party, sdp)
            if mode == "full":
                await self._recorder.follow(place.conversation, place.call, place.party, place.pc)
            return {"type": "answer", "sdp": answer}
        await self._hall.answer(place.call, place.party, generation, sdp)
        return {}

    async def _sit(self, place: Place, name: str, connection: str, relay: Media | None) -> tuple[Seat, bool]:
        """The party's seat from now on; True: by another page than before, or the first."""
        before = (await self._seats.all(place.conversation, place.call)).get(place.party)
        seat = Seat(party=place.party, name=name, pc=place.pc, connection=connection, anew=before is not None)
        came = before is None or before.pc != place.pc
        if before is not None and not came:
            seat = before.model_copy(update={"name": name, "connection": connection})
        else:
            if before is not None and relay is not None:
                await relay.rejoin(place.call, place.party)
            turn = await self._seats.next_turn(place.conversation, place.call)
            seat = seat.model_copy(update={"turn": turn})
        await self._seats.take(place.conversation, place.call, seat, self._now())
        return seat, came

    async def describe(
        self, place: Place, to: str, to_pc: str, generation: int, kind: Kind, sdp: str, connection: str
    ) -> None:
        """Hand a description to another party, where it names one to this page of theirs: one that came meanwhile would
        answer what was not said to it. Raises CallOver, Refused, BadDescription, MediaUnavailable."""
        call = await self.state(place)
        if not meet(call, place.party, to):
            raise Refused("they are not in this call")
        if not may_send(call, place.party, to) and sends(sdp):
            raise ListenOnly
        if to_pc:
            seat = (await self._seats.all(place.conversation, place.call)).get(to)
            if seat is not None and seat.pc != to_pc:
                return
        if relay := self._relay(call):
            sdp = await relay.describe(place.call, place.party, to, kind, sdp)
        frame = {"t": "rtc.description", "call": place.call, "from": place.party, "pc": place.pc}
        await self._signal(place, to, connection, {**frame, "generation": generation, "type": kind, "sdp": sdp}, to_pc)

    async def pass_on(self, place: Place, to: str, to_pc: str, connection: str, frame: dict[str, Any]) -> None:
        """An ephemeral word to one party (by any page of theirs: `to_pc` = ""), or to all others (`to` = ""). Never
        raises: it may be lost.

        Supervisors have nothing to tell. Addresses are for those alone who are connected with each other.
        """
        with suppress(OneThreadError):
            call = await self.state(place)
            if frame["t"] == "rtc.candidate":
                if self._relay(call) or call.topology == "room":
                    return
            elif mode_of(call, place.party) != "full":
                return
            elif frame["t"] == "call.state" and call.topology == "room":
                shows = {what: shown for what, shown in frame.items() if what != "t"}
                await self._seats.show(place.conversation, place.call, place.party, shows)
            await self._signal(place, to, connection, {**frame, "call": place.call, "from": place.party}, to_pc)

    async def report(self, place: Place, name: str, connection: str, it: Measured) -> None:
        """How the call is at this party's end: kept for its record, and shown to the agents in it. Never raises."""
        try:
            if mode_of(await self.state(place), place.party) != "full":
                return  # how a supervisor hears it is no part of the call
        except (CallOver, Refused):
            return  # nor is what comes after its end
        except OneThreadError:
            pass  # the store is away: it is a part as before
        await self._quality.heard(place.conversation, place.call, place.party, name, connection, it)
        score = mos(it.loss, it.jitter_ms, it.rtt_ms)
        await self.pass_on(place, "", "", connection, {"t": "call.quality", **asdict(it), "mos": score})

    async def left(self, place: Place) -> None:
        """They listen no more, or listen otherwise: their connections end here and at the others.

        Both ends of each: who is told that they left makes a new one for whoever comes. In a room agents alone may know
        of them, and of all others the log tells.
        """
        call = (await self._conversations.state(place.conversation)).call
        hall = call is None or call.topology == "room"
        with suppress(OneThreadError):
            if hall and self._halls is not None:
                await self._halls.leave(place.call, place.party)
            elif self._media is not None:
                await self._media.leave(place.call, place.party)
        seats = await self._seats.all(place.conversation, place.call)
        if seats.pop(place.party, None) is None:
            return
        await self._seats.leave(place.conversation, place.call, place.party)
        for to in filter(agent_of, seats) if hall else [""]:
            await self._signal(place, to, "", {"t": "call.peer", "call": place.call, **_GONE, "party": place.party})

    async def lost(self, place: Place, by: Party, connection: str) -> None:
        """The connection is gone; the seat stays for who comes back. Nobody listens without a page that says so."""
        self._quality.left(connection)
        with suppress(OneThreadError):
            call = await self.state(place)
            if mode_of(call, place.party) != "full":
                id = derived("stop-listening", connection, place.call)
                await self._conversations.ask(place.conversation, HangUp(place.call), by, id, "console")
                await self.left(place)
                return
            for other in (await self._seats.all(place.conversation, place.call)).values():
                if knows(call, other.party, place.party):
                    await self._tell_peer(place, by.name, other.party, call, offers=False, what="reconnecting")

    async def open_relay(self, conversation: str, id: str, party: str) -> None:
        """Before `party` asks whether a call may be recorded, or agrees: there is a place that it can be recorded at.

        Raises Refused where nothing is recorded, MediaFull or MediaUnavailable: those who are in it talk on as they do.
        """
        if self._media is None:
            raise Refused("calls from browser to browser are not recorded")
        call = (await self._conversations.state(conversation)).call
        if call is not None and call.id == id and call.topology == "direct" and call.has(party):
            await self._media.open(id)

    async def stop_recording(self, place: Place) -> None:
        """Before anything else is done: not one more packet. The event follows, and says it again."""
        call = await self.state(place)
        if call.recording and call.has(place.party):
            await self._recorder.silence(place.call)

    async def recorded(self, conversation: str, id: str) -> bool:
        """Does the log say that this call is recorded?"""
        call = (await self._conversations.state(conversation)).call
        return call is not None and call.id == id and call.recording

    async def recording_stopped(self, place: Place) -> None:
        """The log says it. Before who asked is answered, once more: a start may have come between. Never raises."""
        with suppress(OneThreadError):
            call = await self.state(place)
            if not call.recording:
                await self._recorder.stop(place.call, hall=call.topology == "room")

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
        call: Call,
        *,
        offers: bool,
        what: Literal["joined", "reconnecting"] = "joined",
    ) -> None:
        name = known_as(place.party, name, to)
        frame = {"t": "call.peer", "call": place.call, "party": place.party, "name": name, "pc": place.pc, "what": what}
        ways = {
            "polite": polite(to, place.party),
            "offers": offers,
            **silent(call, place.party),
        }
        await self._signal(place, to, "", {**frame, **ways})

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

    async def _signal(self, place: Place, to: str, connection: str, frame: dict[str, Any], to_pc: str = "") -> None:
        await self._whispers.say(
            Whisper(
                kind="signal",
                conversation=place.conversation,
                subject=place.call,
                device=to,
                pc=to_pc,
                but=connection,
                frame=to_json(frame).decode(),
            )
        )
