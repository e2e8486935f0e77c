"""The generator's pure C parts against Python's own idea of JSON, frames and order."""

import ctypes
import json
import re
import statistics
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame as PeerFrame
from websockets.frames import Opcode
from websockets.streams import StreamReader

from tests.bench.native import Buffer, Frame, Ledger, Run, Slice, compile_library

unhurried = settings(deadline=None, max_examples=60)  # the machine may be busy; the calls themselves take microseconds
KEYS = st.sampled_from(["t", "seq", "id", "d", "type", "by", 'a "key"', "日"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2**31) | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return compile_library(tmp_path_factory.mktemp("native"))


def slice_of(text: bytes) -> tuple[Slice, Any]:
    """The second value keeps the bytes alive."""
    held = ctypes.create_string_buffer(text, len(text))
    return Slice(ctypes.addressof(held), len(text)), held


def field(native: ctypes.CDLL, text: bytes, name: str) -> bytes | None:
    found = Slice()
    whole, _held = slice_of(text)
    return found.text() if native.json_field(whole, name.encode(), ctypes.byref(found)) else None


@unhurried
@given(st.dictionaries(KEYS, VALUES, max_size=6), KEYS, st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")]))
def test_a_field_is_what_json_says(
    native: ctypes.CDLL, frame: dict[str, Any], name: str, separators: tuple[str, str]
) -> None:
    text = json.dumps(frame, separators=separators).encode()
    found = field(native, text, json.dumps(name)[1:-1])
    if name not in frame:
        assert found is None
    elif isinstance(frame[name], str):
        assert found is not None
        assert json.loads(b'"' + found + b'"') == frame[name]
    else:
        assert found is not None
        assert json.loads(found) == frame[name]


@unhurried
@given(st.binary(max_size=60), KEYS)
def test_no_bytes_can_break_the_reader(native: ctypes.CDLL, text: bytes, name: str) -> None:
    found = field(native, b"{" + text, name)
    assert found is None or found in text


def test_a_number_is_its_own_field_and_not_one_inside(native: ctypes.CDLL) -> None:
    whole, _held = slice_of(b'{"d":{"seq":7},"seq":42,"at":1}')
    assert native.json_number(whole, b"seq") == 42
    assert native.json_number(whole, b"none") == 0


@unhurried
@given(st.integers(0, 2**20 - 1), st.integers(0, 2**40 - 1))
def test_ids_are_ulids_that_come_back(native: ctypes.CDLL, conversation: int, message: int) -> None:
    run = native.ulid_run()
    text = ctypes.create_string_buffer(26)
    native.ulid_write(run, conversation, message, text)
    assert re.fullmatch(rb"[0-7][0-9A-HJKMNP-TV-Z]{25}", text.raw)
    its_conversation, its_message = ctypes.c_uint32(), ctypes.c_uint64()
    assert native.ulid_read(run, text.raw, 26, ctypes.byref(its_conversation), ctypes.byref(its_message))
    assert (its_conversation.value, its_message.value) == (conversation, message)
    other = Run(run.started_ms, run.run ^ 1)
    assert not native.ulid_read(other, text.raw, 26, ctypes.byref(its_conversation), ctypes.byref(its_message))


@unhurried
@given(st.binary(max_size=20), st.sampled_from([0, 1, 125, 126, 127, 300, 65_535]), st.integers(0, 2**32 - 1))
def test_what_is_sent_is_a_frame_that_websockets_reads(
    native: ctypes.CDLL, some: bytes, length: int, mask: int
) -> None:
    payload = (some * length)[:length] if some else bytes(length)
    out = Buffer()
    native.websocket_add(ctypes.byref(out), 2, mask, payload, len(payload))
    reader = StreamReader()
    reader.feed_data(ctypes.string_at(out.bytes, out.length))
    reader.feed_eof()
    with pytest.raises(StopIteration) as done:
        next(PeerFrame.parse(reader.read_exact, mask=True, max_size=None))
    assert done.value.value == PeerFrame(Opcode.BINARY, payload, fin=True)
    assert not reader.buffer


@unhurried
@given(st.sampled_from([0, 1, 125, 126, 127, 300, 65_535, 65_536, 70_000]), st.data())
def test_a_frame_of_websockets_is_read_once_it_is_whole(native: ctypes.CDLL, length: int, draw: st.DataObject) -> None:
    payload = b"x" * length
    bytes_ = PeerFrame(Opcode.TEXT, payload).serialize(mask=False)
    found = Frame()
    assert native.websocket_read(bytes_ + b"next", len(bytes_) + 4, ctypes.byref(found)) == len(bytes_)
    assert (found.final, found.opcode, found.length) == (True, 1, len(payload))
    cut = draw.draw(st.integers(0, len(bytes_) - 1))
    assert native.websocket_read(bytes_, cut, ctypes.byref(found)) == 0


def opened(native: ctypes.CDLL, messages: int) -> Ledger:
    ledger = Ledger()
    native.ledger_open(ctypes.byref(ledger), 1)
    for _ in range(messages):
        native.ledger_post(ctypes.byref(ledger), 0, 0)
    return ledger


@unhurried
@given(st.lists(st.tuples(st.sampled_from(["ack", "deliver", "refuse"]), st.integers(0, 5)), max_size=40))
def test_the_ledger_counts_what_a_plain_count_counts(native: ctypes.CDLL, answers: list[tuple[str, int]]) -> None:
    ledger = opened(native, 5)
    seen: dict[str, list[int]] = {"ack": [], "deliver": [], "refuse": []}
    strange = doubled = reordered = 0
    for what, index in answers:
        if what == "refuse":
            native.ledger_refused(ctypes.byref(ledger), 0, index)
        else:
            call = native.ledger_acked if what == "ack" else native.ledger_delivered
            call(ctypes.byref(ledger), 0, index, index + 1)
        if index == 5:
            strange += 1
            continue
        if what == "deliver":
            doubled += index in seen["deliver"]
            reordered += index not in seen["deliver"] and any(index < other for other in seen["deliver"])
        seen[what].append(index)
    done = set(seen["refuse"]) | (set(seen["ack"]) & set(seen["deliver"]))
    missing = native.ledger_missing(ctypes.byref(ledger))
    assert (ledger.strange, ledger.doubled, ledger.reordered) == (strange, doubled, reordered)
    assert ledger.in_flight == 5 - len(done)
    assert missing.lost == 5 - len(set(seen["deliver"]) | set(seen["refuse"]))
    assert missing.unacked == 5 - len(set(seen["ack"]) | set(seen["refuse"]))
    assert missing.acked_and_lost == len(set(seen["ack"]) - set(seen["deliver"]))


def test_an_ack_and_a_delivery_that_disagree_are_noticed(native: ctypes.CDLL) -> None:
    ledger = opened(native, 1)
    native.ledger_acked(ctypes.byref(ledger), 0, 0, 7)
    native.ledger_delivered(ctypes.byref(ledger), 0, 0, 8)
    assert ledger.mismatched == 1


@unhurried
@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=300))
def test_percentiles_are_those_of_the_sorted_samples(native: ctypes.CDLL, values: list[int]) -> None:
    held = (ctypes.c_uint64 * len(values))(*values)
    samples = Ledger().delivery
    samples.values, samples.count = ctypes.cast(held, ctypes.c_void_p).value, len(values)
    ordered = sorted(values)
    found = native.samples_percentile_ms(ctypes.byref(samples), 0.5) * 1e6
    assert found == pytest.approx(statistics.median_high(values))
    assert native.samples_percentile_ms(ctypes.byref(samples), 1.0) * 1e6 == pytest.approx(ordered[-1])


def test_no_samples_is_said(native: ctypes.CDLL) -> None:
    assert native.samples_percentile_ms(ctypes.byref(Ledger().ack), 0.5) == -1
