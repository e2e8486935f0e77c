"""What all tests with a real browser share."""

import asyncio

import pytest


@pytest.fixture(autouse=True)
async def untraced() -> None:
    """Asyncio's debug mode keeps a traceback of each future: with Playwright and a hub in one loop pages crawl."""
    asyncio.get_running_loop().set_debug(False)
