"""Covers hub/crm/local_file.py: opening, two processes, giving up, and files that are no CRM."""

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from hub.crm.local import LocalCrm
from hub.crm.local_file import LocalFile
from hub.crm.local_tables import VERSION
from hub.model.crm import CrmCustomer
from hub.model.errors import CrmUnavailable

LIU = CrmCustomer(source="test", source_id="2", external_id="cust_liu", name="刘洋")

# What one of two processes does: make the file or find it, then write at once with the other.
PROCESS = """
import asyncio, sys
from pathlib import Path
from hub.crm.local import LocalCrm
from hub.model.crm import CrmCustomer, TicketDraft

async def main(path, who):
    crm = await LocalCrm.open(Path(path), lambda: 1_795_572_000_000)
    await crm.load_customers([CrmCustomer(source="t", source_id="2", external_id="cust_liu", name="刘洋")])
    for n in range(20):
        await crm.create_ticket("cust_liu", TicketDraft(subject=who), f"{who}-{n}")
        await crm.add_note("cust_liu", "of both", "note", f"both-{n}")
        assert await crm.tickets("cust_liu")
    await crm.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_two_processes_share_the_file(path: Path) -> None:
    both = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROCESS, str(path), who, stderr=asyncio.subprocess.PIPE
        )
        for who in ("serve", "work")
    ]
    ends = await asyncio.gather(*(process.communicate() for process in both))
    assert [error.decode() for _, error in ends] == ["", ""]
    crm = await LocalCrm.open(path, lambda: 0)
    tickets = await crm.tickets("cust_liu")
    assert sorted(ticket.number for ticket in tickets) == [f"T2026-{n:05}" for n in range(1, 41)]
    assert len(await crm.notes("cust_liu")) == 20
    await crm.close()


async def test_who_gives_up_leaves_the_file_free(crm: LocalCrm, path: Path) -> None:
    """A context's deadline cancels reads, and a stopping worker its writes: under aiosqlite this left a transaction
    open for ever, and every later write failed."""
    await crm.load_customers([LIU])
    for n in range(30):
        tasks = [
            asyncio.ensure_future(call)
            for call in (crm.add_note("cust_liu", "x", "note", f"m{n}"), crm.notes("cust_liu"))
        ]
        for _ in range(n % 3):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    other = sqlite3.connect(path, timeout=1)
    other.execute(
        "insert into leads (name, contact, interest, origin, value, status, created_at) values ('','','','','','',0)"
    )
    other.commit()
    other.close()
    for n in range(30):
        await crm.add_note("cust_liu", "x", "note", f"m{n}")
    assert len(await crm.notes("cust_liu")) == 30


async def test_a_failed_write_leaves_nothing_behind(path: Path) -> None:
    file = await LocalFile.open(path)

    def half(connection: object) -> None:
        connection.exec_driver_sql("insert into counters values ('T2026', 7)")  # type: ignore[attr-defined]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await file.write(half)
    assert await file.read(lambda c: c.exec_driver_sql("select count(*) from counters").scalar_one()) == 0
    await file.close()


async def test_a_broken_constraint_is_a_bug_and_no_outage(path: Path) -> None:
    file = await LocalFile.open(path)
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        await file.write(lambda c: c.exec_driver_sql("insert into tags values ('cust_nobody', 'VIP', 0)").rowcount)
    await file.close()


async def test_all_may_find_no_file_at_the_same_moment(path: Path) -> None:
    opened = await asyncio.gather(*(LocalFile.open(path) for _ in range(8)))
    for file in opened:
        await file.close()


async def test_another_process_that_just_makes_the_file_is_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    other.execute("pragma user_version = 0")
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        other.execute("commit")

    monkeypatch.setattr("hub.sql.time.sleep", wait)
    file = await LocalFile.open(path)
    assert len(waits) == 1
    await file.close()
    other.close()


async def test_another_process_that_holds_the_file_is_waited_for(crm: LocalCrm, path: Path) -> None:
    await crm.load_customers([LIU])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(crm.tag("cust_liu", ("VIP",), "m1"))
        assert await crm.notes("cust_liu") == []  # readers don't wait
        assert not writing.done()
        other.execute("commit")
    other.close()


async def test_the_file_and_its_folder_are_made_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "crm.sqlite3"
    crm = await LocalCrm.open(path, lambda: 0)
    await crm.load_customers([LIU])
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()} == {
        "crm.sqlite3": "0o600",
        "crm.sqlite3-wal": "0o600",
        "crm.sqlite3-shm": "0o600",
    }
    await crm.close()


async def test_odd_characters_in_the_path(tmp_path: Path) -> None:
    path = tmp_path / "50% off?" / "客户#1.sqlite3"
    await (await LocalCrm.open(path, lambda: 0)).close()
    assert path.stat().st_size > 0


async def test_a_newer_releases_file_is_left_alone(path: Path) -> None:
    await (await LocalCrm.open(path, lambda: 0)).close()
    connection = sqlite3.connect(path)
    connection.execute(f"pragma user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(CrmUnavailable, match="newer release"):
        await LocalCrm.open(path, lambda: 0)


@pytest.fixture
def letter(path: Path) -> Path:
    path.write_bytes(b"this is no database " * 500)
    return path


async def test_a_file_that_is_no_database(letter: Path) -> None:
    with pytest.raises(CrmUnavailable, match="no database"):
        await LocalCrm.open(letter, lambda: 0)
    with letter.open("rb") as file:
        assert file.read(4) == b"this"


async def test_a_path_that_can_not_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CrmUnavailable, match="can't be opened"):
        await LocalCrm.open(tmp_path / "file" / "crm.sqlite3", lambda: 0)


async def test_after_close_it_says_so(crm: LocalCrm) -> None:
    await crm.close()
    with pytest.raises(CrmUnavailable, match="closed"):
        await crm.orders("cust_liu")
