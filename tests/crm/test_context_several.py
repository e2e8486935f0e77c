"""Covers hub/crm/context.py with several CRMs at once: profile from one, orders from another, and nobody mixed up."""

import asyncio
from typing import Any, cast

import pytest

from hub.crm.context import context_of
from hub.crm_connections import Connection, Connections, chosen
from hub.crms import EVERYTHING
from hub.model.crm import Capability, Context, CrmCustomer, CrmNote, CustomerKeys, Order, Phone, Shipment, Ticket
from hub.model.errors import CrmUnavailable
from hub.model.identity import Identity, IdentityKind, Proof
from hub.ports import Crm

WHO = (Identity(kind=IdentityKind.EMAIL, value="wang@example.com", proof=Proof.SIGNED),)
PHONE = Phone(raw="138 0000 1234", e164="+8613800001234")
WANG = CrmCustomer(
    source="crm", source_id="1", external_id="17", name="王丽", emails=("wang@example.com",), phones=(PHONE,)
)
BUYER = CrmCustomer(source="shop", source_id="9", external_id="b-9", name="WANG LI", phones=(PHONE,))
STRANGER = CrmCustomer(source="shop", source_id="8", external_id="17", name="somebody else")


def order(number: str, placed_at: int, *shipments: Shipment) -> Order:
    return Order(
        source="shop", source_id=number, number=number, placed_at=placed_at, status="shipped", shipments=shipments
    )


def parcel(number: str, order_ref: str = "") -> Shipment:
    return Shipment(number=number, carrier="SF", tracking="", status="in_transit", order_ref=order_ref)


def ticket(number: str, source: str, created_at: int = 0) -> Ticket:
    return Ticket(source=source, source_id=number, number=number, subject="s", created_at=created_at)


class FakeCrm:
    """Has these customers, and of them what it is told to have; `fails` names a call that never answers or raises."""

    editable = ("name",)
    breaker = "closed"

    def __init__(
        self, name: str, *customers: CrmCustomer, fails: dict[str, object] | None = None, **parts: Any
    ) -> None:
        self.name, self.can = name, EVERYTHING
        self.customers, self.parts, self.fails = customers, parts, fails or {}
        self.asked: list[CustomerKeys] = []

    async def _answer(self, call: str, answer: Any) -> Any:
        problem = self.fails.get(call)
        if problem is ...:
            await asyncio.Event().wait()
        if isinstance(problem, Exception):
            raise problem
        return answer

    async def find_customer(self, keys: CustomerKeys) -> Any:
        self.asked.append(keys)
        phones = set(keys.phones)
        found = [
            it
            for it in self.customers
            if it.external_id == keys.external_id
            or set(it.emails) & set(keys.emails)
            or {phone.e164 for phone in it.phones} & phones
        ]
        return await self._answer("find_customer", found)

    async def orders(self, external_id: str) -> Any:
        return await self._answer("orders", self.parts.get("orders", {}).get(external_id, []))

    async def shipments(self, external_id: str) -> Any:
        return await self._answer("shipments", self.parts.get("shipments", {}).get(external_id, []))

    async def tickets(self, external_id: str) -> Any:
        return await self._answer("tickets", self.parts.get("tickets", {}).get(external_id, []))

    async def notes(self, external_id: str) -> Any:
        return await self._answer("notes", self.parts.get("notes", {}).get(external_id, []))

    async def points(self, external_id: str) -> Any:
        return await self._answer("points", self.parts.get("points", {}).get(external_id, 0))


def used(crm: FakeCrm, *for_: Capability, deadline_s: float = 5.0, **more: Any) -> Connection:
    return Connection(cast(Crm, crm), frozenset(for_), deadline_s=deadline_s, **more)


PROFILE: tuple[Capability, ...] = ("customer", "tickets", "notes", "points", "update_customer")
SHOP: tuple[Capability, ...] = ("orders", "shipments")


async def ask(*connections: Connection, who: tuple[Identity, ...] = WHO) -> Context:
    return await context_of(Connections(connections), who, lambda: 1_000)


async def test_the_profile_is_from_one_and_the_orders_are_from_another() -> None:
    """The shop knows her by the phone number that only the CRM has; by what she proved it would have found nobody."""
    note = CrmNote(source="crm", source_id="1", on="17", body="n")
    crm = FakeCrm("crm", WANG, tickets={"17": [ticket("T1", "crm")]}, notes={"17": [note]}, points={"17": 99})
    shop = FakeCrm("shop", BUYER, STRANGER, orders={"b-9": [order("A-1", 1)], "17": [order("FOREIGN", 2)]})
    context = await ask(used(crm, *PROFILE), used(shop, *SHOP))
    assert (context.crm, context.outcome, context.detail) == ("crm", "found", "")
    assert context.customer == WANG.model_copy(update={"points": 99})
    assert [it.number for it in context.orders] == ["A-1"]
    assert ([it.number for it in context.tickets], context.notes) == (["T1"], (note,))
    assert [(s.crm, s.outcome, s.external_id) for s in context.sources] == [
        ("crm", "found", "17"),
        ("shop", "found", "b-9"),
    ]
    assert context.sources[1].parts == ("orders", "shipments")
    assert context.editable == ("name",)


async def test_the_id_of_one_crm_is_never_asked_of_another() -> None:
    crm, shop = FakeCrm("crm", WANG), FakeCrm("shop", STRANGER)
    await ask(used(crm, *PROFILE), used(shop, *SHOP), who=(*WHO, chosen("crm", "17")))
    assert {keys.external_id for keys in crm.asked} == {"17"}
    assert {keys.external_id for keys in shop.asked} == {""}


async def test_shipments_that_are_kept_apart_are_put_to_their_orders() -> None:
    shop = FakeCrm(
        "shop",
        BUYER.model_copy(update={"emails": WANG.emails}),
        orders={"b-9": [order("A-1", 1), order("A-2", 2, parcel("S-2"))]},
        shipments={"b-9": [parcel("S-1", "A-1"), parcel("S-9", "A-2"), parcel("S-0", "elsewhere")]},
    )
    context = await ask(used(FakeCrm("crm", WANG), *PROFILE), used(shop, *SHOP))
    assert [(it.number, [s.number for s in it.shipments]) for it in context.orders] == [
        ("A-2", ["S-2"]),
        ("A-1", ["S-1"]),
    ]


async def test_tickets_of_both_come_newest_first_and_say_whose_they_are() -> None:
    crm = FakeCrm("crm", WANG, tickets={"17": [ticket("T2", "crm", 2)]})
    desk = FakeCrm("desk", BUYER, tickets={"b-9": [ticket("D3", "desk", 3), ticket("D1", "desk", 1)]})
    context = await ask(used(crm, *PROFILE), used(desk, "tickets"))
    assert [(it.number, it.source) for it in context.tickets] == [("D3", "desk"), ("T2", "crm"), ("D1", "desk")]


@pytest.mark.parametrize("problem", [..., CrmUnavailable("503"), KeyError("x")])
async def test_one_that_fails_takes_nothing_of_the_other_away(problem: object) -> None:
    shop = FakeCrm("shop", BUYER, fails={"find_customer": problem})
    context = await ask(used(FakeCrm("crm", WANG), *PROFILE), used(shop, *SHOP, deadline_s=0.05))
    assert context.customer is not None
    assert (context.outcome, context.customer.name, context.lacks) == ("found", WANG.name, ("orders",))
    [crm, other] = context.sources
    assert (crm.why, other.outcome) == ("", "unavailable")
    assert other.why in ("timeout", "refused", "failed")


@pytest.mark.parametrize("problem", [..., CrmUnavailable("503")])
async def test_while_the_first_is_away_the_others_are_asked_by_what_is_proven(problem: object) -> None:
    crm = FakeCrm("crm", WANG, fails={"find_customer": problem})
    known = BUYER.model_copy(update={"emails": WANG.emails})
    shop = FakeCrm("shop", known, orders={"b-9": [order("A-1", 1)]})
    context = await ask(used(crm, *PROFILE, deadline_s=0.05), used(shop, *SHOP))
    assert (context.outcome, context.customer) == ("unavailable", None)
    assert [it.number for it in context.orders] == ["A-1"]
    both = await ask(used(crm, *PROFILE, deadline_s=0.05), used(shop, "customer", *SHOP))
    assert (both.crm, both.outcome, both.customer) == ("shop", "found", known), "it is used for customers, too"


async def test_of_several_the_agent_chooses_and_nobodys_orders_are_shown() -> None:
    crm = FakeCrm("crm", WANG, WANG.model_copy(update={"external_id": "18"}))
    shop = FakeCrm("shop", BUYER.model_copy(update={"emails": WANG.emails}), orders={"b-9": [order("A-1", 1)]})
    context = await ask(used(crm, *PROFILE), used(shop, *SHOP))
    assert (context.outcome, len(context.candidates), context.orders) == ("several", 2, ())


async def test_each_waits_for_its_own_deadline_and_all_at_once() -> None:
    slow = {"find_customer": ...}
    loop = asyncio.get_running_loop()
    began = loop.time()
    context = await ask(
        used(FakeCrm("crm", fails=slow), *PROFILE, deadline_s=0.2),
        used(FakeCrm("shop", fails=slow), *SHOP, deadline_s=0.2),
        used(FakeCrm("desk", fails=slow), "tickets", deadline_s=0.1),
    )
    assert loop.time() - began < 0.4
    assert [source.why for source in context.sources] == ["timeout"] * 3
    assert context.sources[2].took_ms < context.sources[1].took_ms


async def test_a_claim_alone_is_asked_of_nobody() -> None:
    crm, shop = FakeCrm("crm", WANG), FakeCrm("shop", BUYER)
    claim = Identity(kind=IdentityKind.EMAIL, value="wang@example.com")
    context = await ask(used(crm, *PROFILE), used(shop, *SHOP), who=(claim,))
    assert (context.outcome, context.sources, crm.asked, shop.asked) == ("unproven", (), [], [])


async def test_without_any_crm_nothing_is_known() -> None:
    assert (await ask()).outcome == "none"


async def test_the_breaker_of_each_is_told() -> None:
    crm = FakeCrm("crm", fails={"find_customer": CrmUnavailable()})
    crm.breaker = "open"
    [source] = (await ask(used(crm, *PROFILE))).sources
    assert source.breaker == "open"
