"""The one place that spells JSON field names: log entries and state snapshots to bytes and back.

An entry is encoded once, as the very frame that clients receive; the store, the feed and every socket pass on the
same bytes. Erasure by destroying a key comes later: it would seal `d` here, and nowhere else.
"""

from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from hub.model.content import TextContent
from hub.model.conversation import Conversation
from hub.model.events import Audience, Event, Logged, MessageCreated, every_event
from hub.model.party import Party, PartyKind, Value

_TYPES = every_event()
_SNAPSHOT = TypeAdapter(Conversation)


class Unrecognised(Event):
    """An event of a newer hub. It keeps its place in the log and changes nothing we know."""

    type = "unrecognised"
    audience = Audience.STAFF


class _Frame(Value):
    conversation: str
    seq: int
    at: int
    type: str
    id: str
    by: Party
    channel: str
    d: dict[str, Any]


@lru_cache(maxsize=4096)
def _party(kind: PartyKind, id: str, name: str) -> bytes:
    return to_json({"kind": kind, "id": id, "name": name})


def encode(entry: Logged) -> bytes:
    """The event frame of protocol v1. Ids hold no character that JSON escapes (hub/model/party.py: Id)."""
    by, event = entry.by, entry.event
    return b'{"t":"event","conversation":"%b","seq":%d,"at":%d,"type":"%b","id":"%b","by":%b,"channel":"%b","d":%b}' % (
        entry.conversation.encode(),
        entry.seq,
        entry.at,
        event.type.encode(),
        entry.id.encode(),
        _party(by.kind, by.id, by.name),
        entry.channel.encode(),
        _body(event),
    )


def _body(event: Event) -> bytes:
    """As pydantic spells it; the busiest of all is spelled here, in a third of the time."""
    if type(event) is MessageCreated and event.reply_to is None and type(event.content) is TextContent:
        return b'{"id":"%b","content":{"kind":"text","text":%b}}' % (event.id.encode(), to_json(event.content.text))
    return event.__pydantic_serializer__.to_json(event, exclude_none=True)


def decode(raw: bytes) -> Logged:
    """A log entry from its frame. A type or body that this version does not know becomes Unrecognised.

    Raises ValueError when the envelope itself is broken.
    """
    frame = _Frame.model_validate(from_json(raw))
    kind = _TYPES.get(frame.type)
    event: Event
    try:
        event = kind.model_validate(frame.d) if kind else Unrecognised()
    except ValidationError:
        event = Unrecognised()
    return Logged(frame.conversation, frame.seq, frame.at, frame.by, frame.id, frame.channel, event)


def snapshot(it: Conversation) -> bytes:
    return _SNAPSHOT.dump_json(it, exclude_defaults=True)


def restore(raw: bytes) -> Conversation:
    """Raises ValueError when the bytes are no snapshot."""
    return _SNAPSHOT.validate_json(raw)


def encode_typing(conversation: str, by: Party, *, on: bool) -> str:
    """The ephemeral `typing` frame."""
    state, author = "true" if on else "false", _party(by.kind, by.id, by.name).decode()
    return f'{{"t":"typing","conversation":"{conversation}","by":{author},"on":{state}}}'
