"""A party of a call, small and exact: its own UDP socket, ICE checks, DTLS and SRTP, and every packet in our hands."""

import asyncio
import re
import secrets
import socket
import struct
from contextlib import suppress
from typing import Any, Literal

from aioice import stun

from hub.calls.relay.borrowed import Association, Certificate, Keys
from hub.ports import Media

PATIENCE_S = 8.0
AUDIO, VIDEO = 111, 96


def sdp_of(
    ufrag: str, fingerprint: str, sources: tuple[int, int], setup: str = "actpass", way: str = "sendrecv"
) -> str:
    """As a browser writes it, with one audio and one video section."""
    sections = [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {payload}\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
        f"a=candidate:1 1 udp 2122260223 192.168.77.5 50000 typ host generation 0\r\n"
        f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{'p' * 24}\r\na=ice-options:trickle\r\n"
        f"a=fingerprint:sha-512 {fingerprint}\r\na=fingerprint:sha-256 {fingerprint}\r\na=setup:{setup}\r\n"
        f"a=mid:{mid}\r\na={way}\r\na=rtcp-mux\r\na=rtpmap:{payload} {codec}\r\n"
        f"a=ssrc:{source} cname:x\r\n"
        for mid, (kind, payload, codec, source) in enumerate(
            [("audio", AUDIO, "opus/48000/2", sources[0]), ("video", VIDEO, "VP8/90000", sources[1])]
        )
    ]
    return (
        "v=0\r\no=- 46117 2 IN IP4 192.168.77.5\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=msid-semantic: WMS\r\n"
        + "".join(sections)
    )


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, party: "Party") -> None:
        self._party = party

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._party.came(data)

    def error_received(self, exc: Exception) -> None:
        pass


class Party:
    """`name` in the call `call` of `media`, towards `other`. `received` holds the clear RTP packets that came."""

    def __init__(self, media: Media, call: str, name: str, other: str) -> None:
        self.media, self.call, self.name, self.other = media, call, name, other
        self.certificate = Certificate()
        self.ufrag = secrets.token_hex(4)
        self.sources = (secrets.randbits(32), secrets.randbits(32))
        self.association = Association(self.certificate, self.send_raw, "client")
        self.keys: Keys | None = None
        self.way = "sendrecv"
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self.feedback: asyncio.Queue[bytes] = asyncio.Queue()
        self.relay: tuple[Any, ...] = ()
        self.their_ufrag = self.their_password = ""
        self.last_sent = b""
        self._sequence = 0
        self._answers: dict[bytes, asyncio.Future[stun.Message]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    # --- signalling -------------------------------------------------------------------------------------------

    @property
    def sdp(self) -> str:
        return sdp_of(self.ufrag, self.certificate.fingerprint, self.sources, way=self.way)

    async def describe(self, kind: Literal["offer", "answer"]) -> str:
        sdp = self.sdp if kind == "offer" else self.sdp.replace("setup:actpass", "setup:active")
        return await self.media.describe(self.call, self.name, self.other, kind, sdp)

    def take(self, sdp: str, place: int = 0) -> None:
        """The relay's transport, of which `place` says which candidate to use."""
        self.their_ufrag = re.findall(r"a=ice-ufrag:(\S+)", sdp)[0]
        self.their_password = re.findall(r"a=ice-pwd:(\S+)", sdp)[0]
        self.their_fingerprint = re.findall(r"a=fingerprint:sha-256 (\S+)", sdp)[0]
        host, port = re.findall(r"a=candidate:\d+ 1 udp \d+ (\S+) (\d+) typ host", sdp)[place]
        self.relay = (host, int(port))

    # --- the network ------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """A new socket, and so a new address; the one before is gone."""
        if self._transport is not None:
            self._transport.close()
        loop = asyncio.get_running_loop()
        host = "::1" if ":" in self.relay[0] else "127.0.0.1"
        self._transport, _ = await loop.create_datagram_endpoint(lambda: _Socket(self), local_addr=(host, 0))

    @property
    def address(self) -> Any:
        assert self._transport is not None
        return self._transport.get_extra_info("sockname")

    def send_raw(self, datagram: bytes) -> None:
        assert self._transport is not None
        self._transport.sendto(datagram, self.relay)

    def came(self, datagram: bytes) -> None:
        first = datagram[0]
        if first < 4:
            message = stun.parse_message(datagram)
            answer = self._answers.pop(message.transaction_id, None)
            if answer is not None and not answer.done():
                answer.set_result(message)
        elif first < 64:
            self.association.take(datagram)
        elif self.keys is not None:
            if 191 < datagram[1] < 224:
                self.feedback.put_nowait(self.keys._receiving.unprotect_rtcp(datagram))
            else:
                self.received.put_nowait(self.keys._receiving.unprotect(datagram))

    # --- checks -----------------------------------------------------------------------------------------------

    def check(self, *, nominate: bool = True, password: str = "", ufrag: str = "", transaction: bytes = b"") -> bytes:
        """A binding request, as bytes."""
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction or None)
        request.attributes["USERNAME"] = f"{ufrag or self.their_ufrag}:{self.ufrag}"
        request.attributes["PRIORITY"] = 1
        if nominate:
            request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity((password or self.their_password).encode())
        return bytes(request)

    async def checked(self, request: bytes = b"", patience_s: float = PATIENCE_S) -> stun.Message:
        """Send it, and wait for the relay's answer. Raises TimeoutError."""
        request = request or self.check()
        answer = self._answers[request[8:20]] = asyncio.get_running_loop().create_future()
        self.send_raw(request)
        async with asyncio.timeout(patience_s):
            return await answer

    async def connect(self) -> None:
        await self.open()
        await self.checked()
        await self.shake_hands()

    async def shake_hands(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            self.keys = await self.association.shake_hands(self.their_fingerprint)

    async def leave(self) -> None:
        self.keys = None
        await self.association.end()
        if self._transport is not None:
            self._transport.close()

    # --- media ------------------------------------------------------------------------------------------------

    def packet(self, payload: bytes, source: int = 0) -> bytes:
        self._sequence += 1
        return struct.pack("!BBHLL", 0x80, (AUDIO, VIDEO)[source], self._sequence, 960, self.sources[source]) + payload

    def send(self, payload: bytes, source: int = 0) -> bytes:
        """The packet in the clear; `last_sent` is what went over the wire."""
        assert self.keys is not None
        packet = self.packet(payload, source)
        self.last_sent = self.keys._sending.protect(packet)
        self.send_raw(self.last_sent)
        return packet

    def send_feedback(self, compound: bytes) -> None:
        assert self.keys is not None
        self.send_raw(self.keys.protected_rtcp(compound))

    async def next(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.received.get()


async def introduce(one: Party, other: Party) -> None:
    """`one` offers, the other answers; nobody connects yet."""
    other.take(await one.describe("offer"))
    one.take(await other.describe("answer"))


async def meet(one: Party, other: Party) -> None:
    """`one` offers, the other answers, both connect, and what each sends arrives."""
    await introduce(one, other)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one.connect())
        tasks.create_task(other.connect())
    assert one.keys and other.keys
    await arrives(one, other)
    await arrives(other, one)


async def arrives(sender: Party, receiver: Party, tries: int = 100) -> bytes:
    """Send until one arrives, as it was sent. (A first packet may be ahead of the end of the other's handshake.)"""
    sent = []
    for _ in range(tries):
        sent.append(sender.send(secrets.token_bytes(40)))
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                came = await receiver.received.get()
                assert came in sent
                return came
    raise AssertionError(f"nothing that {sender.name} sends arrives at {receiver.name}")


def has_ipv6() -> bool:
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.bind(("::1", 0))
        return True
    return False
