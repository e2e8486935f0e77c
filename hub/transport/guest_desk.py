"""What a guest of a call may ask and see: that call, the part of the thread that was chosen, and nothing else."""

from typing import Any

from pydantic_core import from_json, to_json

from hub.model.call import THE_CUSTOMER
from hub.model.errors import Forbidden, LinkOver, OneThreadError
from hub.services.fanout import Fanout
from hub.services.guests import GuestBook, guest_party
from hub.services.rows import guest_state
from hub.store.guests import Guest
from hub.transport import answers, frames
from hub.transport.call_desk import CallDesk, named
from hub.transport.call_frames import Word
from hub.transport.connection import Connection
from hub.transport.request import reader

_READ = reader(frames.GuestFrame)
# Events that they may be told of: of the call, and of messages those that GuestView lets through.
GUESTS_ARE_TOLD = frozenset(
    {
        "message.created",
        "call.accepted",
        "call.joined",
        "call.left",
        "call.switched",
        "call.upgraded",
        "call.announced",
        "call.ended",
        "consent.requested",
        "consent.granted",
        "consent.refused",
        "consent.withdrawn",
        "recording.started",
        "recording.stopped",
    }
)


class GuestView:
    """A log as one guest sees it: a Receiver between fan-out and their connection. What is not named here is hidden.

    It is let see what staff see, for only so it learns of its own guest's end; it hands on nothing of that.
    """

    staff = True

    def __init__(self, connection: Connection, guest: Guest) -> None:
        self._connection = connection
        self._guest = guest
        self._inside = self._over = False

    @property
    def id(self) -> str:
        return self._connection.id

    def deliver(self, frame: bytes) -> None:
        if self._over:
            return
        event = from_json(frame)
        if event["t"] == "event":
            self._see(event)
        elif event["t"] == "next":
            self._connection.deliver(frame)

    def _see(self, event: dict[str, Any]) -> None:
        type, d = event["type"], event["d"]
        if type == "message.created":
            if self._inside or self._guest.since <= event["seq"] <= self._guest.upto:
                self._tell(event)
            return
        if not type.startswith(("call.", "consent.", "recording.")) or d.get("call") != self._guest.call:
            return
        if type in GUESTS_ARE_TOLD:
            self._tell(event)
        mine = d.get("party") == self._guest.party
        if type == "call.joined" and mine:
            self._inside = True
        elif type == "call.ended" or (mine and type in ("call.left", "call.uninvited")):
            self._end({"call.ended": "ended", "call.left": "left"}.get(type) or d["why"])

    def _tell(self, event: dict[str, Any]) -> None:
        """The customer's name is on their card, which may not have been chosen."""
        if event["by"]["kind"] == "customer":
            event["by"] |= {"id": "-", "name": ""}
        if event["d"].get("party") == THE_CUSTOMER and "name" in event["d"]:
            event["d"]["name"] = ""
        self._connection.deliver(to_json(event))

    def _end(self, why: str) -> None:
        self._over = True
        self._connection.deliver(to_json({"t": "guest.over", "call": self._guest.call, "why": why}))
        if why not in ("left", "declined"):  # their own wish, whose answer is still on its way: their page closes
            self._connection.close(LinkOver())

    def deliver_ephemeral(self, frame: bytes) -> bool:
        """Who types is none of theirs."""
        return False

    async def drained(self) -> None:
        await self._connection.drained()

    def close(self, problem: OneThreadError) -> None:
        self._connection.close(problem)


class GuestDesk:
    def __init__(self, book: GuestBook, fanout: Fanout, calls: CallDesk) -> None:
        self._book = book
        self._fanout = fanout
        self._calls = calls
        self._here: dict[Connection, Guest] = {}

    async def admit(self, id: str) -> tuple[Guest, dict[str, Any]]:
        """Who they are, and what their welcome says. Raises LinkUnknown and its kind."""
        guest = await self._book.known(id)
        it, _ = await self._book.wanted(guest)
        told = await self._book.briefing(guest)
        state = guest_state(it, guest.party)
        return guest, {"guest": told, "conversation": it.id, "epoch": it.epoch, "seq": it.seq, "state": state}

    def hold(self, connection: Connection, guest: Guest) -> None:
        """Whose connection it is: until `lost`."""
        connection.party, connection.channel = guest_party(guest), "guest"
        self._here[connection] = guest

    async def show(self, connection: Connection) -> None:
        """The chosen part of the thread, and what happens from now on."""
        guest = self._here.get(connection)
        if guest is None:  # gone before the welcome was over
            return
        begin = max(0, (guest.since or guest.asked_at) - 1)
        follower = self._fanout.follow(guest.conversation, GuestView(connection, guest), begin)
        connection.follower = follower
        await self._fanout.go_live(follower)
        if not follower.reading:
            connection.deliver(answers.live(guest.conversation, follower.cursor.seq, begin + 1))

    def read(self, text: bytes) -> Any:
        return _READ(text)

    def handle(self, connection: Connection, frame: Any) -> None:
        guest = self._here[connection]
        if isinstance(frame, frames.Ping):
            connection.deliver(answers.PONG)
            return
        call = frame.call if isinstance(frame, Word) else frame.d.call
        if call != guest.call or named(frame) not in (None, guest.conversation):
            raise Forbidden("not your call")
        self._calls.handle(connection, guest.conversation, frame)

    def lost(self, connection: Connection) -> None:
        self._calls.lost(connection)
        self._here.pop(connection, None)
        if connection.follower is not None:
            self._fanout.unfollow(connection.follower)
