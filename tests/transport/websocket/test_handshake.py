"""Covers hub/transport/websocket/handshake.py alone; test_upgrade.py has it at work."""

import pytest

from hub.model.errors import BadRequest, NotFound
from hub.transport.frames import PROTOCOL
from hub.transport.websocket.handshake import Asked, accepted, choose, read

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # of RFC 6455 §1.3, as is the proof below
PROOF = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_what_is_read(handshake):
    request = handshake(
        line="GET /ws?x=1 HTTP/1.1",
        Sec_WebSocket_Key=KEY,
        Sec_WebSocket_Protocol=f"soap, ,{PROTOCOL}\r\nSEC-WEBSOCKET-PROTOCOL:mqtt",
        Origin="https://shop.example",
        X_Forwarded_For="a\r\nX-Forwarded-For: b",
    )
    assert read(request) == Asked(KEY, "https://shop.example", ("soap", PROTOCOL, "mqtt"), "a, b")


def test_what_may_be_left_out(handshake):
    request = handshake(Sec_WebSocket_Key=KEY, Sec_WebSocket_Protocol=None)
    assert read(request) == Asked(KEY, None, (), "")


@pytest.mark.parametrize("target", ["/", "/ws2", "/ws/", "/WS", "http://hub/ws"])
def test_one_path_only(handshake, target):
    with pytest.raises(NotFound):
        read(handshake(line=f"GET {target} HTTP/1.1"))


@pytest.mark.parametrize("key", [None, "", "AAAA", KEY[:-4], KEY + "AAAA", KEY.replace("=", "!"), "\xe9" * 24])
def test_keys(handshake, key):
    with pytest.raises(BadRequest):
        read(handshake(Sec_WebSocket_Key=key))


def test_ours_is_chosen_wherever_it_stands():
    assert choose(["soap", PROTOCOL]) == PROTOCOL
    assert choose(["soap", "mqtt"]) == "soap"
    assert choose([]) is None


def test_the_proof():
    answer = accepted(Asked(KEY, None, (), "")).decode()
    assert answer.startswith("HTTP/1.1 101 ")
    assert answer.endswith("\r\n\r\n")
    assert f"\r\nSec-WebSocket-Accept: {PROOF}\r\n" in answer
    assert "Protocol" not in answer.partition("\r\n")[2]
