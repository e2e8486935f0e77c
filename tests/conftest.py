"""What every test may ask for: a real embedded Valkey, a key prefix of its own, a whole hub in this process."""

import asyncio
import asyncio.format_helpers
import inspect
import os
import secrets
import shutil
import sys
import tempfile
import traceback
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from traceback import FrameSummary, StackSummary
from types import FrameType
from typing import Any

import httpx._transports.default
import hypothesis
import pytest
import uvicorn.server
from hypothesis import HealthCheck

from hub.memory import collect_seldom
from hub.options import store_options
from hub.settings import Settings
from hub.store.embedded import EmbeddedStore
from hub.store.store import Store, open_store
from hub.transport.http import static
from tests.running import Hub, running_hub

# Hypothesis goes by count and never by the clock, which other work on the machine slows.
hypothesis.settings.register_profile("hub", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.settings.load_profile("hub")


# Memory for a disk, where there is enough of it: every commit of every test is synced, here and in its processes.
MEMORY = "/dev/shm"
if os.path.isdir(MEMORY) and shutil.disk_usage(MEMORY).free > 4 << 30:
    os.environ |= {"TMPDIR": MEMORY, "PYTEST_DEBUG_TEMPROOT": MEMORY}
    tempfile.tempdir = MEMORY


def _nearest(frame: FrameType | None = None, limit: int | None = None) -> StackSummary:
    found = StackSummary()
    frame = frame or sys._getframe(1)
    while frame is not None and len(found) < 3:
        place = frame.f_code
        found.append(FrameSummary(place.co_filename, frame.f_lineno, place.co_name, lookup_line=False))
        frame = frame.f_back
    found.reverse()
    return found


# asyncio's debug mode notes for each future and callback where it was made: under pytest 60 frames, of files that it
# looks at each time; nearly half of all that tests cost. The nearest tell enough. (Its C part has its own reference.)
asyncio.format_helpers.extract_stack = _nearest
traceback.extract_stack.__code__ = _nearest.__code__
collect_seldom()


class _Hurried:
    """asyncio, for uvicorn: it looks ten times a second whether it may end, twice at each end."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    def sleep(self, seconds: float) -> Any:
        return asyncio.sleep(seconds / 10)


uvicorn.server.asyncio = _Hurried()
# Each test's hub packs the pages anew: more work than serving them. The same file, as it was then, packs to the same.
static._read = cache(static._read)
# And each client reads whom the machine trusts, 50 ms, to speak plain HTTP.
httpx._transports.default.create_ssl_context = cache(httpx._transports.default.create_ssl_context)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that runs a loop is watched for tasks that it leaves behind."""
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.insert(0, "no_leaked_tasks")


@pytest.fixture
async def no_leaked_tasks() -> AsyncIterator[None]:
    """A task that outlives its test has no owner. All tests share the loop: each begins with asyncio's debug mode."""
    asyncio.get_running_loop().set_debug(True)
    before = asyncio.all_tasks()
    yield
    leaked = [t for t in asyncio.all_tasks() - before - {asyncio.current_task()} if not t.done() and not _librarys(t)]
    assert not leaked, leaked


def _librarys(task: asyncio.Task[object]) -> bool:
    """Playwright serves the browser that tests share. redis-py writes in a task (`wait_for`) that who sends waits for:
    a sender that outlives its test is found itself."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and any(library in code.co_filename for library in ("/playwright/", "/redis/asyncio/"))


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a real Valkey, started as the hub starts its own, once for all tests."""
    with tempfile.TemporaryDirectory() as home:
        embedded = EmbeddedStore(Path(home), "fsync")
        runner = asyncio.Runner()
        try:
            yield runner.run(embedded.start())
            runner.run(embedded.stop())
        finally:
            runner.close()


@pytest.fixture
def settings(valkey: str, tmp_path: Path) -> Settings:
    """Settings of a demo hub with keys of its own. Short waits where a test would have to sit them out."""
    return Settings(
        redis_url=valkey,
        key_prefix=f"t{os.getpid()}{secrets.token_hex(4)}",
        data_dir=tmp_path,
        port=0,
        demo=True,
        calls="direct",
        shards=4,
        drain_s=0.02,
        tickets_per_min=100_000,
        requests_per_10s=10_000,
        staff_requests_per_10s=10_000,
    )


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with open_store(store_options(settings)) as opened:
        yield opened


@pytest.fixture
async def hub(settings: Settings) -> AsyncIterator[Hub]:
    """A whole hub: sockets, HTTP and a worker, in this event loop, on a port of its own.

    Without asyncio's debug mode, which keeps a traceback of each future: its parts are tested with it.
    """
    asyncio.get_running_loop().set_debug(False)
    async with running_hub(settings) as hub:
        yield hub
