"""One connection asked about one customer under one deadline: an answer, whatever happens.

A connector may be anybody's code: whatever it raises becomes a code here, and a line for the operator.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import structlog

from hub.crm_connections import Connection
from hub.model.crm import Capability, ContextOutcome, CrmCustomer, CrmNote, CustomerKeys, Order, Shipment, Ticket
from hub.model.errors import CrmLacks, OneThreadError
from hub.model.frozen import frozen

log = structlog.get_logger()
T = TypeVar("T")
Asks = dict[Capability, Callable[[], Awaitable[Any]]]

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


@dataclass
class Found:
    """What one connection said. `missing`: the parts that were asked for and did not come."""

    connection: Connection
    outcome: ContextOutcome
    why: str = ""
    customer: CrmCustomer | None = None
    candidates: tuple[CrmCustomer, ...] = ()
    orders: tuple[Order, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    notes: tuple[CrmNote, ...] = ()
    parts: tuple[Capability, ...] = ()
    missing: dict[str, Why] = field(default_factory=dict)
    took_ms: int = 0


class Look:
    """Every question ends when the connection's deadline has passed, counted from now."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._crm = connection.crm
        self._began = asyncio.get_running_loop().time()
        self._deadline = self._began + connection.deadline_s

    async def find(self, keys: CustomerKeys) -> Found:
        """Who it is, without anything of theirs yet."""
        if keys.empty:
            return Found(self._connection, "none")
        found = await self._attempt(lambda: self._crm.find_customer(keys))
        match found:
            case Missing(why):
                return Found(self._connection, "unavailable", why)
            case []:
                return Found(self._connection, "none")
            case [customer]:
                return Found(self._connection, "found", customer=customer)
            case several:
                return Found(self._connection, "several", candidates=tuple(several))

    async def fill(self, found: Found) -> None:
        """What the connection is used for, all of it asked at once. A partial answer is still an answer."""
        if found.customer is not None:
            await self._fill(found, self._asks(found.customer))
        found.took_ms = round((asyncio.get_running_loop().time() - self._began) * 1000)

    async def _fill(self, found: Found, asks: Asks) -> None:
        async with asyncio.TaskGroup() as tasks:
            running = {part: tasks.create_task(self._attempt(ask)) for part, ask in asks.items()}
        for part, task in running.items():
            self._take(found, part, task.result())
        found.parts = (*(("customer",) if self._connection.does("customer") else ()), *found.parts)

    def _asks(self, customer: CrmCustomer) -> Asks:
        crm, key = self._crm, customer.external_id
        every: Asks = {
            "orders": lambda: crm.orders(key),
            "shipments": lambda: crm.shipments(key),
            "tickets": lambda: crm.tickets(key),
            "notes": lambda: crm.notes(key),
            "points": lambda: crm.points(key),
        }
        wanted = {part: ask for part, ask in every.items() if self._connection.does(part)}
        if customer.points is not None:
            wanted.pop("points", None)
        return wanted

    def _take(self, found: Found, part: Capability, answer: Any) -> None:
        if isinstance(answer, Missing):
            found.missing[part] = answer.why
            return
        found.parts = (*found.parts, part)
        if part == "points" and found.customer is not None:
            found.customer = found.customer.model_copy(update={"points": answer})
        elif part != "points":
            setattr(found, part, tuple(answer))

    async def _attempt(self, ask: Callable[[], Awaitable[T]]) -> T | Missing:
        name = self._crm.name
        try:
            async with asyncio.timeout_at(self._deadline):
                return await ask()
        except TimeoutError:
            return Missing("timeout")
        except CrmLacks:
            return Missing("lacks")
        except OneThreadError as error:
            log.warning("crm refused", crm=name, code=error.code, why=error.detail)
            return Missing("refused")
        except Exception as error:
            log.warning("crm connector failed", crm=name, error=type(error).__name__, exc_info=error)
            return Missing("failed")
