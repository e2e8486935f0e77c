"""HubSpot's front without the hub: its data."""

import html
import re
from collections.abc import Mapping
from typing import Any

from tests.crm.cast import CUSTOMERS, PRODUCT
from tests.crm.fronts.hubspot import HubSpot, Object


class HubSpotAsked:
    name = "hubspot"
    edited = "company"
    orders: Mapping[str, str] = {person["external_id"]: person["order"] for person in CUSTOMERS}

    def __init__(self, front: HubSpot, url: str) -> None:
        """`url`: Prism's. The cast is put in."""
        self.front = front
        self.url = url
        for person in CUSTOMERS:
            address = person["address"]
            own = {"address": address["street"], "city": address["city"], "zip": address["postal_code"]}
            contact = self.add_person(person, customer_tags=";".join(person["tags"]), **own)
            amount = f"{float(PRODUCT['price']) * person['quantity']:.2f}"
            deal = {"dealname": person["order"], "amount": amount, "dealstage": "closedwon"}
            front.add("deals", deal | {"deal_currency_code": "CNY"}, ("contacts", contact))

    @property
    def secrets(self) -> dict[str, str]:
        tokens = self.front.tokens
        return {
            "HUBSPOT_URL": self.url,
            "HUBSPOT_CLIENT_ID": tokens.client_id,
            "HUBSPOT_CLIENT_SECRET": tokens.client_secret,
            "HUBSPOT_REFRESH_TOKEN": tokens.refresh_token,
        }

    def add_person(self, person: Mapping[str, Any], **more: str) -> str:
        """Their id."""
        known = {"firstname": person["given"], "lastname": person["surname"], "email": person["email"]}
        number = {"customer_number": person["external_id"], "mobilephone": person["phone"]}
        return self.front.add("contacts", known | number | {name: value for name, value in more.items() if value})

    def filterless(self, text: str, part: str) -> str:
        self.front.faults.everybody = True
        return text

    # --- its data -----------------------------------------------------------------------------------------------

    def _contact(self, who: str) -> str:
        [contact] = self.front.having("contacts", customer_number=who)
        return contact.id

    def _of(self, kind: str, who: str) -> list[Object]:
        return self.front.of(kind, self._contact(who))

    def tickets(self, who: str) -> list[tuple[str, str]]:
        return [(it.properties["subject"], it.properties["hs_pipeline_stage"]) for it in self._of("tickets", who)]

    def comments(self, who: str) -> list[str]:
        tickets = {it.id for it in self._of("tickets", who)}
        on = [it for it in self.front.objects["notes"].values() if any(("tickets", one) in it.links for one in tickets)]
        return [html.unescape(it.properties["hs_note_body"]) for it in on]

    def notes(self, who: str) -> list[str]:
        return [it.properties["hs_note_body"] for it in self._of("notes", who)]

    def tasks(self, who: str) -> list[str]:
        return [it.properties["hs_task_subject"] for it in self._of("tasks", who)]

    def leads(self, name: str, contact: str) -> int:
        leads = self.front.having("contacts", firstname=name, lifecyclestage="lead")
        return len([it for it in leads if contact in (it.properties.get("email"), it.properties.get("phone"))])

    def tags(self, who: str) -> list[str]:
        [contact] = self.front.having("contacts", customer_number=who)
        return [tag for tag in re.split(";", contact.properties.get("customer_tags", "")) if tag]

    def noticed(self, who: str) -> list[str]:
        [contact] = self.front.having("contacts", customer_number=who)
        fields = ("onethread_intent", "onethread_sentiment", "onethread_urgency", "onethread_language")
        return [contact.properties[name] for name in fields if name in contact.properties]
