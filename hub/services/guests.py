"""Experts from outside: a link is made, opened by one browser, and leads in as long as the call wants the guest."""

from collections.abc import Callable
from typing import Any, Literal

from hub.model.call import Call
from hub.model.call_commands import InviteGuest, OpenLink
from hub.model.codec import decode
from hub.model.conversation import Conversation
from hub.model.errors import CallOver, LinkExpired, LinkOver, LinkUnknown, LinkUsed, LinkWithdrawn
from hub.model.events import CallUninvited
from hub.model.ids import derived
from hub.model.party import Party, PartyKind
from hub.services.card import card
from hub.services.contexts import ContextDesk
from hub.services.conversations import Conversations
from hub.store.guests import Guest, Guests
from hub.store.logs import Logs

ENTRIES = 1_000  # of the log, in which we look for how an invitation ended
ENDS = {"timeout": LinkExpired, "withdrawn": LinkWithdrawn}


def guest_party(guest: Guest) -> Party:
    return Party(kind=PartyKind.GUEST, id=guest.id, name=guest.name)


class GuestBook:
    """`now` gives epoch ms."""

    def __init__(
        self,
        conversations: Conversations,
        contexts: ContextDesk,
        guests: Guests,
        logs: Logs,
        now: Callable[[], int],
    ) -> None:
        self._conversations = conversations
        self._contexts = contexts
        self._guests = guests
        self._logs = logs
        self._now = now

    async def invite(self, conversation: str, command: InviteGuest, by: Party, id: str) -> dict[str, Any]:
        """The secret of a link, once, and until when (epoch ms) it may stay unopened. Raises what the rules say."""
        it = await self._conversations.state(conversation)
        guest = Guest(
            id=id,
            name=command.name,
            conversation=conversation,
            call=command.call,
            by=by.name,
            briefing=command.briefing,
            since=command.since,
            upto=it.seq if command.since else 0,
            asked_at=it.seq,
            shown=command.shown,
        )
        # Before the event: a link that was told leads somewhere. Refused, nobody is told it.
        secret = await self._guests.add(guest)
        done = await self._conversations.ask(conversation, command, by, id)
        it = await self._conversations.state(conversation, done.seq)
        invitation = it.call and it.call.invitation(guest.party)
        return {
            "call": command.call,
            "party": guest.party,
            "link": f"/guest#{secret}",
            "until": invitation.until if invitation else 0,
        }

    async def enter(self, link: str, browser: str) -> Guest:
        """`browser` is the secret that the page's browser keeps. Raises LinkUnknown and its kind."""
        guest = await self._guests.of_link(link)
        if guest is None or not browser:
            raise LinkUnknown
        _, call = await self.wanted(guest)
        invitation = call.invitation(guest.party)
        if invitation is not None and 0 < invitation.until <= self._now():
            raise LinkExpired
        if not await self._guests.bind(guest.id, browser):
            raise LinkUsed
        if invitation is not None and invitation.until:
            await self._open(guest)
        return guest

    async def _open(self, guest: Guest) -> None:
        id = derived("guest-open", guest.id)
        try:
            await self._conversations.ask(guest.conversation, OpenLink(guest.call), guest_party(guest), id)
        except CallOver:
            await self.wanted(guest)  # says how it ended meanwhile
            raise LinkOver from None

    async def known(self, id: str) -> Guest:
        """Raises LinkUnknown."""
        guest = await self._guests.get(id)
        if guest is None:
            raise LinkUnknown
        return guest

    async def wanted(self, guest: Guest) -> tuple[Conversation, Call]:
        """As long as they are asked in, or in. Raises LinkExpired, LinkWithdrawn or LinkOver."""
        it = await self._conversations.newest(guest.conversation)
        call = it.call
        if call is None or call.id != guest.call:
            raise LinkOver
        if call.invitation(guest.party) is None and not call.has(guest.party):
            raise ENDS.get(await self._ended(guest), LinkOver)
        return it, call

    async def _ended(self, guest: Guest) -> Literal["declined", "withdrawn", "timeout", "left"]:
        it = await self._conversations.state(guest.conversation)
        for entry in reversed(await self._logs.before(it.id, it.seq + 1, ENTRIES)):
            event = decode(entry.frame).event
            if isinstance(event, CallUninvited) and event.party == guest.party:
                return event.why
        return "left"

    async def briefing(self, guest: Guest) -> dict[str, Any]:
        """Who they are here, and what they are shown besides the thread."""
        context = await self._contexts.cached(guest.conversation) if guest.shown else None
        shown = card(self._contexts.shown(context, leads=False), guest.shown) if context else {}
        return {
            "id": guest.id,
            "party": guest.party,
            "name": guest.name,
            "call": guest.call,
            "by": guest.by,
            "briefing": guest.briefing,
            "card": shown,
        }
