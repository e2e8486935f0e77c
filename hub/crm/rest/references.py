"""What the hub must remember about a CRM beside it: which writes were sent, which customer is whom, who is signed in.

One SQL database for all processes: SQLite beside the others, or PostgreSQL when workers run on several machines. It is
not in Redis, because it must outlive a store that is restored or flushed: who forgets a write would write it again.

A write's row is made *before* it is sent. A process that dies in between leaves it behind; whoever comes next sees
that nobody knows, and looks for the mark in the CRM.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Literal, Self, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from hub.crm.rest.marks import mark
from hub.crm.rest.references_tables import customers, metadata, sessions, writes
from hub.model.errors import BadRequest, CrmUnavailable
from hub.model.frozen import frozen
from hub.sql import make_tables, open_sqlite, transaction

LEASE_MS = 40_000  # longer than a write may take (35 s), shorter than the outbox's lease (60 s)
T = TypeVar("T")


@frozen
class Key:
    """One write."""

    connection: str
    operation: str
    marker: str


@frozen
class Begun:
    """What is known of a write. `new`: never tried. `unknown`: tried, and nobody knows what became of it.
    `made`: it was written, its follow-ups maybe not. `sent`: all done, with `result`. `at`: last sent, epoch ms.
    """

    state: Literal["new", "unknown", "made", "sent"]
    at: int = 0
    remote_id: str = ""
    result: str = ""


@frozen
class Known:
    """A customer as the CRM had them last: its own id, and the addresses by which they can be found again."""

    remote_id: str
    keys: str


@frozen
class Session:
    sealed: str
    version: int
    until: int


class References:
    """Every method raises CrmUnavailable when the database can't be used. Times are epoch ms."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(make_url(url))
        lite = self._engine.dialect.name == "sqlite"
        self._insert: Any = (sqlite if lite else postgresql).insert
        self._threads = ThreadPoolExecutor(1 if lite else 4, thread_name_prefix="crm-references")

    @classmethod
    async def open(cls, url: str) -> Self:
        """`url` as SQLAlchemy has it: `sqlite:///data/crm_references.sqlite3`, `postgresql+psycopg://...`."""
        it = cls(url)
        try:
            await it._run(it._prepare)
        except BaseException:
            await it.close()
            raise
        return it

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    # --- writes ---------------------------------------------------------------------------------------------

    async def begin(self, key: Key, on: str, owner: str, now: int) -> Begun:
        """Take a write on, for `owner` alone until its lease ends. `on`: whose or what it is about.

        Raises CrmUnavailable while somebody else has it, BadRequest when the marker was about something else.
        """
        return await self._write(lambda c: self._begin(c, key, on, owner, now))

    def _begin(self, connection: Connection, key: Key, on: str, owner: str, now: int) -> Begun:
        row = {**_row(key), "mark": mark(key.marker), "on": on, "state": "unknown", "at": now}
        row |= {"owner": owner, "until": now + LEASE_MS, "remote_id": "", "result": ""}
        if self._is_new(connection, writes, row):
            return Begun("new", now)
        found = connection.execute(select(writes).where(_is(key))).mappings().one()
        if found["on"] != on:
            raise BadRequest("marker: it was used for another customer or ticket")
        begun = Begun(found["state"], found["at"], found["remote_id"], found["result"])
        if begun.state == "sent":
            return begun
        free = (writes.c.until <= now) & (writes.c.state != "sent")
        taken = connection.execute(update(writes).where(_is(key), free).values(owner=owner, until=now + LEASE_MS))
        if taken.rowcount != 1:
            wait = max(0.1, (found["until"] - now) / 1000)
            raise CrmUnavailable(f"{key.operation}: another process is at it", retry_after=wait)
        return begun

    def _is_new(self, connection: Connection, table: Table, row: dict[str, Any]) -> bool:
        """Put it in, unless its key is there. By RETURNING: psycopg tells of no row count after an INSERT."""
        put = self._insert(table).values(row).on_conflict_do_nothing().returning(table.c.connection)
        return connection.execute(put).first() is not None

    async def sending(self, key: Key, owner: str, now: int) -> None:
        """It is about to be sent (again)."""
        await self._change(key, owner, at=now, until=now + LEASE_MS)

    async def made(self, key: Key, owner: str, remote_id: str) -> None:
        """It was written; its follow-ups come next."""
        await self._change(key, owner, state="made", remote_id=remote_id)

    async def sent(self, key: Key, owner: str, remote_id: str, result: str) -> None:
        """All of it is done. The same marker gives `result` from now on."""
        await self._change(key, owner, state="sent", remote_id=remote_id, result=result, until=0)

    async def let_go(self, key: Key, owner: str, *, written: bool) -> None:
        """It failed: the next one may try at once. Not `written`, for sure: as if it had never been tried; but what was
        made before stays made.
        """
        mine = _is(key) & (writes.c.owner == owner) & (writes.c.state != "sent")

        def gone(c: Connection) -> None:
            if not written:
                c.execute(delete(writes).where(mine, writes.c.state != "made"))
            c.execute(update(writes).where(mine).values(until=0))

        await self._write(gone)

    async def lose(self, key: Key) -> None:
        """As if nobody knew what became of it: for `crm check`, which sees whether it is found again."""
        values = {"state": "unknown", "until": 0, "at": 0, "remote_id": "", "result": ""}
        await self._write(lambda c: c.execute(update(writes).where(_is(key)).values(**values)))

    async def marker_of(self, connection: str, mark: str) -> str:
        """The marker behind a mark of ours; "" for one that this hub did not set."""
        query = select(writes.c.marker).where(writes.c.connection == connection, writes.c.mark == mark).limit(1)
        return str(await self._write(lambda c: c.scalar(query)) or "")

    async def _change(self, key: Key, owner: str, **values: Any) -> None:
        mine = _is(key) & (writes.c.owner == owner)
        done = await self._write(lambda c: c.execute(update(writes).where(mine).values(**values)).rowcount)
        if done != 1:
            raise CrmUnavailable(f"{key.operation}: it took too long, and another process is at it")

    # --- customers ------------------------------------------------------------------------------------------

    async def remember(self, connection: str, external_id: str, known: Known, now: int) -> None:
        row = {"connection": connection, "external_id": external_id, "at": now}
        row |= {"remote_id": known.remote_id, "keys": known.keys}
        values = {"remote_id": known.remote_id, "keys": known.keys, "at": now}
        upsert = self._insert(customers).values(row)
        upsert = upsert.on_conflict_do_update(index_elements=["connection", "external_id"], set_=values)
        await self._write(lambda c: c.execute(upsert))

    async def known(self, connection: str, external_id: str) -> Known | None:
        mine = (customers.c.connection == connection) & (customers.c.external_id == external_id)
        query = select(customers.c.remote_id, customers.c["keys"]).where(mine)
        row = await self._write(lambda c: c.execute(query).first())
        return Known(row[0], row[1]) if row else None

    async def owner_of(self, connection: str, remote_id: str) -> str:
        """External id of the customer who has this id in the CRM; "" when that was never seen."""
        mine = (customers.c.connection == connection) & (customers.c.remote_id == remote_id)
        return str(await self._write(lambda c: c.scalar(select(customers.c.external_id).where(mine).limit(1))) or "")

    async def forget(self, connection: str, external_id: str) -> None:
        """Erase what is kept of a customer. That something was written stays known, not what."""

        def erased(c: Connection) -> None:
            mine = (customers.c.connection == connection) & (customers.c.external_id == external_id)
            c.execute(delete(customers).where(mine))
            theirs = (writes.c.connection == connection) & (writes.c.on == external_id)
            c.execute(update(writes).where(theirs).values(result=""))

        await self._write(erased)

    # --- sessions -------------------------------------------------------------------------------------------

    async def session(self, connection: str) -> Session | None:
        query = select(sessions.c.sealed, sessions.c.version, sessions.c.until).where(
            sessions.c.connection == connection
        )
        row = await self._write(lambda c: c.execute(query).first())
        return Session(row[0], row[1], row[2]) if row else None

    async def lease_session(self, connection: str, owner: str, now: int, lease_ms: int) -> bool:
        """May `owner` sign in? Nobody else may then, until it is kept, freed, or the lease ends."""

        def leased(c: Connection) -> bool:
            row = {"connection": connection, "sealed": "", "version": 0, "until": 0, "owner": owner}
            row["leased_until"] = now + lease_ms
            if self._is_new(c, sessions, row):
                return True
            free = (sessions.c.connection == connection) & (sessions.c.leased_until <= now)
            taken = update(sessions).where(free).values(owner=owner, leased_until=now + lease_ms)
            return bool(c.execute(taken).rowcount == 1)

        return await self._write(leased)

    async def keep_session(self, connection: str, owner: str, sealed: str, until: int) -> int:
        """The new session's version."""

        def kept(c: Connection) -> int:
            mine = (sessions.c.connection == connection) & (sessions.c.owner == owner)
            values = {"sealed": sealed, "until": until, "leased_until": 0, "version": sessions.c.version + 1}
            c.execute(update(sessions).where(mine).values(**values))
            return int(c.scalar(select(sessions.c.version).where(sessions.c.connection == connection)) or 0)

        return await self._write(kept)

    async def free_session(self, connection: str, owner: str) -> None:
        mine = (sessions.c.connection == connection) & (sessions.c.owner == owner)
        await self._write(lambda c: c.execute(update(sessions).where(mine).values(leased_until=0)))

    # --------------------------------------------------------------------------------------------------------

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._run(lambda: self._transact(work))

    async def _run(self, job: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, job)
        except RuntimeError as problem:  # the threads were told to end
            raise CrmUnavailable("the CRM's references are closed") from problem

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with _named(), transaction(self._engine) as connection:
            return work(connection)

    def _prepare(self) -> None:
        with _named():
            make_tables(self._engine, metadata)


def _row(key: Key) -> dict[str, str]:
    return {"connection": key.connection, "operation": key.operation, "marker": key.marker}


def _is(key: Key) -> Any:
    return (
        (writes.c.connection == key.connection)
        & (writes.c.operation == key.operation)
        & (writes.c.marker == key.marker)
    )


def _engine(address: URL) -> Engine:
    """Raises CrmUnavailable: its file can't be made."""
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_size=4, max_overflow=0, pool_pre_ping=True)
    try:
        return open_sqlite(address.database or "", 1)
    except OSError as error:
        raise CrmUnavailable(f"the CRM's references can't be opened: {error.strerror}") from error


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise CrmUnavailable("the CRM's references are busy or can't be read") from error
