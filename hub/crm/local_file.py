"""The embedded CRM's SQLite file: opening it, and what a read and a write are.

`serve` and `work` open the same file. WAL lets readers go on while one process writes; every write begins
IMMEDIATE, because a read that turns into a write fails at once with "database is locked", however patient it is.

A transaction is one job in a thread of ours, not a chain of awaits (aiosqlite): a caller that gives up at its
deadline can't leave one half done and the file locked (it did), and a look-up costs a quarter of the CPU time.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from hub.crm.local_tables import VERSION, metadata
from hub.model.errors import CrmUnavailable

BUSY_S = 5.0  # how long a writer waits for another process
PAUSE_S = 0.02  # between two tries where SQLite itself does not wait
READERS = 2  # threads
WAITING = 1_000  # jobs that may wait for a thread; more are told to come back

T = TypeVar("T")


class LocalFile:
    """One process's access to the file. Its threads and connections end with `close`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = _engine(path)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="crm-read")
        # One writer, so that our own writes queue in order; only other processes meet at SQLite's lock, which polls.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="crm-write")
        self._waiting = 0
        self._closed = False

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open `path`, or make it. Raises CrmUnavailable when it can't be read or a newer release wrote it."""
        file = cls(path)
        try:
            await file._run(file._writer, file._prepare)
        except BaseException:
            await file.close()
            raise
        return file

    async def read(self, work: Callable[[Connection], T]) -> T:
        """`work` on one snapshot of the file. Raises CrmUnavailable."""
        return await self._run(self._readers, lambda: self._transact("BEGIN", work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """All of `work` or nothing, on disk when this returns. Raises CrmUnavailable.

        Cancelled while it runs, it is carried out all the same: ask again with the same marker.
        """
        return await self._run(self._writer, lambda: self._transact("BEGIN IMMEDIATE", work))

    async def close(self) -> None:
        """Returns after the work that was asked for. Closing twice is fine."""
        self._closed = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._readers.shutdown()
        self._writer.shutdown()
        self._engine.dispose()

    async def _run(self, threads: ThreadPoolExecutor, job: Callable[[], T]) -> T:
        if self._closed:
            raise CrmUnavailable("crm.sqlite3 is closed")
        if self._waiting >= WAITING:
            raise CrmUnavailable("crm.sqlite3 has too much to do")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, job)
        finally:
            self._waiting -= 1

    def _transact(self, begin: str, work: Callable[[Connection], T]) -> T:
        with _named(), self._engine.connect() as connection:
            connection.exec_driver_sql(begin)
            result = work(connection)
            connection.commit()
            return result

    def _prepare(self) -> None:
        _touch(self._path)
        with _named(), self._engine.connect() as connection:
            _write_ahead(connection)
            found = _version(connection)
        if found > VERSION:
            raise CrmUnavailable("crm.sqlite3 was written by a newer release of OneThread")
        if found < VERSION:
            self._transact("BEGIN IMMEDIATE", _make)


def _write_ahead(connection: Connection) -> None:
    """Two processes that change a new file's mode at once: SQLite tells one "locked" without its usual wait."""
    give_up = time.monotonic() + BUSY_S
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except OperationalError as error:
            if not _is_busy(error) or time.monotonic() > give_up:
                raise
            time.sleep(PAUSE_S)
        else:
            return


def _is_busy(error: OperationalError) -> bool:
    return isinstance(error.orig, sqlite3.Error) and error.orig.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _make(connection: Connection) -> None:
    if _version(connection) == 0:  # else another process was first
        metadata.create_all(connection, checkfirst=False)
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        # BEGIN is ours to say; the pool hands a connection from thread to thread, one at a time.
        connect_args={"timeout": BUSY_S, "isolation_level": None, "check_same_thread": False},
        pool_size=READERS + 1,
        max_overflow=0,
    )
    event.listen(engine, "connect", _pragmas)
    return engine


def _pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # An outbox entry is deleted once its write is acknowledged: in WAL only FULL survives a power cut.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _touch(path: Path) -> None:
    """Its folder exists, and only we can read the file: SQLite gives -wal and -shm the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise CrmUnavailable(f"crm.sqlite3 can't be opened: {error.strerror}") from error


def _version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


@contextmanager
def _named() -> Iterator[None]:
    """SQLite's own troubles under our name. A broken constraint is a bug and stays what it is."""
    try:
        yield
    except OperationalError as error:
        raise CrmUnavailable("crm.sqlite3 is busy or can't be read") from error
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise
        raise CrmUnavailable("crm.sqlite3 is damaged or is no database") from error
