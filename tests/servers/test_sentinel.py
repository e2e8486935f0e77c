"""On a Sentinel set, with every ack on a replica: all that the store promises, and one whole story of the hub."""

from collections.abc import Iterator

import pytest

from hub.doctor import Level
from hub.doctor.store import examine_store
from hub.settings import Settings
from tests.clusters import kept, sentinel_setup
from tests.servers.contract import contract
from tests.test_story import test_one_conversation_from_greeting_to_crm as story

pytestmark = pytest.mark.servers

globals().update(contract())
test_one_conversation_from_greeting_to_crm = story


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with kept(sentinel_setup()) as setup:
        yield setup.url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"durability": "replicated"})


async def test_the_doctor_finds_it_well(settings: Settings) -> None:
    found = await examine_store(settings)
    assert [(f.level, f.what.en) for f in found if f.level is not Level.OK] == []
    assert "All 3 sentinels answer." in [f.what.en for f in found]
    assert any(f.what.en.endswith("An ack means: on 1 of 2 replicas.") for f in found)


async def test_the_doctor_says_what_is_wrong(settings: Settings) -> None:
    hosts, _, service = settings.redis_url.rpartition("/")
    for url, level, words in (
        (f"{hosts},127.0.0.1:1/{service}", Level.WARN, "1 of 4 sentinels do not answer: 127.0.0.1:1."),
        (f"{hosts}/other", Level.FAIL, 'names a primary for "other"'),
        (settings.redis_url.replace("hub:", "hub:not"), Level.FAIL, "can't be reached"),
    ):
        found = await examine_store(settings.model_copy(update={"redis_url": url}))
        assert [f for f in found if f.level is level and words in f.what.en], (words, found)
    lax = await examine_store(settings.model_copy(update={"durability": "memory"}))
    assert any("may be missing" in f.what.en and f.level is Level.WARN for f in lax)
