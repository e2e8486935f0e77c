"""Covers hub/memory.py: the collector looks seldom, and no more at what was loaded."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from hub.memory import SELDOM, settle_memory


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_loaded_stays_and_garbage_still_goes() -> None:
    gc.set_threshold(700, 10, 10)
    settle_memory()
    assert gc.get_threshold() == SELDOM
    assert gc.get_freeze_count() > 10_000
    ring: list[object] = []
    ring.append(ring)
    del ring
    assert gc.collect() > 0


def test_every_command_begins_so() -> None:
    told = "import gc, hub.cli; hub.cli.app = lambda: print(gc.get_threshold()); hub.cli.main()"
    said = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True).stdout
    assert said.strip() == str(SELDOM)
