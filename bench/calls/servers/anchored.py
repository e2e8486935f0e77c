"""Ours: `onethread media`, asked through the store as the hub asks it."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from bench.calls.network import Network
from bench.calls.party import Party
from bench.calls.servers.contract import Flow
from hub.calls.remote import RemoteMedia
from hub.store.embedded import EmbeddedStore
from hub.store.store import Store, StoreOptions, open_store

COMMAND = (sys.executable, "-c", "from hub.cli import main; main()", "media")

RECORDED = "the same, recording"


def recording(network: Network) -> AbstractAsyncContextManager["Anchored"]:
    return anchored(network, recorded=True)


class Anchored:
    """`recorded`: each call is, as if all had agreed."""

    same, abreast = True, 2

    def __init__(self, media: RemoteMedia, store: Store, network: Network, pid: int, *, recorded: bool) -> None:
        self.media, self.store, self.pid, self.recorded = media, store, pid, recorded
        self.name = RECORDED if recorded else "OneThread relay"
        self._network = network

    async def connect(self, call: str, video: bool) -> list[Flow]:
        """Raises MediaFull when the relay takes no more."""
        await self.media.open(call)
        one, other = Party(self._network.parties, video), Party(self._network.parties, video)
        other.take(await self.media.describe(call, "customer", "agent:a", "offer", one.sdp()))
        one.take(await self.media.describe(call, "agent:a", "customer", "answer", other.sdp()))
        await asyncio.gather(one.connect(), other.connect())
        if self.recorded:
            await self.media.record(call, on=True)
        return [Flow(one, other), Flow(other, one)]


@asynccontextmanager
async def anchored(network: Network, most: int = 1_000, *, recorded: bool = False) -> AsyncIterator[Anchored]:
    with tempfile.TemporaryDirectory() as home:
        async with EmbeddedStore(Path(home), "memory") as embedded:
            options = StoreOptions(embedded.url, Path(home), "bench", 4, "memory", 1, 2.0, 60)
            async with open_store(options) as store, _process(network, embedded.url, home, most) as process:
                while not await store.media.alive(store.clock()):
                    assert process.returncode is None
                    await asyncio.sleep(0.05)
                media = RemoteMedia(store.media, store.media_asks, store.clock)
                yield Anchored(media, store, network, process.pid, recorded=recorded)


@asynccontextmanager
async def _process(network: Network, url: str, home: str, most: int) -> AsyncIterator[asyncio.subprocess.Process]:
    named = {
        "REDIS_URL": url,
        "DATA_DIR": home,
        "KEY_PREFIX": "bench",
        "SHARDS": "4",
        "DURABILITY": "memory",
        "DRAIN_S": "0",
        "MEDIA_HOSTS": f'["{network.server}"]',
        "MEDIA_PORTS": "0",
        "MEDIA_CALLS": str(most),
        "LOG_LEVEL": "warning",
    }
    env = os.environ | {f"ONETHREAD_{name}": value for name, value in named.items()}
    command = [*network.there, *COMMAND]
    # `ip netns exec` becomes the command: the pid is that of what is measured.
    process = await asyncio.create_subprocess_exec(*command, env=env)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
