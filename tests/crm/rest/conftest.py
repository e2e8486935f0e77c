"""What the tests of the rest connector share: the hostile CRM, and a connector to it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from hub.crm.rest.connector import RestCrm
from hub.crm.rest.format import Mapping
from hub.crm.rest.load import load, loads
from hub.crm.rest.references import References
from tests.crm.rest import server
from tests.crm.rest.acts import HERE, NOW, Noted, secrets
from tests.crm.rest.server import Crm


@cache
def loaded(name: str) -> Mapping:
    return load(HERE / "mappings" / f"{name}.yaml")


def mapped(name: str, edit: Callable[[str], str] = str) -> Mapping:
    """A file of mappings/, changed by `edit` (text -> text)."""
    return loaded(name) if edit is str else loads(edit((HERE / "mappings" / f"{name}.yaml").read_text()), name)


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
def address(tmp_path: Path) -> str:
    """Of the references' database."""
    return f"sqlite:///{tmp_path}/references.sqlite3"


@pytest.fixture
async def references(address: str) -> AsyncIterator[References]:
    it = await References.open(address)
    yield it
    await it.close()


Connect = Callable[..., Awaitable[RestCrm]]


@pytest.fixture
async def connect(url: str, noted: Noted, references: References) -> AsyncIterator[Connect]:
    """Opens a connector to the hostile CRM: by a file of mappings/, changed by `edit` (text -> text)."""
    opened: list[RestCrm] = []
    ticks = count(NOW, 10)

    async def connected(name: str = "challenge", edit: Callable[[str], str] = str, **more: Any) -> RestCrm:
        mapping = mapped(name, edit)
        kept = more.pop("references", references)
        clock = more.pop("clock", lambda: next(ticks))
        it = await RestCrm.open(mapping, secrets(url), noted, kept, clock, name=name, **more)
        opened.append(it)
        return it

    yield connected
    for it in opened:
        await it.close()
