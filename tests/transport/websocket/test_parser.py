"""Covers hub/transport/websocket/parser.py: any bytes in any pieces, and another implementation's opinion of them."""

import gc
import itertools
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from hub.transport.websocket.parser import (
    BINARY,
    CLOSE,
    CLOSE_CODES,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    TEXT,
    Close,
    Failure,
    Parser,
    Ping,
    close_frame,
    pong_frame,
    short,
    text_frame,
)

LIMIT = 300
WHOLE = FIN | TEXT

masks = st.binary(min_size=4, max_size=4)
texts = st.text(max_size=LIMIT // 4).map(str.encode)
payloads = st.binary(max_size=125)
cuts = st.lists(st.integers(0, 4_000), max_size=12)


@st.composite
def messages(draw):
    """A message's frames as (first byte, payload), in any fragments, and the events they are."""
    text = draw(texts)
    parts = pieces(text, draw(st.lists(st.integers(0, max(1, len(text))), max_size=4)))
    frames, events = [], []
    for at, part in enumerate(parts):
        if at and draw(st.booleans()):
            ping = draw(payloads)
            frames += [(FIN | PING, ping), (FIN | PONG, draw(payloads))]
            events.append(Ping(ping))
        last = at == len(parts) - 1
        frames.append(((CONTINUATION if at else TEXT) | (FIN if last else 0), part))
    return frames, [*events, text]


def pieces(stream, cuts):
    """The stream cut at these places."""
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    return [stream[start:end] for start, end in itertools.pairwise(places)]


def parsed(chunks, limit=LIMIT):
    parser = Parser(limit)
    return [event for chunk in chunks for event in parser.feed(chunk)]


@given(st.lists(messages(), max_size=6), masks, cuts)
def test_any_pieces_of_a_stream_give_its_messages(masked, story, mask, cuts):
    stream = b"".join(masked(first, payload, mask=mask) for frames, _ in story for first, payload in frames)
    assert parsed(pieces(stream, cuts)) == [event for _, events in story for event in events]


@given(st.lists(texts, max_size=6), masks, cuts)
def test_a_frame_for_each_chunk_or_not_is_the_same(masked, story, mask, cuts):
    """The short way that whole messages take agrees with the long one."""
    frames = [masked(WHOLE, text, mask=mask) for text in story]
    assert parsed(frames) == parsed(pieces(b"".join(frames), cuts)) == story


heads = st.sampled_from([WHOLE, TEXT, CONTINUATION, FIN, FIN | PING, FIN | PONG, FIN | CLOSE, PING, FIN | 3, 0xC1])
bodies = st.one_of(
    st.binary(max_size=140).map(bytes.hex).map(str.encode),
    st.sampled_from([b"", b"\x03", b"\x03\xe8", b"\x03\xe8bye", b"\x03\xe7", b"\x03\xed", b"\x0f\xa0\xff"]),
)


@given(st.lists(st.tuples(heads, bodies, st.booleans()), max_size=8), cuts)
def test_websockets_sees_the_same(masked, frames, cuts):
    """The `websockets` package as a second opinion, where the two mean to agree (see below)."""
    stream = b"".join(
        masked(first, body) if is_masked else bytes((first, len(body) & 0x7F)) + body
        for first, body, is_masked in frames
    )
    other = opinion(stream, LIMIT)
    ours = parsed(pieces(stream, cuts))
    if other is not None:
        assert [event.code if isinstance(event, Close | Failure) else event for event in ours] == other


def opinion(stream, limit):
    """What `websockets` makes of it: texts, pings, and a final code. None where it differs by intent: it answers a
    close between fragments with 1002, and leaves it to its user to see that text is UTF-8."""
    protocol = ServerProtocol(state=OPEN, max_size=limit)
    protocol.receive_data(stream)
    events, text = [], None
    for frame in protocol.events_received():
        if not isinstance(frame, Frame):
            continue
        if frame.opcode in (Opcode.TEXT, Opcode.CONT):
            text = (text or b"") + bytes(frame.data)
            if not text.isascii():
                return None
            if frame.fin:
                events.append(text)
                text = None
        elif frame.opcode is Opcode.PING:
            events.append(Ping(bytes(frame.data)))
        elif frame.opcode is Opcode.CLOSE:
            return [*events, protocol.close_rcvd.code if frame.data else None]
    if protocol.parser_exc and "incomplete fragmented message" in str(protocol.parser_exc):
        return None
    return [*events, protocol.close_sent.code] if protocol.parser_exc else events


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_no_bytes_make_it_raise_or_hold_more_than_a_message_and_a_frame(chunks):
    parser, ended = Parser(LIMIT), False
    for chunk in chunks:
        events = list(parser.feed(chunk))
        assert not (ended and events)
        ended = ended or any(isinstance(event, Close | Failure) for event in events)
        assert all(not isinstance(event, Close | Failure) for event in events[:-1])
        if parser._rest:
            assert len(parser._rest.pending) <= LIMIT + 14
            assert len(parser._rest.text or b"") <= LIMIT


@pytest.mark.parametrize("size", [*range(12), 125, 126, 127, 131, 135, 200, LIMIT])
def test_every_second_byte_of_a_header_in_a_chunk_of_any_size(size):
    """The short way looks at a header before all of it is checked: it must not mistake another frame for its own."""
    for second in range(256):
        chunk = bytes((WHOLE, second)) + bytes(size)
        whole = parsed([chunk])
        assert whole == parsed([chunk[:1], chunk[1:]]) == parsed([bytes((byte,)) for byte in chunk])


FULL = b"x" * LIMIT
VIOLATIONS = {
    "rsv1": ([(0xC0 | TEXT, b"x")], 1002),
    "rsv2": ([(0xA0 | TEXT, b"x")], 1002),
    "rsv3": ([(0x90 | TEXT, b"x")], 1002),
    "reserved": ([(FIN | 0x5, b"x")], 1002),
    "reserved control": ([(FIN | 0xC, b"x")], 1002),
    "continues nothing": ([(FIN, b"x")], 1002),
    "starts within": ([(TEXT, b"x"), (WHOLE, b"longer")], 1002),
    "binary within": ([(TEXT, b"x"), (FIN | BINARY, b"x")], 1002),
    "binary": ([(FIN | BINARY, b"x")], 1003),
    "ping in fragments": ([(PING, b"x")], 1002),
    "ping of 126": ([(FIN | PING, b"x" * 126)], 1002),
    "half a close code": ([(FIN | CLOSE, b"\x0f")], 1002),
    "reason not text": ([(FIN | CLOSE, b"\x03\xe8\xff")], 1007),
    "not text": ([(WHOLE, b"long enough\xff")], 1007),
    "not whole characters": ([(WHOLE, b"long enough\xe6\xb1")], 1007),
    "not whole at the end": ([(TEXT, b"\xe6"), (FIN, b"\xb1")], 1007),
    "too long": ([(WHOLE, FULL + b"x")], 1009),
    "too long together": ([(TEXT, FULL), (FIN, b"x")], 1009),
    "too long already": ([(TEXT, FULL), (CONTINUATION, b""), (CONTINUATION, b"x")], 1009),
}


@pytest.mark.parametrize(("frames", "code"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_violations(masked, frames, code):
    chunks = [masked(first, payload) for first, payload in frames]
    for pieces in (chunks, [b"".join(chunks)], [bytes((byte,)) for byte in b"".join(chunks)]):
        parser = Parser(LIMIT)
        events = [event for piece in pieces for event in parser.feed(piece)]
        assert [event.code for event in events] == [code]
        assert parser.feed(masked(WHOLE, b"long enough")) == []
        assert parser._rest.text is None
        assert not parser._rest.pending


def test_a_message_may_be_as_long_as_the_limit_and_a_ping_come_before_its_end(masked):
    assert parsed([masked(WHOLE, FULL)]) == [FULL]
    assert parsed([masked(TEXT, FULL), masked(FIN | PING, b"?"), masked(FIN)]) == [Ping(b"?"), FULL]


def test_the_rest_of_a_frame_that_looks_like_a_frame_is_none(masked):
    inner = masked(WHOLE, b"not a message")
    frame = masked(WHOLE, inner, mask=bytes(4))
    assert inner in frame
    assert parsed([frame[: -len(inner)], inner]) == parsed([frame]) == [Failure(1007, "text is UTF-8")]
    text = b"\x01" + b"y" * 20
    frame = masked(WHOLE, text + b"z", mask=b"\x80\0\0\0")
    assert parsed([frame[:6], frame[6:]]) == parsed([frame]) == [text + b"z"]


def test_bad_text_ends_a_message_before_it_is_whole(masked):
    assert parsed([masked(TEXT, b"ab\xffcd")]) == [Failure(1007, "text is UTF-8")]
    assert parsed([masked(TEXT, b"\xe6"), masked(CONTINUATION, b"A")]) == [Failure(1007, "text is UTF-8")]


def test_a_character_may_stay_open_between_fragments(masked):
    assert parsed([masked(TEXT, b"\xe6"), masked(CONTINUATION, b"\xb1")]) == []


def test_too_much_is_refused_by_its_header_alone():
    header = bytes((WHOLE, 0xFE)) + (LIMIT + 1).to_bytes(2, "big")
    assert parsed([header])[0].code == 1009
    assert parsed([header[:3]]) == []


def test_a_binary_message_is_refused_by_its_header_alone():
    assert parsed([bytes((BINARY, 0xFE))])[0].code == 1003


def test_nothing_comes_after_a_close(masked):
    close, text = masked(FIN | CLOSE, b"\x03\xe8"), masked(WHOLE, b"long enough")
    assert parsed([close + text, text]) == parsed([close, text[:5], text[5:]]) == [Close(1000, "")]


def test_a_close_between_fragments_is_one(masked):
    assert parsed([masked(TEXT, b"a") + masked(FIN | CLOSE, b"\x03\xe8bye")]) == [Close(1000, "bye")]


@pytest.mark.parametrize("code", [0, *range(995, 1020), 2999, 3000, 4999, 5000, 65_535])
def test_close_codes(masked, code):
    (event,) = parsed([masked(FIN | CLOSE, code.to_bytes(2, "big"))])
    good = code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999)
    assert event == (Close(code, "") if good else Failure(1002, "not a close code"))


def test_an_idle_parser_holds_nothing(masked):
    parser = Parser(65_536)
    for stream in (masked(WHOLE, b"x" * 1000), masked(TEXT, b"x" * 1000) + masked(FIN, "汉".encode() * 1000)):
        for byte in stream:
            parser.feed(bytes((byte,)))
        assert parser._rest is None
    assert sys.getsizeof(parser) <= 56
    assert not hasattr(parser, "__dict__")


def test_empty_fragments_take_no_memory(masked):
    parser = Parser(65_536)
    parser.feed(masked(TEXT, b"x"))
    empty = masked(CONTINUATION) * 2_000
    gc.collect()
    tracemalloc.start()
    for _ in range(5):
        parser.feed(empty)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 20_000


@given(st.binary(max_size=70_000))
def test_what_we_write_websockets_reads(payload):
    text = payload.hex().encode()[:70_000]
    assert read_back(text_frame(text)) == (Opcode.TEXT, text)
    assert read_back(pong_frame(payload[:125])) == (Opcode.PONG, payload[:125])


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 1_000_000])
def test_every_length_of_header(size):
    assert read_back(text_frame(b"x" * size)) == (Opcode.TEXT, b"x" * size)


@given(st.sampled_from(sorted(CLOSE_CODES)), st.one_of(st.text(), st.text(min_size=40, max_size=200)))
def test_a_close_frame_holds_what_fits_of_its_reason(code, reason):
    opcode, payload = read_back(close_frame(code, reason))
    assert (opcode, payload[:2]) == (Opcode.CLOSE, code.to_bytes(2, "big"))
    assert payload[2:].decode() == short(reason) == reason[: len(short(reason))]
    assert short(reason) == reason or len(payload) > 125 - 4
    assert len(payload) <= 125


def test_a_close_frame_without_a_code():
    assert read_back(close_frame(None, "not said")) == (Opcode.CLOSE, b"")


def read_back(frame):
    """Opcode and payload as `websockets` reads a server's frame."""
    rest = memoryview(frame)

    def read_exact(size):
        nonlocal rest
        taken, rest = rest[:size], rest[size:]
        return bytes(taken)
        yield

    steps = Frame.parse(read_exact, mask=False)
    with pytest.raises(StopIteration) as done:
        next(steps)
    assert len(rest) == 0
    return done.value.value.opcode, bytes(done.value.value.data)
