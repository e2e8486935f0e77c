"""The embedded CRM's SQLite file: opening it, and what a read and a write are.

`serve` and `work` open the same file: see hub/sql.py.

A transaction is one job in a thread of ours, not a chain of awaits (aiosqlite): a caller that gives up at its
deadline can't leave one half done and the file locked (it did), and a look-up costs a quarter of the CPU time.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError, OperationalError

from hub.crm.local_tables import VERSION, metadata
from hub.model.errors import CrmUnavailable
from hub.sql import open_sqlite, transaction

READERS = 2  # threads
WAITING = 1_000  # jobs that may wait for a thread; more are told to come back

T = TypeVar("T")


class LocalFile:
    """One process's access to the file. Its threads and connections end with `close`."""

    def __init__(self, path: Path) -> None:
        try:
            self._engine = open_sqlite(path, READERS + 1, ["foreign_keys = ON"])
        except OSError as error:
            raise CrmUnavailable(f"crm.sqlite3 can't be opened: {error.strerror}") from error
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
        return await self._run(self._readers, lambda: self._transact(False, work))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """All of `work` or nothing, on disk when this returns. Raises CrmUnavailable.

        Cancelled while it runs, it is carried out all the same: ask again with the same marker.
        """
        return await self._run(self._writer, lambda: self._transact(True, work))

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

    def _transact(self, write: bool, work: Callable[[Connection], T]) -> T:
        with _named(), transaction(self._engine, write) as connection:
            return work(connection)

    def _prepare(self) -> None:
        if self._transact(False, _version) < VERSION:
            self._transact(True, _make)


def _make(connection: Connection) -> None:
    if _version(connection) == 0:  # else another process was first
        metadata.create_all(connection, checkfirst=False)
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _version(connection: Connection) -> int:
    """Raises CrmUnavailable: a newer release wrote the file."""
    found = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if found > VERSION:
        raise CrmUnavailable("crm.sqlite3 was written by a newer release of OneThread")
    return found


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
