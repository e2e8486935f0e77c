"""aiortc's MediaRelay: a server in the shape of its examples, which decodes and encodes. Asked over its standard input.

As a program (`python -m bench.calls.servers.mediarelay ADDRESS`) it is the server itself.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioice.ice
import uvloop
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay

from bench.calls.network import Network
from bench.calls.party import Party
from bench.calls.servers.contract import Flow
from bench.generator import HERE


class MediaRelayServer:
    name, same, abreast = "aiortc MediaRelay", False, 1

    def __init__(self, network: Network, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self._network, self._process = network, process

    async def connect(self, call: str, video: bool) -> list[Flow]:
        one, other = Party(self._network.parties, video), Party(self._network.parties, video)
        for name, party in (("one", one), ("other", other)):
            party.take(await self._asked({"call": call, "party": name, "sdp": party.sdp()}))
        await asyncio.gather(one.connect(), other.connect())
        return [Flow(one, other), Flow(other, one)]

    async def _asked(self, offer: dict[str, str]) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(offer).encode() + b"\n")
        line = await self._process.stdout.readline()
        return str(json.loads(line)["sdp"])


@asynccontextmanager
async def mediarelay(network: Network) -> AsyncIterator[MediaRelayServer]:
    command = [*network.there, sys.executable, "-m", "bench.calls.servers.mediarelay", network.server]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=HERE.parent,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        yield MediaRelayServer(network, process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


# --- the program ------------------------------------------------------------------------------------------


async def _serve(address: str) -> None:
    aioice.ice.get_host_addresses = lambda **_: [address]
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    relay, calls = MediaRelay(), dict[str, dict[str, Any]]()
    while line := await reader.readline():
        offer = json.loads(line)
        call = calls.setdefault(offer["call"], {})
        call[offer["party"]] = peer, _ = await _peer(offer["sdp"])
        print(json.dumps({"sdp": peer.localDescription.sdp}), flush=True)
        if len(call) == 2:
            (one, its), (other, theirs) = call.values()
            for to, from_them in ((one, theirs), (other, its)):
                for transceiver in to.getTransceivers():
                    transceiver.sender.replaceTrack(relay.subscribe(from_them[transceiver.kind]))


async def _peer(sdp: str) -> tuple[Any, dict[str, Any]]:
    peer, tracks = RTCPeerConnection(), dict[str, Any]()
    peer.on("track", lambda track: tracks.__setitem__(track.kind, track))
    await peer.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
    for transceiver in peer.getTransceivers():
        transceiver.direction = "sendrecv"
    await peer.setLocalDescription(await peer.createAnswer())
    return peer, tracks


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1]))
