"""Covers hub/transport/answers.py: the frames that the hub writes by hand are what their models say."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.errors import NotFound, OneThreadError, RateLimited, StoreUnavailable, every_error
from hub.transport import answers
from hub.transport.hub_frames import Ack, ErrorFrame, Live, Pong

REF = "01KAPQ3M8N5S7T9V0W1X2Y3Z4A"


@pytest.mark.parametrize(
    ("made", "means"),
    [
        (answers.ack(REF, 7), {"ref": REF, "seq": 7}),
        (answers.ack(REF, 2**53 - 1), {"ref": REF, "seq": 2**53 - 1}),
        (answers.ack(REF, 7, dup=True), {"ref": REF, "seq": 7, "dup": True}),
        (answers.ack(REF), {"ref": REF}),
        (answers.ack(REF, 7, d={"rows": []}), {"ref": REF, "seq": 7, "d": {"rows": []}}),
        (answers.ack(REF, d={}), {"ref": REF, "d": {}}),
    ],
)
def test_acks(made: bytes, means: dict[str, Any]) -> None:
    assert json.loads(made) == {"t": "ack", **means}
    assert Ack.model_validate_json(made).model_dump(exclude_none=True) == {"t": "ack", **means}


@given(st.text(max_size=64), st.text(max_size=300))
def test_an_error_frame_holds_any_reference_and_detail(ref: str, detail: str) -> None:
    """`ref` comes from a frame that was wrong: it may hold anything."""
    made = answers.error(NotFound(detail), ref)
    assert b"\n" not in made
    frame = ErrorFrame.model_validate_json(made)
    assert (frame.ref, frame.code, frame.retry) == (ref, "not_found", False)
    assert frame.detail == (detail or None)


def test_an_error_frame_says_when_to_try_again() -> None:
    frame = json.loads(answers.error(RateLimited(retry_after=1.5)))
    assert frame == {
        "t": "error",
        "code": "rate_limited",
        "message": RateLimited.sentence,
        "retry": True,
        "retry_after": 1.5,
    }


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.code)
def test_every_named_error_can_be_told(kind: type[OneThreadError]) -> None:
    frame = ErrorFrame.model_validate_json(answers.error(kind()))
    assert (frame.code, frame.message, frame.retry, frame.ref) == (kind.code, kind.sentence, kind.retry, None)


def test_an_error_s_cause_is_not_told() -> None:
    problem = StoreUnavailable()
    problem.__cause__ = ConnectionError("redis://:hunter2@10.0.0.5")
    assert b"hunter2" not in answers.error(problem, REF)


def test_a_page_holds_the_log_s_frames_as_they_are() -> None:
    events = ['{"t":"event","seq":1,"d":{"text":"😀\\u2028 "}}'.encode(), b'{"t":"event","seq":3}']
    made = answers.page(REF, "c1", "e1", events, more=True, oldest=1)
    assert b",".join(events) in made
    page = json.loads(made)
    assert page["ref"] == REF
    assert page["d"] == {
        "conversation": "c1",
        "epoch": "e1",
        "more": True,
        "oldest": 1,
        "events": [json.loads(e) for e in events],
    }


def test_an_empty_page() -> None:
    page = json.loads(answers.page(REF, "c1", "e1", [], more=False, oldest=0))["d"]
    assert (page["events"], page["more"]) == ([], False)


def test_small_frames() -> None:
    assert Pong.model_validate_json(answers.PONG)
    assert Live.model_validate_json(answers.live("c1", 9, 3)) == Live(conversation="c1", seq=9, oldest=3)
    assert json.loads(answers.frame(t="resync", conversation="c", **{"from": 1})) == {
        "t": "resync",
        "conversation": "c",
        "from": 1,
    }
