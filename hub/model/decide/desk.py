"""Rules of ownership: who has the conversation, who may take it, when a session ends. Each change raises the tenure."""

from hub.model import commands as c
from hub.model.conversation import Conversation
from hub.model.decide.asked import Asked
from hub.model.decide.call_end import ended
from hub.model.errors import (
    BadRequest,
    NotOwner,
    NotQueued,
    NotReservedForYou,
    SessionClosed,
    SessionOpen,
    StaleTenure,
)
from hub.model.events import (
    ConversationReopened,
    ConversationResolved,
    ConversationSnoozed,
    ConversationWoken,
    Event,
    HandoffRequested,
    Outcome,
    OutcomeNoted,
    OwnerChanged,
    ReservationDeclined,
    ReservationMade,
    SessionOpened,
    TagAdded,
    TagRemoved,
)
from hub.model.owner import NOBODY, Owner, OwnerKind, OwnerReason
from hub.model.party import Party, PartyKind

THE_BOT = Owner(kind=OwnerKind.BOT, id="bot")


def owned_by(it: Conversation, owner: Owner, reason: OwnerReason) -> OwnerChanged:
    return OwnerChanged(owner=owner, tenure=it.desk.tenure + 1, reason=reason, previous=it.desk.owner)


def opened(it: Conversation, owner: Owner = THE_BOT, reason: OwnerReason = "new_session") -> list[Event]:
    """A new session begins; the bot has it unless somebody else is named."""
    return [SessionOpened(session=it.desk.session + 1), owned_by(it, owner, reason)]


def agent(by: Party) -> Owner:
    return Owner(kind=OwnerKind.AGENT, id=by.id, name=by.name)


def owns(it: Conversation, by: Party) -> bool:
    owner = it.desk.owner
    return owner.kind is OwnerKind.AGENT and by.kind is PartyKind.AGENT and owner.id == by.id


def request_handoff(it: Conversation, reason: str) -> list[Event]:
    """The customer wants a person. Already waiting or served by one: nothing changes."""
    if it.desk.owner.kind in (OwnerKind.QUEUE, OwnerKind.AGENT) or it.desk.handoff_wanted:
        return []
    wanted = HandoffRequested(reason=reason)
    return [wanted] if it.desk.session_open else [*opened(it), wanted]


def cancel_handoff(it: Conversation) -> list[Event]:
    if it.desk.owner.kind is not OwnerKind.QUEUE:
        raise NotQueued
    return [owned_by(it, THE_BOT, "customer_cancelled")]


def reserve(it: Conversation, command: c.Reserve) -> list[Event]:
    """Raises NotQueued, or StaleTenure when it changed hands since the router looked."""
    if it.desk.owner.kind is not OwnerKind.QUEUE or it.desk.reservation:
        raise NotQueued
    if command.tenure != it.desk.tenure:
        raise StaleTenure
    return [ReservationMade(agent=command.agent, name=command.name, until=command.until)]


def _reserved(it: Conversation, asked: Asked) -> None:
    held = it.desk.reservation
    if held is None or held.agent != asked.by.id or asked.now >= held.until:
        raise NotReservedForYou


def accept(it: Conversation, asked: Asked) -> list[Event]:
    _reserved(it, asked)
    return [owned_by(it, agent(asked.by), "accepted")]


def decline(it: Conversation, reason: str, asked: Asked) -> list[Event]:
    _reserved(it, asked)
    return [ReservationDeclined(agent=asked.by.id, reason=reason)]


def may_act(it: Conversation, by: Party, overrule: bool) -> None:
    """In another agent's conversation only that agent acts, or who may overrule. Raises NotOwner."""
    owner = it.desk.owner
    if owner.kind is OwnerKind.AGENT and owner.id != by.id and not overrule:
        raise NotOwner


def assign(it: Conversation, command: c.Assign, asked: Asked) -> list[Event]:
    """Take, give, transfer, queue, or return to the bot. Taking a resolved conversation reopens it."""
    if command.to.kind is OwnerKind.NONE:
        raise BadRequest("to nobody: resolve it")
    if command.tenure is not None and command.tenure != it.desk.tenure:
        raise StaleTenure
    may_act(it, asked.by, command.overrule)
    to = command.to
    mine = to.kind is OwnerKind.AGENT and to.id == asked.by.id
    if not it.desk.session_open:
        if not mine:
            raise SessionClosed
        return reopen(it, asked) if it.desk.session else opened(it, to, "taken")
    if to.kind is it.desk.owner.kind and to.id == it.desk.owner.id:
        return []
    return [owned_by(it, to, _why(it, to, asked.by, mine))]


def _why(it: Conversation, to: Owner, by: Party, mine: bool) -> OwnerReason:
    if mine:
        return "taken"
    if to.kind is OwnerKind.BOT:
        return "returned_to_bot"
    if it.desk.owner.kind is OwnerKind.AGENT and it.desk.owner.id == by.id:
        return "transferred"
    return "assigned"


def give_back(it: Conversation, command: c.GiveBack) -> list[Event]:
    """To the queue it came from, with the reason as the explanation.

    Somebody else's by now, or asleep: nothing to do. What wakes without its agent is given back then.
    """
    owner = it.desk.owner
    if owner.kind is not OwnerKind.AGENT or owner.id != command.agent or it.desk.snoozed_until:
        return []
    return [owned_by(it, Owner(kind=OwnerKind.QUEUE, id=it.desk.team), command.reason)]


def resolve(it: Conversation, command: c.Resolve, asked: Asked) -> list[Event]:
    if not it.desk.session_open:
        raise SessionClosed
    may_act(it, asked.by, command.overrule)
    return closed(it, command.outcome, "resolved", asked.now)


def closed(it: Conversation, outcome: Outcome, reason: OwnerReason, now: int) -> list[Event]:
    """The open session ends, and a call that goes on in it."""
    session = it.desk.session
    return [
        *ended(it.call, "resolved", now),
        OutcomeNoted(session=session, outcome=outcome),
        ConversationResolved(session=session, rate=outcome in ("solved", "unsolved")),
        owned_by(it, NOBODY, reason),
    ]


def reopen(it: Conversation, asked: Asked) -> list[Event]:
    """The same session goes on, with the agent who reopens it. One that its owner has snoozed is woken."""
    if it.desk.snoozed_until and owns(it, asked.by):
        return [ConversationWoken(why="agent")]
    if it.desk.session_open:
        raise SessionOpen
    if not it.desk.session:
        raise SessionClosed("there was no session yet")
    return [ConversationReopened(session=it.desk.session), owned_by(it, agent(asked.by), "reopened")]


def snooze(it: Conversation, until: int, asked: Asked) -> list[Event]:
    if not owns(it, asked.by):
        raise NotOwner
    if until <= asked.now:
        raise BadRequest("until is in the past")
    return [ConversationSnoozed(until=until)]


def add_tag(it: Conversation, tag: str) -> list[Event]:
    return [] if tag in it.desk.tags else [TagAdded(tag=tag)]


def remove_tag(it: Conversation, tag: str) -> list[Event]:
    return [TagRemoved(tag=tag)] if tag in it.desk.tags else []
