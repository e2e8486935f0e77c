"""Two processes on one real store, and a clock that stands."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hub.settings import Settings
from tests.services.acts import Clock, Process, a_process


@pytest.fixture(autouse=True)
async def untraced() -> None:
    """Asyncio's debug mode keeps a traceback of each future: whole processes on a real store get ten times slower."""
    asyncio.get_running_loop().set_debug(False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def process(settings: Settings, clock: Clock) -> AsyncIterator[Process]:
    async with a_process(settings, clock) as process:
        yield process


@pytest.fixture
async def other(settings: Settings, clock: Clock) -> AsyncIterator[Process]:
    """A second process, which knows only what the store tells it."""
    async with a_process(settings, clock) as process:
        yield process
