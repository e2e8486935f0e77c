"""Frames and snapshots: every event comes back as it went, whatever people write; broken ones never stop a stream."""

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.model.codec import Unrecognised, decode, encode, encode_typing, restore, snapshot
from hub.model.content import TextContent
from hub.model.conversation import Conversation, apply
from hub.model.events import Event, Logged, MessageCreated, visible
from hub.model.party import Party, PartyKind
from tests.model.bodies import EVENTS, HOSTILE, entries, events_of, ids, of, parties
from tests.model.story import LI, WANG, Story, text

ENTRY = Logged("wang", 7, 1_795_572_000_000, WANG, "01J", "web", MessageCreated(id="01J", content=text("hello")))
FRAME = encode(ENTRY)


def changed(**fields: object) -> bytes:
    """ENTRY's frame with other fields; None takes a field away."""
    frame = json.loads(FRAME) | fields
    return json.dumps({k: v for k, v in frame.items() if v is not None}).encode()


# --- there and back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
def test_every_event_comes_back_as_it_went(kind: type[Event]) -> None:
    @settings(max_examples=10)
    @given(entries(events_of(kind)))
    def there_and_back(entry: Logged) -> None:
        frame = encode(entry)
        assert decode(frame) == entry
        assert json.loads(frame)["type"] == kind.type

    there_and_back()


@given(entries(of(MessageCreated)), of(TextContent))
def test_the_body_that_is_spelled_by_hand_is_what_pydantic_makes_of_it(entry: Logged, content: TextContent) -> None:
    assert isinstance(entry.event, MessageCreated)
    for event in (entry.event, MessageCreated(id=entry.event.id, content=content)):
        body = json.loads(encode(replace(entry, event=event)))["d"]
        assert body == event.model_dump(mode="json", exclude_none=True)


def test_the_frame_is_that_of_the_protocol() -> None:
    assert json.loads(FRAME) == {
        "t": "event",
        "conversation": "wang",
        "seq": 7,
        "at": 1_795_572_000_000,
        "type": "message.created",
        "id": "01J",
        "by": {"kind": "customer", "id": "wang", "name": "王芳"},
        "channel": "web",
        "d": {"id": "01J", "content": {"kind": "text", "text": "hello"}},
    }


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_that_people_write_breaks_a_frame(words: str) -> None:
    by = Party(kind=PartyKind.CUSTOMER, id="wang", name=words[:120])
    entry = Logged("wang", 1, 2, by, "01J", "", MessageCreated(id="01J", content=text(words)))
    frame = encode(entry)
    shown = json.loads(frame)
    assert (shown["d"]["content"]["text"], shown["by"]["name"]) == (words, words)
    assert shown["type"] == "message.created"
    assert decode(frame) == entry
    assert b"\n" not in frame, "one frame is one line in logs and dumps"


@given(ids, parties, st.booleans())
def test_a_typing_frame_is_json_whatever_somebody_is_called(conversation: str, by: Party, on: bool) -> None:
    frame = json.loads(encode_typing(conversation, by, on=on))
    assert frame == {"t": "typing", "conversation": conversation, "by": asdict(by), "on": on}


# --- what this version does not know ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        changed(type="call.started", d={"call": "c1"}),
        changed(type="unrecognised"),
        changed(d={}),
        changed(d={"id": "01J", "content": {"kind": "hologram", "text": "hello"}}),
        changed(d={"id": "01J", "content": {"kind": "text", "text": ""}}),
        changed(type="owner.changed", d={"owner": {"kind": "agent"}, "tenure": -1, "reason": "taken"}),
        changed(type="owner.changed", d={"owner": {"kind": "agent"}, "tenure": 2**53, "reason": "taken"}),
        changed(type="csat.rated", d={"session": 1, "score": 1e400}),
    ],
)
def test_an_unknown_type_or_a_broken_body_keeps_its_place_and_is_for_staff_only(frame: bytes) -> None:
    entry = decode(frame)
    assert entry.event == Unrecognised()
    assert (entry.conversation, entry.seq, entry.by) == ("wang", 7, WANG)
    assert not visible(entry.event.audience, staff=False)


def test_fields_of_a_newer_hub_are_ignored() -> None:
    body = {"id": "01J", "content": {"kind": "text", "text": "hello", "mood": "new"}, "edited": True}
    assert decode(changed(d=body, sealed=True)) == ENTRY


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"frame"',
        FRAME[:-1],
        FRAME.replace(b"hello", b"\xff\xfe"),
        b"[" * 100_000,
        changed(seq=None),
        changed(seq="seven"),
        changed(seq=1.5),
        changed(by=None),
        changed(by={"kind": "ghost", "id": "x"}),
        changed(by={"kind": "agent", "id": '"x"'}),
        changed(d=None),
        changed(d=[]),
        changed(conversation=None),
        changed(type=None),
        changed(id=7),
    ],
)
def test_a_broken_envelope_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError):
        decode(raw)


@given(st.binary(max_size=40), st.integers(0, len(FRAME)), st.integers(0, len(FRAME)))
def test_damaged_bytes_are_an_entry_or_a_value_error_and_nothing_else(junk: bytes, start: int, end: int) -> None:
    try:
        decoded = decode(FRAME[:start] + junk + FRAME[end:])
    except ValueError:
        return
    assert isinstance(decoded.event, Event)


# --- snapshots --------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.lists(entries(), max_size=5))
def test_a_snapshot_is_the_state(log: list[Logged]) -> None:
    it = Conversation("wang", epoch="e1")
    for entry in log:
        it = apply(it, entry)
    assert restore(snapshot(it)) == it


def test_a_snapshot_of_a_busy_conversation_is_small() -> None:
    story = Story().served()
    for _ in range(100):
        story.writes("hello " * 100)
        story.says()
    assert len(snapshot(story.it)) < 1_000


def test_what_a_newer_hub_added_to_a_snapshot_is_ignored() -> None:
    story = Story().served()
    newer = json.loads(snapshot(story.it))
    newer["desk"]["mood"] = "good"
    newer["sealed"] = True
    assert restore(json.dumps(newer).encode()) == story.it


@pytest.mark.parametrize("raw", [b"", b"{}", b"null", b'{"id": 7}', b'{"id": "wang", "seq": "x"}'])
def test_what_is_no_snapshot_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError):
        restore(raw)


def test_restoring_goes_on_where_the_log_goes_on() -> None:
    """A snapshot in the middle and the rest of the log give the state of the whole log."""
    story = Story().served()
    half = restore(snapshot(story.it))
    upto = half.seq
    story.says()
    story.writes("thank you")
    story.resolved(LI)
    for entry in story.log[upto:]:
        half = apply(half, decode(encode(entry)))
    assert half == story.it
