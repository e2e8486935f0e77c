"""On Debian's own Redis: all that the store promises, and one whole story of the hub. `make test-servers` runs this."""

import signal
import subprocess
from pathlib import Path

import pytest

from hub.doctor import Level
from hub.doctor.server import examine_server
from hub.model.errors import NotDurable, StoreUnavailable
from hub.settings import Settings
from hub.store.commits import Appended, Outcome
from hub.store.store import Store, open_store
from tests.servers.conftest import a_redis
from tests.servers.contract import contract
from tests.store.acts import commit, options, outcome, until
from tests.test_story import test_one_conversation_from_greeting_to_crm as story

pytestmark = pytest.mark.servers

globals().update(contract())
test_one_conversation_from_greeting_to_crm = story


async def test_the_doctor_finds_it_well(settings: Settings) -> None:
    found = await examine_server(settings.redis_url, settings)
    assert [(f.level, f.what.en) for f in found if f.level is not Level.OK] == []


async def test_what_was_acked_is_there_after_a_kill(tmp_path: Path) -> None:
    """The lines come back by themselves, with the password, and have lost nothing."""
    with a_redis() as redis:
        async with open_store(options(redis.url, tmp_path)) as store:
            acked = 0
            for _ in range(2):
                for _ in range(5):
                    assert await outcome(store.committer, commit(expected=acked)) == Appended(acked + 1)
                    acked += 1
                redis.end(signal.SIGKILL)
                redis.start()
                assert await until(lambda: readable(store))
            assert [e.seq for e in await store.logs.after("wang", 0)] == list(range(1, acked + 1))


async def readable(store: Store) -> bool:
    try:
        await store.check()
        return not isinstance(await outcome(store.committer, commit("probe", refs={}, entries=[])), StoreUnavailable)
    except StoreUnavailable:
        return False


async def test_a_server_that_writes_once_a_second(tmp_path: Path, settings: Settings) -> None:
    """From 7.2 it can be asked when that has happened; of an older one no ack is given, and the doctor says why."""
    with a_redis(fsync="everysec") as redis:
        async with open_store(options(redis.url, tmp_path)) as store:
            done: Outcome = await outcome(store.committer, commit())
        found = await examine_server(redis.url, settings)
    if version() >= (7, 2):
        assert done == Appended(1)
        assert not [f for f in found if f.level is Level.FAIL]
    else:
        assert isinstance(done, NotDurable)
        [wrong] = [f for f in found if f.level is Level.FAIL]
        assert "appendfsync" in wrong.what.en
        assert wrong.mend
        assert "appendfsync always" in wrong.mend.en


def version() -> tuple[int, ...]:
    said = subprocess.run(["redis-server", "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in said.partition("v=")[2].split()[0].split(".")[:2])
