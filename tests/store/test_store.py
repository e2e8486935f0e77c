"""Opening the store: an embedded one or one that is named, always with the number of shards that it was made with."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from hub.model.errors import OneThreadError, StoreUnavailable
from hub.store.commits import Appended, Repeated
from hub.store.store import Store, WrongShards, open_store
from tests.store.acts import commit, options, outcome, own_valkey, store_at, until


def first(group: BaseException) -> BaseException:
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return group


async def test_without_a_url_it_starts_its_own_in_the_data_directory(tmp_path: Path) -> None:
    async with open_store(options("", tmp_path)) as store:
        await store.check()
        assert await outcome(store.committer, commit()) == Appended(1)
        async with open_store(options("", tmp_path)) as attached:
            assert await attached.logs.position("wang") == ("e1", 1)
    async with open_store(options("", tmp_path)) as store:
        assert await store.logs.position("wang") == ("e1", 1)


async def test_hubs_with_other_prefixes_do_not_see_each_other(tmp_path: Path) -> None:
    async with own_valkey(tmp_path) as embedded, store_at(embedded) as store:
        await outcome(store.committer, commit())
        async with store_at(embedded, prefix="other", shards=2) as other:
            assert await other.logs.position("wang") == ("", 0)


async def test_another_number_of_shards_is_refused(tmp_path: Path) -> None:
    async with own_valkey(tmp_path) as embedded, store_at(embedded):
        with pytest.raises(BaseExceptionGroup) as refused:
            async with store_at(embedded, shards=16):
                pytest.fail("half of all conversations would not be found")
        problem = first(refused.value)
        assert isinstance(problem, WrongShards)
        assert not problem.retry
        assert "made with 4 shards, asked for 16" in problem.detail


async def test_nobody_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.store.store.CONNECT_S", 0.1)
    with pytest.raises(BaseExceptionGroup) as refused:
        async with open_store(options(f"unix://{tmp_path}/none.sock", tmp_path)):
            pytest.fail("there is nobody")
    assert isinstance(first(refused.value), StoreUnavailable)


async def test_the_check_tells_a_store_that_can_be_written_from_one_that_can_not(tmp_path: Path) -> None:
    async with own_valkey(tmp_path) as embedded, store_at(embedded) as store:
        await store.check()
        await store.client.do("CONFIG", "SET", "maxmemory", 1)
        with pytest.raises(StoreUnavailable):
            await store.check()
        refused = await outcome(store.committer, commit())
        assert isinstance(refused, StoreUnavailable)
        assert "OOM" in refused.detail
        await store.client.do("CONFIG", "SET", "maxmemory", 0)
        assert await outcome(store.committer, commit()) == Appended(1), "nothing of it had happened"


async def test_a_killed_embedded_store_comes_back_with_all_that_was_acked(tmp_path: Path) -> None:
    async with open_store(options("", tmp_path)) as store:
        acked = 0
        for life in range(3):
            for _ in range(5):
                assert await outcome(store.committer, commit(expected=acked)) == Appended(acked + 1)
                acked += 1
            await kill_it(store)
            assert await until(partial(repeated, store, acked)), life
        assert [e.seq for e in await store.logs.after("wang", 0)] == list(range(1, acked + 1))


async def kill_it(store: Store) -> None:
    pid = int((await store.client.do("INFO", "server")).partition(b"process_id:")[2].partition(b"\r")[0])
    os.kill(pid, signal.SIGKILL)


async def repeated(store: Store, seq: int) -> bool:
    try:
        return await outcome(store.committer, commit(expected=seq - 1)) == Repeated({f"r{seq}": seq})
    except OneThreadError:
        return False
