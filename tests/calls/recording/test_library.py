"""Covers library.py, making.py, keeper.py, key.py and the process that makes films."""

import asyncio
import io
import os
import threading
from pathlib import Path

import av
import pytest

from hub.calls.recording.dump import Dump, Kind
from hub.calls.recording.keeper import Keeper
from hub.calls.recording.kept import Kept
from hub.calls.recording.key import the_key
from hub.calls.recording.library import LEFT_S, Library
from hub.calls.recording.making import film_of, party_of
from hub.calls.recording.sealed import SealedReader, new_key
from hub.model.errors import NotFound, StoreUnavailable
from tests.calls.recording.sender import packets, records

CALL = "01M8J0CQ5QACQ8NAVPJ9T72AXC"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "recordings", new_key())


def heard(dump: Dump, party: str = "customer", seconds: float = 1.0) -> None:
    for record in records(packets(seconds)):
        if record.kind is Kind.SAID:
            dump.described(party, "agent:li", record.body.decode())
        else:
            dump.heard(party, "agent:li", record.body, record.kind is Kind.REPORT)


def dumped(library: Library, party: str = "customer") -> Path:
    paths: list[Path] = []
    dump = Dump(library.folder / CALL, "1a", library.key, lambda: 0, paths.extend)
    heard(dump, party)
    dump.ended()
    return paths[0]


def played(film: SealedReader) -> int:
    with film, av.open(io.BytesIO(film.read_at(0, film.size))) as shown:
        return sum(1 for _ in shown.decode(video=0))


def test_a_film_takes_the_dumps_place(library: Library) -> None:
    dump = dumped(library, "agent:li")
    kept = film_of(dump, library.key)
    assert kept
    assert (kept.call, kept.recording, kept.party) == (CALL, "1a-agent-li", "agent:li")
    assert [path.name for path in dump.parent.iterdir()] == ["1a-agent-li.film"]
    film = library.film(CALL, kept.recording)
    assert film.size == kept.bytes
    assert played(film) == 25
    assert film_of(dump, library.key) is None, "there is nothing left to be done"


@pytest.mark.parametrize("name", ["../recordings.key", "..", ".", "", "a/b", "1a-agent-li", "1a-customer.film"])
def test_no_name_leads_elsewhere(library: Library, name: str) -> None:
    (library.folder / CALL).mkdir(parents=True)
    (library.folder.parent / "recordings.key").write_text("secret")
    with pytest.raises(NotFound):
        library.film(CALL, name)
    with pytest.raises(NotFound):
        library.film(name, "1a-customer")


def test_whose_it_is() -> None:
    assert [party_of(name) for name in ("1a-customer", "1a-agent-li-ming", "junk")] == [
        "customer",
        "agent:li-ming",
        "customer",
    ]


class Told:
    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self.some = asyncio.Event()

    def __call__(self, kept: Kept) -> None:
        self.kept.append(kept)
        self.some.set()


async def test_what_was_recorded_is_a_film_made_by_another_process(library: Library) -> None:
    told = Told()
    async with asyncio.TaskGroup() as tasks:
        tap = Keeper(library, tasks, told)(CALL)
        heard(tap)
        tap.ended()
    (kept,) = told.kept
    assert (kept.call, kept.party, kept.film.pictures) == (CALL, "customer", 25)
    assert played(library.film(CALL, kept.recording)) == 25


async def test_what_a_crash_left_behind_is_found_and_what_is_being_written_is_not(library: Library) -> None:
    left, told = dumped(library), Told()
    left = left.rename(left.with_suffix(".filming"))  # by then a process made a film of it, and died, too
    writing = Dump(library.folder / CALL, "2b", library.key, lambda: 0, lambda _: None)
    heard(writing)
    old = left.stat().st_mtime - LEFT_S - 1
    os.utime(left, (old, old))
    async with asyncio.TaskGroup() as tasks:
        await Keeper(library, tasks, told).recover()
    assert [kept.recording for kept in told.kept] == ["1a-customer"]
    writing.ended()


async def test_a_dump_that_can_not_be_read_stays_and_is_told_of(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    dump, told = dumped(library), Told()
    other = Library(library.folder, new_key())
    async with asyncio.TaskGroup() as tasks:
        await Keeper(other, tasks, told).film([dump])
    assert told.kept == []
    assert dump.with_suffix(".filming").exists()
    assert "Unreadable" in capsys.readouterr().out


def test_the_key_is_made_once_for_all_who_start_together(tmp_path: Path) -> None:
    file, found, together = tmp_path / "new" / "recordings.key", set[bytes](), threading.Barrier(5)

    def start() -> None:
        together.wait()
        found.add(the_key("", file))

    threads = [threading.Thread(target=start) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
    assert [path.name for path in file.parent.iterdir()] == ["recordings.key"]
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("given", ["secret", "c2hvcnQ=", "é"])
def test_what_is_no_key_is_refused(tmp_path: Path, given: str) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        the_key(given, tmp_path / "k")
    assert given not in str(refused.value)
