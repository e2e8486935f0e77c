"""The embedded CRM with the sample customers in it: seeded once in a while, and copied for each hub of a test."""

import atexit
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp

from hub.crm.local import LocalCrm
from hub.crm.samples import seed
from hub.crms import open_local
from hub.parts import now_ms
from hub.settings import Settings

FRESH_MS = 3_600_000  # samples are of "yesterday, 18:00", and in some zone a day ends at each hour

_made: dict[int, Path] = {}  # by hour


@asynccontextmanager
async def open_seeded(settings: Settings) -> AsyncIterator[LocalCrm]:
    """As `open_local` and `seed`, a tenth of a second sooner."""
    target = settings.data_dir / "crm.sqlite3"
    if not target.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy(await _original(), target)
    async with open_local(settings, now_ms) as crm:
        yield crm


async def _original() -> Path:
    now = now_ms()
    hour = now // FRESH_MS
    if hour not in _made:
        home = Path(mkdtemp())
        atexit.register(shutil.rmtree, home)
        async with open_local(Settings(data_dir=home), lambda: now) as crm:
            await seed(crm, now)
        _made[hour] = home / "crm.sqlite3"
    return _made[hour]
