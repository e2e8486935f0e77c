"""Covers hub/transport/http/demo.py: what the sample shop's own back end answers, and the tokens it signs."""

import time

import httpx
import jwt
import pytest
from starlette.applications import Starlette

from hub.transport.http.demo import LIFE_S, Demo, signer
from hub.transport.http.models import DemoCustomer
from hub.transport.http.problems import handlers
from tests.transport.http.conftest import client_of

SECRET = "s" * 48
WANG = DemoCustomer(key="wang", external_id="C-1001", name="王丽", language="zh-CN", note="金卡会员")


@pytest.fixture
def http() -> httpx.AsyncClient:
    claims = {"wang": {"sub": "cust_wang", "name": "王丽"}}
    shop = Demo([WANG], claims, [{"sku": "K200S"}], [{"email": "a@b.example"}], signer("demo", "k-1", SECRET))
    return client_of(Starlette(routes=shop.routes(), exception_handlers=handlers()))


async def test_lists(http: httpx.AsyncClient) -> None:
    assert (await http.get("/demo/customers")).json() == [WANG.model_dump()]
    assert (await http.get("/demo/catalogue")).json() == [{"sku": "K200S"}]
    assert (await http.get("/demo/logins")).json() == [{"email": "a@b.example"}]


async def test_a_token_is_what_a_site_s_backend_would_sign(http: httpx.AsyncClient) -> None:
    answer = await http.get("/demo/token", params={"customer": "wang"})
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    assert jwt.get_unverified_header(answer.text) == {"alg": "HS256", "kid": "k-1", "typ": "JWT"}
    claims = jwt.decode(answer.text, SECRET, algorithms=["HS256"], audience="demo")
    assert (claims["sub"], claims["name"]) == ("cust_wang", "王丽")
    assert LIFE_S - 5 < claims["exp"] - time.time() <= LIFE_S


@pytest.mark.parametrize("query", ["", "?customer=", "?customer=nobody", "?customer=__proto__"])
async def test_nobody_else_gets_one(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"/demo/token{query}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_it_can_only_be_read(http: httpx.AsyncClient) -> None:
    assert (await http.post("/demo/token", params={"customer": "wang"})).status_code == 405


def test_a_caller_s_own_audience_and_time_count_for_nothing() -> None:
    token = signer("demo", "k-1", SECRET)({"sub": "x", "aud": "other", "exp": 2**40})
    assert jwt.decode(token, SECRET, algorithms=["HS256"], audience="demo")["exp"] < 2**40
