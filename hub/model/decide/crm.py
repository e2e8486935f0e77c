"""Rules of what is asked of the CRM: who may, what makes sense, and what follows when it is done, failed, or heard of.

What a CRM answers may be longer than we keep: it is cut, or its job would fail for ever.
"""

from hub.model import commands as c
from hub.model.asks import CrmAsk, EditAsk, LeadAsk, TaskAsk, TicketAsk, TicketUpdateAsk
from hub.model.conversation import Conversation
from hub.model.decide.asked import Asked
from hub.model.decide.desk import may_act
from hub.model.errors import BadRequest
from hub.model.events import (
    CrmNewsTold,
    CrmNoticed,
    CrmWritten,
    EffectDone,
    EffectFailed,
    EffectRequested,
    Event,
    TicketChanged,
    TicketOpened,
)
from hub.model.identity import may_see_account

Crm = c.AskCrm | c.ConfirmWritten | c.ConfirmEffect | c.FailEffect | c.HearNews


def events(it: Conversation, command: Crm, asked: Asked) -> list[Event]:
    """Raises NotOwner, BadRequest. The id of a command of the hub's makes it one event, however often it is tried."""
    match command:
        case c.AskCrm():
            return ask(it, command, asked)
        case c.ConfirmWritten():
            return [CrmWritten(what=command.what, session=command.session, remote_id=command.remote_id[:120])]
        case c.ConfirmEffect():
            return done(it, command)
        case c.FailEffect():
            return failed(command)
        case c.HearNews():
            return heard(it, command)


def ask(it: Conversation, command: c.AskCrm, asked: Asked) -> list[Event]:
    """Raises NotOwner while another agent has the conversation, BadRequest for what says nothing."""
    may_act(it, asked.by, command.overrule)
    _sensible(command.ask, asked.now)
    it_asks = command.ask
    return [
        EffectRequested(
            effect=asked.id, kind=it_asks.kind, title=it_asks.title.strip()[:200], crm=command.crm, ask=it_asks
        )
    ]


def _sensible(ask: CrmAsk, now: int) -> None:
    match ask:
        case TicketAsk(draft=draft) if not draft.subject.strip():
            raise BadRequest("subject: a ticket needs one")
        case TicketUpdateAsk(change=change) if change.empty:
            raise BadRequest("status, priority or comment: say what changes")
        case TaskAsk(title=title) if not title.strip():
            raise BadRequest("title: a task needs one")
        case TaskAsk(due=due) if due <= now:
            raise BadRequest("due: it is in the past")
        case LeadAsk(draft=draft) if not (draft.name.strip() or draft.contact.strip()):
            raise BadRequest("contact: a lead needs a name or a contact")
        case EditAsk(changes=changes) if any(not change.now.strip() for change in changes):
            raise BadRequest("now: nothing is written over with a blank")
        case EditAsk(changes=changes) if len({(e.field, e.was) for e in changes}) < len(changes):
            raise BadRequest("changes: one of each field")


def done(it: Conversation, command: c.ConfirmEffect) -> list[Event]:
    """What the customer may know of it comes first."""
    told = EffectDone(
        effect=command.effect,
        kind=command.kind,
        crm=command.crm,
        ref=command.ref[:120],
        url=command.url[:2_000],
        degraded=command.degraded,
    )
    return [*_public(it, command), told]


def _public(it: Conversation, command: c.ConfirmEffect) -> list[Event]:
    number, subject = command.ref[:64], command.subject[:200]
    if command.degraded == "lead":
        return [CrmWritten(what="lead", session=it.desk.session, remote_id=command.ref[:120])]
    if command.kind == "ticket":
        return [TicketOpened(number=number, subject=subject, status=command.status or "open")]
    if command.kind == "ticket_update" and command.status:
        return [TicketChanged(number=number, subject=subject, status=command.status)]
    return []


def failed(command: c.FailEffect) -> list[Event]:
    return [
        EffectFailed(
            effect=command.effect,
            kind=command.kind,
            crm=command.crm,
            why=command.why[:64],
            detail=command.detail[:300],
            kept=command.kept,
        )
    ]


def heard(it: Conversation, command: c.HearNews) -> list[Event]:
    """One event: for the customer, too, if it is surely them who read here; a ticket's text never."""
    news = command.news
    public = may_see_account(it.who.every_identity)
    shape = CrmNewsTold if public else CrmNoticed
    text = "" if public and news.kind == "ticket" else news.text
    return [shape(kind=news.kind, crm=command.crm, ref=news.ref[:64], status=news.status[:64], text=text.strip()[:500])]
