"""What tests of the transport may ask for besides: a serving process without its sockets."""

from collections.abc import AsyncIterator

import pytest

from hub.settings import Settings
from tests.transport.inside import Inside, inside


@pytest.fixture
async def within(settings: Settings) -> AsyncIterator[Inside]:
    """A serving process; no bot, no routing."""
    async with inside(settings) as made:
        yield made


@pytest.fixture
async def working(settings: Settings) -> AsyncIterator[Inside]:
    """A serving process with a worker beside it: bot, routing, CRM."""
    async with inside(settings, worker=True) as made:
        yield made
