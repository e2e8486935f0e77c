"""Covers hub/store/seats.py: who sits where in a call, and calls of whom nobody is heard."""

from hub.store.seats import Seat, Seats
from hub.store.store import Store


def seat(party: str, pc: str = "p1") -> Seat:
    return Seat(party=party, name=party.title(), pc=pc, connection="c1")


async def test_a_party_has_one_seat_and_the_last_one_counts(store: Store) -> None:
    seats: Seats = store.seats
    await seats.take("wang", "k1", seat("customer"), 1_000)
    await seats.take("wang", "k1", seat("agent:li"), 1_000)
    await seats.take("wang", "k1", seat("customer", "p2"), 1_000)
    assert await seats.all("wang", "k1") == {"customer": seat("customer", "p2"), "agent:li": seat("agent:li")}
    assert await seats.all("wang", "k2") == {}
    await seats.leave("wang", "k1", "agent:li")
    assert set(await seats.all("wang", "k1")) == {"customer"}


async def test_turns_rise_and_are_nobodys_seat(store: Store) -> None:
    seats = store.seats
    assert [await seats.next_turn("wang", "k1") for _ in range(2)] == [1, 2]
    assert await seats.next_turn("wang", "k2") == 1
    assert await seats.all("wang", "k1") == {}


async def test_a_seat_of_another_version_is_taken_again(store: Store) -> None:
    seats = store.seats
    await store.client.do("HSET", seats._key("wang", "k1"), "customer", '{"v":2}')
    assert await seats.all("wang", "k1") == {}


async def test_what_each_shows_is_kept_for_who_comes_later(store: Store) -> None:
    seats, dark = store.seats, {"audio": True, "video": False}
    await seats.show("wang", "k1", "customer", dark)
    await seats.show("wang", "k1", "agent:li", dark)
    await seats.show("wang", "k1", "agent:li", {"audio": False, "video": True})
    assert await seats.shown("wang", "k1") == {"customer": dark, "agent:li": {"audio": False, "video": True}}
    assert await seats.shown("wang", "k2") == {}
    await seats.leave("wang", "k1", "customer")
    assert set(await seats.shown("wang", "k1")) == {"agent:li"}
    await seats.forget("wang", "k1")
    assert await seats.shown("wang", "k1") == {}


async def test_who_is_not_heard_of_is_silent(store: Store) -> None:
    seats = store.seats
    await seats.hear("wang", "k1", 1_000)
    await seats.hear("liu", "k2", 5_000)
    assert await seats.silent(3_000) == [("wang", "k1")]
    assert sorted(await seats.conversations()) == ["liu", "wang"]
    await seats.hear("wang", "k1", 500)
    assert await seats.silent(1_000) == [], "an old word takes nothing back"
    await seats.forget("wang", "k1")
    assert await seats.silent(9_000) == [("liu", "k2")]


async def test_an_agent_is_in_one_call_until_it_is_over_or_left(store: Store) -> None:
    seats = store.seats
    await seats.engage("li", "wang", "c1")
    await seats.engage("ana", "wang", "c1")
    await seats.engage("bo", "chen", "c2")
    assert await seats.call_of("li") == ("wang", "c1")
    await seats.release("chen", "c1")
    await seats.release("wang", "c1", "ana")
    assert await seats.engaged() == {"li": ("wang", "c1"), "bo": ("chen", "c2")}
    await seats.release("wang", "c1")
    assert await seats.engaged() == {"bo": ("chen", "c2")}
    assert await seats.call_of("li") is None
