"""The bot under test: it keeps nothing between turns, so one serves all tests."""

import pytest

from hub.bot.default import DefaultBot
from hub.bot.reading import Reader
from tests.bot.talk import Talk, found


@pytest.fixture(scope="session")
def bot() -> DefaultBot:
    return DefaultBot()


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader.shipped()


@pytest.fixture
def wang(bot: DefaultBot) -> Talk:
    """A gold member, signed in, with a rice cooker out for delivery and a kettle at home."""
    return Talk(bot, found())


@pytest.fixture
def guest(bot: DefaultBot) -> Talk:
    return Talk(bot, proven=False)
