"""Janus VideoRoom from Debian: a child of its own account, with a configuration of its own, one event loop per core."""

import asyncio
import itertools
import json
import os
import pwd
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from bench.calls.network import Network
from bench.calls.party import Party
from bench.calls.servers.contract import Flow

SECRET, PORT = "bench", 18188
LIBRARIES = "/usr/lib/x86_64-linux-gnu/janus"
_OTHERS = ("audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming", "textroom")
_MORE = ("videocall", "voicemail")


def can_run(network: Network) -> bool:
    return bool(network.apart and shutil.which("janus") and shutil.which("setpriv") and Path(LIBRARIES).is_dir())


def _configuration(home: Path, address: str) -> None:
    plugins = ",".join(f"libjanus_{name}.so" for name in (*_OTHERS, *_MORE))
    transports = ",".join(f"libjanus_{name}.so" for name in ("http", "mqtt", "nanomsg", "pfunix", "rabbitmq"))
    (home / "janus.jcfg").write_text(
        f"""general: {{ configs_folder = "{home}"; plugins_folder = "{LIBRARIES}/plugins";
  transports_folder = "{LIBRARIES}/transports"; events_folder = "{LIBRARIES}/events";
  loggers_folder = "{LIBRARIES}/loggers"; debug_level = 2; api_secret = "{SECRET}"; event_loops = {os.cpu_count()}; }}
certificates: {{ }}
media: {{ rtp_port_range = "21000-22000" }}
nat: {{ full_trickle = false; ice_lite = true; ice_enforce_list = "{address}"; ignore_mdns = true }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
loggers: {{ disable = "libjanus_jsonlog.so" }}
events: {{ broadcast = false }}
"""
    )
    (home / "janus.transport.websockets.jcfg").write_text(
        f'general: {{ ws = true; ws_port = {PORT}; ws_ip = "{address}"; wss = false; }}\n'
    )
    (home / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")
    (home / "janus.eventhandler.wsevh.jcfg").write_text("general: { enabled = false }\n")


class Janus:
    name, same, abreast = "Janus VideoRoom", False, 6

    def __init__(self, wire: ClientConnection, network: Network, pid: int) -> None:
        self.pid = pid
        self._wire, self._network = wire, network
        self._session = 0
        self._numbers = itertools.count(1_000)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def read(self) -> None:
        """Until the wire is closed."""
        async for text in self._wire:
            message = json.loads(text)
            waiting = self._waiting.get(message.get("transaction", ""))
            if waiting is not None and not waiting.done() and message["janus"] != "ack":
                waiting.set_result(message)

    async def ask(self, janus: str, **more: Any) -> dict[str, Any]:
        name = str(next(self._numbers))
        answer = self._waiting[name] = asyncio.get_running_loop().create_future()
        session = {"session_id": self._session} if self._session else {}
        words = {"janus": janus, "transaction": name, "apisecret": SECRET, **session, **more}
        await self._wire.send(json.dumps(words))
        async with asyncio.timeout(10):
            found = await answer
        told = found.get("plugindata", {}).get("data", {})
        assert "error" not in (found["janus"], *told), found
        return found

    async def begin(self) -> None:
        self._session = (await self.ask("create"))["data"]["id"]

    async def _attached(self) -> int:
        return int((await self.ask("attach", plugin="janus.plugin.videoroom"))["data"]["id"])

    async def _told(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        return await self.ask("message", handle_id=handle, body=body, **({"jsep": jsep} if jsep else {}))

    async def connect(self, call: str, video: bool) -> list[Flow]:
        place = next(self._numbers)
        host = await self._attached()
        await self._told(host, {"request": "create", "room": place, "publishers": 3, "bitrate": 0, "videocodec": "vp8"})
        senders = await asyncio.gather(*(self._publisher(place, video) for _ in range(2)))
        receivers = await asyncio.gather(*(self._subscriber(place, feed, video) for _, feed in senders))
        return [Flow(sender, receiver) for (sender, _), receiver in zip(senders, receivers, strict=True)]

    async def _publisher(self, place: int, video: bool) -> tuple[Party, int]:
        handle, party = await self._attached(), Party(self._network.parties, video, "sendonly")
        joined = await self._told(handle, {"request": "join", "ptype": "publisher", "room": place})
        answer = await self._told(handle, {"request": "publish"}, {"type": "offer", "sdp": party.sdp()})
        party.take(answer["jsep"]["sdp"])
        await party.connect()
        return party, joined["plugindata"]["data"]["id"]

    async def _joined(self, handle: int, joining: dict[str, Any]) -> dict[str, Any]:
        """A feed is there a moment after its publisher's keys are."""
        for _ in range(50):
            with suppress(AssertionError):
                return await self._told(handle, joining)
            await asyncio.sleep(0.1)
        return await self._told(handle, joining)

    async def _subscriber(self, place: int, feed: int, video: bool) -> Party:
        handle, party = await self._attached(), Party(self._network.parties, video, "recvonly")
        joining = {"request": "join", "ptype": "subscriber", "room": place, "streams": [{"feed": feed}]}
        offer = await self._joined(handle, joining)
        party.take(offer["jsep"]["sdp"])
        await self._told(handle, {"request": "start"}, {"type": "answer", "sdp": party.sdp()})
        await party.connect()
        return party


@asynccontextmanager
async def janus(network: Network) -> AsyncIterator[Janus]:
    with tempfile.TemporaryDirectory() as home:
        _configuration(Path(home), network.server)
        nobody = pwd.getpwnam("nobody")
        for path in (home, *(f"{home}/{name}" for name in os.listdir(home))):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        lowered = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        command = [*network.there, *lowered, "janus", "-F", home, "-C", f"{home}/janus.jcfg"]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        try:
            async with await _wire(network.server) as wire, asyncio.TaskGroup() as tasks:
                it = Janus(wire, network, process.pid)
                reading = tasks.create_task(it.read())
                await it.begin()
                yield it
                reading.cancel()
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _wire(address: str) -> ClientConnection:
    async with asyncio.timeout(20):
        while True:
            with suppress(OSError):
                return await websockets.connect(
                    f"ws://{address}:{PORT}", subprotocols=[websockets.Subprotocol("janus-protocol")], max_size=None
                )
            await asyncio.sleep(0.1)
