"""A customer is found by what somebody vouches for, exactly, and where they are now."""

import pytest

from hub.model import commands as c
from hub.model.identity import Identity, IdentityKind, Proof
from hub.services.customers import Customers
from hub.services.search import Search
from tests.services.acts import LI, Process, account, email, fresh

PHONE = Identity(kind=IdentityKind.PHONE, value="+8613800001234", proof=Proof.SIGNED)
CUSTOMER_7 = Identity(kind=IdentityKind.ACCOUNT, value="default/cust-7", proof=Proof.SIGNED)


def signed(address: str) -> Identity:
    return email(address, Proof.SIGNED)


@pytest.fixture
def customers(process: Process) -> Customers:
    return Customers(process.conversations, process.store.identities, fresh)


@pytest.fixture
def search(process: Process, customers: Customers) -> Search:
    store = process.store
    realms = frozenset({"default"})
    return Search(process.conversations, customers, store.identities, store.crm_people, realms, ["erp", "crm"])


async def found(search: Search, text: str) -> list[str]:
    return [it.id for it in await search.find(text)]


async def test_found_by_each_proven_address_however_it_is_typed(
    process: Process, customers: Customers, search: Search
) -> None:
    it = await customers.recognise((CUSTOMER_7, signed("wang@x.cn"), PHONE))
    await process.arrive(it.id, CUSTOMER_7)
    for typed in ("cust-7", " Wang@X.cn ", "138 0000 1234", "+86-138-0000-1234", it.id):
        assert await found(search, typed) == [it.id], typed
    for typed in ("wang", "cust", "13800001235", "王丽", "{x}", "01ARZ3NDEKTSV4RRFFQ69G5FAV"):
        assert await found(search, typed) == [], typed


async def test_a_claim_and_an_agents_word_find_nobody(process: Process, search: Search) -> None:
    await process.arrive("wang", account("w"), email("claimed@x.cn", Proof.CLAIM))
    await process.ask("wang", c.VerifyIdentity(email("word@x.cn", Proof.AGENT_WORD)), LI)
    assert await found(search, "claimed@x.cn") == await found(search, "word@x.cn") == []


async def test_who_was_joined_is_found_where_they_are_now(
    process: Process, customers: Customers, search: Search
) -> None:
    old, new = await customers.recognise((signed("a@x.cn"),)), await customers.recognise((signed("b@x.cn"),))
    for it in (old, new):
        await process.arrive(it.id)
    await customers.merge(old.id, new.id, LI, fresh())
    for typed in ("a@x.cn", "b@x.cn", old.id):
        assert await found(search, typed) == [new.id]


async def test_found_by_the_id_that_a_crm_has_of_them(process: Process, customers: Customers, search: Search) -> None:
    """A CRM's page knows its own record's id, which no customer signs in by."""
    old, new = await customers.recognise((signed("a@x.cn"),)), await customers.recognise((signed("b@x.cn"),))
    for it in (old, new):
        await process.arrive(it.id)
    await process.store.crm_people.remember("crm", "003-A", old.id)
    await process.store.crm_people.remember("elsewhere", "003-B", new.id)
    assert await found(search, " 003-A ") == [old.id]
    assert await found(search, "003-B") == [], "a connection that is not in the settings"
    await customers.merge(old.id, new.id, LI, fresh())
    assert await found(search, "003-A") == [new.id]
