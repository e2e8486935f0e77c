"""Presence is a lease: who is here, who is gone, and who came back meanwhile."""

from hub.store.presence import Here
from hub.store.store import Store


async def test_who_is_here(store: Store) -> None:
    presence = store.presence
    await presence.prolong(["li", "ana"], 1_000)
    await presence.set_status("ana", "away")
    assert await presence.here(999) == [
        Here(agent="ana", status="away", until=1_000),
        Here(agent="li", status="available", until=1_000),
    ]
    assert await presence.here(1_000) == []
    assert (await presence.status("ana"), await presence.status("zoe")) == ("away", "available")
    await presence.prolong([], 5_000)


async def test_a_lease_is_never_shortened(store: Store) -> None:
    """Two nodes whose clocks differ hold the same agent's sockets."""
    await store.presence.prolong(["li"], 2_000)
    await store.presence.prolong(["li"], 1_000)
    assert [h.until for h in await store.presence.here(0)] == [2_000]


async def test_who_left_on_purpose_is_gone_now(store: Store) -> None:
    await store.presence.prolong(["li"], 2_000)
    await store.presence.end("li", 1_000)
    await store.presence.end("nobody", 1_000)
    assert await store.presence.here(1_000) == []
    assert await store.presence.gone(999) == []
    assert await store.presence.gone(1_000) == ["li"]


async def test_who_came_back_meanwhile_is_not_taken_off(store: Store) -> None:
    presence = store.presence
    await presence.prolong(["li", "ana"], 1_000)
    assert sorted(await presence.gone(1_500)) == ["ana", "li"]
    await presence.prolong(["li"], 3_000)
    for agent in ("li", "ana", "nobody"):
        await presence.take_off(agent, 1_500)
    assert [h.agent for h in await presence.here(0)] == ["li"]
    assert await presence.gone(2_000) == []


async def test_when_each_was_asked(store: Store) -> None:
    await store.presence.note_asked("li", 5)
    await store.presence.note_asked("li", 7)
    assert await store.presence.asked() == {"li": 7}
