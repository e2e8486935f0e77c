"""The supervisor and its child processes, for real: the tests speak with both over the pipes they share."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.child import ChildProcess
from hub.supervise import AT_ONCE_S, MISCONFIGURED, PATIENCE, Restarts

ROOT = Path(__file__).parents[1]

RUNNER = """
import asyncio, json, os, pathlib, sys
from hub.supervise import Child, Restarts, run

async def ready():
    if "late" in order["children"]:
        begun = pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        os.write(1, f"begun {len(begun)}\\n".encode())
    else:
        os.write(1, b"ready\\n")
        await asyncio.Event().wait()

order = json.loads(sys.argv[1])
children = [Child(name, argv, {"NAME": name}, late=name == "late") for name, argv in order["children"].items()]
code = asyncio.run(run(children, ready, grace_s=order["grace_s"], restarts=lambda: Restarts(shortest_s=0.01)))
sys.exit(code)
"""

# Says who it is, then each signal it gets; a TERM ends it unless it is told to be stubborn.
PLAIN = """
import os, signal, sys
def say(words):  # in one piece: two children share the pipe
    os.write(1, f"{os.environ['NAME']} {words}\\n".encode())
def on(number, frame):
    say(signal.Signals(number).name)
    if number == signal.SIGTERM and "stubborn" not in sys.argv:
        sys.exit(0)
signal.signal(signal.SIGTERM, on)
signal.signal(signal.SIGINT, on)
say(os.getpid())
while True:
    signal.pause()
"""

plain = [sys.executable, "-c", PLAIN]
stubborn = [*plain, "stubborn"]
refusing = [sys.executable, "-c", "import sys; print('refused', flush=True); sys.exit(2)"]

Supervisor = subprocess.Popen[str]
Start = Callable[..., Supervisor]


@pytest.fixture
def start() -> Iterator[Start]:
    """Supervisors in a process group of their own, as a shell starts them."""
    started: list[Supervisor] = []

    def begin(grace_s: float = 10.0, **children: list[str]) -> Supervisor:
        order = json.dumps({"children": children, "grace_s": grace_s})
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", RUNNER, order]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, process_group=0))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def lines(process: Supervisor, count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


def pids(said: list[str]) -> dict[str, int]:
    """`NAME PID` lines."""
    words = [line.split() for line in said if line != "ready"]
    return {name: int(pid) for name, pid in words}


def complaint(process: Supervisor, about: str) -> str:
    """The next line on stderr that has these words."""
    assert process.stderr is not None
    for line in process.stderr:
        if about in line:
            return line.strip()
    raise AssertionError(f"it never said {about!r}")


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_gone(*those: int) -> None:
    deadline = time.monotonic() + 5
    while any(lives(pid) for pid in those):
        assert time.monotonic() < deadline, "they are still there"
        time.sleep(0.005)


# --- start and stop -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_all_cleanly(start: Start, number: signal.Signals) -> None:
    process = start(serve=plain, work=plain)
    children = pids(lines(process, 3))
    assert set(children) == {"serve", "work"}
    process.send_signal(number)
    assert sorted(lines(process, 2)) == ["serve SIGTERM", "work SIGTERM"]
    assert process.wait(5) == 0
    wait_gone(*children.values())


def test_ready_runs_beside_them_once(start: Start) -> None:
    process = start(serve=plain)
    assert "ready" in lines(process, 2)
    process.terminate()
    assert lines(process, 2) == ["serve SIGTERM", ""]


def test_a_late_child_begins_when_the_others_are_ready_and_ends_with_them(start: Start) -> None:
    process = start(late=plain, serve=plain)
    said = lines(process, 3)
    assert "begun 1" in said
    children = pids([line for line in said if line != "begun 1"])
    assert set(children) == {"late", "serve"}
    process.terminate()
    assert sorted(lines(process, 2)) == ["late SIGTERM", "serve SIGTERM"]
    assert process.wait(5) == 0


def test_a_ctrl_c_reaches_children_once_and_as_a_sigterm(start: Start) -> None:
    """The terminal gives SIGINT to its whole foreground group; the children are not in it."""
    process = start(serve=plain)
    lines(process, 2)
    os.killpg(process.pid, signal.SIGINT)
    assert lines(process, 2) == ["serve SIGTERM", ""]
    assert process.wait(5) == 0


def test_a_stubborn_child_is_killed_after_its_grace(start: Start) -> None:
    process = start(grace_s=0.1, serve=stubborn)
    children = pids(lines(process, 2))
    process.terminate()
    assert lines(process, 1) == ["serve SIGTERM"]
    assert "serve did not stop within 0.1 s" in complaint(process, "did not stop")
    assert process.wait(5) == 1
    wait_gone(*children.values())


def test_a_second_ctrl_c_kills_them_and_theirs_at_once(start: Start) -> None:
    nested = ["/bin/sh", "-c", "trap '' TERM; sleep 1000 & echo grandchild $!; wait; wait"]
    process = start(grace_s=60, serve=stubborn, work=nested)
    children = pids(lines(process, 3))
    process.send_signal(signal.SIGINT)
    assert lines(process, 1) == ["serve SIGTERM"]
    process.send_signal(signal.SIGINT)  # `uv run` passes on the press that the terminal gave us: still the same one
    time.sleep(0.25)  # how long it counts as the same
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 130
    wait_gone(*children.values())


def test_nothing_outlives_a_killed_supervisor(start: Start) -> None:
    process = start(serve=plain, work=plain)
    children = pids(lines(process, 3))
    process.kill()
    assert sorted(lines(process, 2)) == ["serve SIGTERM", "work SIGTERM"]
    wait_gone(*children.values())


# --- restarts -------------------------------------------------------------------------------------------------


def test_a_killed_child_is_started_again(start: Start) -> None:
    process = start(serve=plain, work=plain)
    before = pids(lines(process, 3))
    os.kill(before["work"], signal.SIGKILL)
    assert complaint(process, "ended") == "onethread: work ended (by SIGKILL); starting it again in 0.01 s."
    (line,) = lines(process, 1)
    assert line.startswith("work ")
    assert line != f"work {before['work']}"
    assert lives(before["serve"])
    process.terminate()
    assert process.wait(5) == 0


def test_a_child_that_refuses_its_settings_stops_everything(start: Start) -> None:
    process = start(serve=plain, work=refusing)
    out, errors = process.communicate(timeout=10)
    assert process.returncode == MISCONFIGURED
    assert out.count("refused") == PATIENCE
    assert "serve SIGTERM" in out
    assert "work can't start with these settings" in errors


def test_a_program_that_is_not_there_is_a_wrong_setting(start: Start) -> None:
    process = start(serve=["/nowhere/onethread", "serve"])
    _, errors = process.communicate(timeout=10)
    assert process.returncode == MISCONFIGURED
    assert errors.count("/nowhere/onethread: No such file or directory") == PATIENCE


def test_the_wait_doubles_up_to_five_seconds() -> None:
    restarts = Restarts()
    waits = [restarts.after(lived_s=0.5, code=1) for _ in range(8)]
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


def test_ten_steady_seconds_clear_the_record() -> None:
    restarts = Restarts()
    assert [restarts.after(lived, 1) for lived in (0.5, 9.9, 10.0, 0.5)] == [0.2, 0.4, 0.2, 0.4]


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from([-9, 0, 1, 2])), max_size=40))
def test_it_gives_up_exactly_after_five_refusals_in_a_row(lives_and_codes: list[tuple[float, int]]) -> None:
    restarts, row = Restarts(), 0
    for lived, code in lives_and_codes:
        row = row + 1 if lived < AT_ONCE_S and code == MISCONFIGURED else 0
        pause = restarts.after(lived, code)
        assert (pause is None) == (row >= PATIENCE)
        assert pause is None or 0.2 <= pause <= 5.0


# --- one child ------------------------------------------------------------------------------------------------


async def test_many_tasks_may_wait_for_one_child() -> None:
    child = ChildProcess(["/bin/sh", "-c", "exit 7"])
    assert await asyncio.gather(*(child.ended() for _ in range(5))) == [7] * 5
    child.terminate()  # too late, and no harm
    child.kill()
    assert await child.stop(1) == 7


async def test_a_child_whose_parent_died_before_it_was_tied_does_not_start(tmp_path: Path) -> None:
    """The parent may be killed between fork and prctl: then nobody would ever signal the child."""
    script = "import subprocess; from hub.child import _TETHER; print(_TETHER)"
    tether = subprocess.check_output([sys.executable, "-c", script], cwd=ROOT, text=True)
    stranger = "1"  # the parent it expects is not the one it has
    child = ChildProcess([sys.executable, "-c", tether, stranger, "/bin/sh", "-c", f"touch {tmp_path}/started"])
    assert await child.ended() == 0
    assert os.listdir(tmp_path) == []
