"""What an agent may ask. Reading is open to all staff; acting in a conversation is for its owner (or a supervisor)."""

from typing import Any

from hub.crm_connections import chosen
from hub.model import commands as c
from hub.model.addresses import normal
from hub.model.crm import Context
from hub.model.errors import BadRequest, Forbidden, NotFound
from hub.model.identity import Identity, IdentityKind, Proof
from hub.model.owner import Owner, OwnerKind
from hub.services.attendance import Attendance
from hub.services.contexts import ContextDesk
from hub.services.conversations import Conversations
from hub.services.customers import Customers
from hub.services.fanout import Fanout, Follower
from hub.services.inbox import Inboxes
from hub.services.rows import row
from hub.services.search import Search
from hub.transport import answers, frames
from hub.transport.call_desk import CallDesk, named
from hub.transport.call_frames import CallFrame, CallsList, StaffCallFrame, Word
from hub.transport.connection import Connection
from hub.transport.crm_desk import OF_THE_CRM, CrmDesk
from hub.transport.replay import replay, start
from hub.transport.request import reader
from hub.transport.requests import Requests

FOLLOWED = 50
_READ = reader(frames.AgentFrame)


class AgentDesk:
    def __init__(
        self,
        requests: Requests,
        conversations: Conversations,
        customers: Customers,
        contexts: ContextDesk,
        fanout: Fanout,
        inboxes: Inboxes,
        attendance: Attendance,
        search: Search,
        crm: CrmDesk,
        calls: CallDesk,
    ) -> None:
        self._requests = requests
        self._conversations = conversations
        self._customers = customers
        self._contexts = contexts
        self._fanout = fanout
        self._inboxes = inboxes
        self._attendance = attendance
        self._search = search
        self._crm = crm
        self._calls = calls

    def read(self, text: bytes) -> Any:
        return _READ(text)

    def handle(self, connection: Connection, frame: Any) -> None:
        """Frames without an id and without waiting are answered here, the others in a task of their own."""
        match frame:
            case frames.MessagePost() if frame.d.conversation in (connection.following or {}):
                # The busiest request: no task for it, its conversation is known to exist.
                self._requests.post(connection, str(frame.d.conversation), frame)
            case frames.Typing():
                self._typing(connection, frame)
            case frames.Ping():
                connection.deliver(answers.PONG)
            case _ if isinstance(frame, Word):
                self._calls.handle(connection, "", frame)  # by where they sit
            case frames.Logout():
                raise BadRequest("agents sign out by POST /api/v1/logout")
            case _:
                self._requests.later(connection, frame.id, self._answer(connection, frame))

    async def _answer(self, connection: Connection, frame: Any) -> None:  # noqa: PLR0912 one line a request
        """Those that are no command, and (last) those that are."""
        match frame:
            case frames.InboxFollow():
                d = await self._inboxes.follow(connection, frame.d.view)
                connection.deliver(answers.ack(frame.id, d=d))
            case frames.PresenceSet():
                await self._attendance.set_status(connection.agent, frame.d.status)
                connection.deliver(answers.ack(frame.id))
            case frames.ConversationFollow():
                await self._follow(connection, frame)
            case frames.ConversationUnfollow():
                self._unfollow(connection, frame.d.conversation)
                connection.deliver(answers.ack(frame.id))
            case frames.History():
                known = await self._known(frame.d.conversation)
                it = await self._conversations.state(known)
                await self._requests.history(connection, frame.id, known, it.epoch, frame.d.before, frame.d.limit)
            case frames.FileBegin():
                await self._requests.send_file(connection, await self._known(frame.d.conversation), frame)
            case frames.FileOpen():
                await self._requests.open_file(connection, await self._known(frame.d.conversation), frame)
            case frames.ContextRefresh():
                it = await self._conversations.state(await self._known(frame.d.conversation))
                context = await self._contexts.of(it, refresh=True)
                connection.deliver(answers.ack(frame.id, d={"context": self._shown(connection, context)}))
            case frames.ContextChoose():
                await self._choose(connection, frame)
            case frames.CustomerFind():
                found = [row(it) for it in await self._search.find(frame.d.text)]
                connection.deliver(answers.ack(frame.id, d={"rows": found}))
            case frames.CustomerMerge():
                assert connection.party is not None
                known, into = await self._known(frame.d.conversation), await self._known(frame.d.into)
                await self._customers.merge(known, into, connection.party, frame.id)
                connection.deliver(answers.ack(frame.id))
            case frames.CustomerUnmerge():
                await self._unmerge(connection, frame)
            case CallsList():
                self._calls.handle(connection, "", frame)
            case _ if isinstance(frame, CallFrame | StaffCallFrame):
                self._calls.handle(connection, await self._known(named(frame)), frame)
            case _ if isinstance(frame, OF_THE_CRM):
                it = await self._conversations.state(await self._known(frame.d.conversation))
                await self._crm.answer(connection, it, frame, overrule=self._overrules(connection))
            case _:
                known = await self._known(frame.d.conversation)
                self._requests.command(connection, known, self._command(connection, frame), frame.id)

    def _command(self, connection: Connection, frame: Any) -> c.Command:  # noqa: PLR0912 one line a request
        """A frame about one conversation, as its command. What it may do is decided by the model."""
        overrule = self._overrules(connection)
        match frame:
            case frames.MessagePost(d=d):
                return c.PostMessage(d.content, d.reply_to)
            case frames.MessageRead(d=d):
                return c.MarkRead(d.seq)
            case frames.MessageDelivered(d=d):
                return c.MarkDelivered(d.seq)
            case frames.ReservationAccept():
                return c.AcceptReservation()
            case frames.ReservationDecline(d=d):
                return c.DeclineReservation(d.reason)
            case frames.ConversationAssign(d=d):
                return c.Assign(self._receiver(connection, d), d.tenure, overrule)
            case frames.ConversationResolve(d=d):
                return c.Resolve(d.outcome, overrule)
            case frames.ConversationReopen():
                return c.Reopen()
            case frames.ConversationSnooze(d=d):
                return c.Snooze(d.until)
            case frames.NoteAdd(d=d):
                return c.AddNote(d.text)
            case frames.TagAdd(d=d):
                return c.AddTag(d.tag)
            case frames.TagRemove(d=d):
                return c.RemoveTag(d.tag)
            case frames.CustomerVerify(d=d):
                return c.VerifyIdentity(_vouched(d))
            case _:
                raise BadRequest

    def _overrules(self, connection: Connection) -> bool:
        return self._attendance.leads(connection.agent)

    def _shown(self, connection: Connection, context: Context) -> dict[str, Any]:
        return self._contexts.shown(context, leads=self._overrules(connection)).model_dump(mode="json")

    def _receiver(self, connection: Connection, d: frames.To) -> Owner:
        match d.to:
            case "bot":
                return Owner(kind=OwnerKind.BOT, id="bot")
            case "queue":
                return Owner(kind=OwnerKind.QUEUE, id=d.team)
            case _:
                account = self._attendance.account(connection.agent if d.agent == "me" else d.agent)
                if account is None:
                    raise NotFound("no such agent")
                return Owner(kind=OwnerKind.AGENT, id=account.id, name=account.name)

    async def _known(self, conversation: str | None) -> str:
        """Raises NotFound for a conversation that never was: agents can't make one by naming it."""
        if not conversation:
            raise BadRequest("conversation: name it")
        it = await self._conversations.state(conversation)
        if not it.seq:
            raise NotFound("no such conversation")
        return conversation

    async def _follow(self, connection: Connection, frame: frames.ConversationFollow) -> None:
        # Before anything is awaited: an unfollow, a second follow, or the end of the socket may come meanwhile.
        follower = self._place(connection, frame.d.conversation)
        resume = frame.d.resume
        try:
            known = await self._known(frame.d.conversation)
            # Another node may have told the client more than this one has heard of, or in an epoch that is over.
            it = await (self._conversations.newest(known) if resume else self._conversations.state(known))
            context = await self._contexts.cached(known)
            begin = await start(self._requests.logs, it, resume, staff=True)
        except BaseException:
            self._drop(connection, follower)
            raise
        d = {"conversation": row(it), "context": self._shown(connection, context) if context else None}
        connection.deliver(answers.ack(frame.id, it.seq, d=d))
        await replay(connection, self._fanout, follower, begin)

    def _place(self, connection: Connection, conversation: str) -> Follower:
        """Raises BadRequest: too many."""
        following = connection.following = connection.following or {}
        self._unfollow(connection, conversation)
        if len(following) >= FOLLOWED:
            raise BadRequest(f"at most {FOLLOWED} conversations at once")
        follower = following[conversation] = self._fanout.follow(conversation, connection, 0)
        return follower

    def _drop(self, connection: Connection, follower: Follower) -> None:
        self._fanout.unfollow(follower)
        following = connection.following or {}
        if following.get(follower.conversation) is follower:
            del following[follower.conversation]

    def _unfollow(self, connection: Connection, conversation: str) -> None:
        follower = (connection.following or {}).get(conversation)
        if follower is not None:
            self._drop(connection, follower)

    async def _choose(self, connection: Connection, frame: frames.ContextChoose) -> None:
        """Raises BadRequest for anybody whom the CRM did not offer: a word for a stranger would open their account."""
        assert connection.party is not None
        it = await self._conversations.state(await self._known(frame.d.conversation))
        context = await self._contexts.of(it)
        one = chosen(frame.d.crm or context.crm, frame.d.external_id)
        if one not in it.who.every_identity and one not in {
            chosen(each.source, each.external_id) for each in context.candidates
        }:
            raise BadRequest("external_id: not one of the candidates")
        done = await self._conversations.ask(it.id, c.VerifyIdentity(one), connection.party, frame.id)
        context = await self._contexts.of(await self._conversations.state(it.id, done.seq), refresh=True)
        connection.deliver(answers.ack(frame.id, d={"context": self._shown(connection, context)}))

    async def _unmerge(self, connection: Connection, frame: frames.CustomerUnmerge) -> None:
        assert connection.party is not None
        it = await self._conversations.state(await self._known(frame.d.conversation))
        if not it.who.merged_into:
            raise BadRequest("this customer is not merged into another")
        await self._customers.unmerge(it.who.merged_into, it.id, connection.party, frame.id)
        connection.deliver(answers.ack(frame.id))

    def _typing(self, connection: Connection, frame: frames.Typing) -> None:
        """The customer sees only the owner type; colleagues see anybody who follows."""
        if frame.conversation not in (connection.following or {}):
            raise Forbidden("follow the conversation first")
        known = str(frame.conversation)
        staff_only = self._conversations.owner_of(known) != connection.agent
        self._requests.typing(connection, known, on=frame.on, staff_only=staff_only)

    def lost(self, connection: Connection) -> None:
        self._calls.lost(connection)
        self._inboxes.unfollow(connection)
        self._attendance.leave(connection.agent)
        for follower in (connection.following or {}).values():
            self._fanout.unfollow(follower)


def _vouched(d: frames.Verify) -> Identity:
    """The agent's word. Raises BadRequest for what can't be an address: a typing slip would stay for ever."""
    kind = IdentityKind(d.kind)
    value = normal(kind, d.value)
    if not value:
        raise BadRequest(f"value: this is no {'e-mail address' if d.kind == 'email' else 'phone number'}")
    return Identity(kind=kind, value=value, proof=Proof.AGENT_WORD)
