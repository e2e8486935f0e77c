"""SQL databases that several processes of ours open at once: a SQLite file's mode, and tables that the first one makes.

`serve` and `work` start together on a new file. SQLite lets readers go on while one process writes (WAL), but tells
one of two that change a new file's mode, or that turn a read into a write, "locked" without its usual wait; and of
two that make a table, one finds it made between looking and making.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, func, select
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_S = 5.0  # how long a writer waits for another process
PAUSE_S = 0.02  # between two tries where SQLite itself does not wait
TABLES_LOCK = 0x6F746864  # any number that others who use the same PostgreSQL are unlikely to take ("othd")


def open_sqlite(path: str | Path, connections: int, pragmas: Sequence[str] = ()) -> Engine:
    """A file that only we can read, in WAL and safe against a power cut. Raises OSError: it can't be made.

    BEGIN is for `transaction` to say. A connection may pass from thread to thread, one at a time.
    """
    _touch(Path(path))
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_S, "isolation_level": None, "check_same_thread": False},
        pool_size=connections,
        max_overflow=0,
    )

    def connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        _write_ahead(connection)
        cursor = connection.cursor()
        # What is here may be gone elsewhere (Redis, the outbox): in WAL only FULL survives a power cut.
        for pragma in ("synchronous = FULL", *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", connected)
    return engine


@contextmanager
def transaction(engine: Engine, write: bool = True) -> Iterator[Connection]:
    """All of it or nothing, on disk when it ends.

    One that does not `write` sees one state of the database, and in SQLite waits for nobody.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
        yield connection
        connection.commit()


def make_tables(engine: Engine, tables: MetaData) -> None:
    """Those that are not there; one process at a time, so that none finds made what it just looked for."""
    with transaction(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(TABLES_LOCK)))
        tables.create_all(connection)


def _write_ahead(connection: DBAPIConnection) -> None:
    give_up = time.monotonic() + BUSY_S
    cursor = connection.cursor()
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(PAUSE_S)
        else:
            return cursor.close()


def _touch(path: Path) -> None:
    """Its folder exists, and only we can read it: SQLite gives -wal and -shm the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
