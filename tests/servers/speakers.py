"""Parties in a room of a real Janus that say and show something: a flash with a beep, one second after they begin."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache

from pylibsrtp import Error

from bench.calls.party import AUDIO, VIDEO, Party
from hub.calls.hall.janus import JanusHalls
from hub.calls.relay.rtcp import PAYLOAD_FEEDBACK, PICTURE_LOSS
from tests.calls.recording.sender import PICTURE, packets
from tests.servers.janus import Janus

LASTS_S = 30.0
CHECK_S = 1.0
Part = tuple[float, int, int, list[bytes]]  # seconds from the beginning, kind, RTP time, payloads


@cache
def clip() -> list[Part]:
    """Frames, each with its packets. Of the pictures only the first one stands alone."""
    parts: dict[tuple[int, int], Part] = {}
    for at, packet in packets(LASTS_S, alone=10_000):
        kind = VIDEO if packet.ssrc == PICTURE else AUDIO
        part = parts.setdefault((kind, packet.timestamp), (at / 1e6, kind, packet.timestamp, []))
        part[3].append(packet.payload)
    return sorted(parts.values(), key=lambda part: part[0])


class Speaker(Party):
    """It begins the clip anew when it is asked for a picture that stands alone, and only then sends one. `asked` counts
    how often. The first thing that it sends is the middle of the clip, where none stands alone."""

    def __init__(self, host: str) -> None:
        super().__init__(host, video=True, direction="sendonly")
        self.asked = 0
        self._wanted = False

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            while True:
                packet, address = self._socket.recvfrom(2_048)
                if packet[0] < 4:
                    self._checked(packet, address)
                elif packet[0] < 64:
                    self._association.take(packet)
                elif 191 < packet[1] < 224:
                    self._fed_back(packet)

    def _fed_back(self, packet: bytes) -> None:
        if self.keys is None:
            return
        with suppress(Error):
            compound = self.keys._receiving.unprotect_rtcp(packet)
            while len(compound) >= 4:
                if compound[1] == PAYLOAD_FEEDBACK and compound[0] & 31 == PICTURE_LOSS:
                    self.asked += 1
                    self._wanted = True
                compound = compound[4 * (int.from_bytes(compound[2:4], "big") + 1) :]

    async def speak(self) -> None:
        """Until cancelled, or the clip is over."""
        loop = asyncio.get_running_loop()
        born = began = loop.time()
        left, check = [part for part in clip() if part[0] > LASTS_S / 2], 0.0
        began -= LASTS_S / 2
        while left:
            at, kind, stamp, payloads = left[0]
            await asyncio.sleep(max(0.0, began + at - loop.time()))
            if self._wanted:
                self._wanted, left, began = False, clip(), loop.time()
                continue
            clock = 48_000 if kind == AUDIO else 90_000
            self.send(kind, round((began - born + LASTS_S) * clock) + stamp, payloads)
            left = left[1:]
            if loop.time() > check:
                check = loop.time() + CHECK_S
                self.check()


@asynccontextmanager
async def speaking(halls: JanusHalls, janus: Janus, call: str, party: str, pc: str = "page") -> AsyncIterator[Speaker]:
    """They are in the room, and speak as long as the block lasts."""
    await halls.enter(call, party, pc)
    speaker = Speaker(janus.here)
    try:
        speaker.take(await halls.publish(call, party, speaker.sdp()))
        await speaker.connect()
        async with asyncio.TaskGroup() as tasks:
            speaks = tasks.create_task(speaker.speak())
            yield speaker
            speaks.cancel()
    finally:
        await speaker.leave()
