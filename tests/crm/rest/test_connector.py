"""Covers hub/crm/rest/connector.py: a CRM of the challenge kind, as the port sees it."""

from hub.model.crm import CustomerKeys

from .conftest import Connect


async def test_first(connect: Connect) -> None:
    it = await connect()
    [found] = await it.find_customer(CustomerKeys(emails=("wang.li@example.com",)))
    print(found)
    print(await it.orders("cust_wang"))
    from hub.model.crm import FieldChange, LeadDraft, TicketChange, TicketDraft

    t = await it.create_ticket("cust_wang", TicketDraft(subject="漏水 O'Neil"), "m1")
    print(t)
    print(await it.tickets("cust_wang"))
    print(await it.update_ticket("cust_wang", t.number, TicketChange(status="solved", comment="x' or 1=1"), "m2"))
    print(await it.add_note("cust_wang", "body", "transcript", "m3"), await it.notes("cust_wang"))
    await it.tag("cust_wang", ("VIP",), "m4")
    print(await it.create_lead(LeadDraft(name="A", contact="a@b.c"), "m5"))
    print(await it.update_customer("cust_wang", (FieldChange(field="company", was="", now="爱可美"),), "m6"))
