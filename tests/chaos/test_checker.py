"""Covers tests/chaos/checker.py: a clean run passes, and every planted fault is found, as what it is."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.checker import FAULTS, MESSAGE, Entry, check
from tests.chaos.history import Record

HERS = "conversation"
Log = list[Entry]


def entry(seq: int, id: str = "", type: str = MESSAGE, *, staff: bool = False) -> Entry:
    return Entry(seq, id or f"m{seq}", type, staff)


def saw(who: str, it: Entry) -> Record:
    return {"what": "saw", "who": who, "conversation": HERS, "seq": it.seq, "id": it.id, "type": it.type}


def clean() -> tuple[list[Record], Log]:
    """A customer sent three messages, an agent wrote a note; both saw what they may."""
    log = [
        entry(1, "start", "conversation.started"),
        entry(2),
        entry(3),
        entry(4, "n", "note.added", staff=True),
        entry(5),
    ]
    history: list[Record] = [
        {"what": "client", "who": "customer", "staff": False},
        {"what": "client", "who": "agent", "staff": True},
    ]
    for seq in (2, 3, 5):
        history.append({"what": "invoke", "who": "customer", "conversation": HERS, "id": f"m{seq}"})
        history.append({"what": "ok", "who": "customer", "id": f"m{seq}", "seq": seq})
    history += [saw("customer", it) for it in log if not it.staff] + [saw("agent", it) for it in log]
    history += [{"what": "end", "who": who, "conversation": HERS, "seq": 5} for who in ("customer", "agent")]
    return history, log


def faults(history: list[Record], log: Log) -> dict[str, int]:
    return {name: count for name, count in check(history, {HERS: log}).faults.items() if count}


def test_a_clean_run_is_clean() -> None:
    history, log = clean()
    verdict = check(history, {HERS: log})
    assert verdict.clean
    assert (verdict.sent, verdict.acked, verdict.unknown, verdict.seen) == (3, 3, 0, 9)


def _lose(history: list[Record], log: Log) -> None:
    """Acked, and not in the log: what came after took its place."""
    del log[2]
    log[2:] = [it._replace(seq=it.seq - 1) for it in log[2:]]


def _lose_the_last(history: list[Record], log: Log) -> None:
    del log[-1]


def _double(history: list[Record], log: Log) -> None:
    log.append(entry(6, "m5"))


def _show_twice(history: list[Record], log: Log) -> None:
    history.insert(-2, saw("agent", log[4]))


def _swap(history: list[Record], log: Log) -> None:
    log[1], log[2] = entry(2, "m3"), entry(3, "m2")


def _swap_in_a_view(history: list[Record], log: Log) -> None:
    first = history.index(saw("agent", log[1]))
    history[first], history[first + 1] = history[first + 1], history[first]


def _ack_elsewhere(history: list[Record], log: Log) -> None:
    next(record for record in history if record["what"] == "ok")["seq"] = 3


def _gap(history: list[Record], log: Log) -> None:
    del log[3]  # the note: nobody's message is lost, but a place is


def _hide(history: list[Record], log: Log) -> None:
    history.remove(saw("agent", log[2]))


def _fall_behind(history: list[Record], log: Log) -> None:
    history.remove(saw("customer", log[4]))


def _leak(history: list[Record], log: Log) -> None:
    history.insert(history.index(saw("customer", log[2])) + 1, saw("customer", log[3]))


def _invent(history: list[Record], log: Log) -> None:
    history.append(saw("agent", entry(6)))


def _show_another(history: list[Record], log: Log) -> None:
    history[history.index(saw("agent", log[2]))]["id"] = "other"


def _refuse(history: list[Record], log: Log) -> None:
    ok = next(record for record in history if record["what"] == "ok")
    ok.update({"what": "fail", "code": "forbidden"})


PLANTED: list[tuple[Callable[[list[Record], Log], None], str]] = [
    (_lose, "lost"),
    (_lose_the_last, "lost"),
    (_double, "doubled"),
    (_show_twice, "doubled"),
    (_swap, "reordered"),
    (_swap_in_a_view, "reordered"),
    (_ack_elsewhere, "reordered"),
    (_gap, "gaps"),
    (_hide, "holes"),
    (_fall_behind, "behind"),
    (_leak, "leaked"),
    (_invent, "phantoms"),
    (_show_another, "phantoms"),
    (_refuse, "ghosts"),
]


@pytest.mark.parametrize(("plant", "fault"), PLANTED, ids=lambda it: getattr(it, "__name__", None))
def test_a_planted_fault_is_found(plant: Callable[[list[Record], Log], None], fault: str) -> None:
    history, log = clean()
    plant(history, log)
    assert fault in faults(history, log)


def test_every_kind_of_fault_is_planted_above() -> None:
    assert {fault for _, fault in PLANTED} == set(FAULTS)


def test_who_was_not_live_at_the_end_may_be_behind() -> None:
    history, log = clean()
    _fall_behind(history, log)
    assert faults([record for record in history if record["what"] != "end"], log) == {}


def test_an_unanswered_message_may_be_there_or_not() -> None:
    history, log = clean()
    asked: Record = {"what": "invoke", "who": "customer", "conversation": HERS, "id": "m6"}
    assert check([*history, asked], {HERS: log}).unknown == 1
    assert faults([*history, asked], log) == {}


def test_a_view_may_begin_late_and_start_afresh() -> None:
    history, log = clean()
    first = history.index(saw("agent", log[0]))
    del history[first]
    again: list[Record] = [{"what": "reset", "who": "agent", "conversation": HERS}, *(saw("agent", it) for it in log)]
    assert faults([*history, *again], log) == {}


@given(st.integers(2, 30), st.data())
def test_any_message_missing_anywhere_is_lost(count: int, draw: Any) -> None:
    log = [entry(seq) for seq in range(1, count + 1)]
    history: list[Record] = []
    for it in log:
        history.append({"what": "invoke", "who": "c", "conversation": HERS, "id": it.id})
        history.append({"what": "ok", "who": "c", "id": it.id, "seq": it.seq})
    gone = draw.draw(st.sets(st.integers(0, count - 1), min_size=1))
    left = [it for place, it in enumerate(log) if place not in gone]
    verdict = check(history, {HERS: left})
    assert verdict.lost == len(gone)
