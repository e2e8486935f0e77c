"""Opening the store: an embedded one or one that is named, always with the number of shards that it was made with."""

import os
import signal
import traceback
from functools import partial
from pathlib import Path

import pytest

from hub.model.errors import OneThreadError, StoreUnavailable
from hub.store.commits import Appended, Repeated
from hub.store.directory import StoreStart
from hub.store.store import Store, UnusableUrl, WrongShards, open_store
from tests.store.acts import commit, options, outcome, own_valkey, store_at, until


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
        with pytest.raises(WrongShards, match="made with 4 shards, asked for 16") as refused:
            async with store_at(embedded, shards=16):
                pytest.fail("half of all conversations would not be found")
        assert not refused.value.retry


async def test_nobody_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.store.store.CONNECT_S", 1.0)
    for url in (f"unix://{tmp_path}/none.sock", "redis://127.0.0.1:1/0"):
        with pytest.raises(StoreUnavailable, match="can't connect to the store") as refused:
            async with open_store(options(url, tmp_path)):
                pytest.fail("there is nobody")
        assert refused.value.retry


async def test_a_wrong_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.store.store.CONNECT_S", 1.0)
    async with own_valkey(tmp_path) as embedded, store_at(embedded) as store:
        await store.client.do("CONFIG", "SET", "requirepass", "the right one")
        with pytest.raises(StoreUnavailable, match="WRONGPASS") as refused:
            async with open_store(options(embedded.url.replace("unix://", "unix://:a%20wrong%20one@"), tmp_path)):
                pytest.fail("nobody may come in")
        assert "a wrong one" not in str(refused.value)
        async with open_store(
            options(embedded.url.replace("unix://", "unix://:the%20right%20one@"), tmp_path)
        ) as let_in:
            await let_in.check()


async def test_an_embedded_store_that_can_not_live(tmp_path: Path) -> None:
    """Its append-only file is damaged; what there is to do is in the error."""
    (tmp_path / "appendonlydir").mkdir()
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("this is no manifest\n")
    with pytest.raises(StoreStart):
        async with open_store(options("", tmp_path)):
            pytest.fail("it can not have started")


@pytest.mark.parametrize(
    "url", ["nonsense", "http://h/0", "redis://[bad", "redis://:s3cret@h:70000", "redis://h:s3cret"]
)
async def test_no_address_at_all(tmp_path: Path, url: str) -> None:
    with pytest.raises(UnusableUrl) as refused:
        async with open_store(options(url, tmp_path)):
            pytest.fail("there is nobody")
    assert not refused.value.retry
    assert "s3cret" not in "".join(traceback.format_exception(refused.value))


async def test_what_its_user_raises_comes_out_as_it_is(tmp_path: Path) -> None:
    class Own(Exception):
        pass

    async with own_valkey(tmp_path) as embedded:
        with pytest.raises(Own) as raised:
            async with store_at(embedded):
                raise Own from ValueError("the cause stays")
        assert isinstance(raised.value.__cause__, ValueError)
        several = ExceptionGroup("of its own", [Own(), Own()])
        with pytest.raises(ExceptionGroup) as group:
            async with store_at(embedded):
                raise several
        assert group.value is several


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
