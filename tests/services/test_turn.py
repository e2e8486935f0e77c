"""Covers hub/services/turn.py. tests/servers/test_turn.py asks a real coturn."""

import base64
import hashlib
import hmac

from hub.services.turn import LIFE_S, IceServers

URLS = ("turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:443?transport=tcp")


def test_nothing_is_told_where_nothing_is_set() -> None:
    assert IceServers().of("k1", 1_000) == []
    assert IceServers(turn=URLS).of("k1", 1_000) == [], "without a secret nobody would be let in"


def test_stun_stands_open_and_turn_has_a_password_that_ends() -> None:
    stun, turn = IceServers(("stun:stun.example.com",), URLS, "s3cret").of("k1", 5_000)
    assert stun == {"urls": ["stun:stun.example.com"]}
    assert turn["urls"] == list(URLS)
    assert turn["username"] == f"{5 + LIFE_S}:k1"
    expected = hmac.new(b"s3cret", turn["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == expected
