"""Covers hub/calls/hall/sdp.py. What Janus makes of it: tests/servers/test_janus.py."""

import pytest

from hub.calls.hall.sdp import for_janus, sent
from hub.model.errors import BadDescription
from tests.calls.parties import sdp_of


def test_only_one_fingerprint_is_left_and_no_address() -> None:
    given = sdp_of("ufrag", "AA:BB", (1, 2))
    assert "a=fingerprint:sha-512" in given
    assert "a=candidate:" in given
    lines = for_janus(given).splitlines()
    assert [line for line in lines if line.startswith("a=fingerprint")] == ["a=fingerprint:sha-256 AA:BB"] * 2
    assert not [line for line in lines if line.startswith("a=candidate")]
    gone = ("a=fingerprint:sha-512", "a=candidate:")
    assert lines == [line for line in given.splitlines() if not line.startswith(gone)]


def test_without_a_sha_256_fingerprint_it_is_refused() -> None:
    with pytest.raises(BadDescription, match="sha-256"):
        for_janus(sdp_of("ufrag", "AA:BB", (1, 2)).replace("sha-256", "sha-384"))


def test_what_janus_takes_is_told_by_its_answer() -> None:
    def section(kind: str, mid: str, direction: str = "recvonly") -> str:
        return f"m={kind} 9 UDP/TLS/RTP/SAVPF 96\r\na={direction}\r\na=mid:{mid}\r\n"

    head = "v=0\r\na=group:BUNDLE 0 1\r\n"
    assert sent(head + section("audio", "0") + section("video", "1")) == {"voice": "0", "picture": "1"}
    assert sent(head + section("video", "x") + section("video", "y")) == {"voice": "", "picture": "x"}
    assert sent(head + section("audio", "0", "inactive")) == {"voice": "", "picture": ""}
    assert sent("") == {"voice": "", "picture": ""}
