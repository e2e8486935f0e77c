"""Rules of the bot: it speaks only under the tenure it was asked in, and never over a person."""

from hub.model import commands as c
from hub.model.conversation import Conversation
from hub.model.decide.asked import Asked
from hub.model.decide.desk import owned_by
from hub.model.errors import Gone, NotOwner, StaleTenure
from hub.model.events import (
    CrmWritten,
    Event,
    HandoffBriefed,
    InsightNoted,
    MessageCreated,
    Owner,
    OwnerKind,
    TicketOpened,
    TicketRequested,
)


def turn(it: Conversation, command: c.BotTurn, asked: Asked) -> list[Event]:
    """Raises StaleTenure when the conversation changed hands since the bot was asked, NotOwner over a person."""
    if it.who.merged_into:
        raise Gone("merged")
    if command.tenure != it.desk.tenure:
        raise StaleTenure
    if it.desk.owner.kind is OwnerKind.AGENT:
        raise NotOwner
    happened: list[Event] = []
    if command.insight:
        happened.append(InsightNoted(of=command.answers, insight=command.insight))
    for n, said in enumerate(command.says):
        name = asked.id if n == 0 else f"{asked.id}-{n}"
        happened.append(MessageCreated(id=name, content=said, reply_to=command.answers))
    if command.ticket:
        happened.append(TicketRequested(draft=command.ticket))
    if command.brief and it.desk.owner.kind is OwnerKind.BOT:
        happened += _handed_over(it, command, command.brief)
    return happened


def _handed_over(it: Conversation, command: c.BotTurn, brief: c.Brief) -> list[Event]:
    insight = command.insight
    briefed = HandoffBriefed(
        reason=brief.reason,
        evidence=brief.evidence,
        summary=brief.summary,
        intent=insight.intent if insight else "",
        sentiment=insight.sentiment if insight else 0.0,
        entities=insight.entities if insight else (),
        tried=brief.tried,
    )
    return [briefed, owned_by(it, Owner(kind=OwnerKind.QUEUE, id=brief.team), brief.reason)]


def confirm(command: c.ConfirmTicket | c.ConfirmWritten) -> list[Event]:
    """The CRM has it. The command's id makes it one event, however often the outbox tries."""
    if isinstance(command, c.ConfirmTicket):
        return [TicketOpened(number=command.number, subject=command.subject)]
    return [CrmWritten(what=command.what, session=command.session, remote_id=command.remote_id)]
