"""Salesforce's front without the hub: its data."""

from collections.abc import Mapping
from typing import Any

from tests.crm.cast import CUSTOMERS, PRODUCT
from tests.crm.fronts.salesforce import Salesforce
from tests.crm.fronts.soql import Record


class SalesforceAsked:
    name = "salesforce"
    edited = "emails"
    orders: Mapping[str, str] = {person["external_id"]: person["order"] for person in CUSTOMERS}

    def __init__(self, front: Salesforce, url: str) -> None:
        """`url`: Prism's. The cast is put in."""
        self.front = front
        self.url = url
        product = front.add("Product2", {"Name": PRODUCT["name"], "ProductCode": PRODUCT["sku"]})
        for person in CUSTOMERS:
            address = person["address"]
            own = {"MailingStreet": address["street"], "MailingCity": address["city"]}
            contact = self.add_person(person, MailingPostalCode=address["postal_code"], **own)
            total = float(PRODUCT["price"]) * person["quantity"]
            order = {"OrderNumber": f"0000{len(front.records['Order']) + 1}", "OrderReferenceNumber": person["order"]}
            order |= {"EffectiveDate": "2026-11-22", "Status": "Activated", "TotalAmount": total}
            bought = front.add("Order", order | {"BillToContactId": contact})
            item = {"OrderId": bought, "Product2Id": product, "Quantity": float(person["quantity"])}
            front.add("OrderItem", item | {"UnitPrice": float(PRODUCT["price"])})

    @property
    def secrets(self) -> dict[str, str]:
        tokens = self.front.tokens
        return {
            "SALESFORCE_URL": self.url,
            "SALESFORCE_CLIENT_ID": tokens.client_id,
            "SALESFORCE_CLIENT_SECRET": tokens.client_secret,
            "SALESFORCE_REFRESH_TOKEN": tokens.refresh_token,
        }

    def add_person(self, person: Mapping[str, Any], **more: str) -> str:
        """Their id. The number stands there as people type it."""
        phone = person["phone"]
        typed = f"({phone[3:6]}) {phone[6:10]}-{phone[10:]}" if phone.startswith("+86") else phone
        fields = {"FirstName": person["given"], "LastName": person["surname"], "Email": person["email"]}
        return self.front.add(
            "Contact", fields | {"MobilePhone": typed, "CustomerNumber__c": person["external_id"], **more}
        )

    def filterless(self, text: str, part: str) -> str:
        self.front.faults.everybody = True
        return text

    # --- its data -----------------------------------------------------------------------------------------------

    def _contact(self, who: str) -> str:
        [contact] = self.front.having("Contact", CustomerNumber__c=who)
        return str(contact["Id"])

    def tickets(self, who: str) -> list[tuple[str, str]]:
        return [(it["Subject"], it["Status"]) for it in self.front.having("Case", ContactId=self._contact(who))]

    def comments(self, who: str) -> list[str]:
        cases = self.front.having("Case", ContactId=self._contact(who))
        return [it["CommentBody"] for case in cases for it in self.front.having("CaseComment", ParentId=case["Id"])]

    def notes(self, who: str) -> list[str]:
        return [it["Description"] for it in self._tasks(who, "Completed")]

    def tasks(self, who: str) -> list[str]:
        return [it["Subject"] for it in self._tasks(who, "Not Started")]

    def _tasks(self, who: str, status: str) -> list[Record]:
        return self.front.having("Task", WhoId=self._contact(who), Status=status)

    def leads(self, name: str, contact: str) -> int:
        leads = self.front.having("Lead", LastName=name)
        return len([it for it in leads if contact in (it.get("Email"), it.get("Phone"))])

    def tags(self, who: str) -> list[str]:
        assigned = self.front.having("TopicAssignment", EntityId=self._contact(who))
        return [str(self.front.records["Topic"][it["TopicId"]]["Name"]) for it in assigned]

    def noticed(self, who: str) -> list[str]:
        [contact] = self.front.having("Contact", CustomerNumber__c=who)
        fields = ("OneThreadIntent__c", "OneThreadSentiment__c", "OneThreadUrgency__c", "OneThreadLanguage__c")
        return [str(contact[name]) for name in fields if contact.get(name) is not None]
