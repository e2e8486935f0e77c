"""Covers hub/backup/file.py: a file is whole or it is none."""

import gzip
import stat
from pathlib import Path

import pytest

from hub.backup.file import FORMAT, BackupDamaged, BackupTooNew, raw_of, reading, text, writing
from tests.backup.acts import tail_off


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.backup"


def write(path: Path, **head: object) -> None:
    with writing(path) as writer:
        writer.write("onethread", **{"format": FORMAT, **head})
        writer.write("log", first=1, entries=[["e", "王 \u2028"]])


def test_it_reads_as_it_was_written(path: Path) -> None:
    write(path)
    assert [line["k"] for line in reading(path)] == ["onethread", "log"]
    assert list(reading(path))[1]["entries"] == [["e", "王 \u2028"]]


def test_only_its_owner_may_read_it(path: Path) -> None:
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_one_that_fails_leaves_what_was_there(path: Path) -> None:
    write(path)
    before = path.read_bytes()

    def fail() -> None:
        with writing(path) as writer:
            writer.write("onethread", format=FORMAT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_without_its_end_it_is_damaged(path: Path) -> None:
    write(path)
    tail_off(path)
    with pytest.raises(BackupDamaged, match="end is missing"):
        list(reading(path))


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_cut_off_anywhere_it_is_damaged(path: Path, part: float) -> None:
    write(path)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * part)])
    with pytest.raises(BackupDamaged):
        list(reading(path))


def test_another_byte_is_noticed_even_if_the_archive_is_sound(path: Path) -> None:
    write(path)
    with gzip.open(path) as packed:
        held = packed.read()
    with gzip.open(path, "wb") as packed:
        packed.write(held.replace(b'"first":1', b'"first":2'))
    with pytest.raises(BackupDamaged, match="checksum"):
        list(reading(path))


def test_something_else_is_no_backup(path: Path) -> None:
    path.write_bytes(b"no gzip at all")
    with pytest.raises(BackupDamaged):
        list(reading(path))
    with gzip.open(path, "wb") as packed:
        packed.write(b'{"k":"log"}\n')
    with pytest.raises(BackupDamaged, match="does not begin"):
        list(reading(path))


def test_a_newer_format_is_named(path: Path) -> None:
    write(path, format=FORMAT + 1)
    with pytest.raises(BackupTooNew):
        list(reading(path))


def test_bytes_that_are_no_text_survive() -> None:
    raw = b'\xff\xfe "\xe7\x8e\x8b"'
    assert raw_of(text(raw)) == raw
