"""Covers hub/store/voice.py: jobs of voice processes, and who has one in hand."""

from hub.store.store import Store
from hub.store.voice import AT_ONCE, KEPT_MS, VoiceJob

ANSWER = VoiceJob(what="answer", conversation="c1", call="k1")
FILM = VoiceJob(what="transcribe", conversation="c1", call="k1", recording="1-customer", party="customer")


async def test_what_is_added_waits_until_it_is_done(store: Store) -> None:
    now = store.clock()
    await store.voice.add(ANSWER, now)
    await store.voice.add(FILM, now + 1)
    await store.voice.add(ANSWER, now + 2)
    assert await store.voice.waiting() == [ANSWER, FILM]
    await store.voice.done(ANSWER)
    await store.voice.done(ANSWER)
    assert await store.voice.waiting() == [FILM]


async def test_calls_do_not_wait_behind_any_number_of_recordings(store: Store) -> None:
    for n in range(AT_ONCE + 5):
        await store.voice.add(FILM.model_copy(update={"recording": f"{n}-customer"}), store.clock())
    await store.voice.add(ANSWER, store.clock() + 1)
    assert (await store.voice.waiting())[0] == ANSWER


async def test_one_has_it_in_hand_until_they_let_it_go(store: Store) -> None:
    assert await store.voice.hold(ANSWER, "one")
    assert await store.voice.hold(ANSWER, "one")
    assert not await store.voice.hold(ANSWER, "other")
    assert await store.voice.hold(FILM, "other")
    await store.voice.let_go(ANSWER, "other")
    assert not await store.voice.hold(ANSWER, "other")
    await store.voice.let_go(ANSWER, "one")
    assert await store.voice.hold(ANSWER, "other")


async def test_what_nobody_did_for_a_day_is_dropped(store: Store) -> None:
    await store.voice.add(ANSWER, store.clock() - KEPT_MS - 1)
    await store.voice.add(FILM, store.clock())
    assert await store.voice.waiting() == [FILM]


async def test_what_a_newer_hub_added_is_left_alone(store: Store) -> None:
    await store.client.do("ZADD", store.keys.everywhere("voice:answer"), 1, '{"what":"sing"}')
    await store.voice.add(ANSWER, store.clock())
    assert await store.voice.waiting() == [ANSWER]
