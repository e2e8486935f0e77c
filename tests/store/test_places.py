"""Places and due-times, over all shards."""

from hub.store.store import Store
from tests.store.acts import commit, outcome

NAMES = [f"c{n}" for n in range(12)]  # they fall on all four shards


async def put(store: Store, place: str, *names: str) -> None:
    for score, name in enumerate(names):
        await outcome(store.committer, commit(name, place=place, score=score))


async def test_members_come_in_the_order_they_came_whatever_their_shard(store: Store) -> None:
    await put(store, "queue", *NAMES)
    assert await store.places.members("queue") == NAMES
    assert await store.places.members("queue", 5) == NAMES[:5]
    assert await store.places.members("bot") == []
    assert len({store.keys.of(name) for name in NAMES}) == 4


async def test_counts_of_several_places(store: Store) -> None:
    await put(store, "queue", *NAMES[:7])
    await put(store, "agent:li", *NAMES[7:])
    assert await store.places.counts(["queue", "nobody", "agent:li"]) == {"queue": 7, "nobody": 0, "agent:li": 5}
    assert await store.places.counts([]) == {}


async def test_what_is_overdue_in_the_shards_asked_for(store: Store) -> None:
    for at, name in enumerate(NAMES):
        await outcome(store.committer, commit(name, dues={"bot": 100 + at, "snooze": 10_000}))
    found = await store.places.overdue([0, 1, 2, 3], 105)
    assert sorted(c for _, _, c in found) == sorted(NAMES[:6])
    assert {kind for _, kind, _ in found} == {"bot"}
    assert all(store.keys.shard(shard) == store.keys.of(c) for shard, _, c in found)
    [one, *_] = found
    assert await store.places.overdue([one[0]], 105) == [f for f in found if f[0] == one[0]]
    assert await store.places.overdue([], 105) == []
    assert len(await store.places.overdue([0, 1, 2, 3], 20_000, limit=1)) == 4, "a limit for each shard"


async def test_a_deadline_is_looked_at_later_or_dropped(store: Store) -> None:
    await outcome(store.committer, commit("a:b", dues={"bot": 100}))
    [(shard, kind, conversation)] = await store.places.overdue([0, 1, 2, 3], 100)
    assert (kind, conversation) == ("bot", "a:b")
    await store.places.postpone(shard, kind, conversation, 200)
    assert await store.places.overdue([shard], 199) == []
    assert await store.places.overdue([shard], 200) == [(shard, kind, conversation)]
    await store.places.forget_due(shard, kind, conversation)
    await store.places.postpone(shard, kind, conversation, 200)
    assert await store.places.overdue([shard], 2**52) == [], "what was dropped is not brought back"
