"""What staff ask of the CRM: is it this customer's, which connection can do it, and then a command like any other.

Nothing is written here. The event that follows brings its outbox job along.
"""

from hub.crm_connections import Connection, Connections
from hub.model.asks import CrmAsk, EditAsk, LeadAsk, TaskAsk, TicketAsk, TicketUpdateAsk
from hub.model.commands import AskCrm
from hub.model.conversation import Conversation
from hub.model.crm import Capability, Context, Ticket
from hub.model.errors import BadRequest, CrmLacks, NotFound
from hub.model.party import Party
from hub.services.contexts import ContextDesk
from hub.services.conversations import Conversations
from hub.services.round import Done


class CrmAsks:
    def __init__(self, conversations: Conversations, contexts: ContextDesk, connections: Connections) -> None:
        self._conversations = conversations
        self._contexts = contexts
        self._connections = connections

    async def ask(self, it: Conversation, ask: CrmAsk, by: Party, id: str, *, channel: str, overrule: bool) -> Done:
        """Raises CrmLacks when no connection can, NotFound for somebody else's ticket, BadRequest for a field that is
        not editable, and what the rules say (hub/model/decide/crm.py).
        """
        connection = await self._connection(it, ask, leads=overrule)
        return await self._conversations.ask(it.id, AskCrm(ask, connection.name, overrule), by, id, channel)

    async def _connection(self, it: Conversation, ask: CrmAsk, *, leads: bool) -> Connection:
        match ask:
            case TicketAsk():
                found = self._connections.first("create_ticket", "create_lead")
            case TaskAsk():
                found = self._connections.first("add_task", "add_note")
            case LeadAsk():
                found = self._connections.first("create_lead")
            case TicketUpdateAsk(number=number):
                found = await self._of_ticket(it, number)
            case EditAsk():
                found = await self._of_customer(it, ask, leads=leads)
        if found is None:
            raise CrmLacks(ask.kind)
        return found

    async def _of_ticket(self, it: Conversation, number: str) -> Connection | None:
        """The one that has the ticket. Raises NotFound for a number that is not among this customer's."""
        context = await self._contexts.of(it)
        ticket = _ticket(context, number)
        if ticket is None:  # it may be newer than what we know
            context = await self._contexts.of(it, refresh=True)
            ticket = _ticket(context, number)
        if ticket is None:
            raise NotFound("number: this customer has no such ticket")
        return self._able(ticket.source, "update_ticket")

    async def _of_customer(self, it: Conversation, ask: EditAsk, *, leads: bool) -> Connection | None:
        """Edits go to where the customer's values came from, or `was` would mean something else there."""
        context = self._contexts.shown(await self._contexts.of(it), leads=leads)
        if context.customer is None:
            raise NotFound("the CRM does not know this customer")
        strange = [change.field for change in ask.changes if change.field not in context.editable]
        connection = self._able(context.crm, "update_customer")
        if connection and strange:
            raise BadRequest(f"field: {', '.join(strange)[:200]} can't be edited")
        return connection

    def _able(self, name: str, what: Capability) -> Connection | None:
        connection = self._connections.get(name)
        return connection if connection and connection.does(what) else None


def _ticket(context: Context, number: str) -> Ticket | None:
    return next((ticket for ticket in context.tickets if ticket.number == number), None)
