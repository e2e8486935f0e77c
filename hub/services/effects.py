"""What somebody asked of the CRM, carried out: tickets, to-dos, leads, edits. Each once, by its marker, in the order of
the log; how it ended becomes an event.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from hub.crm_connections import Connection, Connections
from hub.model.asks import CrmAsk, EditAsk, EffectKind, LeadAsk, TaskAsk, TicketAsk, TicketUpdateAsk
from hub.model.commands import ConfirmEffect, FailEffect
from hub.model.conversation import Conversation
from hub.model.crm import LeadDraft, TicketDraft
from hub.model.errors import CrmLacks, NotFound
from hub.model.identity import Identity, IdentityKind
from hub.model.ids import derived
from hub.model.party import SYSTEM
from hub.services.conversations import Conversations
from hub.services.crm_customers import CrmCustomers
from hub.services.customers import Customers
from hub.store.crm_people import CrmPeople
from hub.store.outbox import Claimed, Outbox

_ASK: TypeAdapter[Any] = TypeAdapter(CrmAsk)
# How the jobs that nobody asked for are called when they fail.
_KINDS: dict[str, EffectKind] = {
    "crm.ticket": "ticket",
    "crm.callback": "task",
    "crm.session": "session",
    "crm.tags": "tags",
    "crm.insights": "insights",
    "crm.facts": "facts",
    "crm.call": "call",
}
CALL_BACK_MS = 3_600_000


class Effects:
    """Each job raises CrmUnavailable and the like; the carrier tries again, or gives it up.

    Who was merged since is written to as who they are now.
    """

    def __init__(
        self,
        conversations: Conversations,
        customers: Customers,
        connections: Connections,
        outbox: Outbox,
        people: CrmPeople,
    ) -> None:
        self._conversations = conversations
        self._outbox = outbox
        self._people = people
        self._customers = customers
        self._connections = connections
        self._theirs = CrmCustomers(connections)
        self.kinds: dict[str, Callable[[Claimed], Awaitable[None]]] = {
            "crm.effect": self.effect,
            "crm.ticket": self.ticket,
            "crm.callback": self.callback,
        }

    async def effect(self, job: Claimed) -> None:
        """What an agent asked for. Raises CrmLacks when its connection is not in the settings any more."""
        connection = self._connections.get(job.payload["crm"])
        if connection is None:
            raise CrmLacks(f"there is no connection {job.payload['crm']}")
        await self._carry_out(job, connection, _ASK.validate_python(job.payload["ask"]))

    async def ticket(self, job: Claimed) -> None:
        """The bot's ticket, into whichever CRM takes tickets."""
        connection = self._connections.first("create_ticket", "create_lead")
        if connection is None:
            raise CrmLacks("no connection takes tickets")
        await self._carry_out(job, connection, TicketAsk(draft=TicketDraft.model_validate(job.payload["draft"])))

    async def callback(self, job: Claimed) -> None:
        """Somebody told the bot in a call that they want to be called back: a to-do, due within the hour."""
        connection = self._connections.first("add_task", "add_note", "create_lead")
        if connection is None:
            raise CrmLacks("no connection takes to-dos")
        it = await self._customers.current(job.conversation, newest=True)
        who = " ".join(filter(None, (it.who.name, contact(it.who.every_identity)))) or "the visitor"
        due = job.payload["at"] + CALL_BACK_MS
        await self._carry_out(job, connection, TaskAsk(title=f"Call back {who}"[:200], due=due))

    async def _carry_out(self, job: Claimed, connection: Connection, ask: CrmAsk) -> None:
        it = await self._customers.current(job.conversation, newest=True)
        done = await Carrying(self._theirs, self._outbox, self._people, connection, it, job).out(ask)
        await self._conversations.ask(it.id, done, SYSTEM, derived("effect", job.id))

    async def failed(self, job: Claimed, why: str, detail: str, *, kept: bool) -> None:
        """Say in the conversation that `job` was given up. Once for each time that it is."""
        it = await self._customers.current(job.conversation, newest=True)
        kind = _KINDS.get(job.kind) or job.payload["ask"]["kind"]
        failed = FailEffect(job.effect, kind, job.payload.get("crm", ""), why, detail, kept)
        await self._conversations.ask(it.id, failed, SYSTEM, derived("failed", job.id, str(job.round)))


class Carrying:
    """One effect on its way into one CRM."""

    def __init__(
        self,
        theirs: CrmCustomers,
        outbox: Outbox,
        people: CrmPeople,
        connection: Connection,
        it: Conversation,
        job: Claimed,
    ) -> None:
        self._theirs = theirs
        self._outbox = outbox
        self._people = people
        self._connection = connection
        self._crm = connection.crm
        self._it = it
        self._job = job
        self._marker = job.id

    async def out(self, ask: CrmAsk) -> ConfirmEffect:
        match ask:
            case TicketAsk(draft=draft):
                interest = f"{draft.subject}\n{draft.body}".strip()
                return await self._or_lead("ticket", interest, partial(self._ticket, draft))
            case TicketUpdateAsk():
                return await self._ticket_update(ask)
            case TaskAsk() if self._job.kind == "crm.callback":
                return await self._or_lead("task", ask.title, partial(self._task, ask))
            case TaskAsk():
                return await self._task(ask)
            case LeadAsk(draft=draft):
                return await self._lead(draft)
            case EditAsk(changes=changes):
                edited = await self._written(lambda who: self._crm.update_customer(who, changes, self._marker))
                return self._done("edit", edited.external_id, url=edited.url)

    def _written(self, write: Callable[[str], Awaitable[Any]]) -> Awaitable[Any]:
        return self._theirs.written(self._connection, self._it, write)

    def _done(self, kind: Any, ref: str, **more: Any) -> ConfirmEffect:
        return ConfirmEffect(self._job.effect, kind, self._connection.name, ref, **more)

    async def _or_lead(
        self, kind: EffectKind, interest: str, known: Callable[[], Awaitable[ConfirmEffect]]
    ) -> ConfirmEffect:
        """For somebody the CRM does not know, a lead; also if it gets to know them before this try has ended."""
        if self._job.decided != "lead":
            try:
                return await known()
            except NotFound:
                await self._outbox.decide(self._job, "lead")
        made = await self._crm.create_lead(lead_of(self._it, interest), self._marker)
        return self._done(kind, made.source_id, url=made.url, degraded="lead")

    async def _ticket(self, draft: TicketDraft) -> ConfirmEffect:
        opened = await self._written(lambda who: self._crm.create_ticket(who, draft, self._marker))
        await self._people.expect(self._connection.name, opened.number, opened.status)
        more = {"url": opened.url, "subject": opened.subject, "status": opened.status}
        return self._done("ticket", opened.number, **more)

    async def _ticket_update(self, ask: TicketUpdateAsk) -> ConfirmEffect:
        change, marker = ask.change, self._marker
        if change.status:  # before it is sent: the CRM may tell us of it before it answers
            await self._people.expect(self._connection.name, ask.number, change.status)
        ticket = await self._written(lambda who: self._crm.update_ticket(who, ask.number, change, marker))
        status = ticket.status if change.status else ""
        return self._done("ticket_update", ticket.number, url=ticket.url, subject=ticket.subject, status=status)

    async def _task(self, ask: TaskAsk) -> ConfirmEffect:
        """A CRM without to-dos gets a note that says when."""
        if self._connection.does("add_task"):
            made = await self._written(
                lambda who: self._crm.add_task(who, ask.title, ask.due, self._marker, ask.assignee)
            )
            return self._done("task", made.source_id, url=made.url)
        note = await self._written(lambda who: self._crm.add_note(who, task_note(ask), "task", self._marker))
        return self._done("task", note.source_id, url=note.url, degraded="note")

    async def _lead(self, draft: LeadDraft) -> ConfirmEffect:
        made = await self._crm.create_lead(draft, self._marker)
        return self._done("lead", made.source_id, url=made.url)


def lead_of(it: Conversation, interest: str) -> LeadDraft:
    """Whom the CRM does not know, as far as we do."""
    return LeadDraft(
        name=it.who.name or "Visitor", contact=contact(it.who.every_identity)[:254], interest=interest[:4_500]
    )


def contact(identities: tuple[Identity, ...]) -> str:
    """The best address that somebody left, claims included: a person will check it."""
    kinds = (IdentityKind.PHONE, IdentityKind.EMAIL, IdentityKind.WECHAT)
    return next((i.value for k in kinds for i in identities if i.kind is k), "")


def task_note(ask: TaskAsk) -> str:
    """A to-do as a line; the time is UTC, as everywhere in what we write."""
    due = datetime.fromtimestamp(ask.due / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    return f"To do by {due} UTC: {ask.title}" + (f" ({ask.assignee})" if ask.assignee else "")
