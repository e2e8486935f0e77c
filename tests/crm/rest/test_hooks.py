"""Covers hub/crm/rest/hooks.py: who calls, and what changed."""

import base64
import hmac
import json
import math
from typing import Any

import pytest

from hub.crm.rest.format_hooks import Signature
from hub.crm.rest.hooks import MOST_DEEP, called_at, check
from hub.model.crm import CustomerKeys, TicketDraft
from hub.model.errors import BadRequest, CrmLacks, CrmUnavailable, Forbidden
from tests.crm.rest.acts import HOOK_SECRET, NOW, Noted
from tests.crm.rest.conftest import Connect
from tests.crm.rest.server import Crm, signed

AT = NOW // 1000


def called(told: Any, at: int = AT, secret: str = HOOK_SECRET) -> tuple[dict[str, str], bytes]:
    body = json.dumps(told, ensure_ascii=False).encode()
    return {"x-signature": signed(body, secret, at)}, body


def ticket(**more: Any) -> dict[str, Any]:
    told = {"contact_id": "cust_wang", "ticket_no": "TT1", "ticketstatus": "Resolved", "comment": "done", **more}
    return {"event": "ticket.updated", "id": "e1", "at": "2026-11-25T10:00:00", "ticket": told}


async def test_a_changed_ticket_is_news(connect: Connect) -> None:
    it = await connect("rest")
    headers, body = called(ticket(description="leaks"))
    [news] = await it.news(headers, body, NOW)
    assert (news.kind, news.external_id, news.ref, news.status) == ("ticket", "cust_wang", "TT1", "solved")
    assert (news.text, news.id, news.echo_of) == ("done", "e1", "")
    assert news.at == 1_795_572_000_000  # 10:00 in Shanghai


async def test_a_customer_whom_the_webhook_calls_by_the_crms_own_id(connect: Connect) -> None:
    it = await connect("rest")
    await it.find_customer(CustomerKeys(external_id="cust_wang"))
    headers, body = called(ticket(contact_id="12x1", description=""))
    assert [one.external_id for one in await it.news(headers, body, NOW)] == ["cust_wang"]


async def test_what_we_wrote_ourselves_is_recognised(connect: Connect, crm: Crm) -> None:
    it = await connect("rest")
    await it.create_ticket("cust_wang", TicketDraft(subject="s"), "the marker")
    headers, body = called(ticket(description=crm.tables["HelpDesk"][0]["description"]))
    assert [one.echo_of for one in await it.news(headers, body, NOW)] == ["the marker"]


async def test_a_webhook_that_has_only_ids_is_fetched(connect: Connect, crm: Crm) -> None:
    it = await connect("rest")
    headers, body = called({"event": "order.changed", "id": "e2", "orders": [{"id": "SOA-3"}, {"id": "gone"}]})
    [news] = await it.news(headers, body, NOW)
    assert (news.kind, news.ref, news.status, news.id) == ("order", "A-3", "shipped", "e2:SOA-3")


@pytest.mark.parametrize("status", [["x"], {"is": "x"}, []])
async def test_one_odd_change_does_not_keep_the_others_from_being_told(
    connect: Connect, crm: Crm, noted: Noted, status: Any
) -> None:
    """It will be as odd when the CRM calls again: were the call refused, the others would never be told."""
    it = await connect("rest")
    crm.tables["SalesOrder"][0]["sostatus"] = status
    odd, good = crm.tables["SalesOrder"][0]["id"], crm.tables["SalesOrder"][1]["id"]
    told = {"event": "order.changed", "id": "e2", "orders": [{"id": odd}, {"id": {"is": odd}}, {"id": good}]}
    assert [one.id for one in await it.news(*called(told), NOW)] == [f"e2:{good}"]
    assert noted.drifts


async def test_a_record_that_is_fetched_and_no_use_does_not_keep_the_others_either(
    connect: Connect, crm: Crm, noted: Noted
) -> None:
    it = await connect(
        "rest", lambda text: text.replace('take: {order: "$"}', "take: {order: '$uppercase(sostatus) ? $'}")
    )
    crm.tables["SalesOrder"][0]["sostatus"] = ["x"]
    odd, good, *_ = (row["id"] for row in crm.tables["SalesOrder"])
    told = {"event": "order.changed", "id": "e2", "orders": [{"id": odd}, {"id": good}]}
    assert [one.id for one in await it.news(*called(told), NOW)] == [f"e2:{good}"]
    assert [where[:2] for where in noted.drifts] == [("news", "take")]


async def test_a_record_that_the_hub_may_not_read_is_left_out(connect: Connect, crm: Crm, noted: Noted) -> None:
    it = await connect("rest")
    other, good, *_ = (row["id"] for row in crm.tables["SalesOrder"])
    told = {"event": "order.changed", "id": "e2", "orders": [{"id": other}, {"id": good}]}
    await it.news(*called(told), NOW)  # signed in
    crm.once = ["403"]
    assert [one.id for one in await it.news(*called(told), NOW)] == [f"e2:{good}"]
    assert noted.drifts == [("news", "order", "incomplete")]


async def test_while_a_record_can_not_be_fetched_the_crm_calls_again(connect: Connect, crm: Crm) -> None:
    it = await connect("rest")
    told = {"event": "order.changed", "id": "e2", "orders": [{"id": row["id"]} for row in crm.tables["SalesOrder"]]}
    crm.mischief = {"500"}
    with pytest.raises(CrmUnavailable):
        await it.news(*called(told), NOW)


@pytest.mark.parametrize("at", [{"is": 1}, [1, 2], 1e999, -1e999, math.nan, 10**400, "²²²²²²²²²²", "1" * 5_000, True])
async def test_a_change_at_no_time_is_left_out(connect: Connect, noted: Noted, at: Any) -> None:
    it = await connect("rest")
    headers, body = called({**ticket(), "at": at})
    assert await it.news(headers, body, NOW) == []
    assert ("news", "ticket", "no_time") in noted.drifts or ("news", "ticket", "no_text") in noted.drifts


async def test_half_an_emoji_is_told_as_a_question_mark(connect: Connect) -> None:
    it = await connect("rest")
    told = json.dumps(ticket(comment="done 👍")).replace("\\udc4d", "").encode()
    [news] = await it.news({"x-signature": signed(told, HOOK_SECRET, AT)}, told, NOW)
    assert news.text == "done ?"


@pytest.mark.parametrize("missing", [{"ticketstatus": ""}, {"ticketstatus": None}, {}])
async def test_a_status_that_is_missing_is_no_news(connect: Connect, noted: Noted, missing: dict[str, Any]) -> None:
    """What a map says of words that it does not list is not what the CRM said."""
    it = await connect("rest")
    told = ticket()
    del told["ticket"]["ticketstatus"]
    told["ticket"] |= missing
    assert await it.news(*called(told), NOW) == []
    assert noted.drifts == [("news", "ticket", "incomplete")]


async def test_what_is_not_mapped_says_nothing(connect: Connect) -> None:
    it = await connect("rest")
    assert await it.news(*called({"event": "contact.deleted"}), NOW) == []
    with pytest.raises(CrmLacks):
        await (await connect("challenge")).news({}, b"{}", NOW)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"{}"),
        ({"x-signature": ""}, b"{}"),
        ({"x-signature": f"t={AT},v1="}, b"{}"),
        ({"x-signature": "t=soon,v1=00"}, b"{}"),
        (called({}, secret="wrong")),
        (called({}, at=AT - 301)),
        (called({}, at=AT + 301)),
        (called({})[0], b'{"changed": 1}'),
    ],
)
async def test_who_can_not_prove_it_is_turned_away(connect: Connect, headers: dict[str, str], body: bytes) -> None:
    it = await connect("rest")
    with pytest.raises(Forbidden):
        await it.news(headers, body, NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b"\xff",
        b"[" * (MOST_DEEP + 1) + b"]" * (MOST_DEEP + 1),
        b"[" * 5_000 + b"]" * 5_000,
        b'{"ticket":' * 5_000 + b"1" + b"}" * 5_000,
        b"1" * 5_000,
    ],
    ids=["no JSON", "no UTF-8", "a little too deep", "deep lists", "deep objects", "a number of 5,000 digits"],
)
async def test_a_signed_body_that_can_not_be_read(connect: Connect, body: bytes) -> None:
    it = await connect("rest")
    with pytest.raises(BadRequest):
        await it.news({"x-signature": signed(body, HOOK_SECRET, AT)}, body, NOW)


def test_an_address_that_is_signed_too() -> None:
    """The CRM was given one address; what is signed for another is not for us. A body's braces are only its own."""
    how = Signature(kind="hmac", header="X-Sign", signed="POST{url}{body}{t}", time_header="X-Time", secret="")  # type: ignore[arg-type]
    body, url = b'{"a":"{url}{t}"}', "https://hub.example.com/api/v1/crm/erp/news"
    signed = b"POST" + url.encode() + body + str(AT).encode()
    headers = {"x-sign": hmac.new(b"s", signed, "sha256").hexdigest(), "x-time": str(AT), "host": "hub.example.com"}
    assert called_at("erp", headers) == url
    check(how, "s", headers, body, NOW, url)
    for other in ("https://other.example.com/api/v1/crm/erp/news", ""):
        with pytest.raises(Forbidden):
            check(how, "s", headers, body, NOW, other)


def test_standard_webhooks() -> None:
    """The signature of https://www.standardwebhooks.com; one of several is enough while a secret is changed."""
    how = Signature(kind="standard_webhooks", secret="")  # type: ignore[arg-type]
    raw, body = b"0123456789abcdef", b'{"a":1}'
    mine = base64.b64encode(hmac.new(raw, f"msg_1.{AT}.".encode() + body, "sha256").digest()).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(AT), "webhook-signature": f"v1,bm8= v1,{mine}"}
    secret = "whsec_" + base64.b64encode(raw).decode()
    check(how, secret, headers, body, NOW)
    for odd in ({"webhook-id": "msg_2"}, {"webhook-signature": f"v2,{mine}"}, {"webhook-timestamp": str(AT - 400)}):
        with pytest.raises(Forbidden):
            check(how, secret, headers | odd, body, NOW)


def test_a_plain_digest_and_a_token() -> None:
    github = Signature(kind="hmac", header="X-Hub-Signature-256", prefix="sha256=", secret="")  # type: ignore[arg-type]
    digest = hmac.new(b"s", b"body", "sha256").hexdigest()
    check(github, "s", {"x-hub-signature-256": f"sha256={digest}"}, b"body", NOW)
    token = Signature(kind="token", header="X-Token", secret="")  # type: ignore[arg-type]
    check(token, "s", {"x-token": "s"}, b"", NOW)
    for how, headers in ((github, {"x-hub-signature-256": "sha256=00"}), (token, {"x-token": "t"}), (token, {})):
        with pytest.raises(Forbidden):
            check(how, "s", headers, b"body", NOW)
    with pytest.raises(Forbidden):  # a secret that is not set lets nobody in
        check(token, "", {"x-token": ""}, b"", NOW)
