"""On Debian's own Redis: all that the store promises, and one whole story of the hub. `make test-servers` runs this."""

import inspect
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hub.doctor import Level
from hub.doctor.server import examine_server
from hub.model.errors import NotDurable, StoreUnavailable
from hub.settings import Settings
from hub.store.commits import Appended, Outcome
from hub.store.store import Store, open_store
from tests.servers.conftest import a_redis
from tests.store import (
    test_agents,
    test_commits,
    test_contexts,
    test_feeds,
    test_identities,
    test_leases,
    test_logins,
    test_logs,
    test_outbox,
    test_places,
    test_positions,
    test_presence,
    test_throttle,
    test_tickets,
    test_whispers,
)
from tests.store.acts import commit, options, outcome, until
from tests.test_story import test_one_conversation_from_greeting_to_crm as story

pytestmark = pytest.mark.servers

CONTRACT = (
    test_agents,
    test_commits,
    test_contexts,
    test_feeds,
    test_identities,
    test_leases,
    test_logins,
    test_logs,
    test_outbox,
    test_places,
    test_positions,
    test_presence,
    test_throttle,
    test_tickets,
    test_whispers,
)


def of_the_store(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Its tests that ask for a `store`, and so run on whichever server there is."""
    for name, test in vars(module).items():
        if name.startswith("test_") and "store" in inspect.signature(test).parameters:
            yield f"{module.__name__.rpartition('.')[2]}_{name.removeprefix('test_')}", test


# The store's own tests once more: they are its contract, and here the server is another one.
globals().update(dict(pair for module in CONTRACT for pair in of_the_store(module)))
test_one_conversation_from_greeting_to_crm = story


def test_the_contract_is_not_empty() -> None:
    """Were the tests renamed, or given another fixture, this file would pass and say nothing."""
    counts = {module.__name__: len(list(of_the_store(module))) for module in CONTRACT}
    assert all(counts.values()), counts
    assert sum(counts.values()) > 60


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
        return not isinstance(await outcome(store.committer, commit("probe", refs=[], entries=[])), StoreUnavailable)
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
