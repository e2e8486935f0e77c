"""Each live CRM is started once for a run of tests, and every test has a customer of its own there."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.crm.rest.connector import RestCrm
from tests.crm.asked import Noticed, connected
from tests.crm.live import bottlecrm
from tests.crm.live.bottlecrm_asked import BottleAsked
from tests.crm.live.tryton_asked import TrytonAsked

Live = TrytonAsked | BottleAsked


@pytest.fixture(scope="session", params=["tryton", "bottlecrm"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    if request.param == "bottlecrm" and bottlecrm.missing():
        pytest.skip(bottlecrm.missing())
    kind = {"tryton": TrytonAsked, "bottlecrm": BottleAsked}[request.param]
    live: Any = kind.started(tmp_path_factory.mktemp(request.param))
    yield live
    live.end()


@pytest.fixture
def noticed() -> Noticed:
    return Noticed()


@pytest.fixture
async def crm(asked: Live, noticed: Noticed, tmp_path: Path) -> AsyncIterator[RestCrm]:
    async with connected(asked, tmp_path, noticed=noticed) as opened:
        yield opened
