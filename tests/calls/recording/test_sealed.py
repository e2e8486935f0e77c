"""Covers hub/calls/recording/sealed.py and dump.py: what stands in the files, who reads it, what a crash leaves."""

import io
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.calls.recording.dump import FLUSH_US, SWITCH_US, Dump, Kind, Record, records
from hub.calls.recording.sealed import CHUNK, SealedReader, SealedWriter, Unreadable, new_key

KEY = new_key()
MARK = b"her own words"


def poured(path: Path, plain: bytes, key: bytes = KEY) -> Path:
    with SealedWriter(path, key) as file:
        file.pour(io.BytesIO(plain))
    return path


def test_nobody_reads_it_without_the_key(tmp_path: Path) -> None:
    path = poured(tmp_path / "a", MARK * 10_000)
    assert MARK not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with SealedReader(path, KEY) as file:
        assert b"".join(file.chunks()) == MARK * 10_000
    with SealedReader(path, new_key()) as file, pytest.raises(Unreadable):
        list(file.chunks())


@settings(max_examples=30)
@given(size=st.integers(0, 3 * CHUNK + 5), start=st.integers(0, 3 * CHUNK + 9), count=st.integers(0, 2 * CHUNK))
def test_any_part_of_it(tmp_path_factory: pytest.TempPathFactory, size: int, start: int, count: int) -> None:
    plain = bytes(n % 251 for n in range(size))
    path = poured(tmp_path_factory.mktemp("sealed") / "a", plain)
    with SealedReader(path, KEY) as file:
        assert file.size == size
        assert file.read_at(start, count) == plain[start : start + count]


def test_what_was_changed_is_not_read(tmp_path: Path) -> None:
    path = poured(tmp_path / "a", bytes(3 * CHUNK))
    whole = bytearray(path.read_bytes())
    one = 4 + CHUNK + 16
    swapped = whole[:20] + whole[20 + one : 20 + 2 * one] + whole[20 : 20 + one] + whole[20 + 2 * one :]
    flipped = whole[:100] + bytes([whole[100] ^ 1]) + whole[101:]
    for wrong in (swapped, flipped):
        path.write_bytes(bytes(wrong))
        with SealedReader(path, KEY) as file, pytest.raises(Unreadable):
            list(file.chunks())


@pytest.mark.parametrize("junk", [b"", b"OTS1", b"RIFF" + bytes(40)])
def test_another_kind_of_file(tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "a").write_bytes(junk)
    with pytest.raises(Unreadable):
        SealedReader(tmp_path / "a", KEY)


def test_two_files_do_not_overwrite_each_other(tmp_path: Path) -> None:
    poured(tmp_path / "a", MARK)
    with pytest.raises(FileExistsError):
        SealedWriter(tmp_path / "a", KEY)


class Tape:
    """A dump, with a clock of ours."""

    def __init__(self, folder: Path) -> None:
        self.at = 0
        self.over: list[Path] = []
        self.dump = Dump(folder, "1", KEY, lambda: self.at, self.over.extend)


def test_what_is_heard_is_written_as_it_is(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "new" / "call")
    tape.dump.described("customer", "agent:li", "v=0")
    tape.at = 5
    tape.dump.heard("customer", "agent:li", b"\x80one", False)
    tape.dump.heard("agent:li", "customer", b"\x81two", True)
    tape.dump.ended()
    assert [path.name for path in tape.over] == ["1-customer.dump", "1-agent-li.dump"]
    assert list(records(tape.over[0], KEY)) == [Record(0, Kind.SAID, b"v=0"), Record(5, Kind.PACKET, b"\x80one")]
    assert list(records(tape.over[1], KEY)) == [Record(5, Kind.REPORT, b"\x81two")]


def test_what_goes_to_two_is_kept_once_and_goes_on_with_who_is_left(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    for number in range(3):
        tape.dump.heard("customer", "agent:li", b"%d" % number, False)
        tape.dump.heard("customer", "agent:ana", b"%d" % number, False)
    tape.at = SWITCH_US
    tape.dump.heard("customer", "agent:ana", b"3", False)
    tape.dump.ended()
    assert [record.body for record in records(tape.over[0], KEY)] == [b"0", b"1", b"2", b"3"]


def test_a_crash_leaves_all_but_the_last_second(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    for number in range(100):
        tape.at = number * 20_000
        tape.dump.heard("customer", "agent:li", b"%d" % number, False)
    path = tmp_path / "1-customer.dump"
    left = list(records(path, KEY))
    assert [record.body for record in left] == [b"%d" % n for n in range(len(left))]
    assert tape.at - left[-1].at <= FLUSH_US
    torn = path.read_bytes()[:-7]
    tape.dump.ended()
    path.write_bytes(torn)
    assert list(records(path, KEY)) == left[: len(list(records(path, KEY)))]
