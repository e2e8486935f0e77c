"""Covers hub/transport/http/models.py: bodies at their bounds, secrets that stay secret, answers as documented."""

import json
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from hub.demo import PASSWORD
from hub.model.errors import NotFound, OneThreadError, RateLimited
from hub.transport.generate import openapi
from hub.transport.http.models import Login, SiteView, TicketRequest, problem


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"kind": "visitor"}, {"kind": "bot"}),
        ({"kind": "visitor", "site": "x" * 64}, {"kind": "visitor", "site": "x" * 65}),
        ({"kind": "visitor", "site": None}, {"kind": "visitor", "site": ""}),
        ({"kind": "visitor", "device_secret": "x" * 200}, {"kind": "visitor", "device_secret": "x" * 201}),
        ({"kind": "customer", "token": "x" * 8_192}, {"kind": "customer", "token": "x" * 8_193}),
        ({"kind": "agent", "channel": "app"}, {"kind": "agent", "channel": "console"}),
        ({"kind": "agent", "more": 1}, {"more": 1}),
    ],
    ids=lambda body: str(body)[:40],
)
def test_ticket_requests_at_their_bounds(good: dict[str, Any], bad: dict[str, Any]) -> None:
    TicketRequest.model_validate(good)
    with pytest.raises(ValidationError):
        TicketRequest.model_validate(bad)


def test_secrets_are_not_shown() -> None:
    asked = TicketRequest(kind="customer", token="my-token", device_secret="my-secret")  # type: ignore[arg-type]
    login = Login(email="a@b.example", password="my-password")  # type: ignore[arg-type]
    shown = f"{asked!r} {asked} {asked.model_dump_json()} {login!r} {login.model_dump_json()}"
    for secret in ("my-token", "my-secret", "my-password"):
        assert secret not in shown


def test_an_error_as_a_body() -> None:
    assert problem(NotFound("no such site")).model_dump(exclude_none=True) == {
        "type": "about:blank",
        "title": NotFound.sentence,
        "status": 404,
        "code": "not_found",
        "detail": "no such site",
        "retry": False,
    }
    assert problem(RateLimited(retry_after=2.5)).retry_after == 2.5
    assert problem(OneThreadError()).title == OneThreadError.sentence


def test_a_site_without_a_colour() -> None:
    assert SiteView(id="a", name="A", names={}, languages=(), accent="").model_dump_json()


# --- what is documented is what is answered ---------------------------------------------------------------

DOCUMENT = openapi.document()


def documented(method: str, path: str, answer: httpx.Response) -> None:
    """The answer's status, type and body are in docs/protocol/openapi.json."""
    operation = DOCUMENT["paths"][path][method.lower()]
    assert str(answer.status_code) in operation["responses"], (path, answer.status_code)
    content = operation["responses"][str(answer.status_code)].get("content", {})
    kind = answer.headers.get("content-type", "").partition(";")[0]
    assert kind in content if content else not answer.content, (path, kind)
    if "json" in kind:
        schema = {**content[kind]["schema"], "components": DOCUMENT["components"]}
        Draft202012Validator(schema).validate(json.loads(answer.content))


async def test_every_endpoint_answers_as_documented(http: httpx.AsyncClient) -> None:
    login = {"email": "liming@example.com", "password": PASSWORD}
    asked: list[tuple[str, str, Any, int]] = [
        ("GET", "/livez", None, 200),
        ("GET", "/readyz", None, 200),
        ("GET", "/api/v1/me", None, 200),
        ("GET", "/api/v1/agents", None, 401),
        ("POST", "/api/v1/login", {**login, "password": "wrong"}, 401),
        ("POST", "/api/v1/login", {}, 400),
        ("POST", "/api/v1/logout", None, 401),
        ("POST", "/api/v1/login", login, 200),
        ("GET", "/api/v1/me", None, 200),
        ("GET", "/api/v1/agents", None, 200),
        ("POST", "/api/v1/tickets", {"kind": "agent"}, 201),
        ("POST", "/api/v1/tickets", {"kind": "visitor", "site": "demo"}, 201),
        ("POST", "/api/v1/tickets", {"kind": "visitor", "site": "none"}, 404),
        ("POST", "/api/v1/tickets", {"kind": "visitor", "site": "demo", "device_secret": "x"}, 401),
        ("POST", "/api/v1/tickets", {}, 400),
        ("GET", "/demo/customers", None, 200),
        ("POST", "/api/v1/logout", None, 204),
    ]
    for method, path, body, status in asked:
        answer = await http.request(method, path, json=body) if body is not None else await http.request(method, path)
        assert answer.status_code == status, (path, answer.text)
        documented(method, path, answer)
    for name, status in (("shop", 200), ("none", 404)):
        answer = await http.get(f"/api/v1/sites/{name}")
        assert answer.status_code == status
        documented("GET", "/api/v1/sites/{site}", answer)
    for key, status in (("wang", 200), ("nobody", 404)):
        answer = await http.get("/demo/token", params={"customer": key})
        assert answer.status_code == status
        documented("GET", "/demo/token", answer)
