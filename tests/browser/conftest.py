"""One Chromium for all tests of this process; each test gets profiles of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.browser.consoles import ENGINE, launched, shared


@pytest.fixture(scope="session", autouse=True)
async def one_chromium() -> AsyncIterator[None]:
    """Before all else, so that its tasks are nobody's leak."""
    async with launched(ENGINE) as browser:
        shared.append(browser)
        yield
        shared.clear()
