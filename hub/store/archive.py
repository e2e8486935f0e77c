"""The archive: conversations that nobody has touched for long, in SQL instead of Redis, whole and in order.

SQLite in the data directory, or PostgreSQL for more. A transaction is one job in a thread of ours: see
hub/crm/local_file.py for why it is no chain of awaits.
"""

import asyncio
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from pydantic_core import from_json, to_json
from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    bindparam,
    create_engine,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError

from hub.model.errors import StoreUnavailable
from hub.model.events import Audience
from hub.model.frozen import frozen
from hub.sql import make_tables, open_sqlite, transaction

THREADS = 2
PAGE = 500  # entries

T = TypeVar("T")
metadata = MetaData()
conversations = Table(
    "conversations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("fields", LargeBinary, nullable=False),
)
pages = Table(
    "pages",
    metadata,
    Column("conversation", String(64), primary_key=True),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("entries", LargeBinary, nullable=False),
)
identities = Table(
    "identities",
    metadata,
    Column("key", String(400), primary_key=True),
    Column("conversation", String(64), nullable=False, index=True),
)


@frozen
class Stored:
    """One log entry as it lies in the store: its place, who may see it, and the frame that clients get."""

    seq: int
    audience: Audience
    frame: bytes


@frozen
class Record:
    """A conversation to be put away: its hash in Redis, its log after `base` (what the archive has), and who it is.

    `identities` are keys of hub/store/identities.py.
    """

    conversation: str
    seq: int
    base: int
    fields: dict[str, str]
    entries: Sequence[Stored]
    identities: Sequence[str]


class Archive:
    """One process's access. Every method raises StoreUnavailable when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="archive")

    async def prepare(self) -> None:
        """Make the tables unless they are there."""
        await self._threaded(lambda: make_tables(self._engine, metadata))

    async def close(self) -> None:
        """Returns after the work that was asked for."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    async def put(self, records: Sequence[Record]) -> None:
        """All of them or none, on disk when this returns. What was put away before is replaced after `base`."""

        await self._write(lambda connection: _put(connection, records))

    async def fields(self, conversation: str) -> dict[str, str] | None:
        """The hash that it had in Redis; None when it is not here."""
        asked = select(conversations.c.fields).where(conversations.c.id == conversation)
        found = await self._read(lambda connection: connection.execute(asked).scalar())
        return None if found is None else dict(from_json(zlib.decompress(found)))

    async def after(self, conversation: str, seq: int, limit: int) -> list[Stored]:
        """Up to `limit` entries that follow `seq`, in order."""
        asked = (
            select(pages.c.entries)
            .where(pages.c.conversation == conversation, pages.c.last > seq)
            .order_by(pages.c.first)
        )
        return [entry for entry in await self._entries(asked.limit(2 + limit // PAGE)) if entry.seq > seq][:limit]

    async def before(self, conversation: str, seq: int, limit: int) -> list[Stored]:
        """Up to `limit` entries just before `seq` (0 = from the newest), in order."""
        asked = select(pages.c.entries).where(pages.c.conversation == conversation).order_by(pages.c.first.desc())
        if seq:
            asked = asked.where(pages.c.first < seq)
        found = [entry for entry in await self._entries(asked.limit(2 + limit // PAGE)) if not seq or entry.seq < seq]
        return found[-limit:]

    async def find(self, identity: str) -> str | None:
        """The conversation that an identity's key belongs to."""
        asked = select(identities.c.conversation).where(identities.c.key == identity)
        return await self._read(lambda connection: connection.execute(asked).scalar())

    async def release(self, identity: str, conversation: str | None = None) -> None:
        """Forget a key; only if it is that conversation's, when one is named."""
        forgotten = delete(identities).where(identities.c.key == identity)
        if conversation is not None:
            forgotten = forgotten.where(identities.c.conversation == conversation)
        await self._write(lambda connection: connection.execute(forgotten).close())

    async def count(self) -> int:
        """Conversations in it, those that came back since included."""
        asked = select(func.count()).select_from(conversations)
        return await self._read(lambda connection: int(connection.execute(asked).scalar_one()))

    async def _entries(self, asked: Select[bytes]) -> list[Stored]:
        """Those of the pages asked for, in order."""
        rows = await self._read(lambda connection: list(connection.execute(asked).scalars()))
        return sorted((entry for row in rows for entry in _unpacked(row)), key=lambda entry: entry.seq)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await self._threaded(lambda: self._transact(False, work))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._threaded(lambda: self._transact(True, work))

    def _transact(self, write: bool, work: Callable[[Connection], T]) -> T:
        with transaction(self._engine, write) as connection:
            return work(connection)

    async def _threaded(self, job: Callable[[], T]) -> T:
        def named() -> T:
            with _named():
                return job()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, named)
        except RuntimeError as closed:
            raise StoreUnavailable("the archive is closed") from closed


def open_archive(url: str) -> Archive:
    """Raises StoreUnavailable: it is no address of a database. Nothing is connected to yet."""
    try:
        engine = _engine(make_url(url))
    except OSError as problem:
        raise StoreUnavailable(f"the archive's file can't be made: {problem.strerror}") from problem
    except (ArgumentError, ImportError) as problem:
        # Not its words: they may hold the password.
        raise StoreUnavailable("ONETHREAD_ARCHIVE_URL is no address of a database we can use") from problem
    return Archive(engine)


def _engine(address: URL) -> Engine:
    if address.get_backend_name() == "sqlite":
        return open_sqlite(address.database or "", THREADS)
    return create_engine(address, pool_size=THREADS, max_overflow=0, pool_pre_ping=True)


@contextmanager
def _named() -> Iterator[None]:
    """The database's own troubles under our name."""
    try:
        yield
    except (DatabaseError, SQLAlchemyError) as problem:
        raise StoreUnavailable(f"the archive: {type(problem).__name__}") from problem


# --- inside a transaction ---------------------------------------------------------------------------------


def _put(connection: Connection, records: Sequence[Record]) -> None:
    """A few statements for all of them: one by one, building the statements cost more than carrying them out."""
    of: BindParameter[str] = bindparam("of")
    each = [{"of": record.conversation, "base": record.base} for record in records]
    connection.execute(delete(pages).where(pages.c.conversation == of, pages.c.last > bindparam("base")), each)
    if kept := [page for record in records for page in _pages(record)]:
        connection.execute(insert(pages), kept)
    connection.execute(delete(conversations).where(conversations.c.id == of), each)
    hashes = [{"id": r.conversation, "seq": r.seq, "fields": zlib.compress(to_json(r.fields))} for r in records]
    connection.execute(insert(conversations), hashes)
    connection.execute(delete(identities).where(identities.c.conversation == of), each)
    if held := {key: record.conversation for record in records for key in record.identities}:
        connection.execute(
            delete(identities).where(identities.c.key == bindparam("named")), [{"named": key} for key in held]
        )
        rows = [{"key": key, "conversation": conversation} for key, conversation in held.items()]
        connection.execute(insert(identities), rows)


def _pages(record: Record) -> Iterator[dict[str, object]]:
    for start in range(0, len(record.entries), PAGE):
        part = record.entries[start : start + PAGE]
        page = {"first": part[0].seq, "last": part[-1].seq, "entries": _packed(part)}
        yield {"conversation": record.conversation, **page}


def _packed(entries: Sequence[Stored]) -> bytes:
    """A line each; a frame is JSON and holds no line break."""
    return zlib.compress(b"\n".join(b"%d %b %b" % (e.seq, e.audience.encode(), e.frame) for e in entries))


def _unpacked(page: bytes) -> Iterator[Stored]:
    for line in zlib.decompress(page).split(b"\n"):
        seq, audience, frame = line.split(b" ", 2)
        yield Stored(int(seq), Audience(audience.decode()), frame)
