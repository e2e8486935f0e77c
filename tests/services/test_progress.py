"""Covers hub/services/progress.py: how far a reader is who does several at once."""

from hub.services.progress import Progress


def test_progress_moves_up_to_the_first_that_is_not_done() -> None:
    progress = Progress("0-0")
    tasks = [progress.begin(f"{n}-0") for n in (1, 2, 3)]
    assert (progress.position, progress.read) == ("0-0", "3-0")
    assert not progress.advance()
    tasks[1].done = tasks[2].done = True
    assert not progress.advance()
    tasks[0].done = True
    assert progress.advance()
    assert progress.position == "3-0"
    assert not progress.advance()
