"""What is written into the CRM when a session ends: its transcript and summary, its tags, what the bot noticed,
the addresses that the customer proved; and each call. Each once, by its marker. A customer unknown to the CRM leaves
nothing there.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Literal

from hub.crm_connections import Connection, Connections
from hub.model.commands import ConfirmWritten
from hub.model.conversation import Conversation
from hub.model.crm import CrmCustomer, FieldChange
from hub.model.errors import CrmConflict, NotFound
from hub.model.events import CallNoted, Logged, MessageCreated, Part
from hub.model.identity import Identity, IdentityKind, vouched_addresses
from hub.model.ids import derived
from hub.model.insights import of_session
from hub.model.party import SYSTEM, PartyKind
from hub.model.phones import e164
from hub.ports import Bot
from hub.services.call_records import notes, of_call, record
from hub.services.conversations import Conversations
from hub.services.crm_customers import CrmCustomers
from hub.services.customers import Customers
from hub.services.transcripts import Transcripts, insights, spoken
from hub.store.outbox import Claimed

Written = Literal["transcript", "summary", "tags", "insights", "facts", "call"]


class WriteBack:
    """Each raises CrmUnavailable and the like; the carrier tries again.

    Who was merged since is written to as who they are now.
    """

    def __init__(
        self,
        conversations: Conversations,
        customers: Customers,
        transcripts: Transcripts,
        connections: Connections,
        bot: Bot,
    ) -> None:
        self._conversations = conversations
        self._customers = customers
        self._transcripts = transcripts
        self._connections = connections
        self._theirs = CrmCustomers(connections)
        self._bot = bot
        self.kinds: dict[str, Callable[[Claimed], Awaitable[None]]] = {
            "crm.session": self.session,
            "crm.tags": self.tags,
            "crm.insights": self.insights,
            "crm.facts": self.facts,
            "crm.call": self.call,
        }

    async def session(self, job: Claimed) -> None:
        """Write a session's transcript and summary as notes."""
        connection = self._connections.first("add_note")
        if connection is None:
            return
        it = await self._customers.current(job.conversation, newest=True)
        number = int(job.payload["session"])
        entries = await self._entries(job)
        summary = self._bot.summarize(spoken(entries), insights(entries), it.who.locale)
        with suppress(NotFound):  # a site's own id, which the CRM has never heard of
            await self._note(connection, it, job, "transcript", transcript(entries, number))
            await self._note(connection, it, job, "summary", summary)

    async def _note(
        self, connection: Connection, it: Conversation, job: Claimed, kind: Literal["transcript", "summary"], body: str
    ) -> None:
        if not body:
            return
        marker = f"{job.id}:{kind}"
        note = await self._theirs.written(
            connection, it, lambda customer: connection.crm.add_note(customer, body, kind, marker)
        )
        await self._confirm(it, job, kind, note.source_id)

    async def _entries(self, job: Claimed) -> list[Logged]:
        parts = [Part.model_validate(part) for part in job.payload["parts"]]
        first, last = int(job.payload["from"]), int(job.payload["to"])
        return await self._transcripts.session(job.conversation, first, last, parts)

    async def tags(self, job: Claimed) -> None:
        """Add the session's tags to the customer's; none is taken away."""
        connection = self._connections.first("tag")
        if connection is None:
            return
        it = await self._customers.current(job.conversation, newest=True)
        tags = tuple(job.payload["tags"])
        with suppress(NotFound):
            await self._theirs.written(connection, it, lambda customer: connection.crm.tag(customer, tags, job.id))
            await self._confirm(it, job, "tags", "")

    async def insights(self, job: Claimed) -> None:
        """Write what the bot noticed in the session, as one. Nothing where it noticed nothing."""
        connection = self._connections.first("add_insight")
        noticed = of_session(insights(await self._entries(job))) if connection else None
        if connection is None or noticed is None:
            return
        it = await self._customers.current(job.conversation, newest=True)
        with suppress(NotFound):
            await self._theirs.written(
                connection, it, lambda customer: connection.crm.add_insight(customer, noticed, job.id)
            )
            await self._confirm(it, job, "insights", "")

    async def facts(self, job: Claimed) -> None:
        """Add e-mail addresses and phone numbers that the customer proved and the CRM does not have. Nothing else: the
        rest would be a guess.
        """
        connection = self._connections.first("update_customer")
        if connection is None:
            return
        it = await self._customers.current(job.conversation, newest=True)
        customer = await self._theirs.find(connection, it)
        new = facts(customer, it.who.every_identity, connection.crm.editable) if customer else ()
        if customer is None or not new:
            return
        with suppress(NotFound, CrmConflict):  # the CRM has something there by now, and it knows better
            await connection.crm.update_customer(customer.external_id, new, job.id)
            await self._confirm(it, job, "facts", customer.external_id)

    async def call(self, job: Claimed) -> None:
        """Write the record of a call as a note of its own; or what its agent noted of it once that was written."""
        connection = self._connections.first("add_note")
        if connection is None:
            return
        entries = await of_call(self._transcripts.logs, job.conversation, job.payload["call"], int(job.payload["to"]))
        body = notes(entries) if entries and isinstance(entries[-1].event, CallNoted) else record(entries)
        if not body:
            return
        it = await self._customers.current(job.conversation, newest=True)
        with suppress(NotFound):
            note = await self._theirs.written(
                connection, it, lambda customer: connection.crm.add_note(customer, body, "call", job.id)
            )
            await self._confirm(it, job, "call", note.source_id)

    async def _confirm(self, it: Conversation, job: Claimed, what: Written, remote_id: str) -> None:
        written = ConfirmWritten(what, int(job.payload["session"]), remote_id)
        await self._conversations.ask(it.id, written, SYSTEM, derived("written", job.id, what))


def facts(
    customer: CrmCustomer, identities: tuple[Identity, ...], editable: tuple[str, ...]
) -> tuple[FieldChange, ...]:
    """What the CRM does not have of the addresses that somebody vouches for."""
    held = {
        IdentityKind.EMAIL: {address.lower() for address in customer.emails},
        IdentityKind.PHONE: {phone.e164 or e164(phone.raw) for phone in customer.phones},
    }
    fields = {IdentityKind.EMAIL: "emails", IdentityKind.PHONE: "phones"}
    return tuple(
        FieldChange(field=fields[i.kind], now=i.value)
        for i in vouched_addresses(identities)
        if i.value not in held[i.kind] and fields[i.kind] in editable
    )


_WHO = {PartyKind.CUSTOMER: "Customer", PartyKind.AGENT: "Agent", PartyKind.BOT: "Bot"}


def transcript(entries: list[Logged], session: int) -> str:
    """What was said, a line each, with time (UTC), channel and author. Never a note: audience everyone only."""
    lines = [
        f"[{_utc(e.at)}] {e.channel or '-'} · {e.by.name or _WHO[e.by.kind]}: {_said(e.event)}"
        for e in entries
        if isinstance(e.event, MessageCreated) and e.by.kind in _WHO
    ]
    return f"OneThread session {session}\n" + "\n".join(lines) if lines else ""


def _said(event: MessageCreated) -> str:
    """Of a file its name and size: the CRM gets no copy of it."""
    content = event.content
    return f"[file: {content.text}, {content.bytes} bytes]" if content.kind == "file" else content.text


def _utc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
