"""Processes are started, found, and gone afterwards."""

import os
import sys
from pathlib import Path

import pytest

from bench.stage import SERVER_CORE, Stage, StartFailed, family, free_port, is_open, pinned

LISTENS = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1], sys.argv[2]])"


def test_what_was_started_is_up_inside_and_gone_outside() -> None:
    port = free_port()
    with Stage() as stage:
        pid = stage.start("listener", [sys.executable, "-c", LISTENS, str(port)], SERVER_CORE, port=port)
        assert is_open(port)
        assert os.sched_getaffinity(pid) == {SERVER_CORE}
        scratch = stage.dir
    assert not is_open(port)
    assert not Path(f"/proc/{pid}").exists()
    assert not scratch.exists()


def test_children_count_and_end_with_their_parent() -> None:
    port = free_port()
    with Stage() as stage:
        pid = stage.start("parent", [sys.executable, "-c", PARENT, LISTENS, str(port)], SERVER_CORE, port=port)
        assert len(family(pid)) == 2
    assert not is_open(port)


def test_a_process_that_ends_is_reported_with_its_last_words() -> None:
    port = free_port()
    with Stage() as stage, pytest.raises(StartFailed, match="no such table"):
        stage.start("broken", [sys.executable, "-c", "raise SystemExit('no such table')"], SERVER_CORE, port=port)


def test_one_core_is_not_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert pinned(["server"], 1) == ["server"]
