"""Covers library.py, making.py, keeper.py, key.py and the process that makes films."""

import asyncio
import errno
import io
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import av
import pytest

from hub.calls.recording.__main__ import main
from hub.calls.recording.dump import Dump
from hub.calls.recording.keeper import Keeper
from hub.calls.recording.kept import Kept
from hub.calls.recording.key import the_key
from hub.calls.recording.library import Library, claimed
from hub.calls.recording.making import film_of, party_of
from hub.calls.recording.sealed import SealedReader, new_key
from hub.model.errors import NotFound, StoreUnavailable
from tests.calls.recording.sender import all_heard
from tests.store.acts import PATIENCE_S, until

CALL = "01M8J0CQ5QACQ8NAVPJ9T72AXC"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "recordings", new_key())


def dumped(library: Library, party: str = "customer") -> Path:
    paths: list[Path] = []
    dump = Dump(library.folder / CALL, "1a", library.key, lambda: 0, paths.extend)
    all_heard(dump, party)
    dump.ended()
    return paths[0]


def played(film: SealedReader) -> int:
    with film, av.open(io.BytesIO(film.read_at(0, film.size))) as shown:
        return sum(1 for _ in shown.decode(video=0))


def test_a_film_comes_beside_its_dump(library: Library) -> None:
    dump = dumped(library, "agent:li")
    kept = film_of(dump, library.key)
    assert kept
    assert (kept.call, kept.recording, kept.party) == (CALL, "1a-agent-li", "agent:li")
    assert sorted(path.name for path in dump.parent.iterdir()) == ["1a-agent-li.dump", "1a-agent-li.film"]
    film = library.film(CALL, kept.recording)
    assert film.size == kept.bytes
    assert played(film) == 25
    assert film_of(dump, library.key) == kept, "made again, it is the same"


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

    async def __call__(self, kept: Kept) -> None:
        self.kept.append(kept)
        self.some.set()


class NeverTold(Told):
    async def __call__(self, kept: Kept) -> None:
        await super().__call__(kept)
        await asyncio.Future()


@asynccontextmanager
async def keeping(library: Library, told: Told) -> AsyncIterator[Keeper]:
    keeper = Keeper(library, told)
    task = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        task.cancel()
        await asyncio.wait([task])


async def left(library: Library, dumps: int) -> None:
    async def so_many() -> bool:
        return len(library.dumps()) == dumps

    await until(so_many)


async def test_what_was_recorded_is_a_film_made_by_another_process(library: Library) -> None:
    told = Told()
    async with keeping(library, told) as keeper:
        tap = keeper(CALL)
        all_heard(tap)
        tap.ended()
        await asyncio.wait_for(told.some.wait(), PATIENCE_S)
        await left(library, 0)
    (kept,) = told.kept
    assert (kept.call, kept.party, kept.film.pictures) == (CALL, "customer", 25)
    assert played(library.film(CALL, kept.recording)) == 25


async def test_what_was_left_behind_is_found_at_once_and_what_is_being_written_is_not(library: Library) -> None:
    dumped(library)
    told = Told()
    writing = Dump(library.folder / CALL, "2b", library.key, lambda: 0, lambda _: None)
    all_heard(writing)
    async with keeping(library, told):
        await asyncio.wait_for(told.some.wait(), PATIENCE_S)
        await left(library, 1)
    assert [kept.recording for kept in told.kept] == ["1a-customer"]
    writing.ended()


async def test_whoever_ends_before_all_is_told_leaves_it_to_the_next(library: Library) -> None:
    dumps, first, next_one = [dumped(library), dumped(library, "agent:li")], NeverTold(), Told()
    async with keeping(library, first):
        await asyncio.wait_for(first.some.wait(), PATIENCE_S)
    assert library.dumps() == sorted(dumps)
    async with keeping(library, next_one):
        await left(library, 0)
    assert sorted(kept.recording for kept in next_one.kept) == ["1a-agent-li", "1a-customer"]
    assert first.kept[0] in next_one.kept, "the same film is told of again, which the hub takes once"


async def test_whoever_ends_while_a_film_is_made_leaves_no_process(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump, told = dumped(library), Told()
    really, started = asyncio.create_subprocess_exec, asyncio.Future[asyncio.subprocess.Process]()

    async def noted(*command: Any, **options: Any) -> asyncio.subprocess.Process:
        started.set_result(process := await really(*command, **options))
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    async with keeping(library, told):
        process = await asyncio.wait_for(started, PATIENCE_S)
    assert await asyncio.wait_for(process.wait(), PATIENCE_S) == -signal.SIGTERM
    assert (told.kept, library.dumps()) == ([], [dump])
    with claimed(dump) as ours:
        assert ours is not None


async def test_only_one_of_two_makes_it(library: Library) -> None:
    dump, one, other = dumped(library), Told(), Told()
    await asyncio.gather(Keeper(library, one).film([dump]), Keeper(library, other).film([dump]))
    assert len(one.kept + other.kept) == 1


async def test_a_dump_that_can_not_be_read_is_set_aside_and_told_of(
    library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    dump, told = dumped(library), Told()
    other = Library(library.folder, new_key())
    await Keeper(other, told).film([dump])
    assert told.kept == []
    assert library.dumps() == []
    assert dump.with_suffix(".broken").exists()
    assert "Unreadable" in capsys.readouterr().out


def test_a_sandbox_that_allows_no_niceness_gets_its_films_too(
    library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forbidden(_: int) -> None:
        raise PermissionError

    monkeypatch.setattr("os.nice", forbidden)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(library.key)))
    assert main(str(dumped(library))) == 0
    assert "1a-customer" in capsys.readouterr().out


async def test_no_process_to_be_had_costs_no_call(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    told, refused = Told(), asyncio.Event()
    really = asyncio.create_subprocess_exec

    async def once_not(*command: Any, **options: Any) -> asyncio.subprocess.Process:
        if not refused.is_set():
            refused.set()
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        return await really(*command, **options)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", once_not)
    dump = dumped(library)
    async with keeping(library, told) as keeper:
        await asyncio.wait_for(refused.wait(), PATIENCE_S)
        await keeper.film([dump])
    assert len(told.kept) == 1


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
