"""Each front and its Prism are started once for a run of tests; a test begins with the cast alone."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.crm.rest.connector import RestCrm
from tests.crm.asked import Noticed, connected
from tests.crm.fronts import prism
from tests.crm.fronts.front import Front
from tests.crm.fronts.hubspot import HubSpot
from tests.crm.fronts.hubspot_asked import HubSpotAsked
from tests.crm.fronts.prism import Prism
from tests.crm.fronts.salesforce import Salesforce
from tests.crm.fronts.salesforce_asked import SalesforceAsked

KINDS: dict[str, tuple[type[Front], Any]] = {
    "hubspot": (HubSpot, HubSpotAsked),
    "salesforce": (Salesforce, SalesforceAsked),
}


@pytest.fixture(scope="session", params=sorted(KINDS))
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Front, Prism]]:
    if prism.missing():
        pytest.skip(prism.missing())
    front = KINDS[request.param][0]()
    front.start()
    proxy = Prism(request.param, front.url, tmp_path_factory.mktemp("prism") / "log")
    try:
        proxy.start()
        yield front, proxy
    finally:
        proxy.end()
        front.end()


@pytest.fixture
def asked(place: tuple[Front, Prism]) -> Iterator[Any]:
    """Whatever the test is about, no request and no answer broke the rules of the OpenAPI file."""
    front, proxy = place
    front.reset()
    yield KINDS[proxy.name][1](front, proxy.url)
    assert proxy.violations() == []


@pytest.fixture
def noticed() -> Noticed:
    return Noticed()


@pytest.fixture
async def crm(asked: Any, noticed: Noticed, tmp_path: Path) -> AsyncIterator[RestCrm]:
    async with connected(asked, tmp_path, noticed=noticed) as opened:
        yield opened
