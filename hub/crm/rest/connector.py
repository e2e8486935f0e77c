"""The connector: the Crm and CrmHook ports over a mapping file."""

from collections.abc import Callable, Mapping
from typing import Any, Self, get_args
from zoneinfo import ZoneInfo

import httpx

from hub.crm.findings import Findings
from hub.crm.rest import format as file
from hub.crm.rest.answers import Judge
from hub.crm.rest.auth import Auth, Fixed
from hub.crm.rest.client import Breaker, Client
from hub.crm.rest.customers import Customers
from hub.crm.rest.edits import Edits
from hub.crm.rest.effects import Effects
from hub.crm.rest.expressions import Expression
from hub.crm.rest.format_auth import LoginAuth, OAuth2
from hub.crm.rest.hooks import Hook
from hub.crm.rest.login import Login
from hub.crm.rest.names import Names
from hub.crm.rest.readings import Readings
from hub.crm.rest.records import Reader
from hub.crm.rest.references import References
from hub.crm.rest.requests import Preparer
from hub.crm.rest.templates import Scope
from hub.crm.rest.values import Functions, Times, Words
from hub.crm.rest.verify import Sieve
from hub.crm.rest.wiring import Wiring
from hub.crm.rest.writes import Writes
from hub.model.crm import (
    Capability,
    CrmCustomer,
    CrmNews,
    CrmNote,
    CustomerKeys,
    FieldChange,
    Lead,
    LeadDraft,
    NoteKind,
    Order,
    SessionInsight,
    Shipment,
    Task,
    Ticket,
    TicketChange,
    TicketDraft,
)
from hub.model.errors import BadRequest


class RestCrm:
    """Passes tests/contracts/test_crm.py. What the file does not map raises CrmLacks and is not in `can`."""

    def __init__(self, wiring: Wiring, sieve: Sieve) -> None:
        self.wiring = wiring
        self.sieve = sieve
        self.name = wiring.name
        self.title = wiring.mapping.title
        self.can = capabilities(wiring.mapping)
        edited = wiring.mapping.update_customer
        self.editable: tuple[str, ...] = tuple(edited.fields) if edited else ()
        self.customers = Customers(wiring, sieve)
        self._readings = Readings(wiring, self.customers, sieve)
        names = Names(wiring)
        self.writes = writes = Writes(wiring, self.customers, self._readings, names)
        self._effects = Effects(wiring, self.customers, self._readings, names, writes)
        self._edits = Edits(wiring, self.customers, writes)
        self._hook = Hook(wiring)

    @classmethod
    async def open(
        cls,
        mapping: file.Mapping,
        secrets: Mapping[str, str],
        findings: Findings,
        references: References,
        clock: Callable[[], int],
        *,
        name: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> Self:
        """`secrets`: name -> value, for each `${NAME}` of the file. `clock` gives epoch ms. `name`: the connection's.

        Nothing is asked yet. Raises BadRequest when base_url is no address.
        """
        words, times = Words(mapping.values, findings), Times(ZoneInfo(mapping.time_zone))
        functions = Functions(words, times, mapping.region)
        scope = Scope({}, functions.of("sign-in"), secrets)
        base_url = str(mapping.base_url.path(scope))
        if not base_url.startswith(("https://", "http://")):
            raise BadRequest("base_url: an address that begins with https:// (is its secret set?)")
        name = name or mapping.title
        preparer = Preparer(base_url, mapping.headers, mapping.query)
        auth, lost = _auth(mapping, name, preparer, scope, references, clock)
        http = httpx.AsyncClient(follow_redirects=False, timeout=mapping.limits.timeout_s, transport=transport)
        client = Client(http, preparer, auth, Judge(mapping.answers, lost), mapping.limits)
        reader = Reader(name, words, times, mapping.region, mapping.currency)
        wiring = Wiring(name, mapping, client, reader, functions, secrets, findings, references, clock)
        return cls(wiring, Sieve(mapping.region))

    @property
    def breaker(self) -> Breaker:
        """`open`: it failed too often and is left alone for a while."""
        return self.wiring.client.breaker

    async def close(self) -> None:
        await self.wiring.client.close()

    async def session_names(self) -> dict[str, Any]:
        """What signing in gave: secrets, all of them."""
        return await self.wiring.client.session_names()

    async def find_customer(self, keys: CustomerKeys) -> list[CrmCustomer]:
        return [seen.customer for seen in await self.customers.find(keys)]

    async def orders(self, external_id: str) -> list[Order]:
        return await self._readings.orders(external_id)

    async def shipments(self, external_id: str) -> list[Shipment]:
        return await self._readings.shipments(external_id)

    async def points(self, external_id: str) -> int:
        return await self._readings.points(external_id)

    async def tickets(self, external_id: str) -> list[Ticket]:
        return [read.record for read in await self._readings.tickets(external_id)]

    async def notes(self, external_id: str) -> list[CrmNote]:
        return await self._readings.notes(external_id)

    async def create_ticket(self, external_id: str, draft: TicketDraft, marker: str) -> Ticket:
        return await self._effects.create_ticket(external_id, draft, marker)

    async def update_ticket(self, external_id: str, number: str, change: TicketChange, marker: str) -> Ticket:
        return await self._effects.update_ticket(external_id, number, change, marker)

    async def add_note(self, external_id: str, body: str, kind: NoteKind, marker: str) -> CrmNote:
        return await self._effects.add_note(external_id, body, kind, marker)

    async def add_task(self, external_id: str, title: str, due: int, marker: str, assignee: str = "") -> Task:
        return await self._effects.add_task(external_id, title, due, marker, assignee)

    async def create_lead(self, draft: LeadDraft, marker: str) -> Lead:
        return await self._effects.create_lead(draft, marker)

    async def tag(self, external_id: str, tags: tuple[str, ...], marker: str) -> None:
        await self._effects.tag(external_id, tags, marker)

    async def add_insight(self, external_id: str, insight: SessionInsight, marker: str) -> None:
        await self._effects.add_insight(external_id, insight, marker)

    async def update_customer(self, external_id: str, changes: tuple[FieldChange, ...], marker: str) -> CrmCustomer:
        return await self._edits.update_customer(external_id, changes, marker)

    async def news(self, headers: Mapping[str, str], body: bytes, now: int) -> list[CrmNews]:
        return await self._hook.news(headers, body, now)


def capabilities(mapping: file.Mapping) -> frozenset[Capability]:
    """What a file maps."""
    return frozenset(name for name in get_args(Capability) if getattr(mapping, name) is not None)


def _auth(
    mapping: file.Mapping,
    name: str,
    preparer: Preparer,
    scope: Scope,
    references: References,
    clock: Callable[[], int],
) -> tuple[Auth, Expression | None]:
    """How requests are signed, and what says that a session is lost."""
    kind = mapping.auth
    if isinstance(kind, LoginAuth | OAuth2):
        return Login(kind, name, preparer, scope, references, clock), kind.lost_when
    return Fixed(kind), None
