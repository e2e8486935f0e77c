"""A furnished store, and its backup."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.settings import Settings
from tests.backup.acts import furnish, take
from tests.services.acts import Clock, Process, a_process
from tests.services.conftest import untraced

__all__ = ["untraced"]


@pytest.fixture
async def process(settings: Settings) -> AsyncIterator[Process]:
    async with a_process(settings, Clock()) as process:
        await furnish(process)
        yield process


@pytest.fixture
async def backup(process: Process, tmp_path: Path) -> Path:
    path = tmp_path / "hub.backup"
    await take(process.store, path)
    return path
