"""Conversations that leave Redis for SQL and come back: whole, in order, and without a border that readers notice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.model.errors import StoreUnavailable
from hub.model.events import Audience
from hub.store.archive import Archive, Record, Stored, open_archive


@pytest.fixture
def url(tmp_path: Path) -> str:
    """tests/servers/test_postgres.py has another."""
    return f"sqlite:///{tmp_path}/new/archive.sqlite3"


@pytest.fixture
async def archive(url: str) -> AsyncIterator[Archive]:
    opened = open_archive(url)
    await opened.prepare()
    yield opened
    await opened.close()


def entries(first: int, last: int) -> list[Stored]:
    audience = (Audience.EVERYONE, Audience.STAFF)
    return [Stored(n, audience[n % 2], b'{"seq":%d,"text":"a b\\nc \xe7\x8e\x8b"}' % n) for n in range(first, last + 1)]


def record(seq: int, base: int = 0, identities: tuple[str, ...] = ()) -> Record:
    fields = {"seq": str(seq), "epoch": "e1", "snap": '{"id":"wang"}', "r:c1": "1"}
    return Record("wang", seq, base, fields, entries(base + 1, seq), identities)


async def test_what_is_put_away_is_there_whole(archive: Archive) -> None:
    await archive.put([record(1_234, identities=("account:wang", "email:w@x.cn"))])
    assert await archive.fields("wang") == record(1_234).fields
    assert await archive.after("wang", 0, 2_000) == entries(1, 1_234)
    assert await archive.find("email:w@x.cn") == "wang"
    assert (await archive.fields("liu"), await archive.find("email:l@x.cn"), await archive.count()) == (None, None, 1)


@pytest.mark.parametrize("seq", [0, 1, 499, 500, 501, 999, 1_199, 1_200, 9_999])
@pytest.mark.parametrize("limit", [1, 50, 500])
async def test_a_page_from_anywhere(archive: Archive, seq: int, limit: int) -> None:
    await archive.put([record(1_200)])
    assert await archive.after("wang", seq, limit) == entries(seq + 1, min(seq + limit, 1_200))
    last = min(seq - 1, 1_200) if seq else 1_200
    assert await archive.before("wang", seq, limit) == entries(max(1, last - limit + 1), last)


async def test_put_away_again_it_goes_on_where_it_ended(archive: Archive) -> None:
    await archive.put([record(700, identities=("email:old@x.cn",))])
    await archive.put([record(900, base=700, identities=("email:new@x.cn",))])
    assert await archive.after("wang", 0, 2_000) == entries(1, 900)
    assert (await archive.fields("wang") or {})["seq"] == "900"
    assert (await archive.find("email:old@x.cn"), await archive.find("email:new@x.cn")) == (None, "wang")


async def test_a_second_try_after_a_crash_replaces_the_first(archive: Archive) -> None:
    await archive.put([record(700)])
    await archive.put([record(710)])
    assert await archive.after("wang", 0, 2_000) == entries(1, 710)


async def test_an_identity_is_forgotten_unless_it_is_somebody_elses(archive: Archive) -> None:
    await archive.put([record(3, identities=("visitor:d1", "visitor:d2"))])
    await archive.release("visitor:d1", "somebody else")
    assert await archive.find("visitor:d1") == "wang"
    await archive.release("visitor:d1", "wang")
    await archive.release("visitor:d2")
    assert (await archive.find("visitor:d1"), await archive.find("visitor:d2")) == (None, None)


async def test_all_of_a_batch_or_nothing(archive: Archive) -> None:
    twice = Record("liu", 1, 0, {}, entries(1, 1), ["k"])
    with pytest.raises(StoreUnavailable):
        await archive.put([record(3), twice, twice])
    assert await archive.count() == 0


@pytest.mark.parametrize("wrong", ["", "nonsense", "nosuch://h/db", "postgresql+nosuch://u:secret@h/db"])
def test_an_address_that_is_none_is_refused_by_name_and_without_its_password(wrong: str) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        open_archive(wrong)
    assert "secret" not in str(refused.value)


async def test_a_database_that_is_away_is_a_store_that_is_away(tmp_path: Path) -> None:
    file = tmp_path / "archive.sqlite3"
    file.mkdir()
    archive = open_archive(f"sqlite:///{tmp_path}/archive.sqlite3")
    with pytest.raises(StoreUnavailable):
        await archive.prepare()
    await archive.close()
    with pytest.raises(StoreUnavailable):
        await archive.count()
