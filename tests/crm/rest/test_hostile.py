"""A CRM that does all that real ones were seen to do: nobody else's record is ever returned, nothing hangs, and what
went wrong is said in a sentence without people's words.
"""

import asyncio
import gc
import time
import warnings

import pytest

from hub.crm.rest.answers import Busy
from hub.crm.rest.connector import RestCrm
from hub.crm.rest.references import References
from hub.model.crm import CustomerKeys, TicketDraft
from hub.model.errors import CrmRefused, CrmUnavailable, NotFound, OneThreadError
from tests.chaos.proxy import Proxy
from tests.crm.rest.acts import NOW, Noted, secrets
from tests.crm.rest.conftest import Connect, mapped
from tests.crm.rest.server import Crm

WANG = CustomerKeys(emails=("wang.li@example.com",))
EVERYBODY = [
    CustomerKeys(external_id="cust_nobody"),
    CustomerKeys(emails=("nobody@example.com",)),
    CustomerKeys(phones=("+8613999999999",)),
    CustomerKeys(emails=("' or 1=1 --",)),
]


def quick(text: str) -> str:
    """A mapping that gives up soon, so that a test does not sit it out."""
    return text.replace("currency: CNY", "currency: CNY\nlimits: {timeout_s: 4, tries: 1, per_s: 500}")


@pytest.mark.parametrize("name", ["challenge", "rest"])
@pytest.mark.parametrize("keys", EVERYBODY, ids=str)
async def test_everybody_came_back_and_nobody_is_shown(
    connect: Connect, crm: Crm, name: str, keys: CustomerKeys
) -> None:
    crm.mischief.add("ignores filters")
    it = await connect(name)
    assert await it.find_customer(keys) == []
    assert it.sieve.came["customer"] > it.sieve.kept["customer"] == 0


@pytest.mark.parametrize("name", ["challenge", "rest"])
async def test_of_everybodys_records_only_the_customers_own_are_kept(connect: Connect, crm: Crm, name: str) -> None:
    it = await connect(name)
    theirs = await it.create_ticket("cust_liu", TicketDraft(subject="his"), "m1")
    await it.add_note("cust_liu", "his", "note", "m2")
    crm.mischief.add("ignores filters")
    [found] = await it.find_customer(WANG)
    assert found.external_id == "cust_wang"
    assert {order.number for order in await it.orders("cust_wang")} == {"A-1", "A-2", "A-3"}
    assert theirs.number not in {ticket.number for ticket in await it.tickets("cust_wang")}
    assert await it.notes("cust_wang") == []
    with pytest.raises(NotFound):
        await it.orders("cust_nobody")


@pytest.mark.parametrize(
    ("mischief", "error", "says"),
    [
        ("html", CrmUnavailable, "no JSON: a web page"),
        ("500", CrmUnavailable, "HTTP 500"),
        ("200 and error", CrmUnavailable, "DATABASE_QUERY_ERROR"),
        ("429", CrmUnavailable, "HTTP 429"),
        ("huge", CrmUnavailable, "larger than 2048 KiB"),
        ("another shape", CrmUnavailable, "no `result`"),
        ("array", CrmUnavailable, "no `result`"),
        ("never", CrmUnavailable, "no answer within 4 s"),
    ],
)
async def test_what_went_wrong_is_said(
    connect: Connect, crm: Crm, mischief: str, error: type[OneThreadError], says: str
) -> None:
    it = await connect("challenge", quick)
    await it.find_customer(WANG)  # signed in
    crm.mischief.add(mischief)
    with pytest.raises(error, match=says):
        await it.find_customer(WANG)


async def test_a_crm_that_can_not_be_reached(connect: Connect) -> None:
    it = await connect("challenge", lambda text: quick(text).replace("${CRM_URL}\n", "http://127.0.0.1:9\n", 1))
    with pytest.raises(CrmUnavailable, match="can't be reached"):
        await it.find_customer(WANG)


async def test_an_error_message_repeats_nothing_of_people(connect: Connect, crm: Crm) -> None:
    it = await connect("challenge")
    crm.mischief.add("refuses writes")
    with pytest.raises(CrmRefused) as refused:
        await it.create_ticket("cust_wang", TicketDraft(subject="secret subject"), "m1")
    assert "MANDATORY_FIELDS_MISSING" in refused.value.detail
    assert "wang.li" not in refused.value.detail


async def test_a_look_up_is_tried_again_and_a_short_retry_after_is_honoured(connect: Connect, crm: Crm) -> None:
    it = await connect("challenge")
    await it.find_customer(WANG)
    crm.once = ["500"]
    assert len(await it.find_customer(WANG)) == 1
    began = time.monotonic()
    crm.once = ["429"]
    assert len(await it.find_customer(WANG)) == 1
    assert time.monotonic() - began >= 1.0


async def test_a_long_retry_after_is_the_callers_to_wait_for(connect: Connect, crm: Crm) -> None:
    it = await connect("challenge")
    await it.find_customer(WANG)
    crm.once = ["429 for long"]
    with pytest.raises(Busy) as busy:
        await it.find_customer(WANG)
    assert busy.value.retry_after == 120
    calls = len(crm.seen)
    with pytest.raises(Busy):  # nor is the CRM asked in the meantime
        await it.find_customer(WANG)
    assert len(crm.seen) == calls
    assert it.breaker == "closed"


async def test_a_crm_that_fails_and_fails_is_left_alone_for_a_while(connect: Connect, crm: Crm) -> None:
    limits = "currency: CNY\nlimits: {tries: 1, failures: 3, pause_s: 0.2}"
    it = await connect("challenge", lambda text: text.replace("currency: CNY", limits))
    await it.find_customer(WANG)
    crm.mischief.add("500")
    for _ in range(3):
        with pytest.raises(CrmUnavailable):
            await it.find_customer(WANG)
    assert it.breaker == "open"
    asked = len(crm.seen)
    with pytest.raises(CrmUnavailable, match="left alone"):
        await it.find_customer(WANG)
    assert len(crm.seen) == asked
    crm.mischief.clear()
    await asyncio.sleep(0.25)
    assert len(await it.find_customer(WANG)) == 1
    assert it.breaker == "closed"


async def test_refusals_and_strangers_do_not_open_the_breaker(connect: Connect, crm: Crm) -> None:
    it = await connect("challenge")
    crm.mischief.add("refuses writes")
    for nth in range(7):
        with pytest.raises(CrmRefused):
            await it.create_ticket("cust_wang", TicketDraft(subject="s"), f"m{nth}")
    assert it.breaker == "closed"


async def test_who_gives_up_at_a_deadline_leaves_the_connector_whole(connect: Connect, crm: Crm) -> None:
    it = await connect("challenge")
    await it.find_customer(WANG)
    crm.mischief.add("slow")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await it.find_customer(WANG)
    crm.mischief.clear()
    assert len(await it.find_customer(WANG)) == 1


async def test_who_gives_up_just_when_the_crm_has_died_leaves_no_connection_open(
    url: str, noted: Noted, references: References
) -> None:
    turns = 12  # of the loop, until a look-up has closed what is dead; it is given up after each
    with warnings.catch_warnings(record=True) as unclosed:
        warnings.simplefilter("always", ResourceWarning)
        async with Proxy(int(url.rpartition(":")[2])) as proxy:
            mapping = mapped("challenge", quick)
            it = await RestCrm.open(mapping, secrets(f"http://127.0.0.1:{proxy.port}"), noted, references, lambda: NOW)
            for given_up_after in range(1, turns):
                await asyncio.gather(*(it.find_customer(WANG) for _ in range(8)))
                while proxy.links:
                    proxy.reset()
                    await asyncio.sleep(0)
                look_up = asyncio.create_task(it.find_customer(WANG))
                for _ in range(given_up_after):
                    await asyncio.sleep(0)
                look_up.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await look_up
            await it.close()
        del it, look_up
        gc.collect()
    assert [str(one.message) for one in unclosed] == []


async def test_a_list_that_goes_on_is_read_on(connect: Connect) -> None:
    it = await connect("rest")  # two on a page: by offset, number, cursor and address
    assert [order.number for order in await it.orders("cust_wang")] == ["A-3", "A-2", "A-1"]
    for nth in range(5):
        await it.create_ticket("cust_wang", TicketDraft(subject=f"s{nth}"), f"t{nth}")
        await it.add_note("cust_wang", f"b{nth}", "note", f"n{nth}")
    assert len(await it.tickets("cust_wang")) == 5
    assert len(await it.notes("cust_wang")) == 5


async def test_a_list_that_repeats_itself_ends(connect: Connect, crm: Crm) -> None:
    it = await connect("rest")
    await it.find_customer(WANG)
    crm.mischief.add("ignores pages")
    before = crm.calls["GET SalesOrder"]
    assert len(await it.orders("cust_wang")) == 2
    assert crm.calls["GET SalesOrder"] - before == 2


async def test_a_next_page_on_another_server_is_not_asked_for(connect: Connect, crm: Crm) -> None:
    it = await connect("rest")
    crm.tables["Shipments"] = [
        {"contact_id": "12x1", "number": f"S-{n}", "carrier": "SF", "tracking": "", "status": "packed", "eta": 0}
        | {"order_no": "A-1"}
        for n in range(2)
    ]
    assert len(await it.shipments("cust_wang")) == 2
    crm.mischief.add("next page elsewhere")
    with pytest.raises(CrmUnavailable, match="another server"):
        await it.shipments("cust_wang")


async def test_drift_is_reported_before_anybody_notices(connect: Connect, crm: Crm, noted: Noted) -> None:
    it = await connect("challenge")
    await it.find_customer(WANG)
    assert (noted.drifts, noted.words) == ([], [])
    for row in crm.tables["Contacts"]:
        del row["cf_points"]
        row["cf_company"] = ["a", "b"]
        row["cf_tier"] = "E"
    [found] = await it.find_customer(WANG)
    assert (found.points, found.company, found.tier) == (None, "", "standard")
    assert ("customer", "points: cf_points", "missing") in noted.drifts
    assert ("customer", "company: cf_company", "no_text") in noted.drifts
    assert ("customer", "tier", "E") in noted.words


async def test_an_answer_without_its_list_is_drift_and_no_empty_list(connect: Connect, crm: Crm, noted: Noted) -> None:
    it = await connect("challenge", quick)
    await it.find_customer(WANG)
    crm.mischief.add("another shape")
    with pytest.raises(CrmUnavailable):
        await it.orders("cust_wang")
    assert ("orders", "items: result", "missing") in noted.drifts
