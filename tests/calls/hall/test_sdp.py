"""Covers hub/calls/hall/sdp.py. What Janus makes of it: tests/servers/test_janus.py."""

import pytest

from hub.calls.hall.sdp import for_janus
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
