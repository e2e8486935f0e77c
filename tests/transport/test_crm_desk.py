"""Covers hub/transport/crm_desk.py and hub/services/crm_asks.py: from an agent's request to the CRM and back."""

from typing import Any

import pytest

from hub.crm.samples import samples
from hub.model.crm import CustomerKeys, TicketChange, TicketDraft
from tests.running import Frame, fresh_id
from tests.transport.inside import Caller, Inside, account, device

WANG = "cust_wang"
FUTURE = 2**50


async def served(working: Inside, *who: Any) -> tuple[Caller, Caller, str]:
    agent = await working.agent()
    customer, conversation = await working.served(agent, *(who or (account(WANG),)))
    return agent, customer, conversation


async def asked(agent: Caller, conversation: str, t: str, **d: Any) -> Frame:
    """Ask; the event that says how it went."""
    ref = fresh_id()
    answer = await agent.ask(t, ref, conversation=conversation, **d)
    assert answer["t"] == "ack", answer
    assert answer["d"] == {"effect": ref}
    return await agent.until(
        lambda f: f["t"] == "event" and f["type"] in ("effect.done", "effect.failed") and f["d"]["effect"] == ref,
        seen=True,
    )


async def test_a_ticket_from_the_request_to_the_customers_thread_and_the_panel(working: Inside) -> None:
    agent, customer, conversation = await served(working)
    before = {t.number for t in await working.crm.tickets(WANG)}
    done = await asked(
        agent, conversation, "ticket.create", subject="漏水", body="底座", priority="high", order_ref="A"
    )
    [made] = [t for t in await working.crm.tickets(WANG) if t.number not in before]
    assert (done["type"], done["d"]["ref"], made.priority, made.body) == ("effect.done", made.number, "high", "底座")
    opened = await customer.event("ticket.opened", number=made.number, seen=True)
    assert opened["d"]["subject"] == "漏水"
    panel = await agent.until(
        lambda f: f["t"] == "context" and made.number in [t["number"] for t in f["d"]["tickets"]], seen=True
    )
    assert panel["d"]["sources"][0]["crm"] == "local"
    assert not [f for f in customer.received if f["t"] == "event" and f["type"].startswith("effect.")]


async def test_a_ticket_is_changed(working: Inside) -> None:
    agent, customer, conversation = await served(working)
    number = (await working.crm.create_ticket(WANG, TicketDraft(subject="s"), "m")).number
    change = {"number": number, "status": "solved", "comment": "sent a new one"}
    assert (await asked(agent, conversation, "ticket.update", **change))["type"] == "effect.done"
    await customer.event("ticket.changed", number=number, status="solved", seen=True)


async def test_another_customers_ticket_is_refused_as_if_it_were_not_there(working: Inside) -> None:
    agent, _, conversation = await served(working)
    foreign = (await working.crm.create_ticket("cust_smith", TicketDraft(subject="his"), "m")).number
    for number in (foreign, "T0000-00000"):
        answer = await agent.ask("ticket.update", conversation=conversation, number=number, status="closed")
        assert answer["code"] == "not_found"
    kept = next(t for t in await working.crm.tickets("cust_smith") if t.number == foreign)
    assert kept.status == "open"


async def test_a_to_do_a_lead_and_an_edit(working: Inside) -> None:
    agent, _, conversation = await served(working)
    wang = next(it for it in samples().customers if it.external_id == WANG)
    for t, d in (
        ("task.add", {"title": "回电", "due": FUTURE}),
        ("lead.create", {"name": "Ana", "contact": "a@x.cn", "interest": "RV9"}),
        ("customer.edit", {"changes": [{"field": "company", "was": wang.company, "now": "O'Neil & 欧阳"}]}),
    ):
        done = await asked(agent, conversation, t, **d)
        assert (done["type"], done["d"]["degraded"], bool(done["d"]["ref"])) == ("effect.done", "", True)
    [found] = await working.crm.find_customer(CustomerKeys(external_id=WANG))
    assert found.company == "O'Neil & 欧阳"


async def test_of_two_agents_who_edit_one_field_the_second_is_told_which(working: Inside) -> None:
    agent, _, conversation = await served(working)
    wang = next(it for it in samples().customers if it.external_id == WANG)
    edit = {"field": "name", "was": wang.name}
    assert (await asked(agent, conversation, "customer.edit", changes=[{**edit, "now": "first"}]))[
        "type"
    ] == "effect.done"
    failed = await asked(agent, conversation, "customer.edit", changes=[{**edit, "now": "second"}])
    assert (failed["type"], failed["d"]["why"], failed["d"]["detail"]) == ("effect.failed", "crm_conflict", "name")
    [found] = await working.crm.find_customer(CustomerKeys(external_id=WANG))
    assert found.name == "first"


@pytest.mark.parametrize(
    ("t", "d", "code"),
    [
        ("customer.edit", {"changes": [{"field": "name", "was": "x", "now": " "}]}, "bad_request"),
        ("customer.edit", {"changes": [{"field": "points", "now": "9"}]}, "bad_request"),
        ("customer.edit", {"changes": []}, "bad_frame"),
        ("ticket.create", {"subject": " "}, "bad_request"),
        ("ticket.create", {"subject": "s", "priority": "very"}, "bad_frame"),
        ("task.add", {"title": "t", "due": 1}, "bad_request"),
        ("lead.create", {"name": "", "contact": " "}, "bad_request"),
    ],
)
async def test_what_makes_no_sense_is_refused_at_once(working: Inside, t: str, d: Frame, code: str) -> None:
    agent, _, conversation = await served(working)
    answer = await agent.ask(t, conversation=conversation, **d)
    assert answer.get("code") in (code, "bad_request"), answer


async def test_a_colleague_who_does_not_have_it_may_not_and_a_supervisor_may(working: Inside) -> None:
    anna = await working.agent("anna")
    _, conversation = await working.served(anna, account(WANG))
    liming = await working.agent()
    assert (await liming.ask("ticket.create", conversation=conversation, subject="s"))["code"] == "not_owner"
    agent, _, other = await served(working, account("cust_smith"))
    assert agent
    acked = await anna.ask("ticket.create", conversation=other, subject="s")
    assert acked["t"] == "ack"


async def test_who_is_unknown_to_the_crm_has_a_lead_and_no_fields_to_edit(working: Inside) -> None:
    agent, _, conversation = await served(working, device("guest"))
    done = await asked(agent, conversation, "ticket.create", subject="wants a kettle")
    assert (done["type"], done["d"]["degraded"]) == ("effect.done", "lead")
    edit = await agent.ask("customer.edit", conversation=conversation, changes=[{"field": "name", "now": "x"}])
    assert edit["code"] == "not_found"


async def test_the_same_request_again_is_one_effect(working: Inside) -> None:
    agent, _, conversation = await served(working)
    before, ref = len(await working.crm.tickets(WANG)), fresh_id()
    answers = [await agent.ask("ticket.create", ref, conversation=conversation, subject="once") for _ in range(3)]
    assert [a.get("dup", False) for a in answers] == [False, True, True]
    await agent.event("effect.done", effect=ref, seen=True)
    assert len(await working.crm.tickets(WANG)) == before + 1


async def test_effects_are_carried_in_the_order_of_the_log(working: Inside) -> None:
    agent, _, conversation = await served(working)
    number = (await working.crm.create_ticket(WANG, TicketDraft(subject="s"), "m")).number
    await agent.ask("context.refresh", conversation=conversation)
    refs = [fresh_id() for _ in range(6)]
    for n, ref in enumerate(refs):
        status = ("pending", "open")[n % 2]
        await agent.ask("ticket.update", ref, conversation=conversation, number=number, status=status)
    await agent.event("effect.done", effect=refs[-1], seen=True)
    done = [f["d"]["effect"] for f in agent.events if f["type"] == "effect.done"]
    assert done == refs
    kept = next(t for t in await working.crm.tickets(WANG) if t.number == number)
    assert kept.status == "open"
    assert (await working.crm.update_ticket(WANG, number, TicketChange(), "m2")).status == "open"


async def test_drafts_for_the_agent_who_writes(working: Inside) -> None:
    agent, customer, conversation = await served(working)
    await customer.say("我的快递到哪了")
    answer = await agent.ask("draft.suggest", conversation=conversation)
    drafts = answer["d"]["suggestions"]
    assert drafts[0]["why"] == "logistics"
    assert all(set(each) == {"text", "why"} for each in drafts)
    assert not [f for f in customer.events if f["by"]["kind"] == "agent" and f["type"] == "message.created"]


async def test_a_draft_shows_nothing_of_an_account_that_nobody_has_proven(working: Inside) -> None:
    agent, customer, conversation = await served(working, device("guest"))
    await customer.say("我的快递到哪了，我是王丽 13800001234")
    drafts = (await agent.ask("draft.suggest", conversation=conversation))["d"]["suggestions"]
    numbers = [o.number for o in await working.crm.orders(WANG)]
    assert not [n for n in numbers for each in drafts if n in each["text"]]
