"""What the CRM knows about one conversation's customer, asked under one deadline: a Context, whatever happens.

The conversation never waits for a CRM and never fails with it: a part that does not come in time is named as lacking.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from hub.model.crm import Context, CrmCustomer, CustomerKeys
from hub.model.errors import CrmLacks, OneThreadError
from hub.ports import Crm

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Missing:
    """An answer that did not come, and why, in plain words."""

    why: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """`within` seconds, which end when the loop's clock shows `until`."""

    within: float
    until: float


async def context_of(
    crm: Crm, keys: CustomerKeys, proven: bool, deadline_s: float, clock: Callable[[], int]
) -> Context:
    """The customer whom `keys` name, with orders, tickets and notes, `deadline_s` seconds from now at the latest.

    `proven` False: nothing is asked. `clock` gives epoch ms. Raises nothing; only being cancelled passes through.
    """
    began = clock()
    deadline = Deadline(deadline_s, asyncio.get_running_loop().time() + deadline_s)
    answer = await _asked(crm, keys, proven, deadline)
    now = clock()
    return answer.model_copy(update={"as_of": now, "took_ms": max(0, now - began)})


async def _asked(crm: Crm, keys: CustomerKeys, proven: bool, deadline: Deadline) -> Context:
    if not proven:
        return _outcome(crm, "unproven", "They have not proven who they are yet, so the CRM was not asked.")
    if keys.empty:
        return _outcome(crm, "none", "There is no address to look them up by.")
    found = await _attempt(crm, lambda: crm.find_customer(keys), deadline)
    match found:
        case Missing(why):
            return _outcome(crm, "unavailable", f"The customer could not be looked up: {why}.")
        case []:
            return _outcome(crm, "none", f"Nobody in {crm.name} has these addresses.")
        case [customer]:
            return await _found(crm, customer, deadline)
        case several:
            detail = f"{len(several)} customers in {crm.name} fit. Choose the right one."
            return _outcome(crm, "several", detail, candidates=tuple(several))


async def _found(crm: Crm, customer: CrmCustomer, deadline: Deadline) -> Context:
    """A partial answer is still an answer."""
    asks: Mapping[str, Callable[[], Awaitable[list[Any]]]] = {
        "orders": lambda: crm.orders(customer.external_id),
        "tickets": lambda: crm.tickets(customer.external_id),
        "notes": lambda: crm.notes(customer.external_id),
    }
    async with asyncio.TaskGroup() as tasks:
        running = {part: tasks.create_task(_attempt(crm, ask, deadline)) for part, ask in asks.items()}
    answers = {part: task.result() for part, task in running.items()}
    lacking = {part: answer.why for part, answer in answers.items() if isinstance(answer, Missing)}
    parts = {part: tuple(answer) for part, answer in answers.items() if not isinstance(answer, Missing)}
    detail = "; ".join(f"{part}: {why}" for part, why in lacking.items())
    return _outcome(crm, "found", detail, customer=customer, lacks=tuple(lacking), **parts)


async def _attempt(crm: Crm, ask: Callable[[], Awaitable[T]], deadline: Deadline) -> T | Missing:
    """A connector may be anybody's code: whatever it raises becomes a sentence here."""
    try:
        async with asyncio.timeout_at(deadline.until):
            return await ask()
    except TimeoutError:
        return Missing(f"no answer from {crm.name} within {deadline.within:g} s")
    except CrmLacks:
        return Missing(f"not available in {crm.name}")
    except OneThreadError as error:
        return Missing(f"{crm.name} answered: {error}".rstrip("."))
    except Exception as error:
        return Missing(f"{crm.name} failed with {type(error).__name__}")


def _outcome(crm: Crm, outcome: str, detail: str, **parts: Any) -> Context:
    return Context.model_validate({"crm": crm.name, "outcome": outcome, "as_of": 0, "detail": detail, **parts})
