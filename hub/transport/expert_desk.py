"""What staff may ask of a call beyond talking in it: experts, guests' links, and supervision."""

from typing import Any

from hub.model import call_commands as cc
from hub.model.conversation import Conversation
from hub.model.errors import BadRequest, Forbidden, NotFound
from hub.services.attendance import Attendance
from hub.services.calls import Calls, Place
from hub.services.conversations import Conversations
from hub.services.experts import Experts
from hub.services.guests import GuestBook
from hub.services.rows import row
from hub.store.qualities import Qualities
from hub.store.seats import Seats
from hub.transport import answers
from hub.transport import call_frames as asks
from hub.transport.connection import Connection

OF_EXPERTS = asks.CallInvite | asks.CallUninvite | asks.CallLink | asks.CallSupervise | asks.CallsList


class ExpertDesk:
    """`calls` is None where nobody may call."""

    def __init__(
        self,
        calls: Calls | None,
        conversations: Conversations,
        attendance: Attendance,
        guests: GuestBook,
        seats: Seats,
        qualities: Qualities,
    ) -> None:
        self._calls = calls
        self._conversations = conversations
        self._attendance = attendance
        self._experts = Experts(attendance)
        self._guests = guests
        self._seats = seats
        self._qualities = qualities

    async def answer(self, connection: Connection, conversation: str, frame: Any) -> None:
        """One of OF_EXPERTS."""
        match frame:
            case asks.CallsList():
                calls = await self._live(connection)
                connection.deliver(answers.ack(frame.id, d={"calls": calls}))
            case asks.CallLink():
                await self._link(connection, conversation, frame)
            case asks.CallSupervise():
                await self._supervise(connection, conversation, frame)
            case asks.CallInvite():
                await self._ask(connection, conversation, await self._inviting(conversation, frame.d), frame.id)
            case asks.CallUninvite(d=d):
                party = d.party or f"agent:{d.agent}"
                await self._ask(connection, conversation, cc.WithdrawInvitation(d.call, party), frame.id)

    async def _ask(
        self, connection: Connection, conversation: str, command: cc.InviteToCall | cc.WithdrawInvitation, ref: str
    ) -> None:
        assert connection.party is not None
        done = await self._conversations.ask(conversation, command, connection.party, ref, connection.channel)
        connection.deliver(answers.ack(ref, done.seq, dup=done.dup, d={"call": command.call}))

    async def _inviting(self, conversation: str, d: asks.Inviting) -> cc.InviteToCall:
        """Raises NotFound: there is no such agent, or nobody with this skill is free."""
        if bool(d.agent) == bool(d.skill):
            raise BadRequest("agent, skill: one of them")
        id = d.agent or await self._skilled(conversation, d.skill)
        account = self._attendance.account(id)
        if account is None:
            raise NotFound("no such agent")
        return cc.InviteToCall(d.call, account.id, account.name, d.briefing, d.since, d.shown, d.skill)

    async def _skilled(self, conversation: str, skill: str) -> str:
        it = await self._conversations.state(conversation)
        busy = frozenset(await self._seats.engaged())
        refused = it.call.refused if it.call else ()
        declined = frozenset(party.removeprefix("agent:") for party in refused)
        return await self._experts.free(skill, it.call, busy, declined)

    async def _link(self, connection: Connection, conversation: str, frame: asks.CallLink) -> None:
        assert connection.party is not None
        d = frame.d
        command = cc.InviteGuest(d.call, d.name, d.briefing, d.since, d.shown)
        made = await self._guests.invite(conversation, command, connection.party, frame.id)
        connection.deliver(answers.ack(frame.id, d=made))

    # --- supervision ----------------------------------------------------------------------------------------

    async def _supervise(self, connection: Connection, conversation: str, frame: asks.CallSupervise) -> None:
        """The old connections go before the new mode is told: what could send once sends no more. What is recorded may
        be over with it, and is so before they can be heard."""
        assert connection.party is not None
        assert self._calls is not None
        await self._calls.free_for(connection.agent, frame.d.call)
        leads = self._attendance.leads(connection.agent)
        command = cc.SuperviseCall(frame.d.call, frame.d.mode, leads)
        place = Place(conversation, frame.d.call, f"agent:{connection.agent}", "")
        recorded = await self._calls.recorded(conversation, frame.d.call)
        done = await self._conversations.ask(conversation, command, connection.party, frame.id, connection.channel)
        if recorded:
            await self._calls.recording_stopped(place)
        await self._calls.left(place)
        connection.deliver(answers.ack(frame.id, done.seq, dup=done.dup, d={"call": frame.d.call}))

    async def _live(self, connection: Connection) -> list[dict[str, Any]]:
        """Raises Forbidden for who does not lead."""
        if not self._attendance.leads(connection.agent):
            raise Forbidden("only supervisors see all calls")
        return [await self._told(it) for it in await self._calling()]

    async def _told(self, it: Conversation) -> dict[str, Any]:
        assert it.call is not None
        seen = row(it)
        quality = await self._qualities.now(it.call.id)
        return {"conversation": it.id, "customer": seen["customer"], "call": seen["call"], "quality": quality}

    async def _calling(self) -> list[Conversation]:
        """Those in which somebody talks now, the longest first."""
        its = [await self._conversations.state(each) for each in await self._seats.conversations()]
        return sorted((it for it in its if it.call and it.call.accepted_at), key=_since)


def _since(it: Conversation) -> int:
    return it.call.accepted_at if it.call else 0
