"""Counting samples by function."""

from bench.profile import count, table

FOLDED = [
    "main (cli.py);work (a.py);encode (codec.py) 30",
    "main (cli.py);work (a.py) 10",
    "main (cli.py);work (a.py);again (b.py);work (a.py) 5",
    "Thread._bootstrap (threading.py);_worker (thread.py) 900",
    "_bootstrap (threading.py:988);_worker (thread.py:69) 900",
]


def test_own_time_is_the_innermost_and_inclusive_counts_a_function_once() -> None:
    own, inclusive, total = count(FOLDED)
    assert total == 45
    assert own == {"encode (codec.py)": 30, "work (a.py)": 15}
    assert inclusive["work (a.py)"] == 45
    assert inclusive["main (cli.py)"] == 45


def test_waiting_executor_threads_are_left_out() -> None:
    assert not any("_worker" in frame for frame in count(FOLDED)[0])


def test_shares_are_of_all_samples() -> None:
    own, _, total = count(FOLDED)
    assert table("own", own, total, 1) == "own\n   66.7 %  encode (codec.py)"
