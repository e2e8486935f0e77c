"""What goes wrong with CRMs in the cloud: tokens end, limits are met, answers are lost, what was written is not found
yet, and what is to be made is there already.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from hub.crm.rest.connector import RestCrm
from hub.model.crm import CustomerKeys, LeadDraft, TicketDraft
from hub.model.errors import CrmRefused, CrmUnavailable
from tests.crm.acceptance import her
from tests.crm.asked import connected
from tests.crm.cast import LIU, WANG
from tests.crm.conftest import NOW

pytestmark = pytest.mark.servers

__all__ = ["her"]
WANGS = WANG["external_id"]
Write = Callable[[RestCrm, str, str], Awaitable[Any]]
TICKET, TASK = TicketDraft(subject="漏水"), "明天 10 点回电"
LEAD = LeadDraft(name="Siobhán O'Neil", contact="lost@example.com", interest="RV9")

WRITES: dict[str, Write] = {
    "ticket": lambda crm, who, marker: crm.create_ticket(who, TICKET, marker),
    "note": lambda crm, who, marker: crm.add_note(who, "transcript", "transcript", marker),
    "task": lambda crm, who, marker: crm.add_task(who, TASK, NOW, marker),
    "lead": lambda crm, who, marker: crm.create_lead(LEAD, marker),
    "tag": lambda crm, who, marker: crm.tag(who, ("VIP",), marker),
}


def counted(asked: Any, who: str) -> dict[str, int]:
    leads = asked.leads(LEAD.name, LEAD.contact)
    kinds = {"ticket": asked.tickets, "note": asked.notes, "task": asked.tasks, "tag": asked.tags}
    return {kind: len(ask(who)) for kind, ask in kinds.items()} | {"lead": leads}


# --- tokens -----------------------------------------------------------------------------------------------------


async def test_ten_calls_with_an_expired_token_refresh_it_once(crm: RestCrm, asked: Any) -> None:
    await crm.orders(WANGS)
    tokens = asked.front.tokens
    before = tokens.refreshed
    tokens.expire()
    orders = await asyncio.gather(*(crm.orders(who) for who in (WANGS, LIU["external_id"]) for _ in range(5)))
    assert [len(one) for one in orders] == [1] * 10
    assert tokens.refreshed == before + 1


async def test_two_processes_refresh_it_once(crm: RestCrm, asked: Any, tmp_path: Path) -> None:
    async with connected(asked, tmp_path) as other:
        await asyncio.gather(crm.orders(WANGS), other.orders(WANGS))
        tokens = asked.front.tokens
        before = tokens.refreshed
        tokens.expire()
        await asyncio.gather(*(one.orders(WANGS) for one in (crm, other) for _ in range(5)))
        assert tokens.refreshed == before + 1


async def test_a_token_that_is_refused_says_so_and_is_not_asked_for_for_ever(crm: RestCrm, asked: Any) -> None:
    asked.front.tokens.refresh_token = "another"
    with pytest.raises(CrmRefused):
        await crm.find_customer(CustomerKeys(external_id=WANGS))
    assert asked.front.requests == []


# --- limits -----------------------------------------------------------------------------------------------------


async def test_a_look_up_waits_as_long_as_it_is_told_to(crm: RestCrm, asked: Any) -> None:
    await crm.orders(WANGS)
    asked.front.faults.limit, asked.front.faults.retry_after = 1, 1
    [order] = await crm.orders(WANGS)
    waited = time.monotonic() - asked.front.limited_at[0]
    assert (order.number, waited >= 1) == (asked.orders[WANGS], True)


async def test_a_write_over_the_limit_is_told_when_to_come_again(crm: RestCrm, asked: Any, her: str) -> None:
    await crm.notes(her)
    asked.front.faults.limit, asked.front.faults.retry_after = 1, 2
    with pytest.raises(CrmUnavailable) as told:
        await crm.add_note(her, "later", "note", "limited-1")
    assert told.value.retry_after == 2
    await crm.add_note(her, "later", "note", "limited-1")  # too early: it waits before it asks
    assert time.monotonic() - asked.front.limited_at[0] >= 2
    assert len(asked.notes(her)) == 1


# --- lost answers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(WRITES))
async def test_a_write_whose_answer_was_lost_is_there_once(crm: RestCrm, asked: Any, her: str, kind: str) -> None:
    before = counted(asked, her)
    asked.front.faults.lost = 1
    if kind == "tag":
        await crm.orders(her)
    with pytest.raises(CrmUnavailable):
        await WRITES[kind](crm, her, "lost-1")
    await WRITES[kind](crm, her, "lost-1")
    assert counted(asked, her) == before | {kind: 1}


async def test_another_process_takes_over_a_write_whose_answer_was_lost(
    crm: RestCrm, asked: Any, her: str, tmp_path: Path
) -> None:
    asked.front.faults.lost = 1
    with pytest.raises(CrmUnavailable):
        await crm.create_ticket(her, TICKET, "taken-1")
    async with connected(asked, tmp_path) as other:
        made = await other.create_ticket(her, TICKET, "taken-1")
        assert [ticket.number for ticket in await other.tickets(her)] == [made.number]
    assert len(asked.tickets(her)) == 1


# --- what is there already, and what is not found yet -------------------------------------------------------------


async def test_a_lead_whose_address_is_there_stands_for_it_and_is_not_changed(crm: RestCrm, asked: Any) -> None:
    known = await crm.create_lead(LEAD, "lead-1")
    other = LEAD.model_copy(update={"name": "Somebody Else", "interest": "other"})
    found = await crm.create_lead(other, "lead-2")
    assert found.source_id == known.source_id
    assert (asked.leads(LEAD.name, LEAD.contact), asked.leads("Somebody Else", LEAD.contact)) == (1, 0)


async def test_what_search_does_not_show_yet_is_not_written_twice(crm: RestCrm, asked: Any, her: str) -> None:
    """HubSpot's search knows of nothing that is new; Salesforce's queries don't lag."""
    if asked.name != "hubspot":
        pytest.skip("its queries don't lag")
    asked.front.lag = 3
    lead = LEAD.model_copy(update={"contact": "+8613500001111"})
    before = counted(asked, her)
    for write in (*(WRITES[kind] for kind in ("ticket", "note", "task")), lambda *_: crm.create_lead(lead, "lag-1")):
        asked.front.faults.lost = 1
        with pytest.raises(CrmUnavailable):
            await write(crm, her, "lag-1")
        await write(crm, her, "lag-1")
    assert counted(asked, her) == before | {"ticket": 1, "note": 1, "task": 1}
    assert asked.leads(lead.name, lead.contact) == 1
    keys = CustomerKeys(phones=(lead.contact,))
    seen = [len(await crm.find_customer(keys)) for _ in range(4)]
    assert seen == [0, 0, 0, 1]
