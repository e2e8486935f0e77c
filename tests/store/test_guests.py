"""Covers hub/store/guests.py: a link leads to its guest, by a hash, and is one browser's."""

from hub.store.guests import Guest
from hub.store.keys import hashed
from hub.store.store import Store

PIT = Guest(id="01", name="Pit", conversation="c", call="k", by="Li", briefing="The lid.", since=3, upto=9, asked_at=9)


async def test_a_link_leads_to_its_guest(store: Store) -> None:
    secret = await store.guests.add(PIT)
    assert await store.guests.of_link(secret) == PIT == await store.guests.get("01")
    assert PIT.party == "guest:01"
    assert len(secret) >= 43, "256 bits"
    assert await store.guests.of_link(secret[:-1]) is None
    assert await store.guests.get("02") is None


async def test_links_are_known_by_their_hash_and_forgotten_in_a_day(store: Store) -> None:
    secret = await store.guests.add(PIT)
    keys = [key.decode() for key in await store.client.do("KEYS", f"{store.keys.everywhere('guest')}*")]
    assert any(hashed(secret) in key for key in keys)
    assert not any(secret in key for key in keys)
    for key in keys:
        assert 0 < await store.client.do("TTL", key) <= 24 * 3_600


async def test_the_first_browser_has_it_and_no_other(store: Store) -> None:
    assert await store.guests.bind("01", "mine")
    assert not await store.guests.bind("01", "another")
    assert await store.guests.bind("01", "mine"), "again"
    assert await store.guests.bind("02", "another")


async def test_made_twice_both_links_lead_there(store: Store) -> None:
    """The answer to the first was lost on the way, and the same request came again."""
    first, second = await store.guests.add(PIT), await store.guests.add(PIT)
    assert first != second
    assert await store.guests.of_link(first) == await store.guests.of_link(second) == PIT
