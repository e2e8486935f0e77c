"""Covers hub/calls/voice/utterances.py: where speech begins and ends, by a detector that is told what to find."""

from collections.abc import Callable

from hub.calls.voice.utterances import AFTER, BEFORE, BEGIN, END, LONGEST, WINDOW, Utterance, Utterances

LOUD, QUIET = b"\x01\x00" * WINDOW, b"\x00\x00" * WINDOW


def likely(window: bytes) -> float:
    return 1.0 if window == LOUD else 0.0


def fed(windows: bytes, it: Utterances | None = None, piece: int = 320) -> list[Utterance]:
    it = it or Utterances(likely)
    return [u for at in range(0, len(windows), piece) for u in it.feed(windows[at : at + piece])]


def test_a_sentence_begins_and_ends_with_a_little_of_the_quiet_around_it() -> None:
    began, ended = fed(QUIET * 20 + LOUD * 30 + QUIET * END)
    assert (began.what, began.pcm) == ("begins", b"")
    assert ended.what == "ends"
    assert ended.pcm == QUIET * BEFORE + LOUD * 30 + QUIET * AFTER
    assert began.at == ended.at == (20 - BEFORE) * 32


def test_a_cough_is_nothing() -> None:
    assert fed(QUIET * 10 + LOUD * (BEGIN - 1) + QUIET * END) == []


def test_a_pause_between_two_digits_does_not_end_it() -> None:
    found = fed(LOUD * 10 + QUIET * (END - 1) + LOUD * 10 + QUIET * END)
    assert [each.what for each in found] == ["begins", "ends"]


def test_who_never_stops_is_heard_in_parts() -> None:
    found = fed(LOUD * (LONGEST + BEGIN + 10))
    assert [each.what for each in found] == ["begins", "ends", "begins"]


def test_what_is_said_when_the_sound_ends_counts() -> None:
    it = Utterances(likely)
    assert [each.what for each in fed(LOUD * 10, it)] == ["begins"]
    assert [each.what for each in it.end()] == ["ends"]
    assert list(it.end()) == []


def test_the_detector_may_be_unsure_in_between() -> None:
    unsure: Callable[[bytes], float] = lambda window: 1.0 if window == LOUD else 0.45  # noqa: E731
    assert [each.what for each in fed(LOUD * 10 + QUIET * 60, Utterances(unsure))] == ["begins"]
