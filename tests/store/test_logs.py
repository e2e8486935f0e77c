"""Reading a conversation back: snapshot and tail tell the same as the whole log, and a bad entry stops nothing."""

from dataclasses import replace

import pytest

from hub.model.codec import snapshot
from hub.model.conversation import Conversation, apply
from hub.model.events import Audience, Logged, NoteAdded, TagAdded
from hub.store.store import Store
from tests.store.acts import WANG, commit, frame, outcome


async def written(store: Store, count: int, snap_at: int = 0) -> Conversation:
    """`count` tags in wang's log, with a snapshot of the state at seq `snap_at`; the state that it folds to."""
    it, snap = Conversation("wang", epoch="e1"), b""
    frames = []
    for seq in range(1, count + 1):
        event = TagAdded(tag=f"t{seq}")
        it = apply(it, Logged("wang", seq, 1_795_572_000_000 + seq, WANG, f"m{seq}", "web", event))
        frames.append((seq, "s", frame("wang", seq, event=event)))
        snap = snapshot(it) if seq == snap_at else snap
    await outcome(
        store.committer, commit(entries=frames[:snap_at], refs={}, snapshot=snap) if snap_at else commit(count=0)
    )
    rest = frames[snap_at:]
    for at in range(0, len(rest), 500):
        part = rest[at : at + 500]
        await outcome(store.committer, commit(expected=snap_at + at, entries=part, refs={}))
    return it


@pytest.mark.parametrize("snap_at", [0, 1, 19, 20])
async def test_snapshot_and_tail_tell_the_whole_log(store: Store, snap_at: int) -> None:
    whole = await written(store, 20, snap_at)
    assert await store.logs.load("wang") == whole
    assert await store.logs.load_several(["wang"]) == [whole]


async def test_a_tail_longer_than_a_page(store: Store) -> None:
    whole = await written(store, 1_203)
    assert (await store.logs.load("wang")).seq == 1_203
    assert await store.logs.load("wang") == whole


async def test_one_that_never_was_has_a_fresh_epoch_each_time(store: Store) -> None:
    one, other = await store.logs.load("wang"), await store.logs.load("wang")
    assert (one.seq, other.seq) == (0, 0)
    assert one.epoch != other.epoch
    assert await store.logs.position("wang") == ("", 0)
    assert await store.logs.load_several(["wang"]) == []


async def test_the_epoch_of_the_store_is_the_truth(store: Store) -> None:
    """A restore from backup changes it there, not in each snapshot."""
    await written(store, 3, 3)
    await store.client.do("HSET", store.keys.conversation("wang"), "epoch", "e2")
    assert (await store.logs.load("wang")).epoch == "e2"
    assert (await store.logs.load_several(["wang"]))[0].epoch == "e2"
    assert await store.logs.position("wang") == ("e2", 3)


async def test_an_entry_that_can_not_be_read_keeps_its_place(store: Store) -> None:
    """One bad entry never stops a log, nor the process that reads it."""
    await outcome(store.committer, commit(entries=[(1, "e", frame("wang", 1)), (2, "e", b"{broken")], refs={}))
    await outcome(store.committer, commit(expected=2, entries=[(3, "e", frame("wang", 3, "after"))], refs={}))
    it = await store.logs.load("wang")
    assert it.seq == 3
    assert it.talk.last
    assert it.talk.last.text == "after"


async def test_a_snapshot_of_another_version_is_not_needed(store: Store) -> None:
    whole = await written(store, 5, 5)
    await store.client.do("HSET", store.keys.conversation("wang"), "snap", '{"id": 7, "who": "nobody"}')
    assert await store.logs.load("wang") == whole
    assert await store.logs.load_several(["wang"]) == [whole]


async def test_pages_forward_and_back(store: Store) -> None:
    await written(store, 10)
    logs = store.logs

    async def seqs(page: object) -> list[int]:
        return [e.seq for e in await page]  # type: ignore[attr-defined]

    assert await seqs(logs.after("wang", 0, 3)) == [1, 2, 3]
    assert await seqs(logs.after("wang", 8)) == [9, 10]
    assert await seqs(logs.after("wang", 10)) == []
    assert await seqs(logs.before("wang", 0, 3)) == [8, 9, 10]
    assert await seqs(logs.before("wang", 8, 3)) == [5, 6, 7]
    assert await seqs(logs.before("wang", 3, 5)) == [1, 2]
    assert await seqs(logs.before("wang", 1, 5)) == []
    assert await seqs(logs.before("nobody", 0, 5)) == []


async def test_entries_know_who_may_see_them(store: Store) -> None:
    note = frame("wang", 2, event=NoteAdded(text="vip"))
    await outcome(store.committer, commit(entries=[(1, "e", frame("wang", 1)), (2, "s", note)], refs={}))
    assert [(e.audience, e.frame) for e in await store.logs.after("wang", 0)] == [
        (Audience.EVERYONE, frame("wang", 1)),
        (Audience.STAFF, note),
    ]


async def test_many_states_in_the_order_asked_for(store: Store) -> None:
    for name in ("a", "b", "c"):
        await outcome(store.committer, commit(name))
    found = await store.logs.load_several(["c", "nobody", "a"])
    assert [it.id for it in found] == ["c", "a"]
    assert found[0] == replace(await store.logs.load("c"), epoch="e1")
