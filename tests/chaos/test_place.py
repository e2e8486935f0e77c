"""Covers tests/chaos/place.py: repeats are skipped, gaps wait, hidden events are no gaps."""

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.place import Event, Place


def events(*seqs: int) -> list[Event]:
    return [{"seq": seq} for seq in seqs]


class Shown:
    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.place = Place("hers", lambda frame: self.seqs.append(frame["seq"]))

    def take(self, *seqs: int, live: bool = True) -> None:
        for frame in events(*seqs):
            self.place.event(frame, live=live)


def test_a_replay_has_holes_that_are_none() -> None:
    it = Shown()
    it.take(3, 5, 9, live=False)
    assert (it.seqs, it.place.gap, it.place.seq) == ([3, 5, 9], False, 9)


def test_live_a_hole_is_waited_for_and_a_hidden_one_is_told_of() -> None:
    it = Shown()
    it.take(1, 3)
    assert (it.seqs, it.place.gap) == ([1], True)
    it.take(2)
    it.place.next(5)
    it.take(6)
    assert (it.seqs, it.place.gap, it.place.seq) == ([1, 2, 3, 6], False, 6)


def test_another_epoch_starts_afresh() -> None:
    it = Shown()
    it.take(1, 2, 9)
    it.place.reset("new")
    it.take(1)
    assert (it.seqs, it.place.point) == ([1, 2, 1], {"epoch": "new", "seq": 1})


@given(st.permutations(range(1, 12)), st.lists(st.integers(1, 11)))
def test_any_order_with_repeats_is_shown_once_in_order(order: list[int], repeats: list[int]) -> None:
    it = Shown()
    it.take(*order, *repeats)
    it.take(*repeats)
    assert it.seqs == list(range(1, 12))
