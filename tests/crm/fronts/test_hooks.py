"""HubSpot's webhooks by the shipped file: signed as its documentation says, about whom its API says."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from hub.crm.rest.connector import RestCrm
from hub.model.crm import CustomerKeys, TicketDraft
from hub.model.errors import CrmLacks, Forbidden
from tests.crm.cast import WANG
from tests.crm.conftest import NOW

pytestmark = pytest.mark.servers

WANGS = WANG["external_id"]
HOST = "talk.example.com"


@pytest.fixture
def hubspot(crm: RestCrm) -> RestCrm:
    if crm.name != "hubspot":
        pytest.skip("Salesforce has no webhook with a signature: see the next test")
    return crm


def called(asked: Any, *changes: dict[str, Any], at: int = NOW) -> tuple[dict[str, str], bytes]:
    """As HubSpot calls: https://developers.hubspot.com/docs/api/webhooks/validating-requests, version 3."""
    body = json.dumps(changes).encode()
    signed = f"POSThttps://{HOST}/api/v1/crm/hubspot/news".encode() + body + str(at).encode()
    digest = hmac.new(asked.secrets["HUBSPOT_CLIENT_SECRET"].encode(), signed, hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    return {"host": HOST, "x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": str(at)}, body


def change(kind: str, object_id: str, name: str, value: str, **more: Any) -> dict[str, Any]:
    told = {"eventId": 1, "subscriptionId": 7, "portalId": 2, "appId": 3, "occurredAt": NOW - 500, "attemptNumber": 0}
    told |= {"subscriptionType": f"{kind}.propertyChange", "objectId": int(object_id), "changeSource": "CRM_UI"}
    return told | {"propertyName": name, "propertyValue": value, **more}


async def test_a_ticket_and_a_deal_that_moved_on_are_news_of_their_customer(hubspot: RestCrm, asked: Any) -> None:
    await hubspot.find_customer(CustomerKeys(external_id=WANGS))
    made = await hubspot.create_ticket(WANGS, TicketDraft(subject="漏水"), "m1")
    [deal] = asked.front.having("deals", dealname=asked.orders[WANGS])
    headers, body = called(
        asked,
        change("ticket", made.number, "hs_pipeline_stage", "4"),
        change("deal", deal.id, "dealstage", "shipped"),
        change("object", made.number, "hs_pipeline_stage", "2", objectTypeId="0-5", occurredAt=NOW - 400),
        change("ticket", made.number, "subject", "leaks"),
        change("ticket", "999999", "hs_pipeline_stage", "4"),
    )
    told = sorted(await hubspot.news(headers, body, NOW), key=lambda it: (it.kind, it.at))
    assert [(it.kind, it.external_id, it.ref, it.status, it.at) for it in told] == [
        ("order", WANGS, asked.orders[WANGS], "shipped", NOW - 500),
        ("ticket", WANGS, made.number, "solved", NOW - 500),
        ("ticket", WANGS, made.number, "pending", NOW - 400),
    ]
    assert len({it.id for it in told}) == 3
    assert {it.echo_of for it in told} == {"m1", ""}, "the ticket was ours, the deal was not"
    assert await hubspot.news(headers, body, NOW) == await hubspot.news(headers, body, NOW), "told again it is the same"


async def test_who_can_not_sign_as_hubspot_does_is_turned_away(hubspot: RestCrm, asked: Any) -> None:
    headers, body = called(asked, change("ticket", "1", "hs_pipeline_stage", "4"))
    late, its = called(asked, change("ticket", "1", "hs_pipeline_stage", "4"), at=NOW - 301_000)
    for odd, told in (
        (headers | {"host": "elsewhere.example.com"}, body),
        (headers, body.replace(b"hs_pipeline_stage", b"hs_pipeline_staga")),
        (headers | {"x-hubspot-request-timestamp": str(NOW + 1)}, body),
        (headers | {"x-hubspot-request-timestamp": "{body}"}, body),
        (headers | {"x-hubspot-signature-v3": ""}, body),
        (late, its),
    ):
        with pytest.raises(Forbidden):
            await hubspot.news(odd, told, NOW)


async def test_salesforce_tells_nothing(crm: RestCrm, asked: Any) -> None:
    """Its outbound messages are XML without a signature: docs/crm-connectors.md."""
    if crm.name == "salesforce":
        with pytest.raises(CrmLacks):
            await crm.news({}, b"<notifications/>", NOW)
