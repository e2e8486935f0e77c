"""Covers retention.py and what of library.py it does: old calls go, whole, and nothing else does."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from hub.calls.recording import retention
from hub.calls.recording.library import Library
from hub.calls.recording.retention import DAY_S, keep_for
from hub.calls.recording.sealed import new_key
from tests.store.acts import until


def kept(library: Library, call: str, age_s: float, *names: str) -> Path:
    folder = library.folder / call
    folder.mkdir(parents=True)
    at = time.time() - age_s
    for name in names:
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (at, at))
    os.utime(folder, (at, at))
    return folder


async def test_only_calls_of_which_all_is_old_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "EVERY_S", 0.01)
    library = Library(tmp_path / "recordings", new_key())
    old = kept(library, "OLD", 3 * DAY_S, "1-customer.film", "1-agent-li.film")
    young = kept(library, "YOUNG", DAY_S, "1-customer.film")
    half = kept(library, "HALF", 3 * DAY_S, "1-customer.film")
    (half / "2-customer.film").write_bytes(b"x")
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(keep_for(library, 2))

        async def gone() -> bool:
            return not old.exists()

        await until(gone)
        keeping.cancel()
    assert young.exists()
    assert half.exists()


def test_there_may_be_no_folder_yet(tmp_path: Path) -> None:
    assert Library(tmp_path / "none", new_key()).clear(time.time()) == 0
