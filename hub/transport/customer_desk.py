"""What a customer may ask, in their one conversation and the logs that were merged into it."""

from typing import Any

from hub.model.commands import CancelHandoff, RateSession, RequestHandoff
from hub.model.errors import Forbidden, Revoked
from hub.services.conversations import Conversations
from hub.services.customers import Customers
from hub.services.fanout import Fanout
from hub.store.whispers import Whisper, Whispers
from hub.transport import answers, frames
from hub.transport.call_desk import CallDesk, named
from hub.transport.call_frames import CallFrame
from hub.transport.connection import Connection
from hub.transport.request import reader
from hub.transport.requests import Requests

_READ = reader(frames.CustomerFrame)


class CustomerDesk:
    def __init__(
        self,
        requests: Requests,
        conversations: Conversations,
        customers: Customers,
        fanout: Fanout,
        whispers: Whispers,
        calls: CallDesk,
    ) -> None:
        self._requests = requests
        self._conversations = conversations
        self._customers = customers
        self._fanout = fanout
        self._whispers = whispers
        self._calls = calls

    def read(self, text: bytes) -> Any:
        return _READ(text)

    def handle(self, connection: Connection, frame: Any) -> None:  # noqa: PLR0912 one line a request
        ask = self._requests
        match frame:
            case frames.MessagePost():
                ask.post(connection, self._own(connection, frame.d.conversation), frame)
            case frames.MessageRead():
                ask.read(connection, self._own(connection, frame.d.conversation), frame)
            case frames.MessageDelivered():
                ask.delivered(connection, self._own(connection, frame.d.conversation), frame)
            case frames.Typing():
                own = self._own(connection, frame.conversation)
                ask.typing(connection, own, on=frame.on, staff_only=True)
            case frames.FileBegin():
                own = self._own(connection, frame.d.conversation)
                ask.later(connection, frame.id, ask.send_file(connection, own, frame))
            case frames.FileOpen():
                ask.later(connection, frame.id, self._open_file(connection, frame))
            case frames.History():
                ask.later(connection, frame.id, self._history(connection, frame))
            case frames.HandoffRequest():
                ask.command(connection, self._own(connection, None), RequestHandoff(frame.d.reason), frame.id)
            case frames.HandoffCancel():
                ask.command(connection, self._own(connection, None), CancelHandoff(), frame.id)
            case frames.CsatRate():
                rate = RateSession(frame.d.score, frame.d.comment)
                ask.command(connection, self._own(connection, None), rate, frame.id)
            case _ if isinstance(frame, CallFrame):
                self._calls.handle(connection, self._own(connection, named(frame)), frame)
            case frames.Logout():
                ask.later(connection, frame.id, self._logout(connection, frame.id))
            case frames.Ping():
                connection.deliver(answers.PONG)

    def _own(self, connection: Connection, named: str | None) -> str:
        """The customer's conversation; a frame that names another one is refused."""
        assert connection.follower is not None
        own = connection.follower.conversation
        if named is not None and named != own:
            raise Forbidden("not your conversation")
        return own

    async def _open_file(self, connection: Connection, frame: frames.FileOpen) -> None:
        own = self._own(connection, None)
        named = frame.d.conversation or own
        if named != own:
            await self._absorbed(own, named)
        await self._requests.open_file(connection, named, frame)

    async def _history(self, connection: Connection, frame: frames.History) -> None:
        own = self._own(connection, None)
        named, before = frame.d.conversation or own, frame.d.before
        it = await self._conversations.state(own)
        if named != own:
            upto = await self._absorbed(own, named)
            before = min(before or upto + 1, upto + 1)
            it = await self._conversations.state(named)
        await self._requests.history(connection, frame.id, named, it.epoch, before, frame.d.limit)

    async def _absorbed(self, own: str, named: str) -> int:
        """Up to which seq a log that was merged into this one (or into one of those) belongs here."""
        logs = [own]
        while logs:
            it = await self._conversations.state(logs.pop())
            for absorbed in it.who.absorbed:
                if absorbed.source == named:
                    return absorbed.upto
                logs.append(absorbed.source)
        raise Forbidden("not your conversation")

    async def _logout(self, connection: Connection, ref: str) -> None:
        """The device's secret opens nothing any more, and its sockets end."""
        assert connection.bearer is not None
        await self._customers.forget_device(connection.bearer.identities)
        connection.deliver(answers.ack(ref))
        await self._whispers.say(Whisper(kind="signed_out", subject=connection.bearer.device))
        connection.close(Revoked())

    def lost(self, connection: Connection) -> None:
        self._calls.lost(connection)
        if connection.follower is not None:
            self._fanout.unfollow(connection.follower)
