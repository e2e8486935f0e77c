"""Agents' accounts."""

import pytest

from hub.model.errors import BadRequest
from hub.store.agents import Account
from hub.store.store import Store

LI = Account(id="li", name="Li Ming", email="Li@Example.com", role="supervisor", password="hash", teams=("sales",))


async def test_an_account_is_found_by_its_id_and_address(store: Store) -> None:
    assert await store.agents.get("li") is None
    assert await store.agents.by_email("li@example.com") is None
    await store.agents.add(LI)
    assert await store.agents.get("li") == LI
    for spelling in ("li@example.com", "LI@EXAMPLE.COM", "Li@Example.com"):
        assert await store.agents.by_email(spelling) == LI


async def test_an_address_belongs_to_one_agent(store: Store) -> None:
    await store.agents.add(LI)
    with pytest.raises(BadRequest):
        await store.agents.add(LI.model_copy(update={"id": "other", "email": "LI@example.com"}))
    assert await store.agents.get("other") is None
    await store.agents.add(LI.model_copy(update={"name": "Li"}))
    assert (await store.agents.by_email("li@example.com")) == LI.model_copy(update={"name": "Li"})


async def test_everybody_by_name(store: Store) -> None:
    for name in ("Zoe", "Ana", "Li"):
        await store.agents.add(Account(id=name.lower(), name=name, email=f"{name}@example.com"))
    assert [a.name for a in await store.agents.every()] == ["Ana", "Li", "Zoe"]
