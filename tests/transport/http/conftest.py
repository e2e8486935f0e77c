"""The whole HTTP application, called without a server: by addresses and from origins of the test's choice."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from hub.demo import demo_site
from hub.settings import Settings, Site
from hub.transport.websocket.wire import Limits
from tests.transport.inside import ORIGIN, Inside, inside

SHOP = "https://shop.example"
Client = Callable[..., httpx.AsyncClient]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Served over https, with the demo's site and one that a shop's pages embed."""
    shop = Site(name="Shop", origins=(SHOP, "https://www.shop.example"), accent="#123456")
    named = Site(name={"en": "Shop", "zh-CN": "商店"})
    sites = {**demo_site(settings), "shop": shop, "named": named}
    return settings.model_copy(update={"public_url": ORIGIN, "sites": sites})


def client_of(app: Any, address: str = "198.51.100.7", **headers: str) -> httpx.AsyncClient:
    """A browser on the hub's own pages, unless `origin` says otherwise."""
    transport = httpx.ASGITransport(app, client=(address, 50_000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN, **headers})


@pytest.fixture
async def within(settings: Settings) -> AsyncIterator[Inside]:
    async with inside(settings) as made:
        yield made


@pytest.fixture
async def client(within: Inside) -> Client:
    app = within.serving.application(Limits())
    return lambda address="198.51.100.7", **headers: client_of(app, address, **headers)


@pytest.fixture
async def http(client: Client) -> httpx.AsyncClient:
    return client()
