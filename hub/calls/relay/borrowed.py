"""What the relay takes from inside aiortc and pylibsrtp, private names and all; nobody else here touches these two.

tests/calls/relay/test_borrowed.py says what must hold of them; pyproject.toml pins the version for which it did.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from pylibsrtp import Policy, Session, _binding

HASH = "sha-256"  # the one that every browser has; Janus 1.1.2 takes the wrong one of several
WAITING = 64  # DTLS datagrams that may wait for their turn: a handshake has about ten
SPACE = 2048  # bytes of a packet and what protecting it may add (libsrtp: at most 144)
LONGEST = 1800
TOLD_BYTES = 30

ffi, lib = _binding.ffi, _binding.lib
# Each takes (session pointer, buffer pointer, length pointer), works in place, and returns 0 when it could.
unprotect: Final = lib.srtp_unprotect
protect: Final = lib.srtp_protect
unprotect_rtcp: Final = lib.srtp_unprotect_rtcp
protect_rtcp: Final = lib.srtp_protect_rtcp


class Buffer:
    """One packet, where C works on it in place. `length` is what goes into a function above, and what comes out."""

    __slots__ = ("bytes", "length", "pointer", "view")

    def __init__(self) -> None:
        self.bytes = bytearray(SPACE)
        self.view = memoryview(self.bytes)
        self.pointer = ffi.from_buffer("char[]", self.bytes)
        self.length = ffi.new("int *")


class Keys:
    """The SRTP sessions of one association, as pointers for the functions above. Valid as long as this object lives."""

    __slots__ = ("_receiving", "_sending", "receiving", "sending")

    def __init__(self, receiving: Session, sending: Session) -> None:
        self._receiving, self._sending = receiving, sending
        self.receiving, self.sending = receiving._srtp[0], sending._srtp[0]

    def protected_rtcp(self, packet: bytes) -> bytes:
        return bytes(self._sending.protect_rtcp(packet))


class Told:
    """A key that we told another process of ours, for what it sends: `receiving` as in Keys, for any SSRC."""

    __slots__ = ("_session", "receiving")

    def __init__(self, key: bytes) -> None:
        """16 bytes of key and 14 of salt (AES-CM 128, HMAC-SHA1-80). Raises ValueError for anything else."""
        if len(key) != TOLD_BYTES:
            raise ValueError("no key for SRTP")
        self._session = Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND))
        self.receiving = self._session._srtp[0]


class Certificate:
    """What the relay shows to everyone it shakes hands with. Made anew by each process."""

    def __init__(self) -> None:
        self.made = RTCCertificate.generateCertificate()
        self.fingerprint = next(f.value for f in self.made.getFingerprints() if f.algorithm == HASH)


class _Wire:
    """What RTCDtlsTransport needs of an ICE transport."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_now = send
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue(WAITING)

    async def _recv(self) -> bytes:
        return await self.waiting.get()

    async def _send(self, datagram: bytes) -> None:
        self._send_now(datagram)


class Association:
    """DTLS with one party; the relay is the server. It may be given datagrams before it is started: they wait."""

    def __init__(self, certificate: Certificate, send: Callable[[bytes], None], role: str = "server") -> None:
        self._wire = _Wire(send)
        self._dtls: Any = RTCDtlsTransport(self._wire, [certificate.made])  # type: ignore[arg-type]
        self._dtls._set_role(role)

    def take(self, datagram: bytes) -> bool:
        """False when too many wait already: it is dropped, as the network may do."""
        with suppress(asyncio.QueueFull):
            self._wire.waiting.put_nowait(datagram)
            return True
        return False

    async def shake_hands(self, fingerprint: str) -> Keys | None:
        """With whoever has the certificate of this SHA-256 `fingerprint`; None for anybody else, or when it fails."""
        await self._dtls.start(RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(HASH, fingerprint)]))
        if self._dtls.state != "connected":
            return None
        return Keys(self._dtls._rx_srtp, self._dtls._tx_srtp)

    async def end(self) -> None:
        """Say goodbye, as far as somebody is there to hear it."""
        reading = self._dtls._task
        await self._dtls.stop()
        if reading is not None:
            await asyncio.wait([reading])
