"""Covers hub/transport/http/api.py: tickets, sign-in, colleagues and sites, and how each of them says no."""

import json
import math
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from hub.demo import PASSWORD
from hub.services import accounts
from hub.settings import Settings
from hub.transport.http import api as api_module
from hub.transport.websocket.wire import Limits
from tests.running import Frame
from tests.transport.http.conftest import SHOP, Client, client_of
from tests.transport.inside import ORIGIN, Inside, inside

LIMING = {"email": "liming@example.com", "password": PASSWORD}
NOBODY = {"agent": None}
VISITOR = {"kind": "visitor", "site": "demo"}
COOKIE = "__Host-onethread"


def problem(answer: httpx.Response, status: int, code: str) -> Frame:
    """An RFC 9457 answer with the registry's code, that nobody may keep."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.headers["cache-control"] == "no-store"
    body: Frame = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    return body


async def signed_in(http: httpx.AsyncClient) -> str:
    """The cookie's value, which httpx keeps from then on."""
    answer = await http.post("/api/v1/login", json=LIMING)
    assert answer.status_code == 200, answer.text
    return SimpleCookie(answer.headers["set-cookie"])[COOKIE].value


# --- tickets ----------------------------------------------------------------------------------------------


async def test_a_new_visitor_is_given_a_secret_once(http: httpx.AsyncClient, within: Inside) -> None:
    answer = await http.post("/api/v1/tickets", json=VISITOR)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    first = answer.json()
    assert first["expires_in"] == 30
    again = (await http.post("/api/v1/tickets", json={**VISITOR, "device_secret": first["device_secret"]})).json()
    assert "device_secret" not in again
    bearers = [await within.store.tickets.redeem(t["ticket"], ORIGIN) for t in (first, again)]
    assert bearers[0] == bearers[1]
    assert first["device_secret"] not in repr(bearers[0]), "what is kept does not open the thread"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "visitor"}, 404, "not_found"),
        ({"kind": "visitor", "site": "none"}, 404, "not_found"),
        ({"kind": "customer", "site": "demo"}, 400, "bad_request"),
        ({"kind": "customer", "site": "shop", "token": "x.y.z"}, 401, "auth_failed"),
        ({"kind": "customer", "site": "demo", "token": "x" * 8_193}, 400, "bad_request"),
        ({**VISITOR, "device_secret": "short"}, 401, "auth_failed"),
        ({**VISITOR, "device_secret": "x" * 201}, 400, "bad_request"),
        ({**VISITOR, "channel": "email"}, 400, "bad_request"),
        ({"kind": "admin"}, 400, "bad_request"),
        ({"kind": "visitor", "site": "../demo"}, 400, "bad_request"),
        ({"kind": "agent"}, 401, "auth_failed"),
        ({}, 400, "bad_request"),
        ([], 400, "bad_request"),
        (None, 400, "bad_request"),
    ],
    ids=str,
)
async def test_tickets_that_are_refused(http: httpx.AsyncClient, body: Any, status: int, code: str) -> None:
    told = problem(await http.post("/api/v1/tickets", json=body), status, code)
    secret = (body or {}).get("token") or (body or {}).get("device_secret") if isinstance(body, dict) else None
    assert not secret or secret not in json.dumps(told)


async def test_where_a_site_s_visitors_may_come_from(client: Client, within: Inside) -> None:
    asked = {"kind": "visitor", "site": "shop"}
    for origin, channel in ((ORIGIN, "web"), (SHOP, "web"), (SHOP, "app")):
        answer = await client(origin=origin).post("/api/v1/tickets", json={**asked, "channel": channel})
        bearer = await within.store.tickets.redeem(answer.json()["ticket"], origin)
        assert (bearer.origin, bearer.channel, bearer.site) == (origin, channel, "shop")
    for origin in ("https://evil.example", SHOP + ".evil.example", SHOP + "/", SHOP.upper(), "null"):
        problem(await client(origin=origin).post("/api/v1/tickets", json=asked), 403, "forbidden")
    problem(await client(origin=SHOP).post("/api/v1/tickets", json=VISITOR), 403, "forbidden")


async def test_a_site_s_own_page_may_read_its_ticket_and_nobody_else_s_may(client: Client) -> None:
    """CORS: a page that speaks the protocol itself asks from its own origin."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for origin, allowed in ((SHOP, SHOP), ("https://evil.example", None), (ORIGIN, None)):
        http = client(origin=origin)
        preflight = await http.options("/api/v1/tickets", headers=asked)
        given = await http.post("/api/v1/tickets", json={**VISITOR, "site": "shop"})
        refused = await http.post("/api/v1/tickets", json={"kind": "agent"})
        assert (preflight.status_code, refused.status_code >= 400) == (204, True)
        assert preflight.headers["access-control-allow-headers"] == "content-type"
        for answer in (preflight, given, refused):
            assert answer.headers.get("access-control-allow-origin") == allowed
            assert "access-control-allow-credentials" not in answer.headers
            assert answer.headers["vary"] == "Origin"
    elsewhere = await client(origin=SHOP).get("/api/v1/me")
    assert "access-control-allow-origin" not in elsewhere.headers


async def test_an_app_has_no_origin_and_signs_its_customers_in(client: Client, within: Inside) -> None:
    app = client()
    del app.headers["origin"]
    problem(await app.post("/api/v1/tickets", json=VISITOR), 403, "forbidden")
    token = (await app.get("/demo/token", params={"customer": "wang"})).text
    asked = {"kind": "customer", "site": "demo", "token": token, "channel": "web"}
    answer = await app.post("/api/v1/tickets", json=asked)
    bearer = await within.store.tickets.redeem(answer.json()["ticket"], "")
    assert (bearer.channel, bearer.origin, bearer.name) == ("app", "", "王丽")


async def test_tickets_are_rationed_by_address(settings: Settings) -> None:
    async with inside(settings.model_copy(update={"tickets_per_min": 3})) as within:
        app = within.serving.application(Limits())
        one = client_of(app, "198.51.100.7")
        codes = [(await one.post("/api/v1/tickets", json=VISITOR)).status_code for _ in range(3)]
        refused = await one.post("/api/v1/tickets", json=VISITOR)
        told = problem(refused, 429, "rate_limited")
        assert codes == [201] * 3
        assert told["retry"]
        assert int(refused.headers["retry-after"]) == math.ceil(told["retry_after"]) >= 1
        forged = await one.post("/api/v1/tickets", json=VISITOR, headers={"x-forwarded-for": "203.0.113.9"})
        problem(forged, 429, "rate_limited")
        assert (await client_of(app, "203.0.113.9").post("/api/v1/tickets", json=VISITOR)).status_code == 201


async def test_one_line_has_one_ration(settings: Settings) -> None:
    """An IPv6 line has 2^64 addresses: counted one by one, none of them ever reached the limit."""
    async with inside(settings.model_copy(update={"tickets_per_min": 2})) as within:
        app = within.serving.application(Limits())
        same = ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3", "2001:db8:1:3::1"]
        codes = [(await client_of(app, each).post("/api/v1/tickets", json=VISITOR)).status_code for each in same]
    assert codes == [201, 201, 429, 201]


async def test_addresses_are_forgotten_before_they_fill_the_memory(
    within: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_module, "ADDRESSES", 3)
    app = within.serving.application(Limits())
    api = next(route.endpoint.__self__ for route in app.routes if getattr(route, "path", "") == "/api/v1/tickets")
    for n in range(10):
        await client_of(app, f"198.51.100.{n}").post("/api/v1/tickets", json=VISITOR)
    assert len(api._buckets) == 3


# --- sign-in ----------------------------------------------------------------------------------------------


async def test_signing_in_and_out(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/v1/me")).json() == NOBODY
    answer = await http.post("/api/v1/login", json={**LIMING, "email": "LiMing@Example.com"})
    assert answer.headers["cache-control"] == "no-store"
    agent = answer.json()["agent"]
    assert agent == {
        "id": "liming",
        "name": "李明",
        "email": "liming@example.com",
        "role": "agent",
        "status": "available",
        "capacity": 4,
        "teams": [],
        "skills": [],
    }
    me = await http.get("/api/v1/me")
    assert (me.json(), me.headers["cache-control"]) == ({"agent": agent}, "no-store")
    assert "ticket" in (await http.post("/api/v1/tickets", json={"kind": "agent"})).json()
    out = await http.post("/api/v1/logout")
    assert (out.status_code, out.content, out.headers["cache-control"]) == (204, b"", "no-store")
    gone = [SimpleCookie(each.replace("Partitioned", "")) for each in out.headers.get_list("set-cookie")]
    assert [(c.value, c["max-age"]) for jar in gone for c in jar.values()] == [("", "0"), ("", "0")]
    nobody = await http.get("/api/v1/me")
    assert (nobody.status_code, nobody.json(), nobody.headers["cache-control"]) == (200, NOBODY, "no-store")
    for method, path in (("GET", "/api/v1/agents"), ("POST", "/api/v1/logout")):
        problem(await http.request(method, path), 401, "auth_failed")


async def test_a_signed_out_cookie_that_somebody_kept_is_worth_nothing(client: Client) -> None:
    http = client()
    kept = await signed_in(http)
    await http.post("/api/v1/logout")
    thief = client(cookie=f"{COOKIE}={kept}")
    assert (await thief.get("/api/v1/me")).json() == NOBODY
    problem(await thief.post("/api/v1/tickets", json={"kind": "agent"}), 401, "auth_failed")


async def test_the_cookie_is_only_for_this_host_only_over_https_and_not_for_scripts(http: httpx.AsyncClient) -> None:
    header = (await http.post("/api/v1/login", json=LIMING)).headers["set-cookie"]
    attributes = {part.strip().lower() for part in header.split(";")[1:]}
    assert header.startswith(COOKIE + "=")
    assert {"httponly", "secure", "samesite=strict", "path=/", f"max-age={12 * 3600}"} <= attributes
    assert not [a for a in attributes if a.startswith("domain")], "__Host- cookies have none"


async def test_without_https_the_cookie_has_another_name(settings: Settings) -> None:
    async with inside(settings.model_copy(update={"public_url": ""})) as within:
        header = (await client_of(within.serving.application(Limits())).post("/api/v1/login", json=LIMING)).headers
    assert header["set-cookie"].startswith("onethread=")
    assert "httponly" in header["set-cookie"].lower()
    assert "samesite=strict" in header["set-cookie"].lower()
    assert "secure" not in header["set-cookie"].lower()


async def test_who_signs_in_wrongly_does_not_learn_what_was_wrong(http: httpx.AsyncClient) -> None:
    answers = [
        problem(await http.post("/api/v1/login", json=body), 401, "auth_failed")
        for body in ({**LIMING, "password": "guessed"}, {"email": "nobody@example.com", "password": PASSWORD})
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "liming@example.com"},
        {**LIMING, "password": ""},
        {**LIMING, "password": "x" * 1_001},
        {**LIMING, "email": "x" * 255},
        {**LIMING, "email": ["liming@example.com"]},
        {**LIMING, "password": {"$gt": ""}},
        "liming",
    ],
    ids=lambda body: str(body)[:40],
)
async def test_a_login_that_is_none(http: httpx.AsyncClient, body: Any) -> None:
    assert PASSWORD not in json.dumps(problem(await http.post("/api/v1/login", json=body), 400, "bad_request"))


async def test_guessing_gets_slow_by_account_and_by_address(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "PER_ACCOUNT", 2)
    monkeypatch.setattr(accounts, "PER_ADDRESS", 4)
    wrong = {**LIMING, "password": "guessed"}
    one, other = client("198.51.100.7"), client("203.0.113.9")
    assert [(await one.post("/api/v1/login", json=wrong)).status_code for _ in range(2)] == [401, 401]
    for http in (one, other):
        refused = await http.post("/api/v1/login", json=LIMING)
        told = problem(refused, 429, "login_throttled")
        assert 0 < int(refused.headers["retry-after"]) == told["retry_after"] <= accounts.WINDOW_S
    anna = {"email": "anna@example.com", "password": PASSWORD}
    assert (await one.post("/api/v1/login", json=anna)).status_code == 200, "another account, still below the address's"
    problem(await one.post("/api/v1/login", json=anna), 429, "login_throttled")
    assert (await other.post("/api/v1/login", json=anna)).status_code == 200


async def test_another_site_s_page_signs_nobody_in_or_out(client: Client) -> None:
    kept = await signed_in(client())
    foreign = client(origin="https://evil.example", cookie=f"{COOKIE}={kept}")
    problem(await foreign.post("/api/v1/login", json=LIMING), 403, "forbidden")
    problem(await foreign.post("/api/v1/logout"), 403, "forbidden")
    problem(await foreign.post("/api/v1/tickets", json={"kind": "agent"}), 403, "forbidden")
    embedding = client(origin=SHOP, cookie=f"{COOKIE}={kept}")
    problem(await embedding.post("/api/v1/tickets", json={"kind": "agent"}), 403, "forbidden")
    assert (await client(cookie=f"{COOKIE}={kept}").get("/api/v1/me")).json() != NOBODY


# --- colleagues and sites ---------------------------------------------------------------------------------


async def test_colleagues_with_what_they_hold(http: httpx.AsyncClient, within: Inside) -> None:
    await signed_in(http)
    agent = await within.agent()
    await within.served(agent)
    answer = await http.get("/api/v1/agents")
    assert answer.headers["cache-control"] == "no-store"
    found = {a["id"]: a for a in answer.json()["agents"]}
    assert (found["liming"]["status"], found["liming"]["load"]) == ("available", 1)
    assert (found["anna"]["status"], found["anna"]["load"]) == ("offline", 0)
    assert "email" not in found["anna"]
    assert "password" not in answer.text


async def test_what_the_widget_may_know_of_its_site(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/sites/shop")
    shop = {"id": "shop", "name": "Shop", "names": {}, "languages": ["en", "zh-CN"], "accent": "#123456"}
    assert answer.json() == shop
    named = (await http.get("/api/v1/sites/named")).json()
    assert (named["name"], named["names"]) == ("Shop", {"en": "Shop", "zh-CN": "商店"})
    assert answer.headers["cache-control"] == "no-store"
    for name in ("none", "%00", "..%2Fdemo", "😀", "x" * 3_000):
        problem(await http.get(f"/api/v1/sites/{name}"), 404, "not_found")
