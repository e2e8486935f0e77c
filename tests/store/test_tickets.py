"""Tickets open one socket, once, from one origin, for half a minute."""

import asyncio

import pytest

from hub.model.errors import TicketInvalid
from hub.model.identity import Identity, IdentityKind, Proof
from hub.store.store import Store
from hub.store.tickets import LIFE_S, Bearer
from tests.store.acts import everything, keys_like

WANG = Identity(kind=IdentityKind.ACCOUNT, value="shop/wang", proof=Proof.SIGNED)
BEARER = Bearer(
    kind="customer", origin="https://shop.example", site="shop", identities=(WANG,), name="王芳", device="d"
)


async def test_it_brings_its_bearer_through_the_door_once(store: Store) -> None:
    ticket = await store.tickets.issue(BEARER)
    assert await store.tickets.redeem(ticket, BEARER.origin) == BEARER
    with pytest.raises(TicketInvalid):
        await store.tickets.redeem(ticket, BEARER.origin)


async def test_of_two_at_once_one_comes_in(store: Store) -> None:
    ticket = await store.tickets.issue(BEARER)
    both = await asyncio.gather(
        *(store.tickets.redeem(ticket, BEARER.origin) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(b).__name__ for b in both) == ["Bearer", "TicketInvalid"]


@pytest.mark.parametrize(
    "origin", ["", "https://shop.example.evil.test", "http://shop.example", "HTTPS://shop.example"]
)
async def test_another_origin_burns_it(store: Store, origin: str) -> None:
    ticket = await store.tickets.issue(BEARER)
    for tried in (origin, BEARER.origin):
        with pytest.raises(TicketInvalid):
            await store.tickets.redeem(ticket, tried)


async def test_who_reads_the_store_can_not_connect(store: Store) -> None:
    ticket = await store.tickets.issue(BEARER)
    kept = await everything(store)
    assert not any(ticket.encode() in key + value for key, value in kept.items())
    assert len({await store.tickets.issue(BEARER) for _ in range(20)}) == 20


async def test_it_expires(store: Store) -> None:
    ticket = await store.tickets.issue(BEARER)
    [key] = await keys_like(store, "*ticket:*")
    assert 0 < await store.client.do("TTL", key) <= LIFE_S
    await store.client.do("PEXPIRE", key, 0)
    for nonsense in (ticket, "", "x" * 10_000):
        with pytest.raises(TicketInvalid):
            await store.tickets.redeem(nonsense, BEARER.origin)
