"""RFC 6455 against both socket paths with raw bytes: what clients do right, and wrong."""

import zlib

import pytest

from hub.transport.websocket.parser import BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT

KIB64 = 65_536
WHOLE = FIN | TEXT
# Every character class UTF-8 has: one to four bytes, the last code point of each length, and the last of all.
STORY = "aé汉😀\x7f\u07ff\uffff\U0010ffff".encode()


# Where a case asks for the path, hub/transport/websocket/plain.py says what the plain one can't do.


def echoed(client, text):
    return client.text() == text


class TestMessages:
    @pytest.mark.parametrize("size", [1, 2, 3, 124, 125, 126, 127, 128, 65_534, 65_535, KIB64])
    def test_every_length_encoding(self, client, masked, size):
        text = b"x" * size
        client.send(masked(WHOLE, text))
        assert echoed(client, text)

    def test_an_empty_message(self, client, masked):
        client.send(masked(WHOLE))
        assert echoed(client, b"")

    def test_every_kind_of_character(self, client, masked):
        client.send(masked(WHOLE, STORY))
        assert echoed(client, STORY)

    def test_a_mask_of_zeros(self, client, masked):
        client.send(masked(WHOLE, b"plain as day", mask=bytes(4)))
        assert echoed(client, b"plain as day")

    def test_many_frames_in_one_segment_leave_in_order(self, client, masked):
        texts = [b"message %d" % number for number in range(200)]
        client.send(*(masked(WHOLE, text) for text in texts))
        assert [client.text() for _ in texts] == texts

    def test_byte_by_byte(self, client, masked):
        for byte in masked(WHOLE, STORY) + masked(FIN | PING, b"?"):
            client.send(bytes((byte,)))
        assert sorted([client.frame(), client.frame()]) == [(WHOLE, STORY), (FIN | PONG, b"?")]

    def test_a_frame_and_a_half(self, client, masked):
        second = masked(WHOLE, b"second")
        client.send(masked(WHOLE, b"first"), second[:5])
        assert echoed(client, b"first")
        client.send(second[5:])
        assert echoed(client, b"second")

    def test_bytes_right_behind_the_request(self, connect, handshake, masked):
        client = connect()
        client.send(handshake(), masked(FIN | PING, b"early"), masked(WHOLE, b"bird"))
        assert client.head()[0] == 101
        assert sorted([client.frame(), client.frame()]) == [(WHOLE, b"bird"), (FIN | PONG, b"early")]
        client.send(masked(FIN | CLOSE, b"\x03\xe8"))
        assert client.closed() == 1000

    def test_half_a_frame_right_behind_the_request(self, connect, handshake, masked):
        client, frame = connect(), masked(WHOLE, b"in two halves")
        client.send(handshake(), frame[:9])
        assert client.head()[0] == 101
        client.send(frame[9:])
        assert echoed(client, b"in two halves")

    def test_a_burst_of_one_turn_arrives_whole(self, client, masked):
        """More than the queue's 256 frames at once is not yet a slow reader."""
        client.send(masked(WHOLE, b"burst 1000"))
        assert [int(client.text()) for _ in range(1000)] == list(range(1000))


class TestFragments:
    def test_two(self, client, masked):
        client.send(masked(TEXT, b"hel"), masked(FIN | CONTINUATION, b"lo"))
        assert echoed(client, b"hello")

    def test_empty_ones(self, client, masked):
        client.send(masked(TEXT), masked(CONTINUATION), masked(CONTINUATION, b"x"), masked(FIN | CONTINUATION))
        assert echoed(client, b"x")

    def test_only_empty_ones(self, client, masked):
        client.send(masked(TEXT), masked(FIN | CONTINUATION))
        assert echoed(client, b"")

    def test_one_byte_each(self, client, masked):
        first, *rest = STORY
        last = len(rest) - 1
        client.send(masked(TEXT, bytes((first,))))
        for at, byte in enumerate(rest):
            client.send(masked(CONTINUATION | (FIN if at == last else 0), bytes((byte,))))
        assert echoed(client, STORY)

    def test_a_ping_in_between_is_answered_first(self, client, masked):
        client.send(masked(TEXT, b"a"), masked(FIN | PING, b"now"), masked(FIN | CONTINUATION, b"b"))
        assert client.frame() == (FIN | PONG, b"now")
        assert echoed(client, b"ab")

    def test_a_pong_in_between_is_nothing(self, client, masked):
        client.send(masked(TEXT, b"a"), masked(FIN | PONG, b"?"), masked(FIN | CONTINUATION, b"b"))
        assert echoed(client, b"ab")

    def test_whole_messages_follow_fragmented_ones(self, client, masked):
        client.send(masked(TEXT, b"a"), masked(FIN | CONTINUATION, b"b"), masked(WHOLE, b"c"))
        assert echoed(client, b"ab")
        assert echoed(client, b"c")

    def test_a_continuation_of_nothing(self, client, masked):
        client.send(masked(FIN | CONTINUATION, b"x"))
        assert client.closed() == 1002
        assert client.ended()

    def test_an_unfinished_continuation_of_nothing(self, client, masked):
        client.send(masked(CONTINUATION, b"x"))
        assert client.closed() == 1002

    def test_a_continuation_after_the_last_one(self, client, masked):
        client.send(masked(TEXT, b"a"), masked(FIN | CONTINUATION, b"b"))
        assert echoed(client, b"ab")
        client.send(masked(FIN | CONTINUATION, b"c"))
        assert client.closed() == 1002

    @pytest.mark.parametrize("first", [WHOLE, TEXT, FIN | BINARY])
    def test_a_new_message_inside_another(self, client, masked, first):
        client.send(masked(TEXT, b"a"), masked(first, b"b"))
        assert client.closed() == 1002


class TestHeaders:
    @pytest.mark.parametrize("opcode", [TEXT, CLOSE, PING])
    def test_an_unmasked_frame(self, client, opcode):
        client.send(bytes((FIN | opcode, 2)) + b"\x03\xe8")
        assert client.closed() == 1002
        assert client.ended()

    @pytest.mark.parametrize("rsv", [0x40, 0x20, 0x10, 0x70])
    @pytest.mark.parametrize("opcode", [TEXT, PING])
    def test_reserved_bits(self, client, masked, rsv, opcode):
        client.send(masked(FIN | rsv | opcode, b"x"))
        assert client.closed() == 1002

    @pytest.mark.parametrize("opcode", [0x3, 0x7, 0xB, 0xF])
    def test_reserved_opcodes(self, client, masked, opcode):
        client.send(masked(FIN | opcode, b"x"))
        assert client.closed() == 1002

    def test_a_compressed_bomb_is_never_inflated(self, client, masked):
        squeeze = zlib.compressobj(wbits=-15)
        bomb = squeeze.compress(bytes(1 << 24)) + squeeze.flush(zlib.Z_SYNC_FLUSH)
        client.send(masked(FIN | 0x40 | TEXT, bomb))
        assert client.closed() == 1002

    def test_a_binary_message(self, client, masked):
        client.send(masked(FIN | BINARY, b"\x00\xff"))
        assert client.closed() == 1003

    def test_an_empty_binary_message(self, client, masked):
        client.send(masked(FIN | BINARY))
        assert client.closed() == 1003

    def test_nothing_after_a_violation_is_taken(self, client, masked, server):
        client.send(masked(WHOLE, b"good"), masked(FIN | 0x3), masked(WHOLE, b"bad"))
        assert server.path != "lean" or echoed(client, b"good")
        assert client.closed() == 1002
        assert client.ended()
        client.close()
        assert server.lost().texts == [b"good"]


class TestControl:
    @pytest.mark.parametrize("payload", [b"", b"ping", bytes(range(125))])
    def test_a_ping_is_answered_with_its_payload(self, client, masked, payload):
        client.send(masked(FIN | PING, payload))
        assert client.frame() == (FIN | PONG, payload)

    def test_pings_are_answered_in_order(self, client, masked):
        client.send(*(masked(FIN | PING, b"%d" % number) for number in range(10)))
        assert [client.frame()[1] for _ in range(10)] == [b"%d" % number for number in range(10)]

    def test_an_unasked_pong_is_nothing(self, client, masked):
        client.send(masked(FIN | PONG, b"hello?"), masked(WHOLE, b"x"))
        assert echoed(client, b"x")

    @pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
    def test_more_than_125_bytes(self, client, masked, opcode):
        client.send(masked(FIN | opcode, b"\x03\xe8" + b"x" * 124))
        assert client.closed() == 1002

    @pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
    def test_in_fragments(self, client, masked, opcode):
        client.send(masked(opcode, b"\x03\xe8"))
        assert client.closed() == 1002


class TestUtf8:
    GOOD = ("é".encode(), "汉".encode(), "😀".encode(), b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xf4\x8f\xbf\xbf")
    BAD = (
        b"\x80",  # a continuation byte alone
        b"\xc3",  # cut short
        b"\xe6\xb1",
        b"\xf0\x9f\x98",
        b"\xc0\xaf",  # overlong
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xed\xa0\x80",  # surrogates
        b"\xed\xbf\xbf",
        b"\xf4\x90\x80\x80",  # above U+10FFFF
        b"\xfe",
        b"\xff",
        b"a long enough text, and then \xc3(",
    )

    @pytest.mark.parametrize("text", GOOD)
    def test_split_within_a_character(self, client, masked, text):
        for at in range(1, len(text)):
            client.send(masked(TEXT, text[:at]), masked(FIN | CONTINUATION, text[at:]))
            assert echoed(client, text)

    @pytest.mark.parametrize("text", BAD)
    def test_invalid(self, client, masked, text):
        client.send(masked(WHOLE, text))
        assert client.closed() == 1007
        assert client.ended()

    @pytest.mark.parametrize("text", BAD)
    def test_invalid_across_fragments(self, client, masked, text):
        client.send(masked(TEXT, text[:1]), masked(CONTINUATION), masked(FIN | CONTINUATION, text[1:]))
        assert client.closed() == 1007

    def test_invalid_and_then_a_close(self, client, masked):
        client.send(masked(WHOLE, b"long enough\xff"), masked(FIN | CLOSE, b"\x03\xe8"))
        assert client.closed() in (1007, 1000)

    def test_a_character_left_open_by_the_message_is_not_finished_by_the_next(self, client, masked):
        client.send(masked(TEXT, b"\xc3"), masked(FIN | CONTINUATION), masked(WHOLE, b"\xa9"))
        assert client.closed() == 1007


class TestSizes:
    def test_64_kib_in_fragments(self, client, masked):
        text = b"y" * KIB64
        client.send(masked(TEXT, text[:40_000]), masked(FIN | CONTINUATION, text[40_000:]))
        assert echoed(client, text)

    def test_one_byte_more(self, client, masked):
        client.send(masked(WHOLE, b"x" * (KIB64 + 1)))
        assert client.closed() == 1009

    def test_one_byte_more_in_fragments(self, client, masked):
        client.send(masked(TEXT, b"x" * KIB64), masked(FIN | CONTINUATION, b"x"))
        assert client.closed() == 1009

    def test_one_byte_more_in_many_fragments(self, client, masked):
        client.send(masked(TEXT), *[masked(CONTINUATION, b"x" * 8_192)] * 8, masked(FIN | CONTINUATION, b"x"))
        assert client.closed() == 1009

    @pytest.mark.parametrize("size", [KIB64 + 1, 1 << 31, (1 << 63) - 1])
    def test_the_header_is_enough(self, client, size):
        client.send(bytes((WHOLE, 0xFF)) + size.to_bytes(8, "big") + bytes(4))
        assert client.closed() == 1009
        assert client.ended()

    def test_the_header_of_a_fragment_is_enough(self, client, masked):
        client.send(masked(TEXT, b"x" * 40_000), bytes((CONTINUATION, 0xFE)) + (40_000).to_bytes(2, "big") + bytes(4))
        assert client.closed() == 1009

    def test_the_code_arrives_though_the_client_goes_on_sending(self, client, masked):
        client.send(masked(WHOLE, b"x" * 1_000_000))
        assert client.closed() == 1009
        assert client.ended()


class TestClose:
    @pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999])
    def test_a_good_code_is_said_back(self, client, masked, code):
        client.send(masked(FIN | CLOSE, code.to_bytes(2, "big")))
        assert client.closed() == code
        assert client.ended()

    @pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])
    def test_a_bad_code(self, client, masked, code):
        client.send(masked(FIN | CLOSE, code.to_bytes(2, "big")))
        assert client.closed() == 1002
        assert client.ended()

    def test_without_a_code(self, client, masked):
        client.send(masked(FIN | CLOSE))
        assert client.closed() is None
        assert client.ended()

    def test_half_a_code(self, client, masked):
        client.send(masked(FIN | CLOSE, b"\x03"))
        assert client.closed() == 1002

    def test_with_a_reason(self, client, masked):
        client.send(masked(FIN | CLOSE, b"\x03\xe8" + "再见".encode()))
        assert client.closed() == 1000

    def test_with_a_reason_that_is_not_text(self, client, masked):
        client.send(masked(FIN | CLOSE, b"\x03\xe8\xff"))
        assert client.closed() == 1007

    def test_what_came_before_is_answered_and_what_comes_after_is_not(self, client, masked, server):
        client.send(masked(WHOLE, b"before"), masked(FIN | CLOSE, b"\x03\xe8"), masked(WHOLE, b"after"))
        assert server.path != "lean" or echoed(client, b"before")
        assert client.closed() == 1000
        assert client.ended()
        client.close()
        assert server.lost().texts == [b"before"]

    def test_ours_waits_for_the_echo(self, client, masked):
        client.send(masked(WHOLE, b"close 4200 draining"))
        assert client.frame() == (FIN | CLOSE, (4200).to_bytes(2, "big") + b"draining")
        client.send(masked(FIN | CLOSE, (4200).to_bytes(2, "big")))
        assert client.ended()

    def test_ours_comes_behind_what_was_sent(self, client, masked):
        client.send(masked(WHOLE, b"burst 3"), masked(WHOLE, b"close 4001"))
        assert [client.text() for _ in range(3)] == [b"0", b"1", b"2"]
        assert client.closed() == 4001

    def test_ours_does_not_wait_for_ever(self, client, masked):
        client.send(masked(WHOLE, b"close 4001"))
        assert client.closed() == 4001
        assert client.ended()

    def test_after_ours_nothing_is_received(self, client, masked, server):
        client.send(masked(WHOLE, b"close 4001"), masked(WHOLE, b"too late"))
        assert client.closed() == 4001
        client.send(masked(WHOLE, b"far too late"), masked(FIN | CLOSE, (4001).to_bytes(2, "big")))
        assert client.ended()
        client.close()
        assert server.lost().texts == [b"close 4001"]

    def test_a_reason_too_long_is_cut_between_characters(self, client, masked):
        client.send(masked(WHOLE, b"close 4001 " + "汉".encode() * 60))
        assert client.frame() == (FIN | CLOSE, (4001).to_bytes(2, "big") + "汉".encode() * 41)

    def test_half_close(self, client):
        client.socket.shutdown(1)
        assert client.ended()

    def test_half_close_in_the_middle_of_a_frame(self, client, masked):
        client.send(masked(WHOLE, b"never whole")[:9])
        client.socket.shutdown(1)
        assert client.ended()

    def test_reset(self, client, server):
        """That `lost` comes, and once, is what the `connect` fixture asserts of every test here."""
        client.reset()
