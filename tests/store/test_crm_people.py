"""Covers hub/store/crm_people.py: whom a CRM's news are about, and which of them are echoes."""

from hub.store.store import Store


async def test_a_customer_of_each_connection_has_a_conversation(store: Store) -> None:
    people = store.crm_people
    await people.remember("shop", "17", "wang")
    await people.remember("desk", "17", "liu")
    assert [await people.find(name, "17") for name in ("shop", "desk", "gone")] == ["wang", "liu", None]
    await people.remember("shop", "17", "wang-2")
    assert await people.find("shop", "17") == "wang-2"


async def test_an_echo_is_one_change_and_stays_one_when_it_is_told_again(store: Store) -> None:
    people = store.crm_people
    await people.expect("shop", "T1", "solved")
    assert not await people.is_echo("shop", "T1", "open", "n1")
    assert not await people.is_echo("desk", "T1", "solved", "n1")
    assert await people.is_echo("shop", "T1", "solved", "n2")
    assert await people.is_echo("shop", "T1", "solved", "n2"), "told twice"
    assert not await people.is_echo("shop", "T1", "solved", "n3"), "somebody else solved it again"
