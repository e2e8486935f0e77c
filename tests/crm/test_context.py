"""Covers hub/crm/context.py: an answer in time, whatever the CRM does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import Any, cast

import pytest

from hub.crm.context import context_of
from hub.crm.local import LocalCrm
from hub.crm_connections import Connection, Connections
from hub.crms import EVERYTHING, local_crms
from hub.model.crm import Context, CrmCustomer, CustomerKeys, TicketDraft
from hub.model.errors import CrmLacks, CrmUnavailable
from hub.model.identity import Identity, IdentityKind, Proof
from hub.ports import Crm

WANG = CrmCustomer(source="slow", source_id="1", external_id="cust_wang", name="王丽")
LIU = WANG.model_copy(update={"external_id": "cust_liu", "name": "刘洋"})
KEYS = CustomerKeys(emails=("wang@example.com",))
WHO = (Identity(kind=IdentityKind.EMAIL, value="wang@example.com", proof=Proof.SIGNED),)


class FakeCrm:
    """Answers each question as it is told to: with a value, an error, or never."""

    name = "slow"
    can = EVERYTHING
    editable = ("name",)
    breaker = "closed"

    def __init__(self, **answers: object) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __getattr__(self, question: str) -> Callable[..., Awaitable[Any]]:
        async def answer(*_: object) -> object:
            self.asked.append(question)
            found = self.answers.get(question, [])
            if found is ...:
                await asyncio.Event().wait()
            if isinstance(found, BaseException):
                raise found
            return found

        return answer


def only(crm: object, deadline_s: float = 5.0) -> Connection:
    return Connection(cast(Crm, crm), EVERYTHING - {"shipments", "points"}, deadline_s=deadline_s)


async def ask(
    crm: FakeCrm, identities: tuple[Identity, ...] = WHO, proven: bool = True, deadline_s: float = 5.0
) -> Context:
    ticks: Iterator[int] = count(1_000, 7)
    return await context_of(Connections([only(crm, deadline_s)]), WHO if proven else (), lambda: next(ticks))


async def test_found_with_everything(crm: LocalCrm, now: int) -> None:
    await crm.load_customers([WANG.model_copy(update={"emails": KEYS.emails})])
    ticket = await crm.create_ticket("cust_wang", TicketDraft(subject="s"), "m1")
    note = await crm.add_note("cust_wang", "n", "summary", "m1")
    context = await context_of(local_crms(crm).connections, WHO, lambda: now)
    assert (context.crm, context.outcome, context.detail, context.lacks) == ("local", "found", "", ())
    assert context.customer is not None
    assert context.customer.external_id == "cust_wang"
    assert (context.tickets, context.notes, context.orders) == ((ticket,), (note,), ())


async def test_its_age_and_how_long_it_took() -> None:
    context = await ask(FakeCrm(find_customer=[WANG]))
    assert (context.as_of, context.took_ms) == (1_007, 7)


async def test_nobody_has_the_address() -> None:
    crm = FakeCrm()
    context = await ask(crm)
    assert (context.outcome, context.customer, crm.asked) == ("none", None, ["find_customer"])


async def test_several_have_it_and_nobodys_account_is_opened() -> None:
    crm = FakeCrm(find_customer=[WANG, LIU])
    context = await ask(crm)
    assert (context.outcome, context.candidates, context.customer) == ("several", (WANG, LIU), None)
    assert (context.orders, crm.asked) == ((), ["find_customer"])


async def test_an_unproven_customer_is_not_asked_about() -> None:
    crm = FakeCrm(find_customer=[WANG])
    context = await ask(crm, proven=False)
    assert (context.outcome, crm.asked, context.as_of) == ("unproven", [], 1_007)


async def test_a_crm_that_never_answers() -> None:
    context = await ask(FakeCrm(find_customer=...), deadline_s=0.01)
    assert (context.outcome, context.detail) == ("unavailable", "timeout")


async def test_a_deadline_that_has_passed() -> None:
    assert (await ask(FakeCrm(find_customer=...), deadline_s=0)).outcome == "unavailable"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (CrmUnavailable("crm.sqlite3 is busy"), "refused"),
        (CrmUnavailable(), "refused"),
        (CrmLacks(), "lacks"),
        (KeyError("secret"), "failed"),
    ],
)
async def test_a_crm_that_fails(error: Exception, why: str) -> None:
    context = await ask(FakeCrm(find_customer=error))
    assert (context.outcome, context.detail) == ("unavailable", why)


async def test_a_part_that_is_late_is_named_and_the_rest_is_there() -> None:
    crm = FakeCrm(find_customer=[WANG], orders=..., tickets=CrmLacks(), notes=[])
    context = await ask(crm, deadline_s=0.01)
    assert (context.outcome, context.customer, context.lacks) == ("found", WANG, ("orders", "tickets"))
    assert context.detail == "orders:timeout tickets:lacks"


async def test_all_parts_are_asked_at_once() -> None:
    """Each waits until all three have been asked: one after the other would run into the deadline."""
    everyone = asyncio.Barrier(3)

    class Together(FakeCrm):
        def __getattr__(self, question: str) -> Callable[..., Awaitable[Any]]:
            async def answer(*_: object) -> list[CrmCustomer]:
                if question == "find_customer":
                    return [WANG]
                await everyone.wait()
                return []

            return answer

    assert (await ask(Together())).lacks == ()


async def test_one_deadline_for_all_of_it() -> None:
    """The look-up used it up: what does not answer at once is late, and gets no deadline of its own."""
    loop = asyncio.get_running_loop()

    class Late(FakeCrm):
        async def find_customer(self, _: CustomerKeys) -> list[CrmCustomer]:
            began = loop.time()
            while loop.time() <= began + 0.01:
                pass
            return [WANG]

        async def orders(self, _: str) -> list[object]:
            for _turn in range(5):
                await asyncio.sleep(0)
            return []

    context = await ask(Late(), deadline_s=0.01)
    assert (context.outcome, context.lacks) == ("found", ("orders",))


async def test_being_cancelled_passes_through() -> None:
    waiting = asyncio.ensure_future(ask(FakeCrm(find_customer=[WANG], notes=...)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
