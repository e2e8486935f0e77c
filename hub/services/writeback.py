"""Outbox jobs for the CRM: the transcript and summary of a session, tickets and leads. Each once, by its marker."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

from hub.model.commands import ConfirmTicket, ConfirmWritten
from hub.model.conversation import Conversation
from hub.model.crm import LeadDraft, Ticket, TicketDraft
from hub.model.errors import NotFound
from hub.model.events import Logged, MessageCreated, Part
from hub.model.identity import Identity, IdentityKind
from hub.model.ids import derived
from hub.model.party import SYSTEM, PartyKind
from hub.ports import Bot, Crm
from hub.services.bot_turns import Transcripts, insights, spoken
from hub.services.contexts import keys_of
from hub.services.conversations import Conversations
from hub.services.customers import Customers
from hub.store.outbox import Claimed


class WriteBack:
    """Each raises CrmUnavailable and the like; the carrier tries again.

    Who was merged since is written to as who they are now.
    """

    def __init__(
        self, conversations: Conversations, customers: Customers, transcripts: Transcripts, crm: Crm, bot: Bot
    ) -> None:
        self._conversations = conversations
        self._customers = customers
        self._transcripts = transcripts
        self._crm = crm
        self._bot = bot
        self.kinds: dict[str, Callable[[Claimed], Awaitable[None]]] = {
            "crm.session": self.session,
            "crm.ticket": self.ticket,
        }

    async def session(self, job: Claimed) -> None:
        """Write a session's transcript and summary as notes. A customer unknown to the CRM leaves nothing there."""
        it = await self._customers.current(job.conversation, newest=True)
        customer = external_id(it)
        if not customer:
            return
        number = int(job.payload["session"])
        parts = [Part.model_validate(part) for part in job.payload["parts"]]
        first, last = int(job.payload["from"]), int(job.payload["to"])
        entries = await self._transcripts.session(job.conversation, first, last, parts)
        summary = self._bot.summarize(spoken(entries), insights(entries), it.who.locale)
        with suppress(NotFound):  # a site's own id, which the CRM has never heard of
            await self._note(it, job, customer, "transcript", transcript(entries, number))
            await self._note(it, job, customer, "summary", summary)

    async def _note(
        self, it: Conversation, job: Claimed, customer: str, kind: Literal["transcript", "summary"], body: str
    ) -> None:
        if not body:
            return
        note = await self._crm.add_note(customer, body, kind, f"{job.id}:{kind}")
        written = ConfirmWritten(kind, int(job.payload["session"]), note.source_id)
        await self._conversations.ask(it.id, written, SYSTEM, derived("written", job.id, kind))

    async def ticket(self, job: Claimed) -> None:
        """Open a ticket; for somebody the CRM does not know, a lead."""
        it = await self._customers.current(job.conversation, newest=True)
        draft = TicketDraft.model_validate(job.payload["draft"])
        opened = await self._open(external_id(it), draft, job.id)
        if opened is None:
            lead = await self._crm.create_lead(lead_of(it, f"{draft.subject}\n{draft.body}"), job.id)
            written = ConfirmWritten("lead", it.desk.session, lead.source_id)
            await self._conversations.ask(it.id, written, SYSTEM, derived("written", job.id))
            return
        confirm = ConfirmTicket(opened.number, opened.subject)
        await self._conversations.ask(it.id, confirm, SYSTEM, derived("ticket", job.id))

    async def _open(self, customer: str, draft: TicketDraft, marker: str) -> Ticket | None:
        """None when the CRM does not know the customer."""
        try:
            return await self._crm.create_ticket(customer, draft, marker) if customer else None
        except NotFound:
            return None


def external_id(it: Conversation) -> str:
    return it.who.external_id or keys_of(it.who.every_identity).external_id


def lead_of(it: Conversation, interest: str) -> LeadDraft:
    return LeadDraft(name=it.who.name or "Visitor", contact=contact(it.who.every_identity), interest=interest)


def contact(identities: tuple[Identity, ...]) -> str:
    """The best address that somebody left, claims included: a person will check it."""
    kinds = (IdentityKind.PHONE, IdentityKind.EMAIL, IdentityKind.WECHAT)
    return next((i.value for k in kinds for i in identities if i.kind is k), "")


_WHO = {PartyKind.CUSTOMER: "Customer", PartyKind.AGENT: "Agent", PartyKind.BOT: "Bot"}


def transcript(entries: list[Logged], session: int) -> str:
    """What was said, a line each, with time (UTC), channel and author. Never a note: audience everyone only."""
    lines = [
        f"[{_utc(e.at)}] {e.channel or '-'} · {e.by.name or _WHO[e.by.kind]}: {e.event.content.text}"
        for e in entries
        if isinstance(e.event, MessageCreated) and e.by.kind in _WHO
    ]
    return f"OneThread session {session}\n" + "\n".join(lines) if lines else ""


def _utc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
