"""Covers hub/calls/relay/borrowed.py: the private names of aiortc and pylibsrtp that it lives on.

When one of these fails after an update, the relay can't work with it: adapt borrowed.py, then the pin.
"""

import asyncio
import inspect
import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from aiortc.rtcdtlstransport import RTCDtlsTransport
from pylibsrtp import Policy, Session, _binding

from hub.calls.relay import borrowed
from hub.calls.relay.borrowed import Association, Buffer, Certificate, Keys
from tests.calls.parties import PATIENCE_S

RTP = b"\x80\x60\x00\x01" + b"\0\0\3\xc0" + b"\0\0\0\7" + b"what is said"
RTCP = b"\x81\xce\x00\x02\0\0\0\1\0\0\0\7"  # its first eight bytes stay in the clear


def test_the_version_is_the_one_that_is_pinned() -> None:
    wanted = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]["dependencies"]
    (pin,) = [re.sub(r"\s", "", each) for each in wanted if each.startswith("aiortc")]
    assert pin == f"aiortc=={version('aiortc')}"


def test_nobody_else_of_ours_touches_them() -> None:
    hub = Path(borrowed.__file__).parents[2]
    users = {
        path.name
        for path in hub.rglob("*.py")
        if path.parent.name not in ("recording", "voice")  # which have to do with their public names only
        and re.search(r"\b(aiortc|pylibsrtp)\b.*import|import.*\b(aiortc|pylibsrtp)\b", path.read_text())
    }
    assert users == {"borrowed.py"}


def test_dtls_transport_has_what_is_used() -> None:
    """`_set_role`, `_task`, the two sessions, and of the transport only `_recv` and `_send`."""
    made = inspect.getsource(RTCDtlsTransport)
    assert {"_set_role", "start", "stop", "state"} <= set(dir(RTCDtlsTransport))
    assert set(re.findall(r"self\.transport\.(\w+)|self\._transport\.(\w+)", made)) <= {
        ("_recv", ""),
        ("_send", ""),
        ("role", ""),
    }
    for name in ("_rx_srtp", "_tx_srtp", "_task"):
        assert f"self.{name}" in inspect.getsource(RTCDtlsTransport.__init__)
    assert "self._task = asyncio.ensure_future" in inspect.getsource(RTCDtlsTransport.start)


def session(key: bytes, kind: int) -> Session:
    return Session(Policy(key=key, ssrc_type=kind))


@pytest.mark.parametrize("name", ["srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"])
def test_libsrtp_functions_take_a_session_a_buffer_and_a_length(name: str) -> None:
    told = str(_binding.ffi.typeof(getattr(_binding.lib, name)))
    assert re.search(r"\(\*\)\(struct srtp_ctx_t_? \*, void \*, int \*\)", told), told


def test_a_packet_is_protected_and_unprotected_in_place() -> None:
    key = bytes(range(30))
    keys = Keys(session(key, Policy.SSRC_ANY_INBOUND), session(key, Policy.SSRC_ANY_OUTBOUND))
    buffer = Buffer()
    for clear, there, back in (
        (RTP, borrowed.protect, borrowed.unprotect),
        (RTCP, borrowed.protect_rtcp, borrowed.unprotect_rtcp),
    ):
        buffer.bytes[: len(clear)] = clear
        buffer.length[0] = len(clear)
        assert there(keys.sending, buffer.pointer, buffer.length) == 0
        assert len(clear) < buffer.length[0] <= borrowed.SPACE - borrowed.LONGEST + len(clear)
        assert buffer.bytes[: len(clear)] != clear
        assert back(keys.receiving, buffer.pointer, buffer.length) == 0
        assert buffer.view[: buffer.length[0]] == clear
        assert back(keys.receiving, buffer.pointer, buffer.length) != 0, "what is not authentic is refused"


async def shaken(one: Association, prints: str, other: Association, other_prints: str) -> list[Any]:
    async with asyncio.timeout(PATIENCE_S):
        return await asyncio.gather(one.shake_hands(prints), other.shake_hands(other_prints))


async def test_two_associations_agree_on_keys() -> None:
    server_is, client_is = Certificate(), Certificate()
    server = Association(server_is, lambda datagram: client.take(datagram) or None)
    client: Association = Association(client_is, lambda datagram: server.take(datagram) or None, "client")
    mine, theirs = await shaken(server, client_is.fingerprint, client, server_is.fingerprint)
    assert theirs._receiving.unprotect(mine._sending.protect(RTP)) == RTP
    assert mine._receiving.unprotect_rtcp(theirs.protected_rtcp(RTCP)) == RTCP
    await server.end()
    await client.end()


async def test_nobody_else_than_was_described_gets_keys() -> None:
    server_is, client_is = Certificate(), Certificate()
    server = Association(server_is, lambda datagram: client.take(datagram) or None)
    client: Association = Association(client_is, lambda datagram: server.take(datagram) or None, "client")
    mine, _ = await shaken(server, Certificate().fingerprint, client, server_is.fingerprint)
    assert mine is None
    await server.end()
    await client.end()


async def test_what_waits_for_a_handshake_is_bounded() -> None:
    waiting = Association(Certificate(), lambda datagram: None)
    assert [waiting.take(b"\x16" * 20) for _ in range(borrowed.WAITING + 2)].count(False) == 2
    await waiting.end()
