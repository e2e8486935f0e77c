"""What the CRM knows about one conversation's customer, asked under one deadline: a Context, whatever happens.

The conversation never waits for a CRM and never fails with it: a part that does not come in time is named as lacking.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeVar

import structlog

from hub.model.crm import Context, CrmCustomer, CustomerKeys
from hub.model.errors import CrmLacks, OneThreadError
from hub.model.frozen import frozen
from hub.ports import Crm

log = structlog.get_logger()
T = TypeVar("T")

# The console has its words in each language (`context.why.CODE`).
Why = Literal[
    "timeout",  # no answer within the deadline
    "lacks",  # this CRM has no such thing
    "refused",  # it answered with an error
    "failed",  # the connector itself broke
]


@frozen
class Missing:
    """An answer that did not come, and why."""

    why: Why


async def context_of(
    crm: Crm, keys: CustomerKeys, proven: bool, deadline_s: float, clock: Callable[[], int]
) -> Context:
    """The customer whom `keys` name, with orders, tickets and notes, `deadline_s` seconds from now at the latest.

    `detail` is a code: why it is unavailable (a Why), or which parts are missing ("orders:timeout tickets:lacks").
    `proven` False: nothing is asked. `clock` gives epoch ms. Raises nothing; only being cancelled passes through.
    """
    began = clock()
    deadline = asyncio.get_running_loop().time() + deadline_s
    answer = await _asked(crm, keys, proven, deadline)
    now = clock()
    return answer.model_copy(update={"as_of": now, "took_ms": max(0, now - began)})


async def _asked(crm: Crm, keys: CustomerKeys, proven: bool, deadline: float) -> Context:
    """`deadline` is by the loop's clock."""
    if not proven:
        return _outcome(crm, "unproven")
    if keys.empty:
        return _outcome(crm, "none")
    found = await _attempt(crm, lambda: crm.find_customer(keys), deadline)
    match found:
        case Missing(why):
            return _outcome(crm, "unavailable", why)
        case []:
            return _outcome(crm, "none")
        case [customer]:
            return await _found(crm, customer, deadline)
        case several:
            return _outcome(crm, "several", candidates=tuple(several))


async def _found(crm: Crm, customer: CrmCustomer, deadline: float) -> Context:
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
    detail = " ".join(f"{part}:{why}" for part, why in lacking.items())
    return _outcome(crm, "found", detail, customer=customer, lacks=tuple(lacking), **parts)


async def _attempt(crm: Crm, ask: Callable[[], Awaitable[T]], deadline: float) -> T | Missing:
    """A connector may be anybody's code: whatever it raises becomes a code here, and a line for the operator."""
    try:
        async with asyncio.timeout_at(deadline):
            return await ask()
    except TimeoutError:
        return Missing("timeout")
    except CrmLacks:
        return Missing("lacks")
    except OneThreadError as error:
        log.warning("crm refused", crm=crm.name, code=error.code, why=error.detail)
        return Missing("refused")
    except Exception as error:
        log.warning("crm connector failed", crm=crm.name, error=type(error).__name__, exc_info=error)
        return Missing("failed")


def _outcome(crm: Crm, outcome: str, detail: str = "", **parts: Any) -> Context:
    return Context.model_validate({"crm": crm.name, "outcome": outcome, "as_of": 0, "detail": detail, **parts})
