"""The bot's connection to one other party: an RTCPeerConnection of aiortc, which speaks and listens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, Literal, cast

import aioice.ice
import av
import structlog
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidStateError
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp

from hub.calls.voice.mouth import Mouth
from hub.calls.voice.sound import HEARD_HZ, Resampler

log = structlog.get_logger()
LOOPBACK: Final = "127.0.0.1"
AGAIN_S = 3.0
# (kind, generation, sdp): told to the other party by way of the hub.
Describe = Callable[[Literal["offer", "answer"], int, str], Awaitable[None]]


def use_loopback() -> None:
    """aioice leaves loopback out. A relay on the same machine may be nowhere else; candidates of ours go to nobody."""
    found = aioice.ice.get_host_addresses

    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return [*found(use_ipv4=use_ipv4, use_ipv6=use_ipv6), *([LOOPBACK] if use_ipv4 else [])]

    if not getattr(found, "with_loopback", False):
        addresses.with_loopback = True  # type: ignore[attr-defined]
        aioice.ice.get_host_addresses = addresses


class Leg:
    """`pc` is the other page's. aiortc knows no ICE restart and no rollback: of two offers that meet, theirs waits."""

    def __init__(self, pc: str, describe: Describe) -> None:
        self.pc = pc
        self.mouth = Mouth()
        self.connected = asyncio.Event()
        self._answered = asyncio.Event()
        self._describe = describe
        self._generation = 0
        self._early: list[dict[str, Any]] = []
        self._turn = asyncio.Lock()
        # No servers: with None it would ask Google's.
        self._rtc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._rtc.addTrack(self.mouth)
        self._rtc.on("connectionstatechange", self._moved)

    def _moved(self) -> None:
        if self._rtc.connectionState == "connected":
            self.connected.set()

    async def offer(self) -> None:
        """Again and again until they have answered: it may be lost on its way, and theirs is no way out of it."""
        async with self._turn:
            await self._rtc.setLocalDescription(await self._rtc.createOffer())
        while self._rtc.signalingState == "have-local-offer":
            await self._tell()
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self._answered.wait()

    async def take(self, frame: dict[str, Any]) -> None:
        """A description or candidate of theirs. What does not fit is told in the log, and said anew by them."""
        async with self._turn:
            try:
                await (self._candidate(frame) if frame["t"] == "rtc.candidate" else self._description(frame))
            except (InvalidStateError, ValueError, KeyError) as problem:
                log.info("a description was no use", why=type(problem).__name__)

    async def _description(self, frame: dict[str, Any]) -> None:
        offered = frame["type"] == "offer"
        if offered and self._rtc.signalingState != "stable":
            return
        self._generation = max(self._generation, int(frame["generation"]))
        await self._rtc.setRemoteDescription(RTCSessionDescription(frame["sdp"], frame["type"]))
        self._answered.set()
        if offered:
            for transceiver in self._rtc.getTransceivers():
                if transceiver.kind == "video":
                    transceiver.direction = "inactive"  # we have no eyes
            await self._rtc.setLocalDescription(await self._rtc.createAnswer())
            await self._tell()
        for each in self._early[:]:
            self._early.remove(each)
            await self._candidate(each)

    async def _candidate(self, frame: dict[str, Any]) -> None:
        if self._rtc.remoteDescription is None:
            self._early.append(frame)
        elif words := str(frame["candidate"]).partition(":")[2]:
            found = candidate_from_sdp(words)
            found.sdpMid = frame["mid"]
            await self._rtc.addIceCandidate(found)

    async def _tell(self) -> None:
        told = self._rtc.localDescription
        kind: Literal["offer", "answer"] = "offer" if told.type == "offer" else "answer"
        await self._describe(kind, self._generation, told.sdp)

    async def sound(self) -> AsyncIterator[bytes]:
        """What they say, as PCM of HEARD_HZ, until the leg ends."""
        await self.connected.wait()
        track = next(it.receiver.track for it in self._rtc.getTransceivers() if it.kind == "audio")
        resampler = Resampler(HEARD_HZ)
        with suppress(MediaStreamError):
            while True:
                yield resampler.pcm(cast(av.AudioFrame, await track.recv()))

    async def close(self) -> None:
        await self._rtc.close()
        self.mouth.stop()
