"""Covers hub/process.py: what ends first ends it, and a failure is not swallowed."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.process import first_of
from hub.settings import Settings
from hub.work import work
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


def test_a_working_process_that_is_stopped_before_it_works_ends(tmp_path: Path) -> None:
    """Its store answers, and SIGTERM comes before it has a shard: it must not wait to say that it works.

    In a loop of its own: one that lives on is ended by force.
    """
    asyncio.run(_stopped_early(tmp_path))


async def _stopped_early(tmp_path: Path) -> None:
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


HANGS = """
import asyncio, os, signal
from hub import process

process.END_S = 0.2

async def stubborn():
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            print("cancelled, and stays", flush=True)

async def main():
    async with asyncio.TaskGroup() as tasks:
        stays = tasks.create_task(stubborn(), name="stubborn")
        asyncio.get_running_loop().call_soon(lambda: asyncio.get_running_loop().call_soon(os.kill, os.getpid(), 15))
        await process.asked_to_end()
        stays.cancel()

asyncio.run(main())
"""


def test_what_does_not_end_is_ended_and_named() -> None:
    """An orphaned `work` once stayed for ever: a cancellation was lost, and nobody was left to kill it."""
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1, ended.stderr
    assert "cancelled, and stays" in ended.stdout
    assert "did not end when asked" in ended.stdout + ended.stderr
    assert "stubborn" in ended.stdout + ended.stderr
    assert "Current thread" in ended.stderr


def _watches() -> bool:
    """Whether somebody waits for SIGTERM by now: before, it would end the tests."""
    return signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, None)
