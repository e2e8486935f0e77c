"""Covers hub/sql.py: several processes that open a new database at the same moment."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from hub.sql import make_tables, open_sqlite, transaction

SEVERAL = 6  # each with an engine of its own: to SQLite that is what processes are

tables = MetaData()
first = Table("first", tables, Column("id", Integer, primary_key=True))
second = Table("second", tables, Column("id", Integer, primary_key=True))


@pytest.mark.parametrize("time", range(10))
def test_several_that_open_a_new_file_at_once(tmp_path: Path, time: int) -> None:
    together = Barrier(SEVERAL)

    def start(who: int) -> None:
        together.wait()
        engine = open_sqlite(tmp_path / "new" / "file.sqlite3", 1)
        make_tables(engine, tables)
        with transaction(engine) as connection:
            seen = len(connection.execute(select(first)).all())  # a read that becomes a write
            connection.execute(insert(first).values(id=seen))
        engine.dispose()

    with ThreadPoolExecutor(SEVERAL) as threads:
        list(threads.map(start, range(SEVERAL)))
    engine = open_sqlite(tmp_path / "new" / "file.sqlite3", 1)
    with transaction(engine, write=False) as connection:
        assert connection.execute(select(first.c.id).order_by(first.c.id)).scalars().all() == list(range(SEVERAL))
    engine.dispose()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "file.sqlite3", 1)
    make_tables(engine, tables)
    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        connection.execute(insert(first).values(id=1 // int(not connection.execute(insert(first).values(id=7)))))
    with transaction(engine) as connection:
        assert connection.execute(select(first)).all() == []
    engine.dispose()


def test_the_file_is_ours_alone(tmp_path: Path) -> None:
    open_sqlite(tmp_path / "file.sqlite3", 1).dispose()
    assert os.stat(tmp_path / "file.sqlite3").st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OSError, match="taken"):
        open_sqlite(tmp_path / "taken" / "file.sqlite3", 1)
