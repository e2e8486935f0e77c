"""Covers hub/store/media_asks.py: questions to a worker, and their answers."""

import asyncio

import pytest

from hub.model.errors import MediaUnavailable
from hub.store.media_asks import MOST_WAITING
from hub.store.store import Store


async def test_an_ask_gets_its_own_answer(store: Store) -> None:
    async def echo(count: int) -> None:
        for _ in range(count):
            ask = await store.media_asks.next("one")
            assert ask is not None
            await store.media_asks.answer(ask, b"re: " + ask.body)

    answers, _ = await asyncio.gather(
        asyncio.gather(*(store.media_asks.ask("one", f"with space {n}".encode(), 5) for n in range(5))), echo(5)
    )
    assert answers == [f"re: with space {n}".encode() for n in range(5)]


async def test_without_an_answer_it_is_unavailable(store: Store) -> None:
    with pytest.raises(MediaUnavailable):
        await store.media_asks.ask("nobody", b"x", 0.05)


async def test_what_nobody_waits_for_any_more_is_not_done(store: Store) -> None:
    """A worker that was stopped for a while must not open calls that are elsewhere by now."""
    with pytest.raises(MediaUnavailable):
        await store.media_asks.ask("one", b"late", 0.05)
    assert await store.media_asks.next("one") is None


async def test_too_many_that_wait_are_refused_at_once(store: Store) -> None:
    key = store.keys.everywhere("media:asks:one")
    await store.client.do("RPUSH", key, *["x 0 y"] * MOST_WAITING)
    with pytest.raises(MediaUnavailable) as refused:
        await store.media_asks.ask("one", b"x", 5)
    assert refused.value.detail == "too many ask"
    assert 0 < await store.client.do("PTTL", key) <= 10_000, "those of a dead worker go by themselves"
