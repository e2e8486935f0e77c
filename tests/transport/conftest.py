"""What tests of the transport may ask for besides: a serving process without its sockets."""

from collections.abc import AsyncIterator

import hypothesis
import pytest

from hub.settings import Settings
from tests.transport.inside import Inside, inside

# A busy machine is slow, and that is no finding.
hypothesis.settings.register_profile("transport", deadline=None)
hypothesis.settings.load_profile("transport")


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
