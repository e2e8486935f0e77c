"""Covers hub/demo.py: the sample shop, its key, and what it hands out."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import jwt
import pytest
from starlette.applications import Starlette

from hub.crm.samples import samples
from hub.crms import open_local
from hub.demo import AGENTS, KID, PASSWORD, SITE, demo_key, demo_routes, demo_site, prepare
from hub.parts import accounts
from hub.services.conversations import Conversations
from hub.settings import Settings
from hub.store.store import Store
from hub.transport.http.problems import handlers
from tests.running import add_sample_agents
from tests.transport.http.conftest import client_of


@pytest.fixture
def shop(settings: Settings) -> httpx.AsyncClient:
    return client_of(Starlette(routes=demo_routes(settings), exception_handlers=handlers()))


# --- the key ----------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_is_nobody_else_s(settings: Settings) -> None:
    key = demo_key(settings)
    assert len(key) >= 48
    assert demo_key(settings) == key
    assert demo_key(settings.model_copy(update={"data_dir": settings.data_dir / "other"})) != key
    file = settings.data_dir / "demo.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p.name for p in settings.data_dir.iterdir() if p.name.startswith("demo")] == ["demo.key"]


def test_processes_that_start_together_agree_on_the_key(settings: Settings, tmp_path: Path) -> None:
    """`serve` and `work` do, and tokens that one signs must be the other's, too."""
    for n in range(20):
        fresh = settings.model_copy(update={"data_dir": tmp_path / f"start-{n}"})
        fresh.data_dir.mkdir()
        together = threading.Barrier(6)

        def start(fresh: Settings = fresh, together: threading.Barrier = together) -> str:
            together.wait()
            return demo_key(fresh)

        with ThreadPoolExecutor(6) as threads:
            keys = {made.result() for made in [threads.submit(start) for _ in range(6)]}
        assert keys == {demo_key(fresh)}


# --- the shop ---------------------------------------------------------------------------------------------


def test_the_site_is_the_sample_shop(settings: Settings) -> None:
    site = demo_site(settings)[SITE]
    name = samples().shop.name
    assert (site.name_in("en-GB"), site.name_in("zh-CN")) == (name.en, name.zh)
    assert site.origins == (), "only the hub's own pages may embed it"
    assert [(k.kid, k.secret.get_secret_value()) for k in site.keys] == [(KID, demo_key(settings))]


async def test_its_customers_are_the_samples(shop: httpx.AsyncClient) -> None:
    listed = (await shop.get("/demo/customers")).json()
    assert [c["key"] for c in listed] == [c.key for c in samples().customers]
    for customer in listed:
        assert customer["name"]
        assert customer["note"]
        assert any("\u4e00" <= sign <= "\u9fff" for sign in customer["note"]) == customer["language"].startswith("zh")
    assert "@" not in str(listed), "their addresses are the CRM's business"


async def test_their_tokens_say_what_the_shop_knows(shop: httpx.AsyncClient, settings: Settings) -> None:
    for sample in samples().customers:
        token = (await shop.get("/demo/token", params={"customer": sample.key})).text
        claims = jwt.decode(token, demo_key(settings), algorithms=["HS256"], audience=SITE)
        assert (claims["sub"], claims["name"]) == (sample.external_id, sample.name)
        if sample.emails:
            assert (claims["email"], claims["email_verified"]) == (sample.emails[0], True)
        assert "phone" not in claims, "the shop did not verify it"


async def test_its_catalogue_and_logins(shop: httpx.AsyncClient) -> None:
    products = (await shop.get("/demo/catalogue")).json()
    assert {p["sku"] for p in products} == {p.sku for p in samples().products}
    assert all(p["name"]["zh"] and p["name"]["en"] for p in products)
    logins = (await shop.get("/demo/logins")).json()
    assert [(it["email"], it["password"]) for it in logins] == [(a["email"], PASSWORD) for a in AGENTS]


# --- what is there at the start ---------------------------------------------------------------------------


async def test_preparing_twice_changes_no_agent(settings: Settings, store: Store) -> None:
    import asyncio

    from hub.options import policy
    from hub.parts import now_ms

    await add_sample_agents(store)
    before = await store.agents.every()
    async with open_local(settings, now_ms) as crm, asyncio.TaskGroup() as tasks:
        idle = Conversations(store.committer, store.logs, policy(settings), now_ms, lambda *_: None, tasks)
        for _ in range(2):
            await prepare(store.agents, accounts(store, idle), crm, now_ms())
        assert await store.agents.every() == before, "a changed password is not set back at each start"
        assert (await crm.orders("cust_wang"))[0].number
