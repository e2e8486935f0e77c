"""The demo: a sample shop with sample customers and two sample agents. Only with ONETHREAD_DEMO."""

import secrets
from contextlib import suppress
from typing import Any

from pydantic import SecretStr
from starlette.routing import Route

from hub.crm.local import LocalCrm
from hub.crm.samples import SampleCustomer, samples, seed
from hub.services.accounts import Accounts
from hub.settings import Settings, Site, SiteKey
from hub.store.agents import Account, Agents
from hub.transport.http.demo import Demo, signer
from hub.transport.http.models import DemoCustomer

SITE = "demo"
KID = "demo-1"
PASSWORD = "onethread-demo"  # noqa: S105 printed on every start, and only in the demo
AGENTS = (
    {"id": "liming", "name": "李明", "email": "liming@example.com", "role": "agent", "languages": ("zh-CN", "en")},
    {"id": "anna", "name": "Anna Berg", "email": "anna@example.com", "role": "supervisor", "languages": ("en",)},
)


def demo_key(settings: Settings) -> str:
    """The shop's signing key, made on the first start and kept in the data directory."""
    file = settings.data_dir / "demo.key"
    if not file.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # `serve` and `work` start together: the first one's key counts
            file.hardlink_to(fresh)
        fresh.unlink()
    return file.read_text().strip()


def demo_site(settings: Settings) -> dict[str, Site]:
    shop = samples().shop
    key = SiteKey(kid=KID, secret=SecretStr(demo_key(settings)))
    return {SITE: Site(name={"en": shop.name.en, "zh-CN": shop.name.zh}, accent="#2f6f5e", keys=(key,))}


def demo_routes(settings: Settings) -> list[Route]:
    shop = samples()
    customers = [
        DemoCustomer(key=c.key, external_id=c.external_id, name=c.name, language=c.language, note=c.note.of(c.language))
        for c in shop.customers
    ]
    catalogue = [product.model_dump() for product in shop.products]
    logins = [{"name": str(a["name"]), "email": str(a["email"]), "password": PASSWORD} for a in AGENTS]
    claims = {c.key: _claims(c) for c in shop.customers}
    return Demo(customers, claims, catalogue, logins, signer(SITE, KID, demo_key(settings))).routes()


def _claims(it: SampleCustomer) -> dict[str, Any]:
    """What the shop knows of its signed-in customer. It verified the e-mail address when they registered."""
    claims: dict[str, Any] = {"sub": it.external_id, "name": it.name}
    if it.emails:
        claims |= {"email": it.emails[0], "email_verified": True}
    return claims


async def prepare(agents: Agents, accounts: Accounts, crm: LocalCrm, now: int) -> None:
    """Sample customers (dated from today at each start) and, the first time, sample agents."""
    await seed(crm, now)
    for agent in AGENTS:
        if await agents.get(str(agent["id"])) is None:
            await accounts.add(Account.model_validate(agent), PASSWORD)
