"""Covers hub/model/directions.py: what counts as sending, by RFC 8866."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model.directions import sends

HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
AUDIO, VIDEO = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n", "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"


@pytest.mark.parametrize(
    ("sdp", "sending"),
    [
        (HEAD, False),
        (HEAD + AUDIO, True),
        (HEAD + AUDIO + "a=sendrecv\r\n", True),
        (HEAD + AUDIO + "a=sendonly\r\n", True),
        (HEAD + AUDIO + "a=recvonly\r\n", False),
        (HEAD + AUDIO + "a=inactive\r\n", False),
        (HEAD + "a=recvonly\r\n" + AUDIO, False),
        (HEAD + "a=recvonly\r\n" + AUDIO + "a=sendonly\r\n", True),
        (HEAD + AUDIO + "a=recvonly\r\na=sendrecv\r\n", True),
        (HEAD + AUDIO + "a=sendrecv\r\na=recvonly\r\n", True),
        (HEAD + AUDIO + "a=recvonly\r\n" + VIDEO, True),
        (HEAD + AUDIO + "a=recvonly\r\n" + VIDEO + "a=recvonly\r\n", False),
        (HEAD + AUDIO.replace(" 9 ", " 0 "), False),
        (HEAD + AUDIO.replace(" 9 ", " 0 ") + "a=bundle-only\r\n", True),
        ((HEAD + AUDIO).replace("\r\n", "\n"), True),
        ("m=", True),
        ("", False),
    ],
)
def test_who_sends(sdp: str, sending: bool) -> None:
    assert sends(sdp) is sending


@given(st.text(alphabet="amv=:recvonlysdti 019\r\n", max_size=80), st.sampled_from(["sendrecv", "sendonly"]))
def test_whatever_else_is_said_a_section_that_sends_sends(noise: str, way: str) -> None:
    assert sends(f"{HEAD}{AUDIO}a={way}\r\n{noise}")
