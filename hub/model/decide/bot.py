"""Rules of the bot: it speaks only under the tenure it was asked in, and never over a person."""

from hub.model import commands as c
from hub.model.conversation import Conversation
from hub.model.decide.asked import Asked
from hub.model.decide.desk import owned_by
from hub.model.errors import NotOwner, StaleTenure
from hub.model.events import Event, HandoffBriefed, InsightNoted, MessageCreated, TicketRequested
from hub.model.owner import HandoffReason, Owner, OwnerKind, OwnerReason


def turn(it: Conversation, command: c.BotTurn, asked: Asked) -> list[Event]:
    """Raises StaleTenure when the conversation changed hands since the bot was asked, NotOwner over a person."""
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
    # A bot that has too much to say is cut, not refused: the customer asked for a person.
    insight = command.insight
    briefed = HandoffBriefed(
        reason=brief.reason,
        evidence=brief.evidence[:500],
        summary=brief.summary[:4_000],
        intent=insight.intent if insight else "",
        sentiment=insight.sentiment if insight else 0.0,
        entities=insight.entities if insight else (),
        tried=tuple(step[:500] for step in brief.tried),
    )
    return [briefed, owned_by(it, Owner(kind=OwnerKind.QUEUE, id=brief.team), _told(brief.reason))]


def _told(reason: HandoffReason) -> OwnerReason:
    """What the customer may read of it."""
    return reason if reason in ("asked", "bot_failed") else "handed_over"
