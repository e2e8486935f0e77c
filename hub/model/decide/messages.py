"""Rules of what is said, read and rated."""

from hub.model import commands as c
from hub.model.conversation import Conversation
from hub.model.decide.asked import Asked
from hub.model.decide.desk import opened, owns
from hub.model.errors import NotFound, NotOwner
from hub.model.events import (
    ConversationWoken,
    CsatRated,
    Event,
    MessageCreated,
    MessageDelivered,
    MessageRead,
    NoteAdded,
)
from hub.model.party import CUSTOMER, PartyKind


def post(it: Conversation, command: c.PostMessage, asked: Asked) -> list[Event]:
    """A customer's message opens a session when none is open. An agent posts only where they are the owner.

    An answer to what is not there (in a store that was restored, say) is said as well, and answers nothing.
    """
    answers = command.reply_to if command.reply_to and command.reply_to <= it.seq else None
    said = MessageCreated.of_valid(id=asked.id, content=command.content, reply_to=answers)
    if asked.by.kind is CUSTOMER:
        if not it.desk.session_open:
            return [*opened(it), said]
        return [ConversationWoken(why="message"), said] if it.desk.snoozed_until else [said]
    if not owns(it, asked.by):
        raise NotOwner
    return [said]


def read(it: Conversation, upto: int, asked: Asked) -> list[Event]:
    """Only a step forward is an event. A colleague who looks in does not mark it read for the customer."""
    upto = min(upto, it.seq)
    if asked.by.kind is PartyKind.CUSTOMER:
        seen = it.talk.read_customer
        newest = it.talk.staff_seq
    else:
        if not owns(it, asked.by):
            return []
        seen, newest = it.talk.read_staff, it.talk.customer_seq
    # Reading receipts and event lines is no news to anybody: only the other side's messages count.
    return [MessageRead(upto=min(upto, newest))] if min(upto, newest) > seen else []


def delivered(it: Conversation, upto: int, asked: Asked) -> list[Event]:
    """As `read`, for messages that reached a device but were not looked at."""
    if asked.by.kind is PartyKind.CUSTOMER:
        seen, newest = it.talk.delivered_customer, it.talk.staff_seq
    else:
        seen, newest = it.talk.delivered_staff, it.talk.customer_seq
    upto = min(upto, newest)
    return [MessageDelivered(upto=upto)] if upto > seen else []


def note(text: str) -> list[Event]:
    return [NoteAdded(text=text)]


def rate(it: Conversation, command: c.RateSession) -> list[Event]:
    """The customer's rating of the newest session, also while it is open; a second one replaces the first in reports.

    Raises NotFound: there was no session yet.
    """
    if not it.desk.session:
        raise NotFound("no session yet")
    return [CsatRated(session=it.desk.session, score=command.score, comment=command.comment)]
