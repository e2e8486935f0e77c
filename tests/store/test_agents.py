"""Agents' accounts."""

import pytest
from structlog.testing import capture_logs

from hub.model.errors import BadRequest
from hub.store.agents import Account, Agents
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


async def test_an_account_that_can_not_be_read_is_as_if_it_were_not_there(store: Store) -> None:
    await store.agents.add(LI)
    await store.agents.add(Account(id="ana", name="Ana", email="ana@example.com"))
    for torn in ("", "{", "[]", '{"id": "li"}', b"\xff\xfe"):
        await store.client.do("HSET", store.keys.everywhere("agents"), "li", torn)
        with capture_logs() as logged:
            agents = Agents(store.client, store.keys)
            for _ in range(2):
                assert [a.id for a in await agents.every()] == ["ana"]
            assert await agents.get("li") is None
            assert await agents.by_email("li@example.com") is None
        assert [entry["agent"] for entry in logged] == ["li"], torn
    assert await store.agents.id_of("li@EXAMPLE.com") == "li"
    assert sorted(await store.agents.ids()) == ["ana", "li"]
    await store.agents.add(LI)
    assert await store.agents.by_email("li@example.com") == LI, "mended by writing it again"
