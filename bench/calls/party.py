"""A party of a bench call: a socket that checks, shakes hands, sends what was encoded before, and counts what comes.

As cheap as Python can: the generator must not be what is measured.
"""

import asyncio
import re
import secrets
import socket
import struct
import time
from contextlib import suppress
from typing import Any

from aioice import stun
from pylibsrtp import Policy, Session

from hub.calls.relay.borrowed import Association, Buffer, Certificate, Keys, protect

AUDIO, VIDEO = 111, 96
_ANY = (Policy.SSRC_ANY_INBOUND, Policy.SSRC_ANY_OUTBOUND)
_CERTIFICATES: list[Certificate] = []
_SECTION = {
    AUDIO: "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n{}a=rtpmap:111 opus/48000/2\r\n",
    VIDEO: "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n{}a=rtpmap:96 VP8/90000\r\n"
    "a=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 goog-remb\r\n",
}


def _certificate() -> Certificate:
    """One for all: making one takes longer than a handshake."""
    if not _CERTIFICATES:
        _CERTIFICATES.append(Certificate())
    return _CERTIFICATES[0]


class Party:
    """`host` is where its socket is; `direction` as in SDP. `late` are seconds from sending to arrival, of the packets
    that `expects` sent."""

    def __init__(self, host: str, video: bool, direction: str = "sendrecv") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        self.video, self._direction = video, direction
        self._ufrag, self._password = secrets.token_hex(4), secrets.token_hex(12)
        self._sources = {AUDIO: secrets.randbits(31), VIDEO: secrets.randbits(31)}
        self._sequence = {AUDIO: secrets.randbits(14), VIDEO: secrets.randbits(14)}
        self._association = Association(_certificate(), self._send, "client")
        self._buffer = Buffer()
        self._theirs: tuple[str, str, str] = ("", "", "")
        self._relay: Any = None
        self._answered = asyncio.Event()
        self.keys: Keys | None = None
        self.sent = self.received = 0
        self.sent_at: dict[int, float] = {}
        self.expects: Party | None = None
        self.late: list[float] = []
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._drain)

    # --- signalling -------------------------------------------------------------------------------------------

    def sdp(self, mids: tuple[str, ...] = ("0", "1")) -> str:
        """An offer, or an answer: it is the active side in either."""
        kinds = (AUDIO, VIDEO) if self.video else (AUDIO,)
        mids = mids[: len(kinds)]
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
            f"a=group:BUNDLE {' '.join(mids)}\r\na=msid-semantic: WMS *\r\n"
            + "".join(_SECTION[kind].format(self._transport(mid, kind)) for mid, kind in zip(mids, kinds, strict=True))
        )

    def _transport(self, mid: str, kind: int) -> str:
        host, port = self._socket.getsockname()
        source = f"a=ssrc:{self._sources[kind]} cname:bench\r\n" if "send" in self._direction else ""
        return (
            f"c=IN IP4 {host}\r\na=mid:{mid}\r\na={self._direction}\r\na=rtcp-mux\r\na=ice-ufrag:{self._ufrag}\r\n"
            f"a=ice-pwd:{self._password}\r\na=fingerprint:sha-256 {_certificate().fingerprint}\r\na=setup:active\r\n"
            f"a=candidate:1 1 udp 2130706431 {host} {port} typ host\r\na=end-of-candidates\r\n{source}"
        )

    def take(self, sdp: str) -> None:
        """The other side's description: where to send, and with what."""
        found = [re.search(rf"a={name}(\S+)", sdp) for name in ("ice-ufrag:", "ice-pwd:", "fingerprint:sha-256 ")]
        self._theirs = tuple(match[1] if match else "" for match in found)  # type: ignore[assignment]
        candidate = re.search(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", sdp, re.IGNORECASE)
        assert candidate, sdp
        self._relay = (candidate[1], int(candidate[2]))

    async def connect(self) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(20):
            while not self._answered.is_set():
                self.check()
                try:
                    async with asyncio.timeout(0.05):
                        await self._answered.wait()
                except TimeoutError:
                    continue
            self.keys = await self._association.shake_hands(self._theirs[2])
        assert self.keys, "no keys"

    def meet(self, other: "Party") -> None:
        """Without a relay: each sends to the other, under keys of its own."""
        for one, another in ((self, other), (other, self)):
            one._relay = another._socket.getsockname()
            one._theirs = (another._ufrag, another._password, "")
            one.keys = Keys(*(Session(Policy(key=bytes(30), ssrc_type=kind)) for kind in _ANY))

    def check(self) -> None:
        """What says that it is still there, too."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self._theirs[0]}:{self._ufrag}"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._theirs[1].encode())
        self._send(bytes(request))

    def _send(self, datagram: bytes) -> None:
        self._socket.sendto(datagram, self._relay)

    def stop_counting(self) -> None:
        """What comes is left to the system, which drops it."""
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)

    async def leave(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        await self._association.end()
        self._socket.close()

    # --- media ------------------------------------------------------------------------------------------------

    def send(self, kind: int, stamp: int, payloads: list[bytes]) -> None:
        """One frame: its packets in a row."""
        assert self.keys
        buffer, sequence, source = self._buffer, self._sequence[kind], self._sources[kind]
        for n, payload in enumerate(payloads):
            marker = 128 if kind == VIDEO and n == len(payloads) - 1 else 0
            struct.pack_into("!BBHLL", buffer.bytes, 0, 0x80, kind | marker, sequence, stamp & 0xFFFFFFFF, source)
            size = 12 + len(payload)
            buffer.bytes[12:size] = payload
            buffer.length[0] = size
            protect(self.keys.sending, buffer.pointer, buffer.length)
            self.sent_at[kind << 16 | sequence] = time.perf_counter()
            with suppress(BlockingIOError):  # counted as sent, it will be missed
                self._socket.sendto(buffer.view[: buffer.length[0]], self._relay)
            sequence = (sequence + 1) & 0xFFFF
            self.sent += 1
        self._sequence[kind] = sequence

    def _drain(self) -> None:
        packet = bytearray(2_048)
        try:
            while True:
                size, address = self._socket.recvfrom_into(packet)
                first = packet[0]
                if 127 < first < 192:
                    if not 191 < packet[1] < 224:
                        self._came(packet)
                elif first < 4:
                    self._checked(bytes(packet[:size]), address)
                else:
                    self._association.take(bytes(packet[:size]))
        except (BlockingIOError, InterruptedError):
            pass

    def _came(self, packet: bytearray) -> None:
        self.received += 1
        if self.expects is not None:
            at = self.expects.sent_at.pop((packet[1] & 127) << 16 | packet[2] << 8 | packet[3], None)
            if at is not None:
                self.late.append(time.perf_counter() - at)

    def _checked(self, datagram: bytes, address: Any) -> None:
        message = stun.parse_message(datagram)
        if message.message_class == stun.Class.RESPONSE:
            self._answered.set()
        elif message.message_class == stun.Class.REQUEST:
            answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
            answer.attributes["XOR-MAPPED-ADDRESS"] = address
            answer.add_message_integrity(self._password.encode())
            self._socket.sendto(bytes(answer), address)
