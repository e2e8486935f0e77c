"""Covers hub/transport/http/login_cookies.py: which cookie a page gets, and for whose requests it counts."""

import httpx
import pytest
from starlette.responses import Response

from hub.demo import PASSWORD
from hub.transport.http.login_cookies import LoginCookies
from tests.transport.http.conftest import Client
from tests.transport.inside import ORIGIN

CRM = "https://crm.example"
LIMING = {"email": "liming@example.com", "password": PASSWORD}


def given(answer: httpx.Response) -> dict[str, set[str]]:
    """cookie name -> its attributes, in lower case."""
    parts = [each.split("; ") for each in answer.headers.get_list("set-cookie")]
    return {first.partition("=")[0]: {part.lower() for part in more} for first, *more in parts}


async def framed(client: Client) -> str:
    """The Cookie header that a browser sends from a panel in another site's page: the partitioned one alone."""
    answer = await client().post("/api/v1/login", json={**LIMING, "framed": True})
    assert answer.status_code == 200, answer.text
    return next(c.partition(";")[0] for c in answer.headers.get_list("set-cookie") if "Partitioned" in c)


async def test_our_own_pages_get_a_strict_cookie_and_nothing_else(client: Client) -> None:
    answer = await client().post("/api/v1/login", json=LIMING)
    assert given(answer).keys() == {"__Host-onethread"}


async def test_a_panel_gets_a_partitioned_one_beside_it(client: Client) -> None:
    found = given(await client().post("/api/v1/login", json={**LIMING, "framed": True}))
    assert "samesite=strict" in found["__Host-onethread"]
    wanted = {"httponly", "secure", "samesite=none", "partitioned", "path=/", f"max-age={12 * 3600}"}
    assert found["__Host-onethread-assist"] == wanted


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"origin": ORIGIN}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": CRM}, False),
        ({"origin": "null"}, False),
        ({"origin": CRM, "sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({}, False),
    ],
    ids=str,
)
async def test_the_partitioned_one_counts_for_our_own_pages_requests_alone(
    client: Client, headers: dict[str, str], ours: bool
) -> None:
    """It comes along with whatever a page beneath that site asks of us: no such request may act or read."""
    http = client(cookie=await framed(client))
    del http.headers["origin"]
    me = await http.get("/api/v1/me", headers=headers)
    assert (me.json() != {"agent": None}) is ours
    agents = await http.get("/api/v1/agents", headers=headers)
    assert agents.status_code == (200 if ours else 401)
    ticket = await http.post("/api/v1/tickets", json={"kind": "agent"}, headers=headers)
    assert (ticket.status_code == 201) is ours


async def test_another_sites_page_can_neither_sign_out_nor_in(client: Client) -> None:
    cookie = await framed(client)
    there = client(cookie=cookie, origin=CRM)
    assert (await there.post("/api/v1/logout")).status_code == 403
    assert (await there.post("/api/v1/login", json={**LIMING, "framed": True})).status_code == 403
    assert (await client(cookie=cookie).get("/api/v1/agents")).status_code == 200


async def test_signing_out_takes_both(client: Client) -> None:
    http = client(cookie=await framed(client))
    out = await http.post("/api/v1/logout")
    assert {name for name, more in given(out).items() if "max-age=0" in more} == {
        "__Host-onethread",
        "__Host-onethread-assist",
    }
    assert "partitioned" in given(out)["__Host-onethread-assist"], "or it is another cookie, and stays"
    assert (await http.get("/api/v1/agents")).status_code == 401


def test_without_https_the_names_are_others() -> None:
    """`__Host-` is for https; on localhost a browser takes the partitioned one all the same."""
    answer = Response()
    LoginCookies(frozenset(), 60, secure=False).give(answer, "secret", framed=True)
    names = [each.partition("=")[0] for each in answer.headers.getlist("set-cookie")]
    assert names == ["onethread", "onethread-assist"]
