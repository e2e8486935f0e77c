"""What customers and agents may ask of a call, and the connections here that sit in one."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog
from pydantic_core import to_json

from hub.model import call_commands as cc
from hub.model.call import THE_BOT, call_party
from hub.model.errors import BadRequest, CallOver, NotFound, OneThreadError
from hub.model.quality import Measured
from hub.services.attendance import Attendance
from hub.services.calls import Calls, Place
from hub.services.conversations import Conversations
from hub.services.hall_news import THE_HALL
from hub.store.whispers import Whisper
from hub.transport import answers
from hub.transport import call_frames as asks
from hub.transport.connection import Connection, House
from hub.transport.expert_desk import OF_EXPERTS, ExpertDesk
from hub.transport.requests import Requests

log = structlog.get_logger()
HEAR_S = 5.0


def named(frame: Any) -> str | None:
    """The conversation that it names."""
    found: str | None = frame.conversation if isinstance(frame, asks.Word) else frame.d.conversation
    return found


class CallDesk:
    """`calls` is None where nobody may call."""

    def __init__(
        self,
        calls: Calls | None,
        requests: Requests,
        conversations: Conversations,
        attendance: Attendance,
        experts: ExpertDesk,
        house: House,
    ) -> None:
        self._calls = calls
        self._requests = requests
        self._conversations = conversations
        self._attendance = attendance
        self._experts = experts
        self._house = house
        self._sitting: dict[Connection, Place] = {}

    @property
    def open(self) -> bool:
        return self._calls is not None

    @property
    def sitting(self) -> int:
        """Connections here that are in a call."""
        return len(self._sitting)

    def handle(self, connection: Connection, conversation: str, frame: Any) -> None:
        """A CallFrame, GuestCallFrame or StaffCallFrame, about a conversation that they may ask of."""
        if isinstance(frame, asks.Word):
            self._word(connection, frame)
        elif self._calls is None:
            connection.deliver(answers.error(NotFound("nobody can call here"), frame.id))
        else:
            self._requests.later(connection, frame.id, self._answer(self._calls, connection, conversation, frame))

    async def _answer(self, calls: Calls, connection: Connection, conversation: str, frame: Any) -> None:
        match frame:
            case asks.CallJoin():
                await self._join(calls, connection, conversation, frame)
            case asks.RtcDescription(d=d):
                place = self._place(connection, d.call)
                if d.to == THE_HALL:
                    connection.deliver(answers.ack(frame.id, d=await calls.meet(place, d.generation, d.type, d.sdp)))
                    return
                await calls.describe(place, d.to, d.to_pc or "", d.generation, d.type, d.sdp, connection.id)
                connection.deliver(answers.ack(frame.id))
            case _ if isinstance(frame, OF_EXPERTS):
                await self._experts.answer(connection, conversation, frame)
            case _:
                await self._command(calls, connection, conversation, frame)

    async def _command(self, calls: Calls, connection: Connection, conversation: str, frame: Any) -> None:
        assert connection.party is not None
        stops = self._sitting.get(connection) if isinstance(frame, asks.ConsentWithdraw | asks.RecordingStop) else None
        if stops is not None:
            await calls.stop_recording(stops)
        if isinstance(frame, asks.ConsentRequest | asks.ConsentGrant):
            await calls.open_relay(conversation, frame.d.call, call_party(connection.party))
        command, ref = self._as_command(frame), frame.id
        if connection.staff and isinstance(command, cc.RequestCall | cc.AcceptCall):
            await calls.free_for(connection.party.id, "" if isinstance(command, cc.RequestCall) else command.call)
        elif isinstance(command, cc.RequestCall):
            command = replace(command, owner=await calls.owner_of(conversation, self._attendance.here))
        if isinstance(command, cc.AcceptCall):
            await calls.open_hall(conversation, command.call, call_party(connection.party))
            if await calls.recorded(conversation, command.call):  # who comes in was not asked, and can be heard next
                stops = Place(conversation, command.call, call_party(connection.party), "")
        done = await self._conversations.ask(conversation, command, connection.party, ref, connection.channel)
        if stops is not None:
            await calls.recording_stopped(stops)
        call = ref if isinstance(frame, asks.CallRequest) else frame.d.call
        connection.deliver(answers.ack(ref, done.seq, dup=done.dup, d={"call": call}))
        if isinstance(frame, asks.CallHangup):
            await self._left(calls, connection, conversation, call)

    async def _left(self, calls: Calls, connection: Connection, conversation: str, call: str) -> None:
        """Who only listened leaves without a word that customers would hear of."""
        place = self._sitting.get(connection)
        if place is None or place.call != call:
            return
        it = await self._conversations.state(conversation)
        if it.call is not None and it.call.id == call and it.call.seat(place.party) is None:
            del self._sitting[connection]
            await calls.left(place)

    async def _join(self, calls: Calls, connection: Connection, conversation: str, frame: asks.CallJoin) -> None:
        assert connection.party is not None
        place = Place(conversation, frame.d.call, call_party(connection.party), frame.d.pc)
        # Before anything is awaited: what the others say from now on must find it.
        before = self._sitting.get(connection)
        self._sitting[connection] = place
        try:
            known = await calls.join(place, connection.party.name, connection.id)
        except BaseException:
            if before is None:
                self._sitting.pop(connection, None)
            else:
                self._sitting[connection] = before
            raise
        connection.deliver(answers.ack(frame.id, d=known))

    def _place(self, connection: Connection, call: str) -> Place:
        place = self._sitting.get(connection)
        if place is None or place.call != call:
            raise CallOver("join it first")
        return place

    def _word(self, connection: Connection, frame: Any) -> None:
        place = self._sitting.get(connection)
        if self._calls is None or place is None or place.call != frame.call:
            return
        assert connection.party is not None
        if isinstance(frame, asks.StatsReport):
            measured = Measured(frame.loss, frame.jitter_ms, frame.rtt_ms, frame.kbps)
            self._house.tasks.create_task(self._calls.report(place, connection.party.name, connection.id, measured))
            return
        fields = frame.model_dump(exclude={"t", "conversation", "call", "to", "pc", "to_pc"})
        to, to_pc, word = "", "", {"t": frame.t, **fields}
        if isinstance(frame, asks.RtcCandidate):
            to, to_pc, word = frame.to, frame.to_pc or "", {**word, "pc": place.pc}
        elif isinstance(frame, asks.CallKey):
            to = THE_BOT
        self._house.tasks.create_task(self._calls.pass_on(place, to, to_pc, connection.id, word))

    def _as_command(self, frame: Any) -> cc.CallCommand:  # noqa: PLR0912 one line a request
        d = frame.d
        match frame:
            case asks.CallRequest():
                return cc.RequestCall(d.media)
            case asks.CallAccept():
                return cc.AcceptCall(d.call)
            case asks.CallDecline():
                return cc.DeclineCall(d.call, d.reason)
            case asks.CallCancel():
                return cc.CancelCall(d.call)
            case asks.CallHangup():
                return cc.HangUp(d.call)
            case asks.CallUpgrade():
                return cc.UpgradeCall(d.call)
            case asks.CallNote():
                return cc.NoteCall(d.call, d.outcome, d.text)
            case asks.ConsentRequest():
                return cc.RequestConsent(d.call, d.text_version)
            case asks.ConsentGrant():
                return cc.GrantConsent(d.call, d.text_version)
            case asks.ConsentRefuse():
                return cc.RefuseConsent(d.call, d.text_version)
            case asks.ConsentWithdraw():
                return cc.WithdrawConsent(d.call)
            case asks.RecordingStop():
                return cc.StopRecording(d.call)
            case _:
                raise BadRequest

    # --- what the others say --------------------------------------------------------------------------------

    def whispered(self, whisper: Whisper) -> None:
        """`signal`: to who sits here as that party, by that page ("" = everybody). `unseated`: they sit elsewhere."""
        for connection, place in list(self._sitting.items()):
            if place.call != whisper.subject or connection.id == whisper.but:
                continue
            if whisper.device not in ("", place.party) or whisper.pc not in ("", place.pc):
                continue
            if whisper.kind == "unseated":
                del self._sitting[connection]
                connection.deliver(to_json({"t": "call.replaced", "call": place.call}))
            elif connection.staff or not whisper.frame.startswith('{"t":"call.quality"'):
                connection.deliver(whisper.frame.encode())

    def lost(self, connection: Connection) -> None:
        place = self._sitting.pop(connection, None)
        if place is not None and self._calls is not None and connection.party is not None:
            lost = self._calls.lost(place, connection.party, connection.id)
            try:
                self._house.tasks.create_task(lost)
            except RuntimeError:  # the process ends: the others' sockets say so
                lost.close()

    async def keep(self) -> None:
        """Say who of us is still there, until cancelled."""
        while True:
            await asyncio.sleep(HEAR_S)
            for connection, place in list(self._sitting.items()):
                with suppress(OneThreadError):
                    if self._calls is not None and not await self._calls.hear(place):
                        self._sitting.pop(connection, None)
