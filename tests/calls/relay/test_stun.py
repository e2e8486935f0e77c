"""Covers hub/calls/relay/stun.py: only an authentic check is one, whatever else is sent."""

import struct

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from hub.calls.relay.stun import Check, answer_to, check_of, source_of

PASSWORD, TRANSACTION = "a password of ours", b"twelve bytes"


def password_of(ufrag: str) -> str | None:
    return PASSWORD if ufrag == "ours" else None


def request(ufrag: str = "ours", password: str = PASSWORD, *, nominate: bool = False, kind: int = 0) -> bytes:
    made = stun.Message(stun.Method.BINDING, stun.Class(kind), TRANSACTION)
    made.attributes["USERNAME"] = f"{ufrag}:theirs"
    if nominate:
        made.attributes["USE-CANDIDATE"] = None
    made.add_message_integrity(password.encode())
    return bytes(made)


def unsigned() -> bytes:
    made = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, TRANSACTION)
    made.attributes["USERNAME"] = "ours:theirs"
    return bytes(made)


@pytest.mark.parametrize("nominate", [True, False])
def test_an_authentic_request_is_a_check(nominate: bool) -> None:
    assert check_of(request(nominate=nominate), password_of) == Check("ours", TRANSACTION, nominate)


@pytest.mark.parametrize(
    "datagram",
    [
        request(ufrag="foreign"),
        request(password="forged"),
        request(kind=stun.Class.RESPONSE),
        request(kind=stun.Class.INDICATION),
        unsigned(),
        request()[:-1],
        request() + b"more",
        struct.pack("!HHI12s", 1, 0, stun.COOKIE, TRANSACTION),
        struct.pack("!HHI12sHHB3x", 1, 8, stun.COOKIE, TRANSACTION, 0x0024, 1, 0),  # a priority of one byte
        b"",
    ],
)
def test_anything_else_is_none(datagram: bytes) -> None:
    assert check_of(datagram, password_of) is None


def test_what_is_nominated_must_be_signed_too() -> None:
    """An attribute behind the signature is somebody else's (RFC 8489, 9)."""
    signed = request()
    added = struct.pack("!HH", 0x0025, 0)
    longer = signed[:2] + struct.pack("!H", len(signed) - 20 - 8 + 4) + signed[4:-8] + added
    check = check_of(longer, password_of)
    assert check is None or not check.nominates


@given(st.binary(max_size=200), st.integers(0, 200))
def test_no_bytes_do_more_than_be_none(noise: bytes, at: int) -> None:
    assert check_of(noise, password_of) is None
    good = bytearray(request())
    place = at % len(good)
    if noise and noise[0] and place < len(good) - 8:  # the last attribute is a checksum, which may be left out
        good[place] ^= noise[0]
        assert check_of(bytes(good), password_of) is None


@pytest.mark.parametrize("address", [("192.0.2.7", 5000), ("2001:db8::7", 5000, 0, 0)])
def test_the_answer_says_where_it_came_from_and_is_signed(address: tuple[str, int]) -> None:
    answer = stun.parse_message(answer_to(Check("ours", TRANSACTION, False), address, PASSWORD))
    assert (answer.message_class, answer.transaction_id) == (stun.Class.RESPONSE, TRANSACTION)
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == address[:2]
    assert answer.check_message_integrity(PASSWORD.encode())


def test_one_line_is_one_source() -> None:
    assert source_of(("192.0.2.7", 1)) == source_of(("192.0.2.7", 2)) != source_of(("192.0.2.8", 1))
    assert source_of(("2001:db8::1", 1, 0, 0)) == source_of(("2001:db8::2", 1, 0, 0))
    assert source_of(("2001:db8::1", 1, 0, 0)) != source_of(("2001:db8:0:1::1", 1, 0, 0))
    assert source_of(("fe80::1%eth0", 1, 0, 2)) == source_of(("fe80::2", 1, 0, 2))
