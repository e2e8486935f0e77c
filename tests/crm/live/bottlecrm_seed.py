"""Fills a new BottleCRM through its own API: a token for the hub, the custom fields that the mapping file uses, the
cast, each with a company and an invoice (which stands for an order: BottleCRM's orders have no API).
"""

from typing import Any

import httpx

from tests.crm.cast import CUSTOMERS, PRODUCT

PATIENCE_S = 120.0
FIELDS = (
    ("Contact", "external_id", "Customer number"),
    *((model, "onethread_mark", "OneThread") for model in ("Case", "Task", "Lead")),
    *(("Contact", f"onethread_{what}", f"Session: {what}") for what in ("intent", "sentiment", "urgency", "language")),
)


def fill(url: str, session: str) -> str:
    """The hub's personal access token. `session` is a signed-in administrator's."""
    with httpx.Client(base_url=f"{url}/api", headers={"Authorization": f"Bearer {session}"}, timeout=PATIENCE_S) as api:
        token = str(_add(api, "/profile/tokens/", {"name": "hub", "scopes": []})["token"])
        for model, key, label in FIELDS:
            field = {"target_model": model, "key": key, "label": label, "field_type": "text"}
            _add(api, "/custom-fields/", field)
        tags = {name: _add(api, "/tags/", {"name": name, "color": "blue"})["tag"]["id"] for name in ("Gold", "VIP")}
        for person in CUSTOMERS:
            contact = _a_contact(api, person, [tags[name] for name in person["tags"]])
            _an_order(api, person, contact)
    return token


def _a_contact(api: httpx.Client, person: dict[str, Any], tags: list[str]) -> str:
    values = {
        "first_name": person["given"],
        "last_name": person["surname"],
        "email": person["email"],
        "phone": person["phone"],
        "address_line": person["address"]["street"],
        "city": person["address"]["city"],
        "postcode": person["address"]["postal_code"],
        "tags": tags,
        "custom_fields": {"external_id": person["external_id"]},
    }
    return str(_add(api, "/contacts/", values)["id"])


def _an_order(api: httpx.Client, person: dict[str, Any], contact: str) -> None:
    account = _add(api, "/accounts/", {"name": f"{person['name']} ({person['order']})", "contacts": [contact]})["id"]
    values = {
        "account_id": account,
        "contact_id": contact,
        "invoice_title": person["order"],
        "status": "Sent",
        "currency": "CNY",
        "client_name": person["name"],
        "client_email": person["email"],
        "issue_date": "2026-11-22",
        "due_date": "2026-12-22",
        "line_items": [
            {"name": PRODUCT["name"], "quantity": person["quantity"], "unit_price": PRODUCT["price"], "order": 0}
        ],
    }
    _add(api, "/invoices/", values)


def _add(api: httpx.Client, path: str, values: dict[str, Any]) -> Any:
    response = api.post(path, json=values)
    assert response.is_success, f"{path} {response.status_code}: {response.text[:2000]}"
    return response.json()
