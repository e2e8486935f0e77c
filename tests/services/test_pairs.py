"""Covers hub/services/pairs.py: every two of a call with everybody in it whom there can be."""

from dataclasses import replace
from itertools import permutations

import pytest

from hub.model.call import Call, Participant
from hub.services.pairs import begins, known_as, knows, may_send, meet, mode_of

FULL = ("customer", "agent:li", "guest:pit")
LISTENS, WHISPERS = "agent:ann", "agent:bob"
CALL = Call(
    "k",
    "video",
    "customer",
    "agent:li",
    0,
    tuple(Participant(each) for each in FULL),
    accepted_at=1,
    supervisors=(Participant(LISTENS, mode="listen"), Participant(WHISPERS, mode="whisper")),
)
ALL = (*FULL, LISTENS, WHISPERS)


@pytest.mark.parametrize(("one", "other"), list(permutations(ALL, 2)))
def test_all_meet_but_two_supervisors(one: str, other: str) -> None:
    assert meet(CALL, one, other) == (one in FULL or other in FULL)


def test_nobody_meets_who_is_not_there_or_themselves() -> None:
    for each in ALL:
        assert not meet(CALL, each, each)
        assert not meet(CALL, each, "agent:stranger")
        assert not meet(CALL, "agent:stranger", each)


@pytest.mark.parametrize(("sender", "receiver"), list(permutations(ALL, 2)))
def test_who_may_send_to_whom(sender: str, receiver: str) -> None:
    expected = sender in FULL or (sender == WHISPERS and receiver.startswith("agent:"))
    assert may_send(CALL, sender, receiver) == expected


@pytest.mark.parametrize(("one", "other"), list(permutations(ALL, 2)))
def test_in_pairs_both_know_of_their_connection_and_in_a_room_whoever_receives(one: str, other: str) -> None:
    assert knows(CALL, one, other) == meet(CALL, one, other)
    received = other in FULL or (other == WHISPERS and one == "agent:li")
    assert knows(replace(CALL, topology="room"), one, other) == received


@pytest.mark.parametrize(("me", "other"), [pair for pair in permutations(ALL, 2) if meet(CALL, *pair)])
@pytest.mark.parametrize("otherwise", [True, False])
def test_one_of_the_two_begins_and_never_the_supervisor(me: str, other: str, otherwise: bool) -> None:
    mine = begins(CALL, me, other, otherwise=otherwise)
    theirs = begins(CALL, other, me, otherwise=not otherwise)
    assert mine != theirs
    assert me in FULL or not mine


def test_guests_are_not_told_the_customer_s_name() -> None:
    assert known_as("customer", "Wang", "guest:pit") == ""
    assert known_as("customer", "Wang", "agent:li") == "Wang"
    assert known_as("agent:li", "Li", "guest:pit") == "Li"
    assert [mode_of(CALL, each) for each in ALL] == ["full", "full", "full", "listen", "whisper"]
