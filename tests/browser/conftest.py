"""One Chromium for all tests of this process, and one with devices for each module of calls; each test gets profiles of
its own.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from hub.settings import Settings
from tests.browser.consoles import ENGINE, launched, shared
from tests.browser.engines import calling
from tests.running import Hub, running_hub


@pytest.fixture(scope="session", autouse=True)
async def one_chromium() -> AsyncIterator[None]:
    """Before all else, so that its tasks are nobody's leak."""
    async with launched(ENGINE) as browser:
        shared.append(browser)
        yield
        shared.clear()


@pytest.fixture(scope="module")
async def devices() -> AsyncIterator[Browser]:
    async with calling() as browser:
        yield browser


@pytest.fixture
async def relayed(settings: Settings) -> AsyncIterator[Hub]:
    """A hub whose calls go by the relay; its media processes are the test's."""
    asyncio.get_running_loop().set_debug(False)
    async with running_hub(settings.model_copy(update={"calls": "relay"})) as hub:
        yield hub
