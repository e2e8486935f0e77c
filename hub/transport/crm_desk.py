"""What an agent asks of the CRM and of the knowledge base, as frames.

What is asked of the CRM is answered twice: an ack that it is on its way, and through the outbox effect.done or
effect.failed.
"""

from typing import Any

from hub.model.asks import CrmAsk, EditAsk, LeadAsk, TaskAsk, TicketAsk, TicketUpdateAsk
from hub.model.conversation import Conversation
from hub.model.crm import LeadDraft, TicketChange, TicketDraft
from hub.services.advice import Advice
from hub.services.crm_asks import CrmAsks
from hub.services.integrations import Integrations
from hub.transport import answers, frames
from hub.transport.connection import Connection

OF_THE_CRM = (
    frames.TicketCreate,
    frames.TicketUpdate,
    frames.TaskAdd,
    frames.LeadCreate,
    frames.CustomerEdit,
    frames.EffectRetry,
    frames.DraftSuggest,
)


class CrmDesk:
    def __init__(self, asks: CrmAsks, advice: Advice, integrations: Integrations) -> None:
        self._asks = asks
        self._integrations = integrations
        self._advice = advice

    async def answer(self, connection: Connection, it: Conversation, frame: Any, *, overrule: bool) -> None:
        """One of OF_THE_CRM."""
        match frame:
            case frames.DraftSuggest():
                await self._suggest(connection, it, frame.id)
            case frames.EffectRetry(d=d):
                assert connection.party is not None
                await self._integrations.retry(it, d.effect, connection.party, overrule=overrule)
                connection.deliver(answers.ack(frame.id))
            case _:
                await self._ask(connection, it, frame, overrule=overrule)

    async def _ask(self, connection: Connection, it: Conversation, frame: Any, *, overrule: bool) -> None:
        """Answer with an ack that it is on its way. `overrule`: also in a conversation that a colleague has."""
        assert connection.party is not None
        done = await self._asks.ask(
            it, asked(frame), connection.party, frame.id, channel=connection.channel, overrule=overrule
        )
        connection.deliver(answers.ack(frame.id, done.seq, dup=done.dup, d={"effect": frame.id}))

    async def _suggest(self, connection: Connection, it: Conversation, ref: str) -> None:
        """Answer with drafts of what could be said."""
        found = [{"text": one.text, "why": one.why} for one in await self._advice.suggestions(it)]
        connection.deliver(answers.ack(ref, d={"suggestions": found}))


def asked(frame: Any) -> CrmAsk:
    """ticket.create, ticket.update, task.add, lead.create or customer.edit as what it asks for."""
    d = frame.d.model_dump()
    match frame:
        case frames.TicketCreate():
            return TicketAsk(draft=TicketDraft.model_validate(d))
        case frames.TicketUpdate():
            return TicketUpdateAsk(number=d["number"], change=TicketChange.model_validate(d))
        case frames.TaskAdd():
            return TaskAsk.model_validate({**d, "kind": "task"})
        case frames.LeadCreate():
            return LeadAsk(draft=LeadDraft.model_validate(d))
        case _:
            return EditAsk(changes=frame.d.changes)
