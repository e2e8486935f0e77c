"""What the tests of the rest connector share: the hostile CRM, and a connector to it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from hub.crm.rest.connector import RestCrm
from hub.crm.rest.load import load, loads
from hub.crm.rest.references import References
from tests.crm.rest import server
from tests.crm.rest.server import Crm

HERE = Path(__file__).parent
NOW = 1_795_572_000_000  # 2026-11-25 02:00 UTC


@dataclass
class Noted:
    """Findings that a test can look at."""

    drifts: list[tuple[str, str, str]] = field(default_factory=list)
    words: list[tuple[str, str, str]] = field(default_factory=list)

    def drift(self, operation: str, path: str, problem: str) -> None:
        self.drifts.append((operation, path, problem))

    def unmapped(self, operation: str, field: str, value: str) -> None:
        self.words.append((operation, field, value))


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.fixture
def url(crm: Crm) -> Iterator[str]:
    with server.running(crm) as address:
        yield address


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
async def references(tmp_path: Path) -> AsyncIterator[References]:
    it = await References.open(f"sqlite:///{tmp_path}/references.sqlite3")
    yield it
    await it.close()


def secrets(url: str) -> dict[str, str]:
    return {
        "CRM_URL": url,
        "CRM_LOGIN": server.LOGIN,
        "CRM_ACCESS_KEY": server.ACCESS_KEY,
        "CRM_CLIENT": server.CLIENT,
        "CRM_CLIENT_SECRET": server.CLIENT_SECRET,
        "CRM_REFRESH": server.REFRESH,
        "CRM_HOOK_SECRET": "hook-secret",
    }


Connect = Callable[..., Awaitable[RestCrm]]


@pytest.fixture
async def connect(url: str, noted: Noted, references: References) -> AsyncIterator[Connect]:
    """Opens a connector to the hostile CRM: by a file of mappings/, changed by `edit` (text -> text)."""
    opened: list[RestCrm] = []
    ticks = count(NOW, 10)

    async def connected(name: str = "challenge", edit: Callable[[str], str] = str, **more: Any) -> RestCrm:
        path = HERE / "mappings" / f"{name}.yaml"
        mapping = load(path) if edit is str else loads(edit(path.read_text()), name)
        kept = more.pop("references", references)
        clock = more.pop("clock", lambda: next(ticks))
        it = await RestCrm.open(mapping, secrets(url), noted, kept, clock, name=name, **more)
        opened.append(it)
        return it

    yield connected
    for it in opened:
        await it.close()
