"""Which conversation an address belongs to: whoever is first, for everybody."""

import asyncio

from hub.store.store import Store


async def test_the_first_binding_stays(store: Store) -> None:
    index = store.identities
    assert await index.find("account:shop/wang") is None
    assert await index.bind("account:shop/wang", "c1") == "c1"
    assert await index.bind("account:shop/wang", "c2") == "c1"
    assert await index.bind("account:shop/wang", "c1") == "c1"
    assert await index.find("account:shop/wang") == "c1"
    assert await index.find("account:shop/wan") is None


async def test_of_many_at_once_all_learn_of_one_winner(store: Store) -> None:
    told = await asyncio.gather(*(store.identities.bind("email:a@b.c", f"c{n}") for n in range(30)))
    assert len(set(told)) == 1
    assert await store.identities.find("email:a@b.c") == told[0]


async def test_a_released_address_may_be_bound_again(store: Store) -> None:
    await store.identities.bind("visitor:x", "c1")
    await store.identities.release("visitor:x")
    await store.identities.release("visitor:x")
    assert await store.identities.find("visitor:x") is None
    assert await store.identities.bind("visitor:x", "c2") == "c2"
