"""An empty embedded CRM in a file of its own, at a fixed time."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.crm.local import LocalCrm

NOW = 1_795_572_000_000  # 2026-11-25 10:00 in Shanghai


@pytest.fixture
def now() -> int:
    return NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crm.sqlite3"


@pytest.fixture
async def crm(path: Path) -> AsyncIterator[LocalCrm]:
    opened = await LocalCrm.open(path, lambda: NOW)
    yield opened
    await opened.close()
