"""Covers hub/process.py: what ends first ends it, and a failure is not swallowed."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from hub.main import work
from hub.process import first_of
from hub.settings import Settings
from tests.store.acts import own_valkey


async def test_the_first_ends_it_and_the_others_are_cancelled() -> None:
    ended: list[str] = []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("never")

    await asyncio.wait_for(first_of(never(), asyncio.sleep(0)), 5)
    assert ended == ["never"]


async def test_a_failure_is_a_failure() -> None:
    async def fails() -> None:
        raise KeyError

    with pytest.raises(ExceptionGroup):
        await first_of(asyncio.Event().wait(), fails())  # type: ignore[arg-type]


async def test_a_working_process_that_is_stopped_before_it_works_ends(tmp_path: Path) -> None:
    """Its store answers, and SIGTERM comes before it has a shard: it must not wait to say that it works."""
    settings = Settings(data_dir=tmp_path, shards=64)
    async with own_valkey(tmp_path) as embedded:
        there = settings.model_copy(update={"redis_url": embedded.url})
        for delay_s in (0.0, 0.002, 0.005, 0.01):
            working = asyncio.create_task(work(there))
            while not _watches():
                await asyncio.sleep(0)
            await asyncio.sleep(delay_s)
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(working, 5)
            for sign in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().remove_signal_handler(sign)


def _watches() -> bool:
    """Whether somebody waits for SIGTERM by now: before, it would end the tests."""
    return signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, None)
